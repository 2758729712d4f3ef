package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// jobs lists what run and plan know.
var jobs = []string{jobDailyBars}

// barFlags adds the flags that run and plan share.
func (a *app) barFlags(c *cobra.Command, job *string, o *barOptions) {
	f := c.Flags()
	f.StringVar(job, "job", "", "the job's `name`: daily-bars")
	f.StringVar(&o.from, "from", "", "first `day` (key daily_bars.from)")
	f.StringVar(&o.to, "to", "", "last `day`; default the last one published")
	f.StringSliceVar(&o.symbols, "symbols", nil, "only these `symbols`, comma separated, in any usual spelling")
	f.BoolVar(&o.etf, "etf", false, "exchange-traded funds as well (key daily_bars.etf)")
	f.BoolVar(&o.index, "index", false, "indices as well (key daily_bars.index)")
	f.BoolVar(&a.json, "json", false, "print one JSON object")
	c.RegisterFlagCompletionFunc("job", cobra.FixedCompletions(jobs, cobra.ShellCompDirectiveNoFileComp))
}

func checkJob(name string) error {
	switch name {
	case jobDailyBars:
		return nil
	case "":
		return usage("--job is missing; there is: %s", jobDailyBars)
	}
	return usage("--job %s: no such job; there is: %s", name, jobDailyBars)
}

func (a *app) runCommand() *cobra.Command {
	var job string
	var o barOptions
	c := &cobra.Command{
		Use:   "run --job daily-bars",
		Short: "run a job once: fetch what is missing",
		Long: `Run works out which bars should exist and which the lake holds, fetches the
difference with the fewest requests, and commits it. Interrupted and started
again it asks only for what is still missing.`,
		Example: `  barkeep run --job daily-bars
  barkeep run --job daily-bars --from 2024-01-01 --symbols 600000,000001.SZ`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkJob(job); err != nil {
				return err
			}
			return a.runDailyBars(cmd.Context(), o)
		},
	}
	a.barFlags(c, &job, &o)
	return c
}

// runDailyBars runs the job and prints its report.
func (a *app) runDailyBars(ctx context.Context, o barOptions) error {
	j, err := a.newBarsJob(o)
	if err != nil {
		return err
	}
	err = j.report.verdict(j.run(ctx))
	if a.json {
		if werr := j.report.writeJSON(a.out); werr != nil {
			return fmt.Errorf("print the summary: %w", werr)
		}
		return err
	}
	j.report.write(a.out)
	return err
}
