package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// demoJobs are the jobs that the demo runs, in this order.
var demoJobs = []string{jobDailyBars, jobInstruments, jobAdjustFactors, jobQuotes}

// demoCommands fills the lake and looks at it, by the commands that anyone would
// type.
func (a *app) demoCommands(ctx context.Context) error {
	from := schedules.DayOf(time.Now().AddDate(-demoYears, 0, 0))
	for _, job := range demoJobs {
		args := []string{"--job", job}
		if job == jobDailyBars {
			args = append(args, "--from", from.String())
		}
		if err := a.demoStep(ctx, a.runCommand(), args...); err != nil {
			return err
		}
	}
	// Nothing of the demo hangs on the verdict: it is there to be seen.
	var partial partialError
	if err := a.demoStep(ctx, a.statusCommand()); err != nil && !errors.As(err, &partial) {
		return err
	}
	there, gone, err := a.demoBars(ctx)
	if err != nil {
		return err
	}
	for _, bar := range []etl.BarKey{there, gone} {
		if bar.Symbol == 0 {
			continue // this market has none
		}
		if err := a.demoStep(ctx, a.whyCommand(), bar.Symbol.String(), bar.Day.String()); err != nil {
			return err
		}
	}
	return nil
}

// demoStep shows a command line and runs it.
func (a *app) demoStep(ctx context.Context, c *cobra.Command, args ...string) error {
	name, _, _ := strings.Cut(c.Use, " ")
	fmt.Fprintf(a.out, "\n$ barkeep %s\n", strings.Join(append([]string{name}, args...), " "))
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(append([]string{}, args...)) // nil would stand for those of the process
	c.SetOut(a.out)
	c.SetErr(a.err)
	return c.ExecuteContext(ctx)
}

// demoBars picks two bars worth a question: one of an ex-date, and one that is
// not there because the security was delisted before.
func (a *app) demoBars(ctx context.Context) (there, gone etl.BarKey, err error) {
	_, calendar, l, err := a.open()
	if err != nil {
		return there, gone, err
	}
	universe, _, err := instruments(ctx, l)
	if err != nil {
		return there, gone, err
	}
	today := schedules.DayOf(time.Now())
	for _, in := range universe {
		if in.Kind == etl.Stock && in.Delisted > today-365*demoYears && in.Delisted < today-30 && in.Symbol.Exchange() != etl.Beijing {
			if day, ok := calendar.Next(in.Delisted); ok {
				gone = etl.BarKey{Symbol: in.Symbol, Day: day}
			}
			break
		}
	}
	dates, err := exDates(ctx, l, calendar)
	for _, e := range dates {
		in, _ := universe.Find(e.Symbol)
		if in.Kind == etl.Stock && in.Delisted == 0 && !e.Gap && !e.Suspended && e.Day > there.Day {
			there = etl.BarKey{Symbol: e.Symbol, Day: e.Day}
		}
	}
	return there, gone, err
}

// exDates finds the days whose reference price is not the close before.
func exDates(ctx context.Context, l *lake.Lake, calendar *schedules.Calendar) ([]etl.ExDate, error) {
	table := l.Table(etl.DailyBars)
	snapshot, err := table.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	scanner := etl.NewExDateScanner(calendar.Days(span(snapshot.Files, "date")))
	err = table.Scan(ctx, snapshot, []string{"symbol", "date", "close", "preclose", "traded"}, nil, scanner.Scan)
	return scanner.Found(), err
}
