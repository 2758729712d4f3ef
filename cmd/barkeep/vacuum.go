package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"barkeep/schedules"
	"barkeep/sinks/lake/vacuum"
)

const jobVacuum = "vacuum"

// vacuumReport is the summary of a vacuum; its JSON is what --json prints.
type vacuumReport struct {
	Job     string          `json:"job"`
	DryRun  bool            `json:"dry_run"`
	Files   int             `json:"files"` // deleted, or what would be
	Bytes   int64           `json:"bytes"`
	Tables  []vacuum.Report `json:"tables"`
	Seconds float64         `json:"seconds"`
	Error   string          `json:"error,omitempty"`
}

type vacuumOptions struct{ dryRun bool }

func (a *app) vacuumCommand() *cobra.Command {
	var names []string
	var o vacuumOptions
	c := &cobra.Command{
		Use:   "vacuum",
		Short: "remove files that no version in use needs",
		Long: `Vacuum deletes data files that compaction or a replacement took out of their tables,
and what crashes left behind. A file stays for the grace period (vacuum.grace), and as
long as a catalog that is kept may name it (duckdb.keep). Files that are not the
lake's are named and left alone. --dry-run only lists what would go.`,
		Example: `  barkeep vacuum --dry-run
  barkeep vacuum`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := a.runVacuum(cmd.Context(), names, o)
			return a.print(r, err)
		},
	}
	a.upkeepFlags(c, &names)
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "delete nothing, list what would be")
	return c
}

// runVacuumJob does the job vacuum.
func runVacuumJob(ctx context.Context, a *app, o options) (runReport, error) {
	return a.runVacuum(ctx, o.list("table"), vacuumOptions{})
}

// runVacuum publishes first: the catalogs whose time is over are crossed off, and
// with them what they kept.
func (a *app) runVacuum(ctx context.Context, names []string, o vacuumOptions) (runReport, error) {
	u, err := a.newUpkeep(ctx, names)
	if err != nil {
		return nil, err
	}
	if o.dryRun {
		return u.vacuum(ctx, o)
	}
	release, err := u.lake.Lock(jobVacuum)
	if err != nil {
		return nil, err
	}
	if err := a.publish(ctx, u.lake, u.cfg); err != nil {
		return nil, errors.Join(err, release())
	}
	r, err := u.vacuum(ctx, o)
	return r, errors.Join(err, release())
}

func (u *upkeep) vacuum(ctx context.Context, o vacuumOptions) (*vacuumReport, error) {
	start := time.Now()
	r := &vacuumReport{Job: jobVacuum, DryRun: o.dryRun, Tables: []vacuum.Report{}}
	defer func() { r.Seconds = time.Since(start).Seconds() }()
	var errs []error
	for _, t := range u.tables {
		part, err := vacuum.Run(ctx, u.lake, u.lake.Table(t), vacuum.Options{Config: u.cfg.Vacuum, DryRun: o.dryRun})
		r.Tables = append(r.Tables, part)
		r.Files += len(part.Deleted)
		r.Bytes += part.Bytes
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return r, errors.Join(errs...)
}

func (r *vacuumReport) failed(err error) { r.Error = err.Error() }

func (r *vacuumReport) tally() tally { return tally{bytes: r.Bytes} }

// write prints the report for people.
func (r *vacuumReport) write(w io.Writer) {
	verb := "removed"
	if r.DryRun {
		verb = "would be removed"
	}
	fmt.Fprintf(w, "vacuum: %s, %s %s, %.1f s\n", plural(r.Files, "file"), size(r.Bytes), verb, r.Seconds)
	for _, t := range r.Tables {
		if r.DryRun {
			for _, f := range t.Deleted {
				fmt.Fprintf(w, "  %s/%s, %s, %s %s\n", t.Table, f.Path, size(f.Bytes), f.Reason, f.Since.In(schedules.Shanghai).Format("2006-01-02 15:04"))
			}
		}
		if t.Young > 0 {
			fmt.Fprintf(w, "  %-12s %s, %s, not in use, kept for readers of older versions\n", t.Table, plural(t.Young, "file"), size(t.YoungBytes))
		}
		for _, f := range t.Foreign {
			fmt.Fprintf(w, "  %-12s %s is not the lake's and stays\n", t.Table, f)
		}
		for _, p := range t.Problems {
			fmt.Fprintf(w, "  %-12s %s\n", t.Table, p)
		}
	}
}
