package parquet_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

func TestRoundTripBars(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	batches, order := batchesOf(mem, market(40, 243), 1000)
	defer release(batches)
	for _, parallel := range []int{1, 3} {
		for _, permuted := range []bool{true, false} {
			t.Run(fmt.Sprintf("parallel=%d/permuted=%v", parallel, permuted), func(t *testing.T) {
				cfg := parquet.DefaultConfig()
				cfg.Parallel, cfg.RowGroupRows = parallel, 2048
				want, given := inOrder(batches), []parquet.Row(nil)
				if permuted {
					want, given = order, order
				}
				path, s := write(t, etl.DailyBars, batches, given, cfg)
				if s.Rows != int64(len(order)) {
					t.Errorf("Rows = %d, want %d", s.Rows, len(order))
				}
				if info, err := os.Stat(path); err != nil || info.Size() != s.Bytes {
					t.Errorf("Bytes = %d, file has %v (%v)", s.Bytes, info.Size(), err)
				}
				got := readAll(t, mem, path, etl.DailyBars, nil)
				defer release(got)
				if n := (len(order) + 2047) / 2048; len(got) != n {
					t.Errorf("%d batches, want one for each of %d row groups", len(got), n)
				}
				sameRows(t, batches, want, got)
			})
		}
	}
}

func TestRoundTripRecordedBars(t *testing.T) {
	batches, order := recordedBars(t)
	// DuckDB 1.4.1 writes 40.90 bytes per row of the same rows with
	// COPY ... (COMPRESSION zstd).
	for split, most := range map[bool]float64{false: 37.0, true: 43.0} {
		cfg := parquet.DefaultConfig()
		cfg.ByteStreamSplit = split
		path, s := write(t, etl.DailyBars, batches, order, cfg)
		sameRows(t, batches, order, readAll(t, memory.DefaultAllocator, path, etl.DailyBars, nil))
		perRow := float64(s.Bytes) / float64(s.Rows)
		t.Logf("byte_stream_split %v: %d rows, %.2f bytes/row", split, s.Rows, perRow)
		if perRow > most {
			t.Errorf("byte_stream_split %v: %.2f bytes/row, want at most %.1f", split, perRow, most)
		}
	}
}

// TestRoundTripEveryEncoding writes extreme values of every type in every
// encoding, from sliced batches.
func TestRoundTripEveryEncoding(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	whole := edges(mem, 5000)
	defer whole.Release()
	batches := []arrow.Record{whole.NewSlice(3, 1501), whole.NewSlice(1501, 1501), whole.NewSlice(2000, 4999)}
	defer release(batches)
	all := []parquet.Encoding{parquet.Plain, parquet.Dictionary, parquet.Delta, parquet.ByteStreamSplit}
	for _, e := range all {
		t.Run(string(e), func(t *testing.T) {
			cfg := parquet.DefaultConfig()
			cfg.RowGroupRows = 1024
			cfg.Encodings = map[string]parquet.Encoding{}
			for _, c := range allTypes.Columns {
				if fits(t, c, e) {
					cfg.Encodings[c.Name] = e
				}
			}
			path, _ := write(t, allTypes, batches, nil, cfg)
			got := readAll(t, mem, path, allTypes, nil)
			defer release(got)
			sameRows(t, batches, inOrder(batches), got)
		})
	}
}

// fits says whether Write takes the encoding for the column.
func fits(t *testing.T, c etl.Column, e parquet.Encoding) bool {
	cfg := parquet.DefaultConfig()
	cfg.Encodings = map[string]parquet.Encoding{c.Name: e}
	_, err := writeFile(context.Background(), filepath.Join(t.TempDir(), "f"), etl.Table{Name: "one", Columns: []etl.Column{c}}, nil, nil, cfg)
	return err == nil
}

func TestOrderMayRepeatAndLeaveOut(t *testing.T) {
	batch := edges(memory.DefaultAllocator, 10)
	order := []parquet.Row{{Row: 9}, {Row: 2}, {Row: 2}, {Row: 0}}
	path, s := write(t, allTypes, []arrow.Record{batch}, order, parquet.DefaultConfig())
	if s.Rows != 4 {
		t.Errorf("Rows = %d, want 4", s.Rows)
	}
	sameRows(t, []arrow.Record{batch}, order, readAll(t, memory.DefaultAllocator, path, allTypes, nil))
}

func TestNoRows(t *testing.T) {
	for name, batches := range map[string][]arrow.Record{"no batch": nil, "empty batch": {edges(memory.DefaultAllocator, 0)}} {
		t.Run(name, func(t *testing.T) {
			path, s := write(t, allTypes, batches, nil, parquet.DefaultConfig())
			if s.Rows != 0 || len(s.Columns) != len(allTypes.Columns) || s.Columns[0].Valid {
				t.Errorf("stats of no rows: %+v", s)
			}
			if got := readAll(t, memory.DefaultAllocator, path, allTypes, nil); len(got) != 0 {
				t.Errorf("read %d batches of no rows", len(got))
			}
		})
	}
}

func TestLongTextsFallBackToPlain(t *testing.T) {
	table := etl.Table{Name: "texts", Columns: []etl.Column{{Name: "raw", Type: etl.String, Nullable: true}}}
	b := array.NewRecordBuilder(memory.DefaultAllocator, table.Schema())
	for i := range 3000 {
		if i%10 == 0 {
			b.Field(0).AppendNull()
			continue
		}
		b.Field(0).(*array.StringBuilder).Append(fmt.Sprint(i, strings.Repeat("x", 4000)))
	}
	batches := []arrow.Record{b.NewRecord()}
	path, s := write(t, table, batches, nil, parquet.DefaultConfig())
	if s.Columns[0].Nulls != 300 {
		t.Errorf("Nulls = %d, want 300", s.Columns[0].Nulls)
	}
	sameRows(t, batches, inOrder(batches), readAll(t, memory.DefaultAllocator, path, table, nil))
}

