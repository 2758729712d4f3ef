package lake

import (
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

// part is what goes into one file.
type part struct {
	year  int           // 0 when the table has no partitions
	order []parquet.Row // the rows in the table's order; nil when all rows go in as they come
	rows  int64
}

// arrange checks the batches against the table's definition, sorts their rows
// and splits them by year, earliest first.
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
	if t.Year == "" {
		return []part{{order: order, rows: rows}}, nil
	}
	return splitYears(t, batches, order, rows)
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

// splitYears deals the rows out by the calendar year of the Year column. Each
// part keeps the order of the whole.
func splitYears(t etl.Table, batches []arrow.Record, order []parquet.Row, rows int64) ([]part, error) {
	days := dateValues(batches, t.Index(t.Year))
	low, high := dateRange(days)
	if low < firstDay || high > lastDay {
		return nil, &SchemaError{Table: t.Name, Column: t.Year,
			Problem: fmt.Sprintf("%s..%s goes beyond the years 1 to 9999", low, high)}
	}
	first, last := low.Year(), high.Year()
	if first == last {
		return []part{{year: first, order: order, rows: rows}}, nil
	}
	years := newYearFinder(first, last)
	counts := make([]int64, last-first+1)
	for _, column := range days {
		for _, d := range column {
			counts[years.find(schedules.Day(d))]++
		}
	}
	parts := make([]part, len(counts))
	for i, n := range counts {
		parts[i] = part{year: first + i, rows: n, order: make([]parquet.Row, 0, n)}
	}
	deal := func(r parquet.Row) {
		p := &parts[years.find(schedules.Day(days[r.Batch][r.Row]))]
		p.order = append(p.order, r)
	}
	if order != nil {
		for _, r := range order {
			deal(r)
		}
	} else {
		for b := range batches {
			for row := range days[b] {
				deal(parquet.Row{Batch: uint32(b), Row: uint32(row)})
			}
		}
	}
	held := parts[:0]
	for _, p := range parts {
		if p.rows > 0 {
			held = append(held, p)
		}
	}
	return held, nil
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

// yearFinder tells years apart by their first days. Rows in the table's order
// rarely change the year, so the last answer is tried first.
type yearFinder struct {
	starts []schedules.Day // of each year, and of the one after the last
	last   int
}

func newYearFinder(first, last int) *yearFinder {
	f := &yearFinder{}
	for y := first; y <= last+1; y++ {
		f.starts = append(f.starts, schedules.MakeDay(y, time.January, 1))
	}
	return f
}

// find returns the year's place after the first.
func (f *yearFinder) find(d schedules.Day) int {
	for d < f.starts[f.last] {
		f.last--
	}
	for d >= f.starts[f.last+1] {
		f.last++
	}
	return f.last
}
