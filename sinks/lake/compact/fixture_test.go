package compact_test

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
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

// bars is a table by year with unique keys, ticks one by day whose rows may come
// again.
var (
	bars = etl.Table{Name: "bars", Year: "date", Sort: []string{"symbol", "date"}, Unique: true, Columns: columns}

	ticks = etl.Table{Name: "ticks", Day: "date", Sort: []string{"symbol", "fetched_at"}, Columns: columns}

	columns = []etl.Column{
		{Name: "date", Type: etl.Date},
		{Name: "symbol", Type: etl.String},
		{Name: "close", Type: etl.Float64, Nullable: true},
		{Name: "volume", Type: etl.Int64, Nullable: true},
		{Name: "traded", Type: etl.Bool, Nullable: true},
		{Name: "note", Type: etl.String, Nullable: true},
		{Name: "time", Type: etl.Timestamp, Nullable: true},
		{Name: "fetched_at", Type: etl.Timestamp},
	}
)

// row is one row of these tables.
type row struct {
	date    schedules.Day
	symbol  string
	number  int64 // volume; close and the others follow from it
	fetched int64
}

func batchOf(t etl.Table, rows ...row) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, t.Schema())
	defer b.Release()
	for _, r := range rows {
		b.Field(0).(*array.Date32Builder).Append(arrow.Date32(r.date))
		b.Field(1).(*array.StringBuilder).Append(r.symbol)
		closing := float64(r.number) / 8
		switch r.number % 50 {
		case 1:
			closing = math.NaN()
		case 2:
			closing = math.Copysign(0, -1)
		case 3:
			closing = math.Inf(1)
		}
		null := func(c int, every int64) bool {
			if r.number%every != every-1 {
				return false
			}
			b.Field(c).AppendNull()
			return true
		}
		if !null(2, 7) {
			b.Field(2).(*array.Float64Builder).Append(closing)
		}
		if !null(3, 1000) {
			b.Field(3).(*array.Int64Builder).Append(r.number)
		}
		if !null(4, 5) {
			b.Field(4).(*array.BooleanBuilder).Append(r.number%3 == 0)
		}
		if !null(5, 11) {
			b.Field(5).(*array.StringBuilder).Append(strings.Repeat("n", int(r.number%13)))
		}
		if !null(6, 2) {
			b.Field(6).(*array.TimestampBuilder).Append(arrow.Timestamp(-r.number))
		}
		b.Field(7).(*array.TimestampBuilder).Append(arrow.Timestamp(r.fetched))
		for c := 8; c < len(t.Columns); c++ {
			b.Field(c).AppendNull()
		}
	}
	return b.NewRecord()
}

// open opens a lake with small row groups, so that few rows make several.
func open(dir string) *lake.Lake {
	cfg := lake.DefaultConfig()
	cfg.Parquet.RowGroupRows = 1024
	return lake.Open(dir, cfg)
}

func put(tb testing.TB, t *lake.Table, rows ...row) {
	tb.Helper()
	if _, err := t.Append(context.Background(), []arrow.Record{batchOf(t.Definition(), rows...)}, lake.Info{}); err != nil {
		tb.Fatal(err)
	}
}

