package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// upkeep is what the jobs that look after the lake itself work with.
type upkeep struct {
	cfg    configs.Config
	lake   *lake.Lake
	tables []etl.Table   // those asked for, or all
	closed schedules.Day // see closedDay
}

// printable is the summary of such a job.
type printable interface {
	write(io.Writer)
	failed(error)
}

// tableFlag adds the flag that limits a job to some tables.
func tableFlag(c *cobra.Command, names *[]string) {
	var known []string
	for _, t := range etl.Tables {
		known = append(known, t.Name)
	}
	c.Flags().StringSliceVar(names, "table", nil, "only these `tables`, comma separated: "+strings.Join(known, ", "))
	c.RegisterFlagCompletionFunc("table", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
}

// newUpkeep reads the configuration and finds the tables.
func (a *app) newUpkeep(ctx context.Context, names []string) (*upkeep, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	u := &upkeep{cfg: cfg}
	if u.lake, err = a.openLake(cfg); err != nil {
		return nil, err
	}
	if u.tables, err = pickTables(names); err != nil {
		return nil, err
	}
	if _, err := os.Stat(u.lake.Dir()); err != nil {
		return nil, usage("there is no lake in %s: name its directory with --lake, or fill it with barkeep run --job daily-bars", u.lake.Dir())
	}
	calendar, err := cfg.Calendar.Load()
	if err != nil {
		return nil, usageError{err}
	}
	if calendar, err = extended(ctx, u.lake, calendar); err != nil {
		// A damaged list of trading days must not keep the rest from being looked after.
		a.log.Warn("the vendor's calendar in the lake cannot be read", "error", err)
		calendar, _ = cfg.Calendar.Load()
	}
	u.closed = closedDay(calendar, now())
	return u, nil
}

// pickTables returns the named tables, or all of them.
func pickTables(names []string) ([]etl.Table, error) {
	if len(names) == 0 {
		return etl.Tables, nil
	}
	var picked []etl.Table
	for _, name := range names {
		found := false
		for _, t := range etl.Tables {
			if t.Name == strings.TrimSpace(name) {
				picked, found = append(picked, t), true
			}
		}
		if !found {
			return nil, usage("--table %s: no such table; there is: %s", name, tableNames())
		}
	}
	return picked, nil
}

func tableNames() string {
	names := make([]string, len(etl.Tables))
	for i, t := range etl.Tables {
		names[i] = t.Name
	}
	return strings.Join(names, ", ")
}

// upkeep runs a job that changes files under its lock, publishes what it has
// changed, and prints the summary.
func (a *app) upkeep(ctx context.Context, job string, names []string, do func(*upkeep) (printable, error)) error {
	u, err := a.newUpkeep(ctx, names)
	if err != nil {
		return err
	}
	release, err := u.lake.Lock(job)
	if err != nil {
		return err
	}
	summary, err := do(u)
	err = errors.Join(err, a.publish(context.WithoutCancel(ctx), u.lake, u.cfg), release())
	return a.print(summary, err)
}

// print prints a summary as it was asked for, and hands the error on.
func (a *app) print(summary printable, err error) error {
	if !a.json {
		summary.write(a.out)
		return err
	}
	if err != nil {
		summary.failed(err)
	}
	return errors.Join(writeSummary(a.out, summary), err)
}
