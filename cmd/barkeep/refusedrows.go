package main

import (
	"context"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// refusedRows is what runs know of the table quarantine.
type refusedRows struct {
	known    map[string]bool // raw texts of all rows
	cells    *etl.Cells      // of the rows meant for daily_bars
	released map[string]bool // raw texts of rows that were released
}

// readQuarantine reads the refused rows, and which of earlier ones were released.
func readQuarantine(ctx context.Context, l *lake.Lake, days []schedules.Day) (refusedRows, error) {
	rows := refusedRows{map[string]bool{}, etl.NewCells(days), map[string]bool{}}
	err := eachRefused(ctx, l, func(r refusedRow) error {
		rows.known[r.Raw] = true
		if r.table == etl.DailyBars.Name {
			rows.cells.Add(r.Symbol, r.Day)
		}
		return nil
	})
	if err != nil {
		return rows, err
	}
	rows.released, err = released(ctx, l)
	return rows, err
}

// refusedRow is a row of the table quarantine and the table it was meant for.
type refusedRow struct {
	etl.Refused
	table string
}

// refusedColumns are the columns that tell rows of the quarantine apart.
var refusedColumns = []string{"table_name", "symbol", "date", "reason", "raw", "request", "source", "fetched_at"}

// refusedAt reads a row of refusedColumns.
func refusedAt(r arrow.Record, i int, symbols *etl.SymbolReader) (refusedRow, error) {
	text := func(column int) string { return strings.Clone(r.Column(column).(*array.String).Value(i)) }
	symbol, err := symbols.Parse(r.Column(1).(*array.String).Value(i))
	return refusedRow{etl.Refused{
		Symbol: symbol, Day: schedules.Day(r.Column(2).(*array.Date32).Value(i)), Reason: text(3), Raw: text(4), Request: text(5),
		Source: text(6), Fetched: r.Column(7).(*array.Timestamp).Value(i).ToTime(arrow.Microsecond)}, text(0)}, err
}

// eachRefused reads the table quarantine row by row, by symbol and day within each
// of its files.
func eachRefused(ctx context.Context, l *lake.Lake, yield func(refusedRow) error) error {
	table := l.Table(etl.Quarantine)
	snapshot, err := table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return err
	}
	var symbols etl.SymbolReader
	return table.Scan(ctx, snapshot, refusedColumns, nil, func(r arrow.Record) error {
		for i := range int(r.NumRows()) {
			row, err := refusedAt(r, i, &symbols)
			if err == nil {
				err = yield(row)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// A released row is kept in the table checks, under a rule of its own, with its text
// at the end: when it comes again, it is not refused again.
const (
	ruleReleased = "released"
	rawMark      = "; row: "
)

// observeReleased is what the table checks keeps of a released row.
func observeReleased(r refusedRow) etl.Verdict {
	return etl.Verdict{Rule: ruleReleased, Severity: etl.Warn, Checked: 1, Found: 1, First: r.Day, Last: r.Day,
		Sample: r.Symbol.String() + " " + r.Day.String() + ": kept although " + r.Reason + rawMark + r.Raw}
}

// released reads the texts of all rows that were released.
func released(ctx context.Context, l *lake.Lake) (map[string]bool, error) {
	texts := map[string]bool{}
	table := l.Table(etl.Checks)
	snapshot, err := table.Snapshot(ctx)
	if err != nil || len(snapshot.Files) == 0 {
		return texts, err
	}
	err = table.Scan(ctx, snapshot, []string{"rule", "sample"}, nil, func(r arrow.Record) error {
		rules, samples := r.Column(0).(*array.String), r.Column(1).(*array.String)
		for i := range int(r.NumRows()) {
			if rules.Value(i) != ruleReleased {
				continue
			}
			if _, raw, ok := strings.Cut(samples.Value(i), rawMark); ok {
				texts[strings.Clone(raw)] = true
			}
		}
		return nil
	})
	return texts, err
}
