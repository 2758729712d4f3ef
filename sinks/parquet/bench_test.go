package parquet_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"barkeep/etl"
	"barkeep/schedules/recorded"
	"barkeep/sinks/parquet"
)

// structBar is a row of etl.DailyBars for parquet-go's own writer.
type structBar struct {
	Date      int32    `parquet:"date,date,delta"`
	Symbol    string   `parquet:"symbol,dict"`
	Open      float64  `parquet:"open,dict"`
	High      float64  `parquet:"high,dict"`
	Low       float64  `parquet:"low,dict"`
	Close     float64  `parquet:"close,dict"`
	Preclose  float64  `parquet:"preclose,dict"`
	Volume    int64    `parquet:"volume,delta"`
	Amount    float64  `parquet:"amount,split"`
	Turn      *float64 `parquet:"turn,optional,dict"`
	Traded    bool     `parquet:"traded"`
	PctChg    *float64 `parquet:"pct_chg,optional,dict"`
	PeTTM     *float64 `parquet:"pe_ttm,optional,split"`
	PbMRQ     *float64 `parquet:"pb_mrq,optional,split"`
	PsTTM     *float64 `parquet:"ps_ttm,optional,split"`
	PcfNcfTTM *float64 `parquet:"pcf_ncf_ttm,optional,split"`
	IsST      bool     `parquet:"is_st"`
	Source    string   `parquet:"source,dict"`
	FetchedAt int64    `parquet:"fetched_at,timestamp(microsecond),delta"`
}

// structs turns rows into structs, nine of which per row are pointers.
func structs(batches []arrow.Record, order []parquet.Row) []structBar {
	rows := make([]structBar, 0, len(order))
	for _, r := range order {
		b, i := batches[r.Batch], int(r.Row)
		float := func(c int) float64 { return b.Column(c).(*array.Float64).Value(i) }
		maybe := func(c int) *float64 {
			if b.Column(c).IsNull(i) {
				return nil
			}
			v := float(c)
			return &v
		}
		rows = append(rows, structBar{
			Date:   int32(b.Column(0).(*array.Date32).Value(i)),
			Symbol: b.Column(1).(*array.String).Value(i),
			Open:   float(2), High: float(3), Low: float(4), Close: float(5), Preclose: float(6),
			Volume: b.Column(7).(*array.Int64).Value(i), Amount: float(8), Turn: maybe(9),
			Traded: b.Column(10).(*array.Boolean).Value(i), PctChg: maybe(11),
			PeTTM: maybe(12), PbMRQ: maybe(13), PsTTM: maybe(14), PcfNcfTTM: maybe(15),
			IsST: b.Column(16).(*array.Boolean).Value(i), Source: b.Column(17).(*array.String).Value(i),
			FetchedAt: int64(b.Column(18).(*array.Timestamp).Value(i)),
		})
	}
	return rows
}

// writeStructs writes with parquet-go's GenericWriter, same encodings and
// compression, row groups and fsync as Write.
func writeStructs(path string, rows []structBar) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w := pq.NewGenericWriter[structBar](f, pq.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		pq.DataPageVersion(1), pq.PageBufferSize(2<<20), pq.MaxRowsPerRowGroup(98_304))
	if _, err := w.Write(rows); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), f.Sync()
}

// BenchmarkWrite writes daily bars that arrive in batches of 5,200 rows by day
// and lie in the file by symbol. parquet-go's GenericWriter, the alternative,
// gets its rows gathered and as structs already, which is not counted.
func BenchmarkWrite(b *testing.B) {
	market, marketOrder := batchesOf(memory.DefaultAllocator, market(1000, 243), 5200)
	b.Run("generated", func(b *testing.B) { benchmarkWrite(b, market, marketOrder) })
	b.Run("recorded", func(b *testing.B) {
		batches, order := recordedBars(b)
		benchmarkWrite(b, batches, order)
	})
}

func benchmarkWrite(b *testing.B, batches []arrow.Record, order []parquet.Row) {
	for _, c := range []struct {
		parallel int
		split    bool
	}{{1, false}, {2, false}, {1, true}, {2, true}} {
		b.Run(fmt.Sprintf("barkeep/parallel=%d/split=%v", c.parallel, c.split), func(b *testing.B) {
			cfg := parquet.DefaultConfig()
			cfg.Parallel, cfg.ByteStreamSplit = c.parallel, c.split
			benchmarkTable(b, etl.DailyBars, batches, order, cfg)
		})
	}
	b.Run("parquet-go/GenericWriter", func(b *testing.B) {
		rows := structs(batches, order)
		measure(b, len(order), func(path string) (int64, error) { return writeStructs(path, rows) })
	})
}

func benchmarkTable(b *testing.B, table etl.Table, batches []arrow.Record, order []parquet.Row, cfg parquet.Config) {
	measure(b, len(order), func(path string) (int64, error) {
		s, err := writeFile(context.Background(), path, table, batches, order, cfg)
		return s.Bytes, err
	})
}

// measure times the writing of files of some rows, which returns their size.
func measure(b *testing.B, rows int, write func(path string) (int64, error)) {
	path := filepath.Join(b.TempDir(), "rows.parquet")
	b.ReportAllocs()
	var size int64
	for b.Loop() {
		var err error
		if size, err = write(path); err != nil {
			b.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(size)/float64(rows), "bytes/row")
}

// BenchmarkRead reads all columns, and the two that a compaction sorts by.
func BenchmarkRead(b *testing.B) {
	batches, order := batchesOf(memory.DefaultAllocator, market(1000, 243), 5200)
	path := filepath.Join(b.TempDir(), "bars.parquet")
	s, err := writeFile(context.Background(), path, etl.DailyBars, batches, order, parquet.DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	for name, columns := range map[string][]string{"all": nil, "symbol,date": {"symbol", "date"}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				err := parquet.Read(context.Background(), path, etl.DailyBars, columns, func(arrow.Record) error { return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(s.Rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkEncodings writes the recorded bars, or made-up ones without them,
// one column at a time in every encoding its type has, and reports the size
// and the speed of each. The table in the package documentation comes from it.
func BenchmarkEncodings(b *testing.B) {
	batches, order := batchesOf(memory.DefaultAllocator, market(1000, 243), 5200)
	if os.Getenv(recorded.Variable) != "" {
		batches, order = recordedBars(b)
	}
	for i, c := range etl.DailyBars.Columns {
		table := etl.Table{Name: "one_column", Columns: []etl.Column{c}}
		var one []arrow.Record
		for _, batch := range batches {
			one = append(one, array.NewRecord(table.Schema(), []arrow.Array{batch.Column(i)}, batch.NumRows()))
		}
		for _, e := range []parquet.Encoding{parquet.Plain, parquet.Dictionary, parquet.Delta, parquet.ByteStreamSplit} {
			cfg := parquet.DefaultConfig()
			cfg.Parallel = 1
			cfg.Encodings = map[string]parquet.Encoding{c.Name: e}
			path := filepath.Join(b.TempDir(), "column.parquet")
			if _, err := writeFile(context.Background(), path, table, one[:1], nil, cfg); err != nil {
				continue // the type does not have the encoding
			}
			_ = os.Remove(path)
			b.Run(c.Name+"/"+string(e), func(b *testing.B) {
				var s parquet.Stats
				for b.Loop() {
					var err error
					if s, err = writeFile(context.Background(), path, table, one, order, cfg); err != nil {
						b.Fatal(err)
					}
					_ = os.Remove(path)
				}
				b.ReportMetric(float64(s.Bytes)/float64(s.Rows), "bytes/row")
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(s.Rows), "ns/row")
			})
		}
	}
}
