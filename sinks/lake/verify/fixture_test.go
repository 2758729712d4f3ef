package verify_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/verify"
)

func day(t testing.TB, text string) schedules.Day {
	t.Helper()
	d, err := schedules.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// rows builds a batch of any table: for every symbol every date, in the order
// given. Nullable numbers are null in every third row.
func rows(t testing.TB, table etl.Table, symbols, dates string) arrow.Record {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, table.Schema())
	defer b.Release()
	n := 0
	for symbol := range strings.FieldsSeq(symbols) {
		for date := range strings.FieldsSeq(dates) {
			fill(b, table, symbol, day(t, date), n)
			n++
		}
	}
	return b.NewRecord()
}

func fill(b *array.RecordBuilder, table etl.Table, symbol string, date schedules.Day, n int) {
	for i, c := range table.Columns {
		field := b.Field(i)
		if c.Nullable && n%3 == 2 {
			field.AppendNull()
			continue
		}
		switch f := field.(type) {
		case *array.Date32Builder:
			f.Append(arrow.Date32(date))
		case *array.StringBuilder:
			switch c.Name {
			case "symbol":
				f.Append(symbol)
			default:
				f.Append(c.Name)
			}
		case *array.Float64Builder:
			f.Append(float64(n%1000)/4 + float64(i))
		case *array.Int64Builder:
			f.Append(int64(n*1000 + i))
		case *array.BooleanBuilder:
			f.Append(n%2 == 0)
		case *array.TimestampBuilder:
			f.Append(arrow.Timestamp(1_700_000_000_123_456 + n))
		}
	}
}

func open(t testing.TB, table etl.Table) *lake.Table {
	t.Helper()
	return lake.Open(t.TempDir(), lake.DefaultConfig()).Table(table)
}

func put(t testing.TB, table *lake.Table, symbols, dates string) lake.File {
	t.Helper()
	c, err := table.Append(context.Background(), []arrow.Record{rows(t, table.Definition(), symbols, dates)}, lake.Info{Job: "test"})
	if err != nil || c.Warning != nil {
		t.Fatal(err, c.Warning)
	}
	return c.Files[0]
}

// swap puts a file with exactly these rows, as they come, in the place of another.
func swap(t testing.TB, table *lake.Table, old lake.File, batch arrow.Record) lake.File {
	t.Helper()
	snap, err := table.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	f, err := table.NewFile(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(context.Background(), []arrow.Record{batch}, nil); err != nil {
		t.Fatal(err)
	}
	fresh, err := f.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Rewrite(context.Background(), snap, []lake.File{old}, []lake.File{fresh}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	return fresh
}

func run(t testing.TB, table *lake.Table, deep bool) verify.Report {
	t.Helper()
	r, err := verify.Run(context.Background(), table, verify.Options{Deep: deep})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func clean(t testing.TB, table *lake.Table) {
	t.Helper()
	for _, deep := range []bool{false, true} {
		for _, f := range run(t, table, deep).Findings {
			t.Errorf("deep %t: %s", deep, f)
		}
	}
}

// logFile returns the path of a file in the log.
func logFile(table *lake.Table, name string) string {
	return filepath.Join(table.Dir(), "_delta_log", name)
}

func commitFile(table *lake.Table, version int) string {
	return logFile(table, fmt.Sprintf("%020d.json", version))
}

// edit replaces text in a file, which must hold it.
func edit(t testing.TB, path, old, fresh string) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), old) {
		t.Fatalf("%s does not hold %q: %s", path, old, body)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(body), old, fresh, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
