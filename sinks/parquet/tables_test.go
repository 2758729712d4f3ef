package parquet_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// allTypes is a table with every type, once with and once without nulls.
var allTypes = etl.Table{
	Name: "all_types",
	Sort: []string{"text", "day"},
	Columns: []etl.Column{
		{Name: "day", Type: etl.Date},
		{Name: "text", Type: etl.String},
		{Name: "float", Type: etl.Float64},
		{Name: "int", Type: etl.Int64},
		{Name: "bool", Type: etl.Bool},
		{Name: "at", Type: etl.Timestamp},
		{Name: "day_or_not", Type: etl.Date, Nullable: true},
		{Name: "text_or_not", Type: etl.String, Nullable: true},
		{Name: "float_or_not", Type: etl.Float64, Nullable: true},
		{Name: "int_or_not", Type: etl.Int64, Nullable: true},
		{Name: "bool_or_not", Type: etl.Bool, Nullable: true},
		{Name: "at_or_not", Type: etl.Timestamp, Nullable: true},
		{Name: "price", Type: etl.Float64, Nullable: true, Unit: "CNY/share"},
		{Name: "never", Type: etl.Float64, Nullable: true},
	},
}

// edges returns n rows of allTypes full of extreme values; every third value
// of the nullable columns is null.
func edges(mem memory.Allocator, n int) arrow.Record {
	b := array.NewRecordBuilder(mem, allTypes.Schema())
	defer b.Release()
	ints := []int64{0, -1, math.MaxInt64, math.MinInt64, 42, 1 << 40}
	floats := []float64{0, math.Copysign(0, -1), math.MaxFloat64, -math.SmallestNonzeroFloat64, 12.34, -1e-300}
	texts := []string{"", "sh600000", "浦发银行", "\x00", strings.Repeat("z", 300), "\xff"}
	for i := range n {
		for c, column := range allTypes.Columns {
			if column.Name == "never" || column.Nullable && (i+c)%3 == 0 {
				b.Field(c).AppendNull()
				continue
			}
			k := (i*7 + c) % 6
			switch f := b.Field(c).(type) {
			case *array.Date32Builder:
				f.Append(arrow.Date32(int32(ints[k]) + int32(i)))
			case *array.StringBuilder:
				f.Append(texts[k])
			case *array.Float64Builder:
				f.Append(floats[k])
			case *array.Int64Builder:
				f.Append(ints[k])
			case *array.BooleanBuilder:
				f.Append(k%2 == 0)
			case *array.TimestampBuilder:
				f.Append(arrow.Timestamp(ints[k]))
			}
		}
	}
	return b.NewRecord()
}

// write writes batches into a new file of a temporary folder.
func write(t testing.TB, table etl.Table, batches []arrow.Record, order []parquet.Row, cfg parquet.Config) (string, parquet.Stats) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.parquet")
	s, err := writeFile(context.Background(), path, table, batches, order, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return path, s
}

// readAll returns the batches of a file, which the caller releases.
func readAll(t testing.TB, mem memory.Allocator, path string, table etl.Table, columns []string) []arrow.Record {
	t.Helper()
	var batches []arrow.Record
	err := parquet.ReadWith(context.Background(), mem, path, table, columns, func(b arrow.Record) error {
		b.Retain()
		batches = append(batches, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return batches
}

// sameRows fails unless the batches hold exactly the rows that order names.
func sameRows(t *testing.T, want []arrow.Record, order []parquet.Row, got []arrow.Record) {
	t.Helper()
	rows := 0
	for _, b := range got {
		rows += int(b.NumRows())
	}
	if rows != len(order) {
		t.Fatalf("read %d rows of the %d written", rows, len(order))
	}
	for c := range int(want[0].NumCols()) {
		wanted, next := cellsOf(want, c), 0
		for _, have := range cellsOf(got, c) {
			for i := range have.Len() {
				r := order[next]
				if a, b := wanted[r.Batch].at(int(r.Row)), have.at(i); a != b {
					t.Fatalf("row %d, column %s: wrote %+v, read %+v", next, want[0].ColumnName(c), a, b)
				}
				next++
			}
		}
	}
}

// cell is one value; floats by their bits, so that -0 is not 0.
type cell struct {
	null bool
	bits int64
	text string
}

type cells struct {
	arrow.Array
}

func cellsOf(batches []arrow.Record, c int) []cells {
	var columns []cells
	for _, b := range batches {
		columns = append(columns, cells{b.Column(c)})
	}
	return columns
}

func (c cells) at(i int) cell {
	if c.IsNull(i) {
		return cell{null: true}
	}
	switch a := c.Array.(type) {
	case *array.Date32:
		return cell{bits: int64(a.Value(i))}
	case *array.String:
		return cell{text: a.Value(i)}
	case *array.Float64:
		return cell{bits: int64(math.Float64bits(a.Value(i)))}
	case *array.Int64:
		return cell{bits: a.Value(i)}
	case *array.Timestamp:
		return cell{bits: int64(a.Value(i))}
	case *array.Boolean:
		if a.Value(i) {
			return cell{bits: 1}
		}
	}
	return cell{}
}

func inOrder(batches []arrow.Record) []parquet.Row {
	var rows []parquet.Row
	for b, batch := range batches {
		for r := range batch.NumRows() {
			rows = append(rows, parquet.Row{Batch: uint32(b), Row: uint32(r)})
		}
	}
	return rows
}
