package parquet_test

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/recorded"
	"barkeep/sinks/parquet"
)

// recordedBars returns the recorded bars in batches of 5,200 rows and the order
// that sorts them by year, symbol and day, as the files of one year after the
// other hold them.
func recordedBars(t testing.TB) ([]arrow.Record, []parquet.Row) {
	dir := recorded.Dir(t)
	files, err := filepath.Glob(filepath.Join(dir, "baostock", "bars", "s*.csv.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds no baostock/bars/s*.csv.gz (%v)", dir, err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, etl.DailyBars.Schema())
	defer b.Release()
	var batches []arrow.Record
	var years []int
	rows := 0
	for _, name := range files {
		readBars(t, name, func(cells []string) {
			years = append(years, appendCells(t, b, cells))
			if rows++; rows%5200 == 0 {
				batches = append(batches, b.NewRecord())
			}
		})
	}
	batches = append(batches, b.NewRecord())
	order := make([]parquet.Row, rows)
	for i := range order {
		order[i] = parquet.Row{Batch: uint32(i / 5200), Row: uint32(i % 5200)}
	}
	year := func(r parquet.Row) int { return years[int(r.Batch)*5200+int(r.Row)] }
	slices.SortStableFunc(order, func(a, b parquet.Row) int { return cmp.Compare(year(a), year(b)) })
	return batches, order
}

func readBars(t testing.TB, name string, yield func([]string)) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(z)
	r.ReuseRecord = true
	for first := true; ; first = false {
		cells, err := r.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if !first {
			yield(cells)
		}
	}
}

// appendCells appends one recorded row and returns its year. The columns of
// the recording are those of the table, but for adjustflag, source and
// fetched_at.
func appendCells(t testing.TB, b *array.RecordBuilder, cells []string) int {
	t.Helper()
	day, err := schedules.ParseDay(cells[0])
	if err != nil {
		t.Fatal(err)
	}
	symbol, err := etl.ParseSymbol(cells[1])
	if err != nil {
		t.Fatal(err)
	}
	cells = append(slices.Clone(cells[:9]), cells[10:]...)
	for i, c := range etl.DailyBars.Columns[:17] {
		switch f := b.Field(i).(type) {
		case *array.Date32Builder:
			f.Append(arrow.Date32(day))
		case *array.StringBuilder:
			f.Append(symbol.String())
		case *array.BooleanBuilder:
			f.Append(cells[i] == "1")
		case *array.Int64Builder:
			v, _ := strconv.ParseInt(cells[i], 10, 64)
			f.Append(v)
		case *array.Float64Builder:
			v, err := strconv.ParseFloat(cells[i], 64)
			if err != nil && c.Nullable {
				f.AppendNull()
			} else {
				f.Append(v)
			}
		}
	}
	b.Field(17).(*array.StringBuilder).Append("baostock")
	b.Field(18).(*array.TimestampBuilder).Append(1_744_020_000_000_000)
	return day.Year()
}
