package lake

import (
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

// part is what goes into one file.
type part struct {
	place place
	order []parquet.Row // the rows in the table's order; nil when all rows go in as they come
	rows  int64
}

// arrange checks the batches against the table's definition, sorts their rows
// and splits them by partition, earliest first.
func arrange(t etl.Table, batches []arrow.Record) ([]part, error) {
	if err := checkBatches(t, batches); err != nil {
		return nil, err
	}
	rows := int64(0)
	for _, b := range batches {
		rows += b.NumRows()
	}
	if rows == 0 {
		return nil, errors.New("no rows; to note that there was nothing to write, use Mark")
	}
	order, err := sortRows(t, batches, int(rows))
	if err != nil {
		return nil, err
	}
	p := partitionOf(t)
	if p.key == "" {
		return []part{{order: order, rows: rows}}, nil
	}
	days := dateValues(batches, t.Index(p.from))
	low, high := dateRange(days)
	if low < firstDay || high > lastDay {
		return nil, &SchemaError{Table: t.Name, Column: p.from,
			Problem: fmt.Sprintf("%s..%s goes beyond the years 1 to 9999", low, high)}
	}
	if at := p.placeOf(low); at == p.placeOf(high) {
		return []part{{place: at, order: order, rows: rows}}, nil
	}
	return deal(p, days, p.starts(days, low, high), order), nil
}

// checkBatches compares columns by name and type, and looks for nulls where
// the definition promises none.
func checkBatches(t etl.Table, batches []arrow.Record) error {
	for n, b := range batches {
		if int(b.NumCols()) != len(t.Columns) {
			return fmt.Errorf("batch %d has %d columns, the table has %d", n, b.NumCols(), len(t.Columns))
		}
		for i, c := range t.Columns {
			bad := func(format string, args ...any) error {
				return &SchemaError{Table: t.Name, Column: c.Name, Problem: fmt.Sprintf(format, args...)}
			}
			if name := b.ColumnName(i); name != c.Name {
				return bad("batch %d has the column %s in its place", n, name)
			}
			column := b.Column(i)
			if !arrow.TypeEqual(column.DataType(), c.Type.Arrow()) {
				return bad("is %s in batch %d, the table has %s", column.DataType(), n, c.Type.Arrow())
			}
			if !c.Nullable && column.NullN() > 0 {
				return bad("is null in row %d of batch %d, which the table forbids", firstNull(column), n)
			}
		}
	}
	return nil
}

func firstNull(column arrow.Array) int {
	row := 0
	for row < column.Len() && column.IsValid(row) {
		row++
	}
	return row
}

// deal deals the rows out by their place. Each part keeps the order of the
// whole; order is nil when that is the order of the rows as they come.
func deal(p partition, days [][]arrow.Date32, starts []schedules.Day, order []parquet.Row) []part {
	places := placeFinder{starts: starts}
	counts := make([]int64, len(starts)-1)
	for _, column := range days {
		for _, d := range column {
			counts[places.find(schedules.Day(d))]++
		}
	}
	parts := make([]part, len(counts))
	for i, n := range counts {
		parts[i] = part{place: p.placeOf(starts[i]), rows: n, order: make([]parquet.Row, 0, n)}
	}
	put := func(r parquet.Row) {
		to := &parts[places.find(schedules.Day(days[r.Batch][r.Row]))]
		to.order = append(to.order, r)
	}
	if order != nil {
		for _, r := range order {
			put(r)
		}
	} else {
		for b := range days {
			for row := range days[b] {
				put(parquet.Row{Batch: uint32(b), Row: uint32(row)})
			}
		}
	}
	return slices.DeleteFunc(parts, func(p part) bool { return p.rows == 0 })
}

func dateValues(batches []arrow.Record, column int) [][]arrow.Date32 {
	values := make([][]arrow.Date32, len(batches))
	for i, b := range batches {
		values[i] = b.Column(column).(*array.Date32).Date32Values()
	}
	return values
}

// dateRange returns the least and the greatest value; there is at least one.
func dateRange(columns [][]arrow.Date32) (low, high schedules.Day) {
	seen := false
	for _, column := range columns {
		for _, d := range column {
			day := schedules.Day(d)
			if !seen {
				low, high, seen = day, day, true
			}
			low, high = min(low, day), max(high, day)
		}
	}
	return low, high
}

// placeFinder tells places apart by their first days. Rows in the table's order
// rarely change the place, so the last answer is tried first.
type placeFinder struct {
	starts []schedules.Day // of each place, and the day after the last
	last   int
}

// find returns the number of the place that holds d.
func (f *placeFinder) find(d schedules.Day) int {
	if d < f.starts[f.last] || d >= f.starts[f.last+1] {
		at, exact := slices.BinarySearch(f.starts, d)
		if !exact {
			at--
		}
		f.last = at
	}
	return f.last
}
