package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"barkeep/sinks/lake"
	"barkeep/sinks/lake/verify"
)

// verifyReport is the summary of a proof; its JSON is what --json prints.
type verifyReport struct {
	Job      string          `json:"job"`
	Deep     bool            `json:"deep"`
	Errors   int             `json:"errors"`
	Warnings int             `json:"warnings"`
	Tables   []verify.Report `json:"tables"`
	Repaired []repaired      `json:"repaired,omitempty"`
	Seconds  float64         `json:"seconds"`
	Error    string          `json:"error,omitempty"`
}

// repaired is a commit that took damaged files out of a table.
type repaired struct {
	Table   string   `json:"table"`
	Version int64    `json:"version"`
	Files   []string `json:"files"`
}

type verifyOptions struct{ deep, repair bool }

func (a *app) verifyCommand() *cobra.Command {
	var names []string
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify",
		Short: "prove the lake: nothing lost, nothing damaged",
		Long: `Verify looks at every commit of the log and every live file: is it there, has it its
size, does its footer say what the log says. With --deep it reads every page and every
value: checksums, statistics, order, keys that come once, rows in their partition.

Each finding names the file, the rows it held and what to do. --repair takes damaged
files out of their tables, so that the rest can be queried and the next run of
daily-bars fetches exactly the rows that are gone; nothing is deleted.

The exit code is 0 when nothing is damaged, and 3 when something is.`,
		Example: `  barkeep verify
  barkeep verify --deep --table daily_bars
  barkeep verify --deep --repair && barkeep run --job daily-bars`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runVerify(cmd.Context(), names, o) },
	}
	a.upkeepFlags(c, &names)
	c.Flags().BoolVar(&o.deep, "deep", false, "read every page and every value")
	c.Flags().BoolVar(&o.repair, "repair", false, "take damaged files out of their tables")
	return c
}

func (a *app) runVerify(ctx context.Context, names []string, o verifyOptions) error {
	u, err := a.newUpkeep(ctx, names)
	if err != nil {
		return err
	}
	r, err := a.verifyTables(ctx, u, o)
	if err == nil && r.damaged(o.repair) {
		err = partialError{}
	}
	return a.print(r, err)
}

func (a *app) verifyTables(ctx context.Context, u *upkeep, o verifyOptions) (*verifyReport, error) {
	start := time.Now()
	r := &verifyReport{Job: "verify", Deep: o.deep, Tables: []verify.Report{}}
	defer func() { r.Seconds = time.Since(start).Seconds() }()
	defer a.screen.done()
	for _, t := range u.tables {
		part, err := verify.Run(ctx, u.lake.Table(t), verify.Options{Deep: o.deep, Progress: a.screen.verifying})
		if err != nil {
			return r, err
		}
		r.Tables = append(r.Tables, part)
		r.Errors += part.Errors()
		r.Warnings += len(part.Findings) - part.Errors()
	}
	if !o.repair {
		return r, nil
	}
	return r, a.repair(ctx, u, r)
}

// repair takes the damaged files out and publishes what is left.
func (a *app) repair(ctx context.Context, u *upkeep, r *verifyReport) error {
	var errs []error
	for i, t := range u.tables {
		var files []string
		for _, f := range r.Tables[i].Findings {
			if f.Repairable() {
				files = append(files, f.File)
			}
		}
		if len(files) == 0 {
			continue
		}
		slices.Sort(files) // a file may have several findings
		c, err := verify.Repair(ctx, u.lake.Table(t), r.Tables[i], lake.Info{Job: "verify", Engine: engine()})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r.Repaired = append(r.Repaired, repaired{t.Name, c.Version, slices.Compact(files)})
	}
	if len(r.Repaired) > 0 {
		errs = append(errs, a.publish(context.WithoutCancel(ctx), u.lake, u.cfg))
	}
	return errors.Join(errs...)
}

// damaged says whether there is an error left that was not repaired.
func (r *verifyReport) damaged(repaired bool) bool {
	for _, t := range r.Tables {
		for _, f := range t.Findings {
			if f.Severity == verify.Error && !(repaired && f.Repairable()) {
				return true
			}
		}
	}
	return false
}

func (r *verifyReport) failed(err error) { r.Error = err.Error() }

// write prints the report for people.
func (r *verifyReport) write(w io.Writer) {
	how := "log, files and footers"
	if r.Deep {
		how = "every value"
	}
	verdict := "all is well"
	switch {
	case r.Errors > 0:
		verdict = plural(r.Errors, "error")
	case r.Warnings > 0:
		verdict = "nothing is damaged, " + plural(r.Warnings, "warning")
	}
	fmt.Fprintf(w, "verify (%s): %s, %.1f s\n", how, verdict, r.Seconds)
	for _, t := range r.Tables {
		if t.Version < 0 && len(t.Findings) == 0 {
			continue
		}
		fmt.Fprintf(w, "  %-12s version %d, %s, %s rows, %s\n", t.Table, t.Version, plural(t.Files, "file"), count(t.Rows), size(t.Bytes))
	}
	for _, t := range r.Tables {
		for _, f := range t.Findings {
			fmt.Fprintf(w, "%s\n", f)
		}
	}
	for _, c := range r.Repaired {
		fmt.Fprintf(w, "repaired: %s taken out of %s in version %d\n", plural(len(c.Files), "file"), c.Table, c.Version)
	}
}
