package lake_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

const benchSymbols, benchDays = 5200, 96 // 499,200 rows

// marketDays builds one batch a trading day with all symbols, which is how
// whole-market answers arrive: sorted by date, while files want symbols first.
func marketDays(b *testing.B) []arrow.Record {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	price := make([]float64, benchSymbols)
	for i := range price {
		price[i] = 5 + float64(rng.IntN(5000))/100
	}
	symbols := make([]string, benchSymbols)
	for i := range symbols {
		symbols[i] = etl.MakeSymbol(etl.Exchange(1+i%3), i*190).String()
	}
	first := day(b, "2024-01-02")
	builder := array.NewRecordBuilder(memory.DefaultAllocator, etl.DailyBars.Schema())
	defer builder.Release()
	var batches []arrow.Record
	for d := range benchDays {
		for s := range symbols {
			price[s] += float64(rng.IntN(21)-10) / 100
			for c, column := range etl.DailyBars.Columns {
				switch f := builder.Field(c).(type) {
				case *array.Date32Builder:
					f.Append(arrow.Date32(int(first) + d*365/benchDays))
				case *array.StringBuilder:
					if column.Name == "symbol" {
						f.Append(symbols[s])
					} else {
						f.Append("baostock")
					}
				case *array.Float64Builder:
					f.Append(price[s] + float64(c)/100)
				case *array.Int64Builder:
					f.Append(int64(rng.IntN(1e8)))
				case *array.BooleanBuilder:
					f.Append(true)
				case *array.TimestampBuilder:
					f.Append(arrow.Timestamp(1_700_000_000_000_000 + d*1_000_000))
				}
			}
		}
		batches = append(batches, builder.NewRecord())
	}
	return batches
}

// BenchmarkAppend compares, over the same rows: a whole append, the sort alone,
// and the Parquet file alone with the rows left unsorted.
func BenchmarkAppend(b *testing.B) {
	batches := marketDays(b)
	const rows = benchSymbols * benchDays
	report := func(b *testing.B, size int64) {
		b.ReportAllocs()
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		if size > 0 {
			b.ReportMetric(float64(size), "file-bytes")
		}
	}
	b.Run("append", func(b *testing.B) {
		table := open(b.TempDir()).Table(etl.DailyBars)
		var size int64
		for b.Loop() {
			c, err := table.Append(context.Background(), batches, lake.Info{Job: "bench"})
			if err != nil {
				b.Fatal(err)
			}
			size = c.Bytes
		}
		report(b, size)
	})
	b.Run("sort-only", func(b *testing.B) {
		for b.Loop() {
			if order, err := lake.SortRows(etl.DailyBars, batches); err != nil || len(order) != rows {
				b.Fatal(len(order), err)
			}
		}
		report(b, 0)
	})
	b.Run("plain-parquet-unsorted", func(b *testing.B) {
		dir, n := b.TempDir(), 0
		var size int64
		for b.Loop() {
			n++
			f, err := os.Create(filepath.Join(dir, strconv.Itoa(n)))
			if err != nil {
				b.Fatal(err)
			}
			s, err := parquet.Write(context.Background(), f, etl.DailyBars, batches, nil, parquet.DefaultConfig())
			if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
				b.Fatal(err)
			}
			size = s.Bytes
		}
		report(b, size)
	})
}

// BenchmarkSnapshot opens a table of 1,000 versions with one file each: from
// the commits alone, and with the checkpoint of version 990.
func BenchmarkSnapshot(b *testing.B) {
	const versions = 1000
	table := open(b.TempDir()).Table(etl.DailyBars)
	columns := make([]parquet.ColumnStats, len(etl.DailyBars.Columns))
	for i := range columns {
		columns[i] = parquet.ColumnStats{Valid: true, MinInt: 19700, MaxInt: 19800, MinFloat: 1.23, MaxFloat: 1234.56, MinString: "bj430047", MaxString: "sz301658"}
	}
	stats, err := lake.EncodeStats(etl.DailyBars, parquet.Stats{Rows: 5200, Columns: columns})
	if err != nil {
		b.Fatal(err)
	}
	for v := range int64(versions) {
		lines := []string{foreignInfo}
		if v == 0 {
			lines = append(lines, foreignProtocol, foreignMetaData)
		}
		lines = append(lines, fmt.Sprintf(`{"add":{"path":"year=2024/part-%036d.parquet","partitionValues":{"year":"2024"},"size":300000,"modificationTime":1704153600000,"dataChange":true,"stats":%q}}`, v, stats))
		writeCommit(b, table, v, lines...)
	}
	read := func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s := snapshot(b, table); s.Version != versions-1 || len(s.Files) != versions || s.Rows() != versions*5200 {
				b.Fatalf("version %d, %d files, %d rows", s.Version, len(s.Files), s.Rows())
			}
		}
		b.ReportMetric(versions, "versions")
	}
	b.Run("commits-only", read)
	if err := table.WriteCheckpoint(context.Background(), 990); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(logFile(table, lake.CheckpointName(990)))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("checkpoint", func(b *testing.B) {
		read(b)
		b.ReportMetric(float64(info.Size()), "checkpoint-bytes")
	})
}
