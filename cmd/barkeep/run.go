package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// barFlags adds the flags that run and plan share.
func (a *app) barFlags(c *cobra.Command, job *string, o *barOptions, known ...string) {
	f := c.Flags()
	f.StringVar(job, "job", "", "the job's `name`: "+strings.Join(known, ", "))
	f.StringVar(&o.from, "from", "", "first `day` (key daily_bars.from)")
	f.StringVar(&o.to, "to", "", "last `day`; default the last one published")
	f.StringSliceVar(&o.symbols, "symbols", nil, "only these `symbols`, comma separated, in any usual spelling")
	f.BoolVar(&o.etf, "etf", false, "exchange-traded funds as well (key daily_bars.etf)")
	f.BoolVar(&o.index, "index", false, "indices as well (key daily_bars.index)")
	f.BoolVar(&o.again, "again", false, "ask again for bars that were found absent")
	f.BoolVar(&a.json, "json", false, "print one JSON object")
	c.RegisterFlagCompletionFunc("job", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
}

// chosen returns the work that a command line names, one of those known, and the
// options for it.
func chosen(cmd *cobra.Command, name string, known ...string) (work, options, error) {
	there := strings.Join(known, ", ")
	if name == "" {
		return work{}, nil, usage("--job is missing; there is: %s", there)
	}
	w, ok := workNamed(name)
	if !ok || !slices.Contains(known, name) {
		return work{}, nil, usage("--job %s: no such job; there is: %s", name, there)
	}
	o := given(cmd)
	return w, o, w.check("--", o)
}

func (a *app) runCommand() *cobra.Command {
	var job string
	var o barOptions
	var tables []string
	var here bool
	c := &cobra.Command{
		Use:   "run --job NAME",
		Short: "run a job once, now",
		Long:  runAbout(),
		Example: `  barkeep run --job daily-bars
  barkeep run --job daily-bars --from 2024-01-01 --symbols 600000,000001.SZ
  barkeep run --job revisions --from 2024-01-01 --to 2024-03-31
  barkeep run --job quotes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, given, err := chosen(cmd, job, workNames()...)
			if err != nil {
				return err
			}
			if !here {
				if done, err := a.handOver(cmd.Context(), w, given); done || err != nil {
					return err
				}
			}
			return a.runHere(cmd.Context(), w, given)
		},
	}
	a.barFlags(c, &job, &o, workNames()...)
	c.Flags().StringSliceVar(&tables, "table", nil, "only these `tables`, for compact and vacuum")
	c.Flags().BoolVar(&here, "here", false, "do not hand the run to a daemon on this lake")
	return c
}

func runAbout() string {
	var b strings.Builder
	b.WriteString(`Run does one job once. When a daemon (barkeep serve) works on the same lake with the
same configuration, it does the run, and its progress is shown here; the run goes on
there if this command is interrupted.

`)
	for _, w := range works {
		fmt.Fprintf(&b, "  %-15s %s\n", w.name, w.short)
	}
	b.WriteString(`
daily-bars works out which bars should exist and which the lake holds, fetches the
difference with the fewest requests, and commits it. Interrupted and started again
it asks only for what is still missing. A bar that the vendor, asked for the security
alone, does not have after a week (key daily_bars.absent_after) is absent: explained,
and asked for again only with --again.

adjust-factors finds the ex-dates in the stored bars, asks for the factors that are
missing for them and for nothing else, and proves every factor by the prices.

revisions fetches the last trading days (key revisions.days), or --from to --to, once
more: bars that the vendor has changed take the place of the stored ones, and what
they said before is kept in the table revisions.

quotes takes one snapshot of the market, or of --symbols. One that equals the last
is not written again.`)
	return b.String()
}

// given returns the options among the flags that were given.
func given(cmd *cobra.Command) options {
	o := options{}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Changed || f.Name == "job" || f.Name == "json" || f.Name == "here" {
			return
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			o[f.Name] = strings.Join(list.GetSlice(), ",")
			return
		}
		o[f.Name] = f.Value.String()
	})
	return o
}

// runHere does the work in this process, and writes it into the history.
func (a *app) runHere(ctx context.Context, w work, o options) error {
	began := time.Now()
	summary, err := w.do(ctx, a, o)
	err = a.print(summary, err)
	a.remember(w, o, summary, time.Since(began), err)
	return err
}

// runDailyBars does the job daily-bars.
func runDailyBars(ctx context.Context, a *app, o options) (runReport, error) {
	return runBars(ctx, o, a.newBarsJob)
}

// runRevisions does the job revisions.
func runRevisions(ctx context.Context, a *app, o options) (runReport, error) {
	return runBars(ctx, o, a.newRevisionsJob)
}

// runBars does a job of bars.
func runBars(ctx context.Context, o options, prepare func(barOptions) (*barsJob, error)) (runReport, error) {
	bars, err := o.bars()
	if err != nil {
		return nil, err
	}
	j, err := prepare(bars)
	if err != nil {
		return nil, err
	}
	return &j.report, j.report.verdict(j.run(ctx))
}

// bars reads the options of a job of bars.
func (o options) bars() (b barOptions, err error) {
	b = barOptions{from: o["from"], to: o["to"], symbols: o.list("symbols")}
	for name, to := range map[string]*bool{"etf": &b.etf, "index": &b.index, "again": &b.again} {
		if *to, err = o.flag(name); err != nil {
			return b, err
		}
	}
	return b, nil
}
