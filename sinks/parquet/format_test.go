package parquet_test

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// metadata returns the footer as parquet-go reads it.
func metadata(t *testing.T, path string) *format.FileMetaData {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := pq.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return file.Metadata()
}

// TestSchemaOfFile holds the types that readers of a Delta table rely on.
func TestSchemaOfFile(t *testing.T) {
	path, _ := write(t, allTypes, []arrow.Record{edges(memory.DefaultAllocator, 5)}, nil, parquet.DefaultConfig())
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, _ := f.Stat()
	file, err := pq.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	want := `message all_types {
	required int32 day (DATE);
	required binary text (STRING);
	required double float;
	required int64 int (INT(64,true));
	required boolean bool;
	required int64 at (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));
	optional int32 day_or_not (DATE);
	optional binary text_or_not (STRING);
	optional double float_or_not;
	optional int64 int_or_not (INT(64,true));
	optional boolean bool_or_not;
	optional int64 at_or_not (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));
	optional double price;
	optional double never;
}`
	if got := file.Schema().String(); got != want {
		t.Errorf("schema:\n%s\nwant:\n%s", got, want)
	}
	if by := file.Metadata().CreatedBy; !strings.HasPrefix(by, "barkeep version ") {
		t.Errorf("created by %q", by)
	}
}

func TestColumnChunks(t *testing.T) {
	batches, order := batchesOf(memory.DefaultAllocator, market(30, 243), 1000)
	cfg := parquet.DefaultConfig()
	cfg.RowGroupRows = 4096
	cfg.ByteStreamSplit = true
	path, _ := write(t, etl.DailyBars, batches, order, cfg)
	meta := metadata(t, path)
	if n := (len(order) + 4095) / 4096; len(meta.RowGroups) != n {
		t.Fatalf("%d row groups, want %d", len(meta.RowGroups), n)
	}
	allowed := []format.Encoding{format.Plain, format.RLE, format.RLEDictionary, format.DeltaBinaryPacked, format.ByteStreamSplit}
	for _, g := range meta.RowGroups {
		if want := []format.SortingColumn{{ColumnIdx: 1}, {ColumnIdx: 0}}; !slices.Equal(g.SortingColumns, want) {
			t.Errorf("sorting columns %v, want symbol, date", g.SortingColumns)
		}
		for i, c := range g.Columns {
			m := c.MetaData
			name := etl.DailyBars.Columns[i].Name
			if m.Codec != format.Zstd {
				t.Errorf("%s: codec %v", name, m.Codec)
			}
			for _, e := range m.Encoding {
				if !slices.Contains(allowed, e) {
					t.Errorf("%s: encoding %v, which not every reader has", name, e)
				}
			}
			if m.Statistics.MinValue == nil || m.Statistics.MaxValue == nil {
				t.Errorf("%s: no bounds", name)
			}
			if m.NumValues != g.NumRows {
				t.Errorf("%s: %d values in %d rows", name, m.NumValues, g.NumRows)
			}
		}
	}
	first := meta.RowGroups[0].Columns
	for i, want := range map[int]format.Encoding{
		0: format.RLEDictionary, 1: format.RLEDictionary, 2: format.RLEDictionary, 7: format.DeltaBinaryPacked,
		8: format.ByteStreamSplit, 12: format.ByteStreamSplit, 17: format.RLEDictionary,
	} {
		if !slices.Contains(first[i].MetaData.Encoding, want) {
			t.Errorf("%s: encodings %v, want %v", etl.DailyBars.Columns[i].Name, first[i].MetaData.Encoding, want)
		}
	}
}

func TestSortingColumnsOnlyWhenTrue(t *testing.T) {
	batches, order := batchesOf(memory.DefaultAllocator, market(5, 50), 100)
	path, _ := write(t, etl.DailyBars, batches, nil, parquet.DefaultConfig()) // by day, not by symbol
	if got := metadata(t, path).RowGroups[0].SortingColumns; len(got) != 0 {
		t.Errorf("unsorted rows say they are sorted by %v", got)
	}
	order[100], order[101] = order[101], order[100]
	path, _ = write(t, etl.DailyBars, batches, order, parquet.DefaultConfig())
	if got := metadata(t, path).RowGroups[0].SortingColumns; len(got) != 0 {
		t.Errorf("rows with two days swapped say they are sorted by %v", got)
	}
}

