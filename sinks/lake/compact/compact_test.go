package compact_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
	"barkeep/sinks/parquet"
)

// TestMerge holds merges of random tables against a plain sort: with the memory to
// merge at once, and with so little that it takes stages.
func TestMerge(t *testing.T) {
	variant := func(t etl.Table, name string, unique bool, sort ...string) etl.Table {
		t.Name, t.Unique, t.Sort = name, unique, sort
		return t
	}
	plain := etl.Table{Columns: columns}
	symbols := func(rng *rand.Rand) string { return fmt.Sprintf("sh%06d", 600000+rng.IntN(40)) }
	odd := func(rng *rand.Rand) string {
		list := []string{"", "\x00", "a", "a\x00", "sh60000", "sh600000", "sh600000\x00", "sh600000.", "sh6000001", "sh6000002", "sz000001", "\xff\xff", "长安汽车股份", "长安汽车"}
		return list[rng.IntN(len(list))]
	}
	for _, tt := range []struct {
		table  etl.Table
		symbol func(*rand.Rand) string
	}{
		{bars, symbols},
		{variant(bars, "odd", true, "symbol", "date"), odd},
		{ticks, symbols},
		{variant(ticks, "oddticks", false, "symbol", "fetched_at"), odd},
		{variant(plain, "onekey", false, "symbol"), odd},
		{variant(plain, "bydate", false, "date", "symbol"), odd},
		{variant(plain, "bytime", false, "fetched_at", "date"), symbols},
		{variant(plain, "threekeys", true, "symbol", "date", "fetched_at"), odd},
		{variant(plain, "noorder", false), symbols},
	} {
		for _, memoryBytes := range []int64{1, 256 << 20} {
			t.Run(fmt.Sprint(tt.table.Name, "/", memoryBytes), func(t *testing.T) {
				t.Parallel()
				seed := uint64(time.Now().UnixNano())
				t.Logf("seed %d", seed)
				rng := rand.New(rand.NewPCG(seed, 0))
				table := open(t.TempDir()).Table(tt.table)
				fill(t, rng, table, tt.symbol)
				want := lines(t, table)
				o := compact.Options{All: true, Config: compact.Config{MemoryBytes: memoryBytes}, Info: lake.Info{Job: "compact"}}
				r := mustRun(t, table, o)
				sameLines(t, lines(t, table), want)
				s := snapshot(t, table)
				if len(r.Merges) == 0 || r.Rows != int64(len(want)) || len(s.Files) != len(r.Merges) {
					t.Fatalf("%d files after %+v", len(s.Files), r)
				}
				for _, f := range s.Files {
					fileOrder(t, table, s, f)
				}
				if again := mustRun(t, table, o); len(again.Merges) != 0 || snapshot(t, table).Version != s.Version {
					t.Errorf("a second run did something: %+v", again)
				}
			})
		}
	}
}

// fill appends rows in files of various sizes, none to a few row groups each.
func fill(t *testing.T, rng *rand.Rand, table *lake.Table, symbol func(*rand.Rand) string) {
	t.Helper()
	used := map[string]bool{}
	for range 3 + rng.IntN(4) {
		var rows []row
		for range 1 + rng.IntN(1<<(2+rng.IntN(10))) {
			r := row{may6 + schedules.Day(rng.IntN(2)), symbol(rng), int64(rng.IntN(1e6)), int64(rng.IntN(50)) - 25}
			if table.Definition().Year != "" {
				r.date = schedules.MakeDay(2023+rng.IntN(2), time.January, 1+rng.IntN(300))
			}
			key := fmt.Sprint(r.symbol, r.date)
			if len(table.Definition().Sort) == 3 {
				key += fmt.Sprint(r.fetched)
			}
			if table.Definition().Unique && used[key] {
				continue
			}
			used[key] = true
			rows = append(rows, r)
		}
		if len(rows) > 0 {
			put(t, table, rows...)
		}
	}
	first := schedules.MakeDay(2023, time.December, 30) // so that every partition has two files at least
	for i := range 2 {
		put(t, table, row{first, fmt.Sprintf("zz%06d", i), 1, 1}, row{first + 2, fmt.Sprintf("zz%06d", i), 2, 2},
			row{may6, fmt.Sprintf("zy%06d", i), 3, 3}, row{may6 + 1, fmt.Sprintf("zx%06d", i), 4, 4})
	}
}

