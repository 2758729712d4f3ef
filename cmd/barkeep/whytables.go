package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// quarantineRow is a row that arrived for the bar and was refused.
type quarantineRow struct {
	Reason  string    `json:"reason"`
	Raw     string    `json:"raw"`     // as it arrived
	Request string    `json:"request"` // that it answered
	Source  string    `json:"source"`
	Fetched time.Time `json:"fetched_at"`
}

// absenceRow explains why there is no bar.
type absenceRow struct {
	Reason  string    `json:"reason"`
	Request string    `json:"request"`
	Source  string    `json:"source"` // user where somebody declared it
	Seen    time.Time `json:"seen_at"`
}

// revisionRow is one cell that the vendor has changed.
type revisionRow struct {
	Column     string    `json:"column"`
	Old        *string   `json:"old"` // null was null
	New        *string   `json:"new"`
	OldFetched time.Time `json:"old_fetched_at"`
	Seen       time.Time `json:"seen_at"`
	Source     string    `json:"source"`
	Run        string    `json:"run"`
}

// notedCheck is a row of the table checks whose example is this bar.
type notedCheck struct {
	Run      string    `json:"run"`
	Checked  time.Time `json:"checked_at"`
	Rule     string    `json:"rule"`
	Severity string    `json:"severity"`
	Sample   string    `json:"sample"`
}

// rowsHere yields the rows of a table that are of the security and the day.
func (q *inquiry) rowsHere(ctx context.Context, t etl.Table, yield func(row map[string]any)) error {
	date := t.Index("date")
	_, err := q.rowsOf(ctx, t, nil, parquet.Days{Column: "date", First: q.Date, Last: q.Date}, func(_ lake.File, r arrow.Record, i int) error {
		if schedules.Day(r.Column(date).(*array.Date32).Value(i)) == q.Date {
			yield(rowValues(t, r, i))
		}
		return nil
	})
	return err
}

func (q *inquiry) readRefused(ctx context.Context) error {
	err := q.rowsHere(ctx, etl.Quarantine, func(row map[string]any) {
		if textCell(row, "table_name") != etl.DailyBars.Name {
			return
		}
		q.Quarantine = append(q.Quarantine, quarantineRow{textCell(row, "reason"), textCell(row, "raw"), textCell(row, "request"),
			textCell(row, "source"), timeCell(row, "fetched_at")})
	})
	slices.SortStableFunc(q.Quarantine, func(x, y quarantineRow) int { return x.Fetched.Compare(y.Fetched) })
	return err
}

func (q *inquiry) readAbsence(ctx context.Context) error {
	return q.rowsHere(ctx, etl.Absences, func(row map[string]any) {
		q.Absence = &absenceRow{textCell(row, "reason"), textCell(row, "request"), textCell(row, "source"), timeCell(row, "seen_at")}
	})
}

func (q *inquiry) readRevisions(ctx context.Context) error {
	err := q.rowsHere(ctx, etl.Revisions, func(row map[string]any) {
		v := revisionRow{Column: textCell(row, "column_name"), OldFetched: timeCell(row, "old_fetched_at"),
			Seen: timeCell(row, "seen_at"), Source: textCell(row, "source"), Run: textCell(row, "run")}
		if old, ok := row["old_value"].(string); ok {
			v.Old = &old
		}
		if fresh, ok := row["new_value"].(string); ok {
			v.New = &fresh
		}
		q.Revisions = append(q.Revisions, v)
	})
	slices.SortStableFunc(q.Revisions, func(x, y revisionRow) int { return x.Seen.Compare(y.Seen) })
	return err
}

// readNoted finds the counts of earlier checks whose example is this bar: of the
// other bars that they count, no table tells which they were.
func (q *inquiry) readNoted(ctx context.Context) error {
	sample := etl.Checks.Index("sample")
	begins := q.Symbol.String() + " " + q.Date.String()
	return all(ctx, q.lake.Table(etl.Checks), func(r arrow.Record) error {
		samples := r.Column(sample).(*array.String)
		for i := range samples.Len() {
			if samples.IsNull(i) || !strings.HasPrefix(samples.Value(i), begins) {
				continue
			}
			row := rowValues(etl.Checks, r, i)
			q.Noted = append(q.Noted, notedCheck{textCell(row, "run"), timeCell(row, "checked_at"), textCell(row, "rule"),
				textCell(row, "severity"), textCell(row, "sample")})
		}
		return nil
	})
}

// rowValues returns a row by column: nil for null, days and instants as such.
func rowValues(t etl.Table, r arrow.Record, i int) map[string]any {
	row := make(map[string]any, len(t.Columns))
	for n, c := range t.Columns {
		column := r.Column(n)
		if column.IsNull(i) {
			row[c.Name] = nil
			continue
		}
		switch column := column.(type) {
		case *array.Date32:
			row[c.Name] = schedules.Day(column.Value(i))
		case *array.String:
			row[c.Name] = strings.Clone(column.Value(i)) // the record's memory is reused
		case *array.Float64:
			row[c.Name] = column.Value(i)
		case *array.Int64:
			row[c.Name] = column.Value(i)
		case *array.Boolean:
			row[c.Name] = column.Value(i)
		case *array.Timestamp:
			row[c.Name] = time.UnixMicro(int64(column.Value(i))).In(schedules.Shanghai)
		}
	}
	return row
}

func textCell(row map[string]any, column string) string {
	s, _ := row[column].(string)
	return s
}

func timeCell(row map[string]any, column string) time.Time {
	t, _ := row[column].(time.Time)
	return t
}

// absentCells reads which cells of the days the lake explains as absent.
func absentCells(ctx context.Context, l *lake.Lake, days []schedules.Day) (*etl.Cells, error) {
	cells := etl.NewCells(days)
	if len(days) == 0 {
		return cells, nil
	}
	table := l.Table(etl.Absences)
	snapshot, err := table.Snapshot(ctx)
	if err != nil {
		return cells, err
	}
	span := parquet.Days{Column: "date", First: days[0], Last: days[len(days)-1]}
	err = table.ScanDays(ctx, snapshot, []string{"symbol", "date"}, span, func(r arrow.Record) error {
		symbols, dates := r.Column(0).(*array.String), r.Column(1).(*array.Date32).Date32Values()
		for i, d := range dates {
			symbol, err := etl.ParseSymbol(symbols.Value(i))
			if err != nil {
				return &etl.DataError{Where: "table absences", Problem: err.Error()}
			}
			cells.Add(symbol, schedules.Day(d))
		}
		return nil
	})
	return cells, err
}
