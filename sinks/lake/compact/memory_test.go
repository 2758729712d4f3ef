package compact_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
)

// TestMemory merges files that together take many times the memory they may.
func TestMemory(t *testing.T) {
	cfg := lake.DefaultConfig()
	cfg.Parquet.RowGroupRows = 4096
	table := lake.Open(t.TempDir(), cfg).Table(etl.Quotes)
	const files, rows = 40, 4096
	quoteFiles(t, table, files, rows, 1)
	peak := sampleHeap()
	r := mustRun(t, table, compact.Options{All: true, Config: compact.Config{MemoryBytes: 8 << 20}})
	// Open all at once they would take 65 MB, and twice that before the collector runs.
	if most := peak(); most > 50e6 || r.Rows != files*rows || r.FilesAfter != 1 {
		t.Errorf("%d MB at the most; %+v", most/1e6, r)
	}
}

// sampleHeap returns a function that stops sampling and tells the most memory that
// was in use, in bytes: heap objects and what the collector has not freed yet.
func sampleHeap() (peak func() uint64) {
	runtime.GC()
	var most uint64
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return func() uint64 { close(done); wg.Wait(); return most }
}

// quoteFiles puts files of one day into the table, in one commit. The rows of a file
// are those of some snapshots; half of the cells change from file to file.
func quoteFiles(tb testing.TB, table *lake.Table, files, rows, snapshots int) {
	rng := rand.New(rand.NewPCG(1, 2))
	day := schedules.MakeDay(2024, time.May, 6)
	stored := table.Stored()
	batch := func(n int) arrow.Record {
		b := array.NewRecordBuilder(memory.DefaultAllocator, stored.Schema())
		defer b.Release()
		for c, column := range stored.Columns {
			b.Field(c).Reserve(rows)
			for i := range rows {
				switch f := b.Field(c).(type) {
				case *array.StringBuilder:
					f.Append(map[string]string{"symbol": etl.MakeSymbol(etl.Shanghai, i/snapshots).String(), "phase": "morning", "source": "tencent"}[column.Name])
				case *array.Float64Builder:
					f.Append(float64(rng.IntN(2000)) / 100)
				case *array.Int64Builder:
					f.Append(int64(rng.IntN(5000)) * 100)
				case *array.TimestampBuilder:
					f.Append(arrow.Timestamp(int64(day)*86400e6 + int64(n*snapshots+i%snapshots)*30e6))
				}
			}
		}
		return b.NewRecord()
	}
	file := func(like lake.File, n int) lake.File {
		f, err := table.NewFile(like)
		if err != nil {
			tb.Fatal(err)
		}
		r := batch(n)
		defer r.Release()
		if err := f.Write(context.Background(), []arrow.Record{r}, nil); err != nil {
			tb.Fatal(err)
		}
		done, err := f.Finish()
		if err != nil {
			tb.Fatal(err)
		}
		return done
	}
	base := firstQuote(tb, table, day)
	var fresh []lake.File
	for n := range files {
		fresh = append(fresh, file(base.Files[0], n))
	}
	if _, err := table.Rewrite(context.Background(), base, base.Files, fresh, lake.Info{}); err != nil {
		tb.Fatal(err)
	}
}

// firstQuote commits one row, so that the day exists.
func firstQuote(tb testing.TB, table *lake.Table, day schedules.Day) *lake.Snapshot {
	b := array.NewRecordBuilder(memory.DefaultAllocator, etl.Quotes.Schema())
	defer b.Release()
	for c := range etl.Quotes.Columns {
		if f, ok := b.Field(c).(*array.Date32Builder); ok {
			f.Append(arrow.Date32(day))
		} else {
			b.Field(c).AppendEmptyValue()
		}
	}
	if _, err := table.Append(context.Background(), []arrow.Record{b.NewRecord()}, lake.Info{}); err != nil {
		tb.Fatal(err)
	}
	return snapshot(tb, table)
}

// linkTree makes a second lake of the same files, which are never changed.
func linkTree(tb testing.TB, from, to string) {
	tb.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := to + strings.TrimPrefix(path, from)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return os.Link(path, target)
	})
	if err != nil {
		tb.Fatal(err)
	}
}
