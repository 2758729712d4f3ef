package vacuum_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/sinks/lake"
	"barkeep/sinks/lake/vacuum"
)

func offer(t testing.TB, l *lake.Lake, list ...lake.Publication) {
	t.Helper()
	if err := l.SavePublications(list); err != nil {
		t.Fatal(err)
	}
}

func TestWhatACatalogMayNameStays(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name    string
		offered []lake.Publication
		deleted int // of the two files that versions 1 and 2 took out, two days ago
	}{
		{"none", nil, 2},
		{"made since", []lake.Publication{{Number: 1, Taken: now.Add(-time.Hour), Versions: map[string]int64{"bars": 2}}}, 2},
		{"made before", []lake.Publication{{Number: 1, Taken: now.Add(-3 * day), Versions: map[string]int64{"bars": 0}}}, 0},
		{"made between", []lake.Publication{{Number: 1, Taken: now.Add(-47 * time.Hour), Versions: map[string]int64{"bars": 1}}}, 1},
		{"made when the table was not there", []lake.Publication{{Number: 1, Taken: now.Add(-3 * day)}}, 0},
		{"an old one among new ones", []lake.Publication{{Number: 1, Taken: now.Add(-3 * day), Versions: map[string]int64{"bars": 0}},
			{Number: 2, Taken: now, Versions: map[string]int64{"bars": 2}}}, 0},
		{"by the version, whatever the clock said", []lake.Publication{{Number: 1, Taken: now.Add(-time.Hour), Versions: map[string]int64{"bars": 1}}}, 1},
		{"of other tables", []lake.Publication{{Number: 1, Taken: now.Add(-time.Hour), Versions: map[string]int64{"other": 0}}}, 2},
		{"of the very moment", []lake.Publication{{Number: 1, Taken: now.Add(-2 * day), Versions: map[string]int64{"bars": 2}}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, table := open(t)
			first, second := now.Add(-2*day), now.Add(-2*day+30*time.Minute)
			commit(t, table, 0, now.Add(-4*day), protocolLine, metaData(""), add("a.parquet"), add("b.parquet"))
			commit(t, table, 1, first, remove("a.parquet", first))
			commit(t, table, 2, second, remove("b.parquet", second))
			drop(t, table, "a.parquet", 4*day)
			drop(t, table, "b.parquet", 4*day)
			offer(t, l, tt.offered...)
			r, err := vacuum.Run(context.Background(), l, table, vacuum.Options{Config: grace, Now: now})
			if err != nil || len(r.Deleted) != tt.deleted || r.Young != 2-tt.deleted {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// A foreign setting drops tombstones from the checkpoint at once; the commits in the
// log still say when a file was taken out.
func TestTombstonesThatWereDropped(t *testing.T) {
	ctx, now := context.Background(), time.Now()
	build := func(t *testing.T, taken time.Time) (*lake.Lake, *lake.Table) {
		l, table := open(t)
		put(t, table, "a", "2024-01-03")
		body, err := os.ReadFile(commitPath(table, 0))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.Replace(string(body), `"configuration":{}`,
			`"configuration":{"delta.deletedFileRetentionDuration":"interval 0 hours","delta.checkpointInterval":"2"}`, 1), "\n")
		commit(t, table, 0, now.Add(-9*day), lines...)
		name := dataName()
		commit(t, table, 1, now.Add(-9*day), add(name))
		commit(t, table, 2, taken, remove(name, taken))
		drop(t, table, name, 9*day)
		for v := int64(3); v <= 4; v++ {
			if err := table.Mark(ctx, "app", v); err != nil {
				t.Fatal(err)
			}
		}
		if s := snapshot(t, table); s.Version != 4 || !there(filepath.Join(table.LogDir(), "00000000000000000004.checkpoint.parquet")) {
			t.Fatal("no checkpoint")
		}
		return l, table
	}
	l, table := build(t, now.Add(-time.Hour))
	if r := run(t, l, table, 0); len(r.Deleted) != 0 || r.Young != 1 {
		t.Errorf("taken out an hour ago: %+v", r)
	}
	l, table = build(t, now.Add(-2*day))
	offer(t, l, lake.Publication{Number: 1, Taken: now.Add(-time.Hour), Versions: map[string]int64{"bars": 1}})
	if r := run(t, l, table, 0); len(r.Deleted) != 0 || r.Young != 1 {
		t.Errorf("a catalog shows it: %+v", r)
	}
	for v := range int64(4) { // the log does not say any more
		if err := os.Remove(commitPath(table, v)); err != nil {
			t.Fatal(err)
		}
	}
	if r := run(t, l, table, 0); len(r.Deleted) != 0 || r.Young != 1 || len(r.Problems) != 1 {
		t.Errorf("the log does not reach back to the catalog: %+v", r)
	}
	offer(t, l)
	if r := run(t, l, table, 0); len(r.Deleted) != 1 || r.Deleted[0].Reason != vacuum.Orphan {
		t.Errorf("nobody needs it: %+v", r)
	}
}

// The commit of a removal may land long after it was planned.
func TestALateCommitStartsTheGracePeriod(t *testing.T) {
	now := time.Now()
	l, table := open(t)
	commit(t, table, 0, now.Add(-4*day), protocolLine, metaData(""), add("a.parquet"))
	commit(t, table, 1, now.Add(-time.Hour), remove("a.parquet", now.Add(-3*day)))
	drop(t, table, "a.parquet", 4*day)
	if r := run(t, l, table, 0); len(r.Deleted) != 0 || r.Young != 1 {
		t.Errorf("%+v", r)
	}
	if r := run(t, l, table, day); len(r.Deleted) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestWrongClocks(t *testing.T) {
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	replace(t, table, "b", "2024-01-03")
	if r := run(t, l, table, -25*time.Hour); len(r.Deleted) != 0 || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "ahead of the clock") {
		t.Errorf("the clock is a day behind the log: %+v", r)
	}
	if r := run(t, l, table, -23*time.Hour); len(r.Deleted) != 0 || len(r.Problems) != 0 {
		t.Errorf("the clock is less than a day behind: %+v", r)
	}
	future := drop(t, table, dataName(), -10*day)
	leftover := drop(t, table, tmpName("part"), -10*day)
	near := drop(t, table, dataName(), -44*time.Hour)
	setTime(t, snapshotAt(t, table, 0).Files[0].Path, time.Now().Add(10*day))
	r := run(t, l, table, 2*day)
	if len(r.Deleted) != 0 || r.Young != 1 || len(r.Problems) != 3 || !there(future) || !there(leftover) || !there(near) {
		t.Errorf("files of the future: %+v", r)
	}
	setTime(t, commitPath(table, 1), time.Now().Add(26*time.Hour))
	if r := run(t, l, table, 0); len(r.Deleted) != 0 || len(r.Problems) != 1 {
		t.Errorf("a commit of the future: %+v", r)
	}
}

func TestNothingIsDeletedInDoubt(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name string
		do   func(*testing.T, *lake.Lake, *lake.Table) error
		fail bool
	}{
		{"no log", func(_ *testing.T, _ *lake.Lake, table *lake.Table) error { return os.RemoveAll(table.LogDir()) }, false},
		{"an empty log", func(_ *testing.T, _ *lake.Lake, table *lake.Table) error {
			return errors.Join(os.Remove(commitPath(table, 0)), os.Remove(commitPath(table, 1)))
		}, false},
		{"a hole in the log", func(_ *testing.T, _ *lake.Lake, table *lake.Table) error { return os.Remove(commitPath(table, 0)) }, true},
		{"a torn commit", func(_ *testing.T, _ *lake.Lake, table *lake.Table) error {
			return os.Truncate(commitPath(table, 1), 100)
		}, true},
		{"a lost commit", func(t *testing.T, l *lake.Lake, table *lake.Table) error {
			offer(t, l, lake.Publication{Number: 1, Taken: time.Now(), Versions: map[string]int64{"bars": 1}})
			return os.Remove(commitPath(table, 1))
		}, false},
		{"a damaged list of catalogs", func(_ *testing.T, l *lake.Lake, _ *lake.Table) error {
			return errors.Join(os.MkdirAll(l.StateDir(), 0o755), os.WriteFile(filepath.Join(l.StateDir(), "publications.json"), []byte("[{"), 0o644))
		}, true},
		{"interrupted", nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, table := open(t)
			put(t, table, "a", "2024-01-03")
			replace(t, table, "b", "2024-01-03")
			drop(t, table, dataName(), 3*day)
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			if tt.do == nil {
				cancel()
			} else if err := tt.do(t, l, table); err != nil {
				t.Fatal(err)
			}
			before := files(t, l.Dir())
			r, err := vacuum.Run(ctx, l, table, vacuum.Options{Config: grace, Now: time.Now().Add(2 * day)})
			if len(r.Deleted) != 0 || (err != nil) != tt.fail || err == nil && len(r.Problems) != 1 {
				t.Errorf("%+v, %v", r, err)
			}
			want(t, "files", files(t, l.Dir()), before...)
		})
	}
	l, table := open(t)
	if r := run(t, l, table, 0); r.Version != -1 || len(r.Deleted) != 0 {
		t.Errorf("no table: %+v", r)
	}
}

// A file that was finished before the listing and committed after it is in the table.
func TestCommitWhileVacuumLists(t *testing.T) {
	ctx := context.Background()
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	base := snapshot(t, table)
	f, err := table.NewFile(base.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(ctx, []arrow.Record{batch(t, "a", "2024-01-03")}, nil); err != nil {
		t.Fatal(err)
	}
	fresh, err := f.Finish()
	if err != nil {
		t.Fatal(err)
	}
	o := vacuum.Options{Config: grace, Now: time.Now().Add(3 * day)}.Listed(func() {
		if _, err := table.Rewrite(ctx, base, base.Files, []lake.File{fresh}, lake.Info{}); err != nil {
			t.Error(err)
		}
		put(t, table, "b", "2024-01-04")
	})
	r, err := vacuum.Run(ctx, l, table, o)
	if err != nil || len(r.Deleted) != 1 || r.Deleted[0].Path != base.Files[0].Relative {
		t.Errorf("%+v, %v", r, err)
	}
	if got := rows(t, table, snapshot(t, table)); got["a"] != 1 || got["b"] != 1 {
		t.Errorf("rows: %v", got)
	}
}

// Appends go on while vacuum runs again and again.
func TestAppendsBesideVacuum(t *testing.T) {
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	long := time.Now().Add(-3 * day)
	setTime(t, commitPath(table, 0), long)
	var lines []string
	for range 50 {
		name := dataName()
		drop(t, table, name, 3*day)
		lines = append(lines, remove(name, long))
	}
	commit(t, table, 1, long, lines...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 15 {
			put(childFailure{t}, table, fmt.Sprintf("s%d", i), "2024-01-03", "2025-01-03")
		}
	}()
	deleted := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		r := run(t, lake.Open(l.Dir(), lake.DefaultConfig()), table, 0)
		deleted += len(r.Deleted)
	}
	if deleted != 50 {
		t.Errorf("%d files were deleted, want 50", deleted)
	}
	if got := rows(t, table, snapshot(t, table)); len(got) != 16 || got["s14"] != 2 {
		t.Errorf("rows: %v", got)
	}
}

// childFailure reports from another goroutine.
type childFailure struct{ *testing.T }

func (c childFailure) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func TestFaultAtEveryRemove(t *testing.T) {
	ctx, now := context.Background(), time.Now().Add(25*time.Hour)
	for _, forever := range []bool{false, true} {
		for n := 1; ; n++ {
			l, table := open(t)
			put(t, table, "a", "2023-01-03", "2024-01-03")
			replace(t, table, "b", "2024-01-04")
			drop(t, table, dataName(), 3*day)
			drop(t, table, "_delta_log/"+tmpName("commit"), 3*day)
			count := 0
			l.Disk().Before = func(op, path string) error {
				if op != "remove" {
					t.Errorf("%s %s", op, path)
				}
				if count++; count == n || forever && count > n {
					return errTest
				}
				return nil
			}
			r, err := vacuum.Run(ctx, l, table, vacuum.Options{Config: grace, Now: now})
			if n == 5 {
				if err != nil || len(r.Deleted) != 4 {
					t.Fatalf("%+v, %v", r, err)
				}
				break
			}
			left := 1
			if forever {
				left = 5 - n
			}
			if !errors.Is(err, errTest) || len(r.Deleted) != 4-left {
				t.Fatalf("fault %d: %+v, %v", n, r, err)
			}
			if got := rows(t, table, snapshot(t, table)); got["b"] != 1 || len(got) != 1 {
				t.Fatalf("fault %d: rows %v", n, got)
			}
			l.Disk().Before = nil
			if r, err := vacuum.Run(ctx, l, table, vacuum.Options{Config: grace, Now: now}); err != nil || len(r.Deleted) != left {
				t.Fatalf("fault %d, the next run: %+v, %v", n, r, err)
			}
		}
	}
}

func TestARunThatCanDeleteNothingIsGivenUp(t *testing.T) {
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	for range 30 {
		drop(t, table, dataName(), 3*day)
	}
	tries := 0
	l.Disk().Before = func(string, string) error { tries++; return errTest }
	if r, err := vacuum.Run(context.Background(), l, table, vacuum.Options{Config: grace}); !errors.Is(err, errTest) || tries != 10 || len(r.Deleted) != 0 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// BenchmarkVacuum deletes 5,000 files of a table with 500 live ones, a tenth of them
// orphans; and looks at the same table when nothing is due.
func BenchmarkVacuum(b *testing.B) {
	const dead, live = 5000, 500
	long := time.Now().Add(-3 * day)
	build := func(b *testing.B) (*lake.Lake, *lake.Table) {
		l, table := open(b)
		lines := []string{protocolLine, metaData("")}
		for range live {
			name := "year=2024/" + dataName()
			drop(b, table, name, 3*day)
			lines = append(lines, add(name))
		}
		commit(b, table, 0, long, lines...)
		for v := range int64(100) {
			lines = lines[:0]
			for i := range dead / 100 {
				name := "year=2024/" + dataName()
				drop(b, table, name, 3*day)
				if i >= dead/1000 {
					lines = append(lines, remove(name, long))
				}
			}
			commit(b, table, v+1, long, lines...)
		}
		return l, table
	}
	for _, bench := range []struct {
		name string
		now  time.Time
		due  int
	}{{"5000-due", time.Now(), dead}, {"none-due", long, 0}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			l, table := build(b)
			for b.Loop() {
				if bench.due > 0 {
					b.StopTimer()
					l, table = build(b)
					b.StartTimer()
				}
				r, err := vacuum.Run(context.Background(), l, table, vacuum.Options{Config: grace, Now: bench.now})
				if err != nil || len(r.Deleted) != bench.due {
					b.Fatalf("%d files, %v %v", len(r.Deleted), r.Problems, err)
				}
			}
		})
	}
}