// many puts n files into one partition in one commit.
func many(tb testing.TB, table *lake.Table, n int, rows func(i int) []row) {
	tb.Helper()
	put(tb, table, rows(0)...)
	s := snapshot(tb, table)
	base := s.Files[len(s.Files)-1]
	var fresh []lake.File
	for i := range n {
		f, err := table.NewFile(base)
		if err != nil {
			tb.Fatal(err)
		}
		batch := batchOf(table.Definition(), rows(i)...)
		stored := make([]arrow.Array, 0, len(table.Stored().Columns))
		for _, c := range table.Stored().Columns {
			stored = append(stored, batch.Column(table.Definition().Index(c.Name)))
		}
		if err := f.Write(tb.Context(), []arrow.Record{recordOf(table.Stored(), stored)}, nil); err != nil {
			tb.Fatal(err)
		}
		file, err := f.Finish()
		if err != nil {
			tb.Fatal(err)
		}
		fresh = append(fresh, file)
	}
	if _, err := table.Rewrite(tb.Context(), s, []lake.File{base}, fresh, lake.Info{}); err != nil {
		tb.Fatal(err)
	}
	if err := table.DropUncommitted([]lake.File{base}); err != nil {
		tb.Fatal(err)
	}
}

// TestManyFiles: a day of 480 snapshots becomes one file, whose merge opens a
// bounded number of files at a time.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	table := open(t.TempDir()).Table(ticks)
	many(t, table, 480, func(i int) []row {
		var rows []row
		for s := range 20 {
			rows = append(rows, row{may6, fmt.Sprintf("sh%06d", 600000+s), int64(i*20 + s), int64(i) * 30e6})
		}
		return rows
	})
	want := lines(t, table)
	before := snapshot(t, table)
	o := compact.Options{Closed: may6}
	if !compact.Due(table, before, o) || !compact.Due(table, before, compact.Options{}) || len(before.Files) != 480 {
		t.Fatalf("%d files, and nothing due", len(before.Files))
	}
	r := mustRun(t, table, o)
	sameLines(t, lines(t, table), want)
	after := snapshot(t, table)
	if len(after.Files) != 1 || compact.Due(table, after, o) {
		t.Errorf("%d files; due: %v", len(after.Files), compact.Due(table, after, o))
	}
	fileOrder(t, table, after, after.Files[0])
	if left := strays(t, table, before); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	text, err := json.Marshal(r)
	if want := `{"table":"ticks","merges":[{"partition":"date=2024-05-06","files_before":480,"files_after":1,"bytes_before":`; err != nil || !strings.HasPrefix(string(text), want) {
		t.Errorf("report %s, %v", text, err)
	}
}

