package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"barkeep/schedules"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// simulateOptions is what simulate takes from the command line.
type simulateOptions struct {
	listen, replay, now string
	seed                uint64
	securities, funds   int
	faults              []string
	server              simulator.Config
}

func (a *app) simulateCommand() *cobra.Command {
	o := simulateOptions{server: simulator.DefaultConfig()}
	defaults := market.DefaultConfig()
	c := &cobra.Command{
		Use:   "simulate --listen ADDR",
		Short: "run the fake exchange alone",
		Long:  "Simulate serves a generated or recorded market over the vendor's own protocol,\nso that barkeep and the vendor's own client can be tried without the vendor.\nIt prints \"baostock HOST:PORT\" as soon as it listens and runs until interrupted.\n\n" + faultHelp(),
		Example: `  barkeep simulate --listen 127.0.0.1:10030
  barkeep simulate --listen 127.0.0.1:0 --replay recordings --latency 150ms
  barkeep simulate --listen 127.0.0.1:0 --fault blacklist@500`,
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
	f.StringArrayVar(&o.faults, "fault", nil, "let something go wrong, `NAME[@WHEN][:ARG]`; repeatable")
	return c
}

// faultHelp lists the faults.
func faultHelp() string {
	var b strings.Builder
	b.WriteString("Faults, NAME[@WHEN][:ARG]; WHEN is a request's number, 3, 3+, 3-5, *, 10% or\none of these after TYPE#, as in 98#3:\n")
	for _, f := range simulator.Faults() {
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

// newServer builds the server the options ask for.
func (o *simulateOptions) newServer() (*simulator.Server, error) {
	o.server.Seed = o.seed
	for _, text := range o.faults {
		fault, err := simulator.ParseFault(text)
		if err != nil {
			return nil, usageError{err}
		}
		o.server.Faults = append(o.server.Faults, fault)
	}
	if o.now != "" {
		now, err := parseInstant(o.now)
		if err != nil {
			return nil, err
		}
		o.server.Now = func() time.Time { return now }
	}
	m, err := o.market()
	if err != nil {
		return nil, err
	}
	s, err := simulator.New(o.server, m)
	if err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

// parseInstant reads a time of day in Shanghai.
func parseInstant(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, schedules.Shanghai); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("--now %q is no time: write it like 2024-01-02T18:00, in the exchange's own time", text)
}

func (a *app) simulate(ctx context.Context, o simulateOptions) error {
	if _, err := a.config(); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(o.listen); err != nil {
		return usage("--listen %q is not HOST:PORT, such as 127.0.0.1:10030", o.listen)
	}
	o.server.Log = a.log
	server, err := o.newServer()
	if err != nil {
		return err
	}
	if err := server.Listen(o.listen); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "baostock %s\n", server.Addr())
	return server.Serve(ctx)
}
