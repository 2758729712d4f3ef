package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
)

const jobCompact = "compact"

// compactReport is the summary of a compaction; its JSON is what --json prints.
type compactReport struct {
	Job     string           `json:"job"`
	Tables  []compact.Report `json:"tables"`
	Seconds float64          `json:"seconds"`
	Error   string           `json:"error,omitempty"`
}

func (a *app) compactCommand() *cobra.Command {
	var names []string
	var all bool
	c := &cobra.Command{
		Use:   "compact",
		Short: "fold small files into large sorted ones",
		Long: `Compact folds the small files that appends leave behind: a year that is over, or a day
of quotes, becomes one sorted file; in the current one small files are folded when
there are many. No row comes or goes: before a commit, counts, keys and sums of what
was written are compared with what was read, and on a difference nothing changes.

Readers notice nothing. The files that were folded stay on disk for the grace period
of vacuum. Appends may run at the same time.`,
		Example: `  barkeep compact
  barkeep compact --table daily_bars --all`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := a.runCompact(cmd.Context(), names, all)
			return a.print(r, err)
		},
	}
	a.upkeepFlags(c, &names)
	c.Flags().BoolVar(&all, "all", false, "fold the current year and day as well, however few files they have")
	return c
}

// runCompactJob does the job compact.
func runCompactJob(ctx context.Context, a *app, o options) (runReport, error) {
	return a.runCompact(ctx, o.list("table"), false)
}

func (a *app) runCompact(ctx context.Context, names []string, all bool) (runReport, error) {
	return a.upkeep(ctx, jobCompact, names, func(u *upkeep) (runReport, error) {
		start := time.Now()
		r := &compactReport{Job: jobCompact, Tables: []compact.Report{}}
		var errs []error
		for _, t := range u.tables {
			part, err := compact.Run(ctx, u.lake.Table(t), compact.Options{
				Config: u.cfg.Compact, Closed: u.closed, All: all, Info: lake.Info{Job: jobCompact, Engine: engine()}})
			r.Tables = append(r.Tables, part)
			errs = append(errs, err)
			if part.Warning != nil {
				a.log.Warn("compacted, but not everything around it went well", "table", t.Name, "warning", part.Warning)
			}
			if ctx.Err() != nil {
				break
			}
		}
		r.Seconds = time.Since(start).Seconds()
		return r, errors.Join(errs...)
	})
}

func (r *compactReport) failed(err error) { r.Error = err.Error() }

func (r *compactReport) tally() (t tally) {
	for _, table := range r.Tables {
		for _, m := range table.Merges {
			t.rows += m.Rows
		}
	}
	return t
}

// write prints the report for people.
func (r *compactReport) write(w io.Writer) {
	merges, rows, before, after := 0, int64(0), int64(0), int64(0)
	for _, t := range r.Tables {
		merges += len(t.Merges)
		for _, m := range t.Merges {
			rows, before, after = rows+m.Rows, before+m.BytesBefore, after+m.BytesAfter
		}
	}
	if merges == 0 {
		fmt.Fprintf(w, "compact: nothing to fold, %.1f s\n", r.Seconds)
		return
	}
	fmt.Fprintf(w, "compact: %s rows, %s became %s, %.1f s\n", count(rows), size(before), size(after), r.Seconds)
	for _, t := range r.Tables {
		for _, m := range t.Merges {
			fmt.Fprintf(w, "  %-12s %-16s %s into %d, %s rows\n", t.Table, m.Partition, plural(m.FilesBefore, "file"), m.FilesAfter, count(m.Rows))
		}
	}
}

// fold compacts a table to which a job has just added a file too many, and does
// nothing while another process compacts. What fails is tried again after the
// next commit, and by the job compact.
func (a *app) fold(ctx context.Context, cfg configs.Config, l *lake.Lake, t etl.Table) error {
	table := l.Table(t)
	o := compact.Options{Config: cfg.Compact, Info: lake.Info{Job: jobCompact, Engine: engine()}}
	snapshot, err := table.Snapshot(ctx)
	if err != nil || !compact.Due(table, snapshot, o) {
		return err
	}
	release, err := l.Lock(jobCompact)
	if errors.Is(err, lake.ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := compact.Run(ctx, table, o)
	for _, m := range r.Merges {
		a.log.Info("compacted", "table", r.Table, "partition", m.Partition, "files", m.FilesBefore, "into", m.FilesAfter, "rows", m.Rows)
	}
	return errors.Join(err, release())
}

// closedDay returns the last day whose session is over for good: days up to it,
// and years that end by then, get no more rows in the ordinary run of things.
func closedDay(c *schedules.Calendar, t time.Time) schedules.Day {
	m := c.Moment(t)
	if m.Phase == schedules.PhaseClosed {
		return m.Day
	}
	return m.Day - 1
}