func snapshot(tb testing.TB, t *lake.Table) *lake.Snapshot {
	tb.Helper()
	s, err := t.Snapshot(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// line is one row as text, with its sort columns as they compare.
type line struct {
	key  []string
	text string
}

func (a line) compare(b line) int { return slices.Compare(a.key, b.key) }

// lines reads all rows of the live files, in the order of the files, and within a
// partition sorted: what a merge of its files has to give.
func lines(tb testing.TB, t *lake.Table) []line {
	tb.Helper()
	return linesOf(tb, t, snapshot(tb, t))
}

func linesOf(tb testing.TB, t *lake.Table, s *lake.Snapshot) []line {
	tb.Helper()
	def := t.Definition()
	var all []line
	for _, f := range s.Files {
		place := fmt.Sprintf("%04d %v", f.Year, f.Day)
		err := t.Scan(context.Background(), s, nil, func(g lake.File) bool { return g.Path == f.Path }, func(r arrow.Record) error {
			for i := range int(r.NumRows()) {
				l := line{key: []string{place}}
				var cells []string
				for c, column := range r.Columns() {
					text := column.ValueStr(i)
					if floats, ok := column.(*array.Float64); ok && floats.IsValid(i) {
						text = fmt.Sprintf("%016x", math.Float64bits(floats.Value(i)))
					}
					cells = append(cells, text)
					if c == def.Index("date") {
						cells[c] = f.Day.String() + text
					}
				}
				for _, name := range def.Sort {
					l.key = append(l.key, sortText(r.Column(def.Index(name)), i))
				}
				l.text = strings.Join(cells, "|")
				all = append(all, l)
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	slices.SortStableFunc(all, line.compare)
	return all
}

// sortText orders as the value does.
func sortText(a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.Date32:
		return fmt.Sprintf("%020d", int64(a.Value(i))+1<<40)
	case *array.Timestamp:
		return fmt.Sprintf("%020d", uint64(a.Value(i))^1<<63)
	}
	return a.(*array.String).Value(i)
}

// sameLines compares contents, row by row.
func sameLines(tb testing.TB, got, want []line) {
	tb.Helper()
	for i := range min(len(got), len(want)) {
		if got[i].text != want[i].text {
			tb.Fatalf("row %d is %q, want %q", i, got[i].text, want[i].text)
		}
	}
	if len(got) != len(want) {
		tb.Fatalf("%d rows, want %d", len(got), len(want))
	}
}

// fileOrder reads the rows of one file as they stand.
func fileOrder(tb testing.TB, t *lake.Table, s *lake.Snapshot, f lake.File) []line {
	tb.Helper()
	part := *s
	part.Files = []lake.File{f}
	sorted := linesOf(tb, t, &part)
	var names []string
	err := t.Scan(context.Background(), &part, nil, nil, func(r arrow.Record) error {
		for i := range int(r.NumRows()) {
			var key []string
			for _, name := range t.Definition().Sort {
				key = append(key, sortText(r.Column(t.Definition().Index(name)), i))
			}
			names = append(names, strings.Join(key, "|"))
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	for i, l := range sorted {
		if got, want := names[i], strings.Join(l.key[1:], "|"); got != want {
			tb.Fatalf("row %d of %s has the key %q, sorted it would be %q", i, f.Relative, got, want)
		}
	}
	return sorted
}

// strays returns files below the table that are not live: data and temporary ones.
func strays(tb testing.TB, t *lake.Table, known ...*lake.Snapshot) []string {
	tb.Helper()
	live := map[string]bool{}
	for _, s := range append(known, snapshot(tb, t)) {
		for _, f := range s.Files {
			live[f.Path] = true
		}
	}
	var found []string
	err := filepath.WalkDir(t.Dir(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !live[path] && (strings.HasSuffix(path, ".parquet") && !strings.Contains(path, "checkpoint") || strings.HasSuffix(path, ".tmp")) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

func mustRun(tb testing.TB, t *lake.Table, o compact.Options) compact.Report {
	tb.Helper()
	r, err := compact.Run(context.Background(), t, o)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

var (
	may6 = schedules.MakeDay(2024, time.May, 6)
	all  = compact.Options{All: true}
)

// somebars returns rows of bars of a year in any order; every n-th key of the year
// only, so that several calls give different keys.
func somebars(rng *rand.Rand, year, first, step, n int) []row {
	rows := make([]row, n)
	for i := range rows {
		at := first + i*step
		rows[i] = row{schedules.MakeDay(year, time.January, 1+at%300), fmt.Sprintf("sh%06d", 600000+at/300), int64(rng.IntN(1e6)), int64(at)}
	}
	rng.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

// byBytes orders files by size.
func byBytes(a, b lake.File) int { return cmp.Compare(a.Bytes, b.Bytes) }