func TestWriteRefuses(t *testing.T) {
	batch := edges(memory.DefaultAllocator, 10)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	cfg := parquet.DefaultConfig()
	badEncoding := parquet.DefaultConfig()
	badEncoding.Encodings = map[string]parquet.Encoding{"bool": parquet.Delta}
	required := allTypes
	required.Columns = append([]etl.Column(nil), allTypes.Columns...)
	required.Columns[8].Nullable = false
	for name, c := range map[string]struct {
		ctx   context.Context
		table etl.Table
		order []parquet.Row
		cfg   parquet.Config
		want  string
	}{
		"another table":    {context.Background(), etl.DailyBars, nil, cfg, "14 columns where table daily_bars has 19"},
		"null":             {context.Background(), required, nil, cfg, "column float_or_not: holds 3 nulls and must hold none"},
		"row past the end": {context.Background(), allTypes, []parquet.Row{{0, 9}, {0, 10}}, cfg, "order[1] names row 10 of batch 0"},
		"no such batch":    {context.Background(), allTypes, []parquet.Row{{1, 0}}, cfg, "order[0] names row 0 of batch 1"},
		"encoding":         {context.Background(), allTypes, nil, badEncoding, "encoding delta does not exist"},
		"zero config":      {context.Background(), allTypes, nil, parquet.Config{}, "row_group_rows"},
		"canceled":         {canceled, allTypes, nil, cfg, "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parquet.Write(c.ctx, io.Discard, c.table, []arrow.Record{batch}, c.order, c.cfg)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestStats(t *testing.T) {
	batches, order := batchesOf(memory.DefaultAllocator, market(30, 100), 700)
	cfg := parquet.DefaultConfig()
	cfg.RowGroupRows = 1024
	_, s := write(t, etl.DailyBars, batches, order, cfg)
	lo, hi, nulls := math.Inf(1), math.Inf(-1), int64(0)
	low := etl.DailyBars.Index("low")
	turn := etl.DailyBars.Index("turn")
	for _, b := range batches {
		for _, v := range b.Column(low).(*array.Float64).Float64Values() {
			lo, hi = min(lo, v), max(hi, v)
		}
		nulls += int64(b.Column(turn).NullN())
	}
	if c := s.Columns[low]; !c.Valid || c.MinFloat != lo || c.MaxFloat != hi || c.Nulls != 0 {
		t.Errorf("low: %+v, want %v..%v", c, lo, hi)
	}
	if c := s.Columns[turn]; !c.Valid || c.Nulls != nulls || nulls == 0 {
		t.Errorf("turn: %+v, want %d nulls", c, nulls)
	}
	if c := s.Columns[1]; !c.Valid || c.MinString != "sh600000" || c.MaxString != "sh600087" {
		t.Errorf("symbol: %+v", c)
	}
	if c := s.Columns[0]; !c.Valid || c.MinInt != 19724 || c.MaxInt != 19863 {
		t.Errorf("date: %+v, want 2024-01-02..2024-05-20", c)
	}
	if c := s.Columns[10]; c.Valid {
		t.Errorf("traded: a Bool has no bounds: %+v", c)
	}
}

func TestStatsOfNonFiniteFloats(t *testing.T) {
	table := etl.Table{Name: "floats", Columns: []etl.Column{{Name: "x", Type: etl.Float64, Nullable: true}}}
	nan, inf := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct {
		values []float64
		valid  []bool
		want   parquet.ColumnStats
	}{
		"finite":   {[]float64{3, -1, 2}, nil, parquet.ColumnStats{Valid: true, MinFloat: -1, MaxFloat: 3}},
		"nan":      {[]float64{3, nan, 2}, nil, parquet.ColumnStats{}},
		"infinity": {[]float64{3, inf, -inf}, nil, parquet.ColumnStats{}},
		"nulls":    {[]float64{nan, inf}, []bool{false, false}, parquet.ColumnStats{Nulls: 2}},
		"nan under a null does not count": {
			[]float64{nan, 5}, []bool{false, true}, parquet.ColumnStats{Nulls: 1, Valid: true, MinFloat: 5, MaxFloat: 5}},
	} {
		t.Run(name, func(t *testing.T) {
			b := array.NewRecordBuilder(memory.DefaultAllocator, table.Schema())
			b.Field(0).(*array.Float64Builder).AppendValues(c.values, c.valid)
			batches := []arrow.Record{b.NewRecord()}
			for _, e := range []parquet.Encoding{parquet.ByteStreamSplit, parquet.Dictionary} {
				cfg := parquet.DefaultConfig()
				cfg.Encodings = map[string]parquet.Encoding{"x": e}
				path, s := write(t, table, batches, nil, cfg)
				if s.Columns[0] != c.want {
					t.Errorf("%s: stats %+v, want %+v", e, s.Columns[0], c.want)
				}
				got := readAll(t, memory.DefaultAllocator, path, table, nil)[0].Column(0)
				if !array.ApproxEqual(batches[0].Column(0), got, array.WithNaNsEqual(true)) {
					t.Errorf("%s: read %v", e, got)
				}
			}
		})
	}
}