// TestDifferentFloatsFallBack writes a dictionary column whose values all
// differ.
func TestDifferentFloatsFallBack(t *testing.T) {
	table := etl.Table{Name: "prices", Columns: []etl.Column{{Name: "price", Type: etl.Float64, Unit: "CNY/share"}}}
	b := array.NewRecordBuilder(memory.DefaultAllocator, table.Schema())
	for i := range 20_000 {
		b.Field(0).(*array.Float64Builder).Append(float64(i) * 1.000001)
	}
	batches := []arrow.Record{b.NewRecord()}
	for split, want := range map[bool]format.Encoding{false: format.Plain, true: format.ByteStreamSplit} {
		cfg := parquet.DefaultConfig()
		cfg.ByteStreamSplit = split
		path, _ := write(t, table, batches, nil, cfg)
		c := metadata(t, path).RowGroups[0].Columns[0].MetaData
		if !slices.Equal(c.Encoding, []format.Encoding{want}) || c.DictionaryPageOffset != 0 {
			t.Errorf("encodings %v, dictionary at %d; want %v without", c.Encoding, c.DictionaryPageOffset, want)
		}
		sameRows(t, batches, inOrder(batches), readAll(t, memory.DefaultAllocator, path, table, nil))
	}
}

// TestDefaultsSuitSpark holds that by default no column has an encoding that
// Spark's vectorised reader refuses.
func TestDefaultsSuitSpark(t *testing.T) {
	batches, order := batchesOf(memory.DefaultAllocator, market(30, 243), 1000)
	path, _ := write(t, etl.DailyBars, batches, order, parquet.DefaultConfig())
	for _, c := range metadata(t, path).RowGroups[0].Columns {
		if slices.Contains(c.MetaData.Encoding, format.ByteStreamSplit) {
			t.Errorf("column %v: %v", c.MetaData.PathInSchema, c.MetaData.Encoding)
		}
	}
}

// TestNoBoundsBesideNaN holds what protects filters of DuckDB and Spark, which
// take NaN for the greatest number.
func TestNoBoundsBesideNaN(t *testing.T) {
	batch := edges(memory.DefaultAllocator, 6)
	path, _ := write(t, allTypes, []arrow.Record{batch}, nil, parquet.DefaultConfig())
	if s := metadata(t, path).RowGroups[0].Columns[2].MetaData.Statistics; len(s.MinValue) != 8 || len(s.MaxValue) != 8 {
		t.Errorf("bounds of finite floats: %v", s)
	}
	table := etl.Table{Name: "floats", Columns: []etl.Column{{Name: "x", Type: etl.Float64}}}
	b := array.NewRecordBuilder(memory.DefaultAllocator, table.Schema())
	b.Field(0).(*array.Float64Builder).AppendValues([]float64{1, math.NaN(), 2}, nil)
	path, _ = write(t, table, []arrow.Record{b.NewRecord()}, nil, parquet.DefaultConfig())
	if s := metadata(t, path).RowGroups[0].Columns[0].MetaData.Statistics; s.MinValue != nil || s.MaxValue != nil {
		t.Errorf("bounds beside a NaN: %v", s)
	}
}

// Prices are not compressed where they have few different values beside many rows, as
// that would gain little. All chunks of a column have the same codec, also the last,
// whose pages are small: readers that ask only the first one read every row.
func TestCodecs(t *testing.T) {
	batches, order := batchesOf(memory.DefaultAllocator, market(500, 243), 5200)
	path, _ := write(t, etl.DailyBars, batches, order, parquet.DefaultConfig())
	groups := metadata(t, path).RowGroups
	if len(groups) != 2 {
		t.Fatalf("%d row groups", len(groups))
	}
	for name, want := range map[string]format.CompressionCodec{
		"close": format.Uncompressed, "volume": format.Uncompressed,
		"date": format.Zstd, "symbol": format.Zstd, "turn": format.Zstd, "pe_ttm": format.Zstd,
	} {
		i := slices.IndexFunc(etl.DailyBars.Columns, func(c etl.Column) bool { return c.Name == name })
		for _, group := range groups {
			if m := group.Columns[i].MetaData; m.Codec != want {
				t.Errorf("%s: %v, not %v", name, m.Codec, want)
			}
		}
	}
	rows := 0
	if err := parquet.Read(t.Context(), path, etl.DailyBars, nil, func(r arrow.Record) error {
		rows += int(r.NumRows())
		return nil
	}); err != nil || rows != len(order) {
		t.Errorf("%d rows of %d are read, %v", rows, len(order), err)
	}
}