// TestSplit: a partition above FileBytes becomes several files, which share no
// symbol, and stays that way.
func TestSplit(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 3 {
		put(t, table, somebars(rng, 2023, i, 3, 6000)...)
	}
	want := lines(t, table)
	o := compact.Options{Config: compact.Config{FileBytes: 50_000}, Closed: may6}
	r := mustRun(t, table, o)
	sameLines(t, lines(t, table), want)
	s := snapshot(t, table)
	if len(s.Files) < 3 || int64(len(s.Files)) > (s.Bytes()+49_999)/50_000 || r.FilesAfter != len(s.Files) {
		t.Fatalf("%d files of %d bytes: %+v", len(s.Files), s.Bytes(), r)
	}
	symbols := map[string]string{}
	for _, f := range s.Files {
		for _, l := range fileOrder(t, table, s, f) {
			if in, ok := symbols[l.key[1]]; ok && in != f.Relative {
				t.Fatalf("%s is in %s and in %s", l.key[1], in, f.Relative)
			}
			symbols[l.key[1]] = f.Relative
		}
	}
	small := slices.MinFunc(s.Files, byBytes)
	for _, f := range s.Files {
		if f.Bytes < 50_000 && f.Path != small.Path {
			t.Errorf("a file of %d bytes", f.Bytes)
		}
	}
	if compact.Due(table, s, o) {
		t.Error("due again")
	}
	put(t, table, row{schedules.MakeDay(2023, time.December, 31), "sh600001", 1, 1})
	if r := mustRun(t, table, o); r.FilesBefore != len(s.Files)+1 {
		t.Errorf("a late row: %+v", r)
	}
}

// TestOpenYear: small files are folded when there are too many, large ones stay.
func TestOpenYear(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	rng := rand.New(rand.NewPCG(7, 8))
	put(t, table, somebars(rng, 2024, 0, 2, 5000)...)
	for i := range 4 {
		put(t, table, row{may6, fmt.Sprintf("zz%06d", i), 1, 1})
	}
	o := compact.Options{Config: compact.Config{TailFiles: 4}, Closed: may6}
	large := snapshot(t, table).Files[0]
	want := lines(t, table)
	if r := mustRun(t, table, o); r.FilesBefore != 4 || r.FilesAfter != 1 {
		t.Errorf("%+v", r)
	}
	sameLines(t, lines(t, table), want)
	s := snapshot(t, table)
	if len(s.Files) != 2 || s.Files[0].Path != large.Path || s.Newest(1).Files[0].Rows != 4 {
		t.Errorf("%+v", s.Files)
	}
	if r := mustRun(t, table, o); len(r.Merges) != 0 {
		t.Errorf("again: %+v", r)
	}
}

// TestOlderDefinition: files that lack columns are merged into one that has them.
func TestOlderDefinition(t *testing.T) {
	dir := t.TempDir()
	older := open(dir).Table(bars)
	rows := somebars(rand.New(rand.NewPCG(1, 1)), 2023, 0, 2, 2000)
	put(t, older, rows...)
	put(t, older, row{may6, "sh600000", 1, 1}, row{may6 - 200, "sh600000", 1, 1})
	grown := bars
	grown.Columns = append(slices.Clone(bars.Columns), etl.Column{Name: "later", Type: etl.Float64, Nullable: true},
		etl.Column{Name: "tag", Type: etl.String, Nullable: true})
	table := open(dir).Table(grown)
	want := lines(t, table)
	mustRun(t, table, all)
	sameLines(t, lines(t, table), want)
	s := snapshot(t, table)
	if len(s.Files) != 2 {
		t.Errorf("%d files", len(s.Files))
	}
	merged := slices.MaxFunc(s.Files, byBytes)
	var nulls int
	strict := grown // a column that must not be null must be in the file
	strict.Columns = slices.Clone(grown.Columns)
	err := parquet.Read(t.Context(), merged.Path, strict, []string{"tag"}, func(r arrow.Record) error {
		nulls += r.Column(0).NullN()
		return nil
	})
	if err != nil || nulls != 2001 || !strings.Contains(merged.Stats(), `"tag":2001`) {
		t.Errorf("%d nulls, %v; %s", nulls, err, merged.Stats())
	}
}

// TestNoTable: there is nothing to do where there is nothing.
func TestNoTable(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	if r := mustRun(t, table, all); len(r.Merges) != 0 {
		t.Errorf("%+v", r)
	}
	if text, err := json.Marshal(mustRun(t, table, all)); err != nil || !strings.Contains(string(text), `"merges":[]`) {
		t.Errorf("%s, %v", text, err)
	}
}
