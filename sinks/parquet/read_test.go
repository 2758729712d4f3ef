package parquet_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

func TestReadNamedColumns(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	batches, order := batchesOf(mem, market(10, 100), 300)
	defer release(batches)
	path, _ := write(t, etl.DailyBars, batches, order, parquet.DefaultConfig())
	got := readAll(t, mem, path, etl.DailyBars, []string{"close", "symbol"})
	defer release(got)
	if len(got) != 1 || got[0].NumCols() != 2 || got[0].ColumnName(0) != "close" || got[0].ColumnName(1) != "symbol" {
		t.Fatalf("read %v, want close and symbol", got)
	}
	for i, r := range order {
		if want := batches[r.Batch].Column(5).(*array.Float64).Value(int(r.Row)); got[0].Column(0).(*array.Float64).Value(i) != want {
			t.Fatalf("row %d: close %s, want %v", i, got[0].Column(0).ValueStr(i), want)
		}
	}
	err := parquet.Read(context.Background(), path, etl.DailyBars, []string{"klose"}, nil)
	if err == nil || !strings.Contains(err.Error(), "table daily_bars has no column klose") {
		t.Errorf("error %v for an unknown column", err)
	}
}

func TestReadDays(t *testing.T) {
	batches, _ := batchesOf(memory.DefaultAllocator, market(50, 100), 500) // by day: each row group has its own days
	cfg := parquet.DefaultConfig()
	cfg.RowGroupRows = 1024
	path, _ := write(t, etl.DailyBars, batches, nil, cfg)
	first := schedules.MakeDay(2024, time.February, 1)
	days := parquet.Days{Column: "date", First: first, Last: first}
	var rows, hits int64
	err := parquet.ReadDays(context.Background(), path, etl.DailyBars, []string{"date"}, days, func(b arrow.Record) error {
		rows += b.NumRows()
		for _, d := range b.Column(0).(*array.Date32).Date32Values() {
			if schedules.Day(d) == first {
				hits++
			}
		}
		return nil
	})
	if err != nil || hits != 50 || rows > 2048 {
		t.Errorf("%d rows of the day among %d read (%v); want 50 in one or two row groups", hits, rows, err)
	}
}

// foreignBar is a row of another tool: other order of columns, other
// encodings, compression and page version, nullable where the table is not.
type foreignBar struct {
	Amount *float64 `parquet:"amount,optional"`
	Symbol *string  `parquet:"symbol,optional"` // DELTA_LENGTH_BYTE_ARRAY
	Extra  int32    `parquet:"extra"`
	Date   int32    `parquet:"date,date"`
	Traded bool     `parquet:"traded"`
}

func writeForeign(t testing.TB, rows []foreignBar) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "foreign.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := pq.NewGenericWriter[foreignBar](f, pq.Compression(&pq.Snappy), pq.PageBufferSize(1000), pq.MaxRowsPerRowGroup(700))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

var foreignTable = etl.Table{Name: "foreign", Columns: []etl.Column{
	{Name: "date", Type: etl.Date},
	{Name: "symbol", Type: etl.String},
	{Name: "amount", Type: etl.Float64, Nullable: true},
	{Name: "traded", Type: etl.Bool},
	{Name: "added_later", Type: etl.String, Nullable: true},
}}

func TestReadAnotherToolsFile(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	var rows []foreignBar
	for i := range 2000 {
		symbol, amount := etl.MakeSymbol(etl.Shenzhen, i).String(), float64(i)/4
		r := foreignBar{Symbol: &symbol, Amount: &amount, Date: int32(i), Traded: i%3 == 0}
		if i%5 == 0 {
			r.Amount = nil
		}
		rows = append(rows, r)
	}
	got := readAll(t, mem, writeForeign(t, rows), foreignTable, nil)
	defer release(got)
	i := 0
	for _, b := range got {
		for at := range int(b.NumRows()) {
			r := rows[i]
			amount := b.Column(2).(*array.Float64)
			if amount.IsNull(at) != (r.Amount == nil) || r.Amount != nil && amount.Value(at) != *r.Amount ||
				int32(b.Column(0).(*array.Date32).Value(at)) != r.Date || b.Column(1).(*array.String).Value(at) != *r.Symbol ||
				b.Column(3).(*array.Boolean).Value(at) != r.Traded || !b.Column(4).IsNull(at) {
				t.Fatalf("row %d reads %v", i, b.NewSlice(int64(at), int64(at)+1))
			}
			i++
		}
	}
	if i != len(rows) {
		t.Errorf("read %d rows, want %d", i, len(rows))
	}
}

func TestReadRefuses(t *testing.T) {
	symbol := "sh600000"
	ours := writeForeign(t, []foreignBar{{Symbol: &symbol}})
	table := func(columns ...etl.Column) etl.Table { return etl.Table{Name: "t", Columns: columns} }
	garbage := filepath.Join(t.TempDir(), "garbage.parquet")
	if err := os.WriteFile(garbage, []byte("PAR1 this is no Parquet file PAR1"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path  string
		table etl.Table
		want  string
	}{
		"type":          {ours, table(etl.Column{Name: "amount", Type: etl.Int64, Nullable: true}), "column amount: is DOUBLE and must be INT64"},
		"no annotation": {ours, table(etl.Column{Name: "extra", Type: etl.Date}), "column extra: is INT(32,true) and must be DATE"},
		"nulls":         {writeForeign(t, []foreignBar{{}}), table(etl.Column{Name: "symbol", Type: etl.String}), "column symbol: holds nulls"},
		"missing":       {ours, table(etl.Column{Name: "close", Type: etl.Float64}), "lacks column close"},
		"no file":       {filepath.Join(t.TempDir(), "none"), foreignTable, "no such file"},
		"garbage":       {garbage, foreignTable, "garbage.parquet"},
	} {
		t.Run(name, func(t *testing.T) {
			err := parquet.Read(context.Background(), c.path, c.table, nil, func(arrow.Record) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("error %v, want the path and %q", err, c.want)
			}
		})
	}
}

func TestReadStops(t *testing.T) {
	batches, order := batchesOf(memory.DefaultAllocator, market(20, 200), 1000)
	cfg := parquet.DefaultConfig()
	cfg.RowGroupRows = 1024
	path, _ := write(t, etl.DailyBars, batches, order, cfg)
	enough := errors.New("enough")
	calls := 0
	err := parquet.Read(context.Background(), path, etl.DailyBars, nil, func(arrow.Record) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("error %v after %d calls, want %v after 1", err, calls, enough)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = parquet.Read(ctx, path, etl.DailyBars, nil, func(arrow.Record) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
