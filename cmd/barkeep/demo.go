package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// demoYears is how much history the demo fetches.
const demoYears = 3

func (a *app) demoCommand() *cobra.Command {
	var keep string
	c := &cobra.Command{
		Use:   "demo",
		Short: "see it work: fake exchange, a run, a few answers",
		Long: `Demo starts the fake exchange, fetches some years of its daily bars into a lake
as run does, shows its state, everything about two bars, and the answers to a few
questions in SQL. Nothing outside this process is contacted. With --keep the lake
stays, an ordinary lake for every other command.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), keep) },
	}
	c.Flags().StringVar(&keep, "keep", "", "keep the lake in this `directory`")
	return c
}

func (a *app) demo(ctx context.Context, keep string) (err error) {
	dir := keep
	if dir != "" {
		if tables, err := lake.Open(dir, lake.DefaultConfig()).Tables(); err != nil {
			return err
		} else if len(tables) > 0 {
			return usage("--keep %s: the directory holds a lake already, with which made-up bars must not be mixed; name another one", dir)
		}
	} else {
		if dir, err = os.MkdirTemp("", "barkeep-demo-"); err != nil {
			return fmt.Errorf("a place for the demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	address, webAddress, err := startExchange(ctx, served)
	if err != nil {
		cancel()
		return err
	}
	defer func() {
		cancel()
		err = errors.Join(err, <-served)
	}()
	a.lakeDir = dir
	a.set = append(a.set, "baostock.address="+address, "daily_bars.index=true",
		"tencent.base_url="+webAddress, "sina.base_url="+webAddress, "eastmoney.base_url="+webAddress,
		// What is set for the vendor is not for the fake exchange.
		"baostock.user=anonymous", "baostock.password=123456", "baostock.api_key=", "baostock.state_file=", "baostock.budget=45000")
	fmt.Fprintf(a.out, "A fake exchange of %d stocks listens on %s.\n", market.DefaultConfig().Stocks, address)
	if err := a.demoCommands(ctx); err != nil {
		return err
	}
	if err := a.demoQuestions(ctx); err != nil {
		return err
	}
	if keep != "" {
		fmt.Fprintf(a.out, "The lake is in %s. Ask more with: barkeep sql --lake %s\n", keep, keep)
	}
	return nil
}

// startExchange serves a generated market on free ports until ctx ends: bars at
// the first address, quotes at the second.
func startExchange(ctx context.Context, served chan<- error) (string, string, error) {
	o := simulateOptions{server: simulator.DefaultConfig(), web: simulator.DefaultWebConfig(), http: "127.0.0.1:0"}
	defaults := market.DefaultConfig()
	o.seed, o.securities, o.funds = defaults.Seed, defaults.Stocks, defaults.Funds
	server, web, err := o.newServers()
	if err != nil {
		return "", "", err
	}
	if err := errors.Join(server.Listen("127.0.0.1:0"), web.Listen("127.0.0.1:0")); err != nil {
		return "", "", err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(ctx) })
	group.Go(func() error { return web.Serve(ctx) })
	go func() { served <- group.Wait() }()
	return server.Addr(), "http://" + web.Addr(), nil
}

var demoSQL = []struct{ question, query string }{
	{"What is there?", `
SELECT year, count(*) AS bars, count(DISTINCT symbol) AS securities, count(DISTINCT date) AS days,
       count(*) FILTER (NOT traded) AS suspended
FROM daily_bars GROUP BY year ORDER BY year`},
	{"The last five days of one stock", `
SELECT b.date, i.name, b.open, b.high, b.low, b.close, b.volume, b.pct_chg
FROM daily_bars b JOIN instruments i USING (symbol)
WHERE symbol = (SELECT min(symbol) FROM instruments WHERE kind = 'stock' AND delisted IS NULL)
ORDER BY date DESC LIMIT 5`},
	{"Which days are complete?", `
SELECT date, expected, present, explained, missing, sealed, why
FROM coverage ORDER BY date DESC LIMIT 3`},
	{"Prices as traded and backward-adjusted, around an ex-date", `
SELECT raw.date, raw.close, hfq.close AS close_hfq, hfq.factor
FROM daily_bars raw JOIN daily_bars_hfq hfq USING (symbol, year, date)
WHERE symbol = (SELECT arg_max(symbol, date) FROM adjust_factors)
  AND raw.date >= (SELECT max(date) FROM adjust_factors) - 5 ORDER BY raw.date LIMIT 5`},
	{"What do the quotes say of the busiest now?", `
SELECT q.symbol, q.name, last, round((last / preclose - 1) * 100, 2) AS pct, bid1, ask1,
       round(amount / 1e6, 1) AS amount_mio, status, q.source
FROM latest_quotes q JOIN instruments i USING (symbol) WHERE kind = 'stock'
ORDER BY amount DESC LIMIT 5`},
	{"Who rose most on the last day?", `
SELECT symbol, name, board, close, pct_chg, round(amount / 1e6, 1) AS amount_mio
FROM daily_bars JOIN instruments USING (symbol)
WHERE date = (SELECT max(date) FROM daily_bars) AND kind = 'stock'
ORDER BY pct_chg DESC LIMIT 5`},
}

// demoQuestions asks the lake.
func (a *app) demoQuestions(ctx context.Context) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	l, err := a.openLake(cfg)
	if err != nil {
		return err
	}
	db, err := duckdb.Open(ctx, l, cfg.DuckDB)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, q := range demoSQL {
		fmt.Fprintf(a.out, "\n%s\n%s\n", q.question, q.query[1:])
		if err := a.query(ctx, db, q.query, sqlOptions{format: "table", maxRows: 100}); err != nil {
			return err
		}
	}
	fmt.Fprintln(a.out)
	return nil
}
