package main

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// everyDay is every day there can be.
var everyDay = parquet.Days{Column: "date", First: math.MinInt32, Last: math.MaxInt32}

// lightBar is what the account needs of every bar of the security.
type lightBar struct {
	day            schedules.Day
	traded, warned bool
}

var lightColumns = []string{"symbol", "date", "traded", "is_st"}

// read reads all tables, side by side. Without the bars and the lists there is no
// account; what else cannot be read is missing in it, and said.
func (q *inquiry) read(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, part := range []func(context.Context) error{q.readBars, q.readDay, q.readLists} {
		group.Go(func() error { return part(ctx) })
	}
	parts := []func(context.Context) error{q.readRefused, q.readAbsence, q.readRevisions, q.readNoted, q.readFactors}
	failures := make([]error, len(parts))
	for i, part := range parts {
		group.Go(func() error {
			failures[i] = part(ctx)
			return nil
		})
	}
	err := group.Wait()
	for _, failure := range failures {
		if failure != nil {
			q.Warnings = append(q.Warnings, failure.Error())
		}
	}
	return err
}

// rowsOf yields the rows of the security in a table, all columns or the named
// ones; i is the row within the record.
func (q *inquiry) rowsOf(ctx context.Context, t etl.Table, columns []string, days parquet.Days, yield func(f lake.File, r arrow.Record, i int) error) (*lake.Snapshot, error) {
	table := q.lake.Table(t)
	snapshot, err := table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return snapshot, err
	}
	at, text := slices.Index(columns, "symbol"), q.Symbol.String()
	if columns == nil {
		at = t.Index("symbol")
	}
	key := parquet.Key{Column: "symbol", Text: text}
	return snapshot, table.ScanKey(ctx, snapshot, columns, key, days, func(f lake.File, r arrow.Record) error {
		symbols := r.Column(at).(*array.String)
		for i := range symbols.Len() {
			if symbols.Value(i) != text {
				continue
			}
			if err := yield(f, r, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// readBars reads a few columns of all bars of the security, and then the bar and
// the two beside it as they are.
func (q *inquiry) readBars(ctx context.Context) error {
	_, err := q.rowsOf(ctx, etl.DailyBars, lightColumns, everyDay, func(_ lake.File, r arrow.Record, i int) error {
		q.history = append(q.history, lightBar{schedules.Day(r.Column(1).(*array.Date32).Value(i)),
			r.Column(2).(*array.Boolean).Value(i), r.Column(3).(*array.Boolean).Value(i)})
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(q.history, func(x, y lightBar) int { return int(x.day) - int(y.day) })
	days := parquet.Days{Column: "date", First: q.Date, Last: q.Date}
	if i, _ := q.find(q.Date); i > 0 {
		days.First = q.history[i-1].day
	}
	if i, _ := q.find(q.Date + 1); i < len(q.history) {
		days.Last = q.history[i].day
	}
	return q.readRows(ctx, days)
}

// find returns where the bar of a day stands, or would stand, in the history.
func (q *inquiry) find(day schedules.Day) (int, bool) {
	return slices.BinarySearchFunc(q.history, day, func(b lightBar, d schedules.Day) int { return int(b.day) - int(d) })
}

// readRows reads the bars of the days whole, and which file has that of the day
// in question.
func (q *inquiry) readRows(ctx context.Context, days parquet.Days) (err error) {
	column, times := etl.DailyBars.Index("date"), 0
	q.rows = map[schedules.Day]map[string]any{}
	q.snapshot, err = q.rowsOf(ctx, etl.DailyBars, nil, days, func(f lake.File, r arrow.Record, i int) error {
		day := schedules.Day(r.Column(column).(*array.Date32).Value(i))
		if day < days.First || day > days.Last {
			return nil
		}
		if day == q.Date {
			if times++; times > 1 {
				return nil
			}
			q.Present, q.file = true, f
		}
		q.rows[day] = rowValues(etl.DailyBars, r, i)
		return nil
	})
	if q.Present {
		q.Bar, q.Units = q.rows[q.Date], map[string]string{}
		for _, c := range etl.DailyBars.Columns {
			if c.Unit != "" {
				q.Units[c.Name] = c.Unit
			}
		}
	}
	if times > 1 {
		q.Warnings = append(q.Warnings, "the table holds this bar "+count(int64(times))+" times: prove it with barkeep verify --deep --table daily_bars")
	}
	return err
}

// readDay counts the bars of the whole market on the day.
func (q *inquiry) readDay(ctx context.Context) error {
	have, err := committed(ctx, q.lake, []schedules.Day{q.Date})
	if err != nil {
		return err
	}
	explained, err := absentCells(ctx, q.lake, have.Days())
	q.Day.have, q.Day.absent = have, explained
	return err
}

// readLists reads the lists of securities, and how they have changed.
func (q *inquiry) readLists(ctx context.Context) error {
	var list []etl.Instrument
	some := false
	err := all(ctx, q.lake.Table(etl.Instruments), func(r arrow.Record) error {
		part, err := etl.ReadInstrumentVersions(r)
		for _, v := range part {
			some = true
			if v.Until.IsZero() {
				list = append(list, v.Instrument)
			}
			if v.Symbol == q.Symbol {
				q.versions = append(q.versions, v)
			}
		}
		return err
	})
	if err == nil && some {
		q.universe, err = etl.MakeUniverse(list)
	}
	return err
}

// readFactors reads the security's adjust factors.
func (q *inquiry) readFactors(ctx context.Context) error {
	var list []etl.FactorVersion
	_, err := q.rowsOf(ctx, etl.AdjustFactors, nil, everyDay, func(_ lake.File, r arrow.Record, i int) error {
		row := r.NewSlice(int64(i), int64(i)+1)
		defer row.Release()
		part, err := etl.ReadFactors(row)
		list = append(list, part...)
		return err
	})
	q.factors = etl.NewestFactors(list, time.Time{})
	return err
}
