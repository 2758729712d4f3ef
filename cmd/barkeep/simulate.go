package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"barkeep/schedules"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// simulateOptions is what simulate takes from the command line.
type simulateOptions struct {
	listen, replay, now string
	http                string
	httpLatency         time.Duration
	speed               float64
	seed                uint64
	securities, funds   int
	faults, httpFaults  []string
	server              simulator.Config
	web                 simulator.WebConfig
}

func (a *app) simulateCommand() *cobra.Command {
	o := simulateOptions{server: simulator.DefaultConfig(), web: simulator.DefaultWebConfig()}
	defaults := market.DefaultConfig()
	c := &cobra.Command{
		Use:   "simulate --listen ADDR",
		Short: "run the fake exchange alone",
		Long: `Simulate serves a generated or recorded market over the vendors' own protocols, so
that barkeep and any other client of theirs can be tried without them. It prints
"baostock HOST:PORT" as soon as it listens and runs until interrupted. With --http
the quotes of the same market are served as well, those of Tencent, Sina and
Eastmoney on one port by their real paths, and a line "http HOST:PORT" says where.

` + faultHelp(),
		Example: `  barkeep simulate --listen 127.0.0.1:10030
  barkeep simulate --listen 127.0.0.1:0 --replay recordings --latency 150ms
  barkeep simulate --listen 127.0.0.1:0 --fault blacklist@500
  barkeep simulate --http 127.0.0.1:8808 --now 2026-09-28T09:14 --speed 60`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.simulate(cmd.Context(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:10030", "where to listen, `HOST:PORT`; port 0 is any free one")
	f.StringVar(&o.replay, "replay", "", "serve the recorded bars CODE.csv or CODE.csv.gz of this `directory`")
	f.Uint64Var(&o.seed, "seed", defaults.Seed, "which market to generate")
	f.IntVar(&o.securities, "securities", defaults.Stocks, "how many stocks to generate")
	f.IntVar(&o.funds, "funds", defaults.Funds, "how many exchange-traded funds to generate")
	f.DurationVar(&o.server.Latency, "latency", 0, "time from a request's arrival to its answer")
	f.DurationVar(&o.server.RowLatency, "latency-per-row", 0, "further time for each row of an answer")
	f.BoolVar(&o.server.OldServer, "old-server", false, "do not know the whole-market requests (98, 9A, 9C)")
	f.BoolVar(&o.server.DropPipelined, "drop-pipelined", false, "lose requests sent before the last answer arrived")
	f.BoolVar(&o.server.OneConnection, "one-connection", false, "refuse a second connection of one address")
	f.StringVar(&o.now, "now", "", "stop the exchange's clock at this `time`, such as 2024-01-02T18:00")
	f.Float64Var(&o.speed, "speed", 0, "let the clock run on from --now, so many seconds in one")
	f.StringArrayVar(&o.faults, "fault", nil, "let something go wrong, `NAME[@WHEN][:ARG]`; repeatable")
	f.StringVar(&o.http, "http", "", "serve quotes over HTTP here, `HOST:PORT`; port 0 is any free one")
	f.DurationVar(&o.httpLatency, "http-latency", 0, "time from the arrival of a request for quotes to its answer")
	f.StringArrayVar(&o.httpFaults, "http-fault", nil, "let something go wrong with quotes, `NAME[@WHEN][:ARG]`; repeatable")
	return c
}

// faultHelp lists the faults.
func faultHelp() string {
	var b strings.Builder
	b.WriteString("Faults, NAME[@WHEN][:ARG]; WHEN is a request's number, 3, 3+, 3-5, *, 10% or\none of these after TYPE#, as in 98#3:\n")
	for _, f := range simulator.Faults() {
		fmt.Fprintf(&b, "  %-18s %s\n", f.Name, f.Text)
	}
	b.WriteString("\nFaults of quotes, where WHEN may follow the name of a provider, as in tencent#3:\n")
	for _, f := range simulator.WebFaults() {
		fmt.Fprintf(&b, "  %-18s %s\n", f.Name, f.Text)
	}
	return b.String()
}

// market builds the market the options ask for.
func (o *simulateOptions) market() (market.Market, error) {
	if o.replay != "" {
		m, err := market.Replay(o.replay)
		if err != nil {
			return nil, usageError{err}
		}
		return m, nil
	}
	c := market.DefaultConfig()
	c.Seed, c.Stocks, c.Funds = o.seed, o.securities, o.funds
	if err := c.Validate(); err != nil {
		return nil, usageError{err}
	}
	return market.Generate(c, schedules.Embedded())
}

// clock returns the exchange's clock, or nil for the market's own.
func (o *simulateOptions) clock() (func() time.Time, error) {
	if o.now == "" {
		if o.speed != 0 {
			return nil, usage("--speed needs --now, the time to start from")
		}
		return nil, nil
	}
	if o.speed < 0 {
		return nil, usage("--speed %g: time does not run backwards", o.speed)
	}
	start, err := schedules.ParseInstant(o.now)
	if err != nil {
		return nil, usage("--now: %w", err)
	}
	return simulator.NewClock(start, o.speed).Now, nil
}

// newServers builds what the options ask for; the second server is nil without
// --http.
func (o *simulateOptions) newServers() (*simulator.Server, *simulator.Web, error) {
	o.server.Seed, o.web.Seed = o.seed, o.seed
	for _, text := range o.faults {
		fault, err := simulator.ParseFault(text)
		if err != nil {
			return nil, nil, usageError{err}
		}
		o.server.Faults = append(o.server.Faults, fault)
	}
	for _, text := range o.httpFaults {
		fault, err := simulator.ParseWebFault(text)
		if err != nil {
			return nil, nil, usageError{err}
		}
		o.web.Faults = append(o.web.Faults, fault)
	}
	now, err := o.clock()
	if err != nil {
		return nil, nil, err
	}
	m, err := o.market()
	if err != nil {
		return nil, nil, err
	}
	if clock, ok := m.(interface{ Now() time.Time }); ok && now == nil {
		now = clock.Now
	}
	o.server.Now, o.web.Now = now, now
	o.web.Latency = simulator.WebLatency{Sina: o.httpLatency, Tencent: o.httpLatency, Eastmoney: o.httpLatency}
	server, err := simulator.New(o.server, m)
	if err != nil || o.http == "" {
		return server, nil, wrong(err)
	}
	web, err := simulator.NewWeb(o.web, market.NewTape(m, schedules.Embedded()))
	return server, web, wrong(err)
}

// wrong makes an error about settings wrong usage.
func wrong(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

func (a *app) simulate(ctx context.Context, o simulateOptions) error {
	if _, err := a.config(); err != nil {
		return err
	}
	for _, flag := range []struct{ name, address string }{{"listen", o.listen}, {"http", o.http}} {
		if _, _, err := net.SplitHostPort(flag.address); err != nil && flag.address != "" {
			return usage("--%s %q is not HOST:PORT, such as 127.0.0.1:10030", flag.name, flag.address)
		}
	}
	o.server.Log, o.web.Log = a.log, a.log
	server, web, err := o.newServers()
	if err != nil {
		return err
	}
	if err := server.Listen(o.listen); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	if web != nil {
		if err := web.Listen(o.http); err != nil {
			return err
		}
		group.Go(func() error { return web.Serve(ctx) })
	}
	fmt.Fprintf(a.out, "baostock %s\n", server.Addr())
	if web != nil {
		fmt.Fprintf(a.out, "http %s\n", web.Addr())
	}
	group.Go(func() error { return server.Serve(ctx) })
	return group.Wait()
}
