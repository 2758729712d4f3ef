package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	colours "github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"barkeep/configs"
	"barkeep/schedules/jobs"
	"barkeep/sinks/lake"
	"barkeep/sinks/runlog"
)

func (a *app) runsCommand() *cobra.Command {
	var job string
	var limit int
	c := &cobra.Command{
		Use:   "runs [ID]",
		Short: "show the history of runs, or one run's report",
		Long: `Runs lists what jobs have done, the newest first: those of the daemon and those of
the command run. The history is bounded: it shares its room fairly among the jobs. In
SQL it is the view runs.`,
		Example: `  barkeep runs --job daily-bars
  barkeep sql "SELECT job, outcome, count(*) FROM runs GROUP BY ALL"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if limit < 1 {
				return usage("--limit %d: must be at least 1", limit)
			}
			cfg, err := a.config()
			if err != nil {
				return err
			}
			l, err := a.openLake(cfg)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return a.showRun(l, args[0])
			}
			list, skipped, err := a.history(l).Runs(job, limit)
			if err != nil {
				return err
			}
			if skipped > 0 {
				a.log.Warn("lines of the history are no runs", "lines", skipped)
			}
			if len(list) == 0 && job != "" && !slices.Contains(jobNames(cfg), job) {
				return usage("--job %s: no such job; there is: %s", job, strings.Join(jobNames(cfg), ", "))
			}
			if a.json {
				return writeSummary(a.out, append([]jobs.Run{}, list...)) // [] where there are none
			}
			a.writeRuns(list)
			return nil
		},
	}
	c.Flags().StringVar(&job, "job", "", "only the runs of this job, by `name`")
	c.Flags().IntVar(&limit, "limit", 20, "at most `N` runs")
	c.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return c
}

// jobNames are the jobs of a configuration and the works there are, which can be run
// under their own names.
func jobNames(cfg configs.Config) []string {
	return slices.Compact(slices.Sorted(slices.Values(append(workNames(), slices.Collect(maps.Keys(cfg.Jobs))...))))
}

// history is the lake's history of runs.
func (a *app) history(l *lake.Lake) *runlog.Log {
	return runlog.Open(l.StateDir(), l.Disk(), keptRuns)
}

// keptRuns is how many runs the history keeps, about: some days of quotes, and
// years of what runs once a day.
const keptRuns = 4000

// showRun prints the report that a run left.
func (a *app) showRun(l *lake.Lake, id string) error {
	list, _, err := a.history(l).Runs("", 0)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.ID != id {
			continue
		}
		if a.json {
			return writeSummary(a.out, r)
		}
		a.writeRuns([]jobs.Run{r})
		return a.printRun(r)
	}
	return usage("there is no run %s in the history; barkeep runs lists them", id)
}

func (a *app) writeRuns(list []jobs.Run) {
	if len(list) == 0 {
		fmt.Fprintln(a.out, "No runs yet.")
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(a.out)
	t.SetStyle(table.StyleLight)
	var right []table.ColumnConfig
	for _, column := range []string{"took", "rows", "requests"} {
		right = append(right, table.ColumnConfig{Name: column, Align: colours.AlignRight, AlignHeader: colours.AlignRight})
	}
	t.SetColumnConfigs(right)
	t.AppendHeader(table.Row{"id", "job", "began", "took", "why", "outcome", "rows", "requests", "error"})
	for _, r := range list {
		t.AppendRow(table.Row{r.ID, r.Job, moment(r.Began), r.Ended.Sub(r.Began).Round(time.Millisecond), r.Why, r.Outcome,
			count(r.Rows), count(r.Requests), shorten(r.Error, 60)})
	}
	t.Render()
}

// shorten cuts a text to a number of characters.
func shorten(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// remember writes a run of this process into the history. A lake that cannot be
// written to has said so already, or is about to.
func (a *app) remember(w work, o options, report runReport, took time.Duration, err error) {
	if code := exitCode(err); a.loaded == nil || report == nil || code == exitUsage || code == exitBusy {
		return // it did not begin
	}
	l, lerr := a.openLake(a.loaded.Value)
	if lerr != nil {
		return
	}
	began := now().Add(-took).Round(0)
	r := jobs.Run{ID: jobs.NewID(began), Job: w.name, Why: jobs.ByHand, Due: began, Began: began, Ended: began.Add(took), Outcome: judge(err).Outcome,
		Attempt: 1, Options: o, Result: result(report)}
	if err != nil {
		r.Error = err.Error()
	}
	var disk *fs.PathError
	if herr := a.history(l).Append(r); herr != nil && !errors.As(err, &disk) {
		a.log.Warn("the run is missing in the history", "error", herr)
	}
}
