package main

import (
	"context"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// appender adds batches to one table of the lake.
type appender struct {
	table     *lake.Table
	info      lake.Info
	committed func() // called after every commit; nil for nothing
}

var _ etl.Appender = appender{}

// Append commits the batches.
func (a appender) Append(ctx context.Context, batches []arrow.Record) (etl.Commit, error) {
	c, err := a.table.Append(ctx, batches, a.info)
	if err == nil && a.committed != nil {
		a.committed()
	}
	return etl.Commit{Version: c.Version, Files: len(c.Files), Rows: c.Rows, Bytes: c.Bytes}, err
}

// committed reads which cells of the days the lake holds.
func committed(ctx context.Context, l *lake.Lake, days []schedules.Day) (*etl.Cells, error) {
	cells := etl.NewCells(days)
	if len(days) == 0 {
		return cells, nil
	}
	table := l.Table(etl.DailyBars)
	snapshot, err := table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return cells, err
	}
	span := parquet.Days{Column: "date", First: days[0], Last: days[len(days)-1]}
	var last string
	var symbol etl.Symbol
	err = table.ScanDays(ctx, snapshot, []string{"symbol", "date"}, span, func(r arrow.Record) error {
		symbols, dates := r.Column(0).(*array.String), r.Column(1).(*array.Date32).Date32Values()
		for i, d := range dates {
			// Files are sorted by symbol, so that few texts are parsed.
			if text := symbols.Value(i); text != last {
				if symbol, err = etl.ParseSymbol(text); err != nil {
					return &etl.DataError{Where: "table daily_bars", Problem: err.Error()}
				}
				last = string([]byte(text)) // the record's memory is reused
			}
			cells.Add(symbol, schedules.Day(d))
		}
		return nil
	})
	return cells, err
}

// instruments reads the lake's list of securities and when it was fetched; the
// list is empty when there is none.
func instruments(ctx context.Context, l *lake.Lake) (etl.Universe, time.Time, error) {
	var list []etl.Instrument
	var fetched time.Time
	err := all(ctx, l.Table(etl.Instruments), func(r arrow.Record) error {
		part, at, err := etl.ReadInstruments(r)
		list = append(list, part...)
		if at.After(fetched) {
			fetched = at
		}
		return err
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	u, err := etl.MakeUniverse(list)
	return u, fetched, err
}

// vendorDays reads the vendor's calendar from the lake.
func vendorDays(ctx context.Context, l *lake.Lake) (days []schedules.VendorDay, err error) {
	err = all(ctx, l.Table(etl.TradingDays), func(r arrow.Record) error {
		days = append(days, etl.ReadCalendar(r)...)
		return nil
	})
	return days, err
}

// all scans every row of a table, in the table's columns.
func all(ctx context.Context, t *lake.Table, yield func(arrow.Record) error) error {
	snapshot, err := t.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return err
	}
	return t.Scan(ctx, snapshot, nil, nil, yield)
}

// lastSnapshot reads the newest quote of each symbol in the file of quotes that
// was written last, ascending by symbol; nil when there are none. A file that
// was folded from several snapshots counts as one snapshot of all their symbols.
func lastSnapshot(ctx context.Context, l *lake.Lake) (list []etl.Quote, err error) {
	table := l.Table(etl.Quotes)
	snapshot, err := table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return nil, err
	}
	err = eachQuotes(ctx, table, snapshot.Newest(1), func(part []etl.Quote) {
		for _, q := range part {
			if n := len(list); n > 0 && list[n-1].Symbol == q.Symbol {
				list[n-1] = q // files are sorted by symbol and time
			} else {
				list = append(list, q)
			}
		}
	})
	return list, err
}

// eachQuotes reads all quotes of the files of a snapshot, part by part.
func eachQuotes(ctx context.Context, table *lake.Table, snapshot *lake.Snapshot, yield func([]etl.Quote)) error {
	return table.Scan(ctx, snapshot, nil, nil, func(r arrow.Record) error {
		part, err := etl.QuotesFrom(r)
		yield(part)
		return err
	})
}
