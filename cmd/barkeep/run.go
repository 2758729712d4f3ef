package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// jobs lists what run and plan know.
var jobs = []string{jobDailyBars, jobRevisions, jobQuotes, jobCompact, jobVacuum}

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

func checkJob(name string, known ...string) error {
	there := strings.Join(known, ", ")
	if name == "" {
		return usage("--job is missing; there is: %s", there)
	}
	if !slices.Contains(known, name) {
		return usage("--job %s: no such job; there is: %s", name, there)
	}
	return nil
}

func (a *app) runCommand() *cobra.Command {
	var job string
	var o barOptions
	c := &cobra.Command{
		Use:   "run --job NAME",
		Short: "run a job once: fetch what is missing",
		Long: `Run does one job once.

daily-bars works out which bars should exist and which the lake holds, fetches the
difference with the fewest requests, and commits it. Interrupted and started again
it asks only for what is still missing. A bar that the vendor, asked for the security
alone, does not have after a week (key daily_bars.absent_after) is absent: explained,
and asked for again only with --again.

revisions fetches the last trading days (key revisions.days), or --from to --to, once
more: bars that the vendor has changed take the place of the stored ones, and what
they said before is kept in the table revisions.

quotes takes one snapshot of the market, or of --symbols, into the table quotes. A
snapshot that equals the last one is not written again.

compact and vacuum look after the lake's files, as the commands of those names do.`,
		Example: `  barkeep run --job daily-bars
  barkeep run --job daily-bars --from 2024-01-01 --symbols 600000,000001.SZ
  barkeep run --job revisions --from 2024-01-01 --to 2024-03-31
  barkeep run --job quotes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkJob(job, jobs...); err != nil {
				return err
			}
			if err := noFlags(cmd, job); err != nil {
				return err
			}
			switch job {
			case jobQuotes:
				return a.runQuotes(cmd.Context(), o.symbols)
			case jobCompact:
				return a.runCompact(cmd.Context(), nil, false)
			case jobVacuum:
				return a.runVacuum(cmd.Context(), nil, vacuumOptions{})
			case jobRevisions:
				return a.runRevisions(cmd.Context(), o)
			}
			return a.runDailyBars(cmd.Context(), o)
		},
	}
	a.barFlags(c, &job, &o, jobs...)
	return c
}

// noFlags refuses the flags of run that do not belong to the job.
func noFlags(cmd *cobra.Command, job string) error {
	if job == jobDailyBars {
		return nil
	}
	for _, name := range []string{"from", "to", "etf", "index", "symbols", "again"} {
		if cmd.Flags().Changed(name) && !(job == jobQuotes && name == "symbols") && !(job == jobRevisions && name != "again") {
			return usage("--%s does not belong to the job %s", name, job)
		}
	}
	return nil
}

// runDailyBars runs the job and prints its report.
func (a *app) runDailyBars(ctx context.Context, o barOptions) error {
	j, err := a.newBarsJob(o)
	if err != nil {
		return err
	}
	return a.runBars(ctx, j)
}

// runBars runs a job of bars and prints its report.
func (a *app) runBars(ctx context.Context, j *barsJob) error {
	err := j.report.verdict(j.run(ctx))
	if a.json {
		if werr := writeSummary(a.out, &j.report); werr != nil {
			return werr
		}
		return err
	}
	j.report.write(a.out)
	return err
}
