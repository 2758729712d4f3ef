package main

import (
	"context"
	"errors"
	"os"
	"slices"
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

// upkeepFlags adds the flags that the commands of these jobs share: which tables,
// and how the summary is printed.
func (a *app) upkeepFlags(c *cobra.Command, names *[]string) {
	c.Flags().StringSliceVar(names, "table", nil, "only these `tables`, comma separated: "+strings.Join(tableNames(), ", "))
	c.RegisterFlagCompletionFunc("table", cobra.FixedCompletions(tableNames(), cobra.ShellCompDirectiveNoFileComp))
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON object")
}

// newUpkeep reads the configuration and finds the tables.
func (a *app) newUpkeep(ctx context.Context, names []string) (*upkeep, error) {
	cfg, calendar, l, err := a.open()
	if err != nil {
		return nil, err
	}
	u := &upkeep{cfg: cfg, lake: l}
	if u.tables, err = pickTables(names); err != nil {
		return nil, err
	}
	if _, err := os.Stat(u.lake.Dir()); err != nil {
		return nil, usage("there is no lake in %s: name its directory with --lake, or fill it with barkeep run --job daily-bars", u.lake.Dir())
	}
	longer, err := extended(ctx, l, calendar)
	if err != nil {
		// A damaged list of trading days must not keep the rest from being looked after.
		a.log.Warn("the vendor's calendar in the lake cannot be read", "error", err)
		longer = calendar
	}
	u.closed = closedDay(longer, now())
	return u, nil
}

// pickTables returns the named tables, or all of them.
func pickTables(names []string) ([]etl.Table, error) {
	if len(names) == 0 {
		return etl.Tables, nil
	}
	var picked []etl.Table
	for _, name := range names {
		i := slices.Index(tableNames(), strings.TrimSpace(name))
		if i < 0 {
			return nil, usage("--table %s: no such table; there is: %s", name, strings.Join(tableNames(), ", "))
		}
		picked = append(picked, etl.Tables[i])
	}
	return picked, nil
}

// tableNames are the names of etl.Tables, in their order.
func tableNames() []string {
	names := make([]string, len(etl.Tables))
	for i, t := range etl.Tables {
		names[i] = t.Name
	}
	return names
}

// upkeep runs a job that changes files under its lock, and publishes what it has
// changed.
func (a *app) upkeep(ctx context.Context, job string, names []string, do func(*upkeep) (runReport, error)) (runReport, error) {
	u, err := a.newUpkeep(ctx, names)
	if err != nil {
		return nil, err
	}
	release, err := u.lake.Lock(job)
	if err != nil {
		return nil, err
	}
	summary, err := do(u)
	return summary, errors.Join(err, a.publish(context.WithoutCancel(ctx), u.lake, u.cfg), release())
}
