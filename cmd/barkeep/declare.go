package main

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// declare commits absences by a user's word.
func (a *app) declare(ctx context.Context, flags selectionFlags) error {
	reason := flags.reason
	flags.reason = ""
	picked, err := flags.parse()
	if err != nil {
		return err
	}
	return a.changeBars(ctx, func(cfg configs.Config, l *lake.Lake) error {
		missing, err := a.holes(ctx, cfg, l, picked)
		if err != nil {
			return err
		}
		var list []etl.Absence
		for _, s := range missing.Symbols() {
			for day := range missing.Of(s) {
				list = append(list, etl.Absence{Symbol: s, Day: day, Reason: reason, Source: etl.ByUser, Seen: time.Now()})
			}
		}
		if len(list) == 0 {
			return usage("no bar of these is missing: what is stored, explained, or not expected needs no absence")
		}
		rows := etl.AbsenceRows(list)
		defer rows.Release()
		if _, err := l.Table(etl.Absences).Append(ctx, []arrow.Record{rows}, lake.Info{Job: "absences", Engine: engine()}); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "declared %s absent\n", plural(len(list), "bar"))
		return nil
	})
}

// holes returns the cells of a selection that should have a bar and have none, nor
// an absence.
func (a *app) holes(ctx context.Context, cfg configs.Config, l *lake.Lake, picked selection) (*etl.Cells, error) {
	calendar, err := cfg.Calendar.Load()
	if err != nil {
		return nil, usageError{err}
	}
	if calendar, err = extended(ctx, l, calendar); err != nil {
		return nil, err
	}
	universe, _, err := instruments(ctx, l)
	if err != nil {
		return nil, err
	}
	if err := known(universe, picked.symbols); err != nil {
		return nil, err
	}
	to := min(picked.to, calendar.Published(time.Now(), schedules.DailyBarsReady))
	have, err := committed(ctx, l, calendar.Days(picked.from, to))
	if err != nil {
		return nil, err
	}
	explained, err := absent(ctx, l, have.Days())
	if err != nil {
		return nil, err
	}
	scope := etl.Scope{From: picked.from, To: to, Symbols: picked.symbols}
	return etl.Expected(universe, scope, have.Days()).Minus(have, explained), nil
}

// withdraw takes absences out of their table.
func (a *app) withdraw(ctx context.Context, flags selectionFlags) error {
	picked, err := flags.parse()
	if err != nil {
		return err
	}
	if !picked.narrow && !flags.all {
		return usage("say which absences: --symbols, --date, --from, --to, --reason, or --all")
	}
	if err := a.sure(flags, "The chosen absences are withdrawn and their bars missing again"); err != nil {
		return err
	}
	return a.changeBars(ctx, func(_ configs.Config, l *lake.Lake) error {
		done, err := l.Table(etl.Absences).Edit(ctx, lake.Edit{
			Columns: []string{"symbol", "date", "reason"},
			Judge: func(r arrow.Record, fates []lake.Fate) error {
				var symbols etl.SymbolReader
				for i := range fates {
					symbol, err := symbols.Parse(r.Column(0).(*array.String).Value(i))
					if err != nil {
						return err
					}
					if picked.holds(symbol, schedules.Day(r.Column(1).(*array.Date32).Value(i)), r.Column(2).(*array.String).Value(i)) {
						fates[i] = lake.Drop
					}
				}
				return nil
			},
		}, lake.Info{Job: "absences", Engine: engine()})
		if err == nil {
			fmt.Fprintf(a.out, "withdrew %s\n", plural(int(done.Dropped), "absence"))
		}
		return err
	})
}
