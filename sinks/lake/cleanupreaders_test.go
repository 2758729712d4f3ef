package lake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	pq "github.com/parquet-go/parquet-go"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// At every moment of a clean-up, and after a crash at any, the newest version can be
// read, the readable versions are all from some one on, and a later run completes.
func TestCleanUpIsReadableThroughout(t *testing.T) {
	ctx, now := context.Background(), dayAt(52, 0)
	prepared := t.TempDir()
	dailyLog(t, open(prepared))
	for n := 1; ; n++ {
		dir := copyDir(t, prepared)
		keepTimes(t, prepared, dir)
		l := open(dir)
		fault, hit := faultAt(n, true)
		l.Fault(fault)
		err := l.Table(bars).CleanLog(ctx, now)
		if !*hit {
			if err != nil || n != 22 {
				t.Fatalf("%d changes, error %v", n-1, err)
			}
			break
		}
		if !errors.Is(err, errFault) {
			t.Fatalf("fault %d: %v", n, err)
		}
		table := open(dir).Table(bars)
		// 20 commits and the checkpoint of 10, in order: what is readable begins at
		// 0, then at 10 as soon as commit 0 is gone, then at 20.
		want := int64(0)
		switch {
		case n > 12:
			want = 20
		case n > 1:
			want = 10
		}
		checkVersions(t, table, want)
		if err := table.CleanLog(ctx, now); err != nil {
			t.Fatalf("fault %d: the next run: %v", n, err)
		}
		wantLog(t, table, 20)
	}
}

func keepTimes(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return os.Chtimes(filepath.Join(to, relative), info.ModTime(), info.ModTime())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Two processes clean at once, and a reader reads in between.
func TestCleanUpBesideOthers(t *testing.T) {
	ctx, now := context.Background(), dayAt(52, 0)
	l := open(t.TempDir())
	table := dailyLog(t, l)
	other := open(l.Dir()).Table(bars)
	removes := 0
	l.Fault(func(op, path string) error {
		if removes++; removes == 5 {
			if err := other.CleanLog(ctx, now); err != nil {
				t.Error(err)
			}
		}
		if s := snapshot(t, other); s.Version != lastDaily {
			t.Errorf("version %d", s.Version)
		}
		return nil
	})
	if err := table.CleanLog(ctx, now); err != nil {
		t.Error(err)
	}
	wantLog(t, table, 20)
	if _, err := table.SnapshotAsOf(ctx, dayAt(19, 0)); !errors.Is(err, lake.ErrGone) || !strings.Contains(err.Error(), dayAt(20, 0).Local().Format("2006-01-02 15:04")) {
		t.Errorf("as of a time that is gone: %v", err)
	}
	if s, err := table.SnapshotAsOf(ctx, dayAt(20, 1)); err != nil || s.Version != 20 {
		t.Errorf("as of the oldest: %v", err)
	}
	if got := history(t, table, 1000); len(got) != lastDaily-20+1 {
		t.Errorf("%d entries", len(got))
	}
}

// A reader of the protocol that knows nothing of this package: the pointer, the
// checkpoint it names, and the commits after it.
func TestForeignReaderAfterCleanUp(t *testing.T) {
	table := dailyLog(t, open(t.TempDir()))
	if err := table.CleanLog(context.Background(), dayAt(5000, 0)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(logFile(table, "_last_checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	var pointer struct{ Version, Size int64 }
	if err := json.Unmarshal(text, &pointer); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(logFile(table, lake.CheckpointName(pointer.Version)))
	if err != nil {
		t.Fatal(err)
	}
	type file struct {
		Path *string `parquet:"path,optional"`
	}
	type row struct {
		Add *file `parquet:"add,optional"`
	}
	rows, err := pq.Read[row](bytes.NewReader(body), int64(len(body)))
	if err != nil || int64(len(rows)) != pointer.Size {
		t.Fatal(len(rows), err)
	}
	live := map[any]bool{}
	for _, r := range rows {
		if r.Add != nil {
			live[*r.Add.Path] = true
		}
	}
	for v := pointer.Version + 1; v <= lastDaily; v++ {
		for _, a := range rawCommit(t, table, v) {
			if a["remove"] != nil {
				delete(live, a["remove"]["path"])
			}
		}
		for _, a := range rawCommit(t, table, v) {
			if a["add"] != nil {
				live[a["add"]["path"]] = true
			}
		}
	}
	if pointer.Version != 40 || len(live) != 1 || !live["45.parquet"] {
		t.Errorf("checkpoint %d, files %v", pointer.Version, live)
	}
}

// The commit that is followed by a checkpoint cleans up; a failure is its Warning.
func TestCommitsCleanUp(t *testing.T) {
	ctx, l := context.Background(), open(t.TempDir())
	table := l.Table(bars)
	rows := []bar{{"sh600000", "2024-01-02", 1}, {"sh600000", "2024-01-03", 2}, {"sh600000", "2024-01-04", 3}}
	appendBars(t, table, rows[0])
	mark := func(to int64) {
		t.Helper()
		for v := snapshot(t, table).Version + 1; v <= to; v++ {
			if err := table.Mark(ctx, "app", v); err != nil {
				t.Fatal(err)
			}
		}
	}
	mark(10)
	old := time.Now().AddDate(0, 0, -40)
	for v := range int64(11) {
		setTime(t, table, v, old.Add(time.Duration(v)*time.Second))
	}
	mark(19)
	if n := countFiles(t, logFile(table, ""), "*.json"); n != 20 {
		t.Fatalf("%d commits before the checkpoint", n)
	}
	l.Fault(func(op, path string) error {
		if op == "remove" && strings.HasSuffix(path, ".json") {
			return errFault
		}
		return nil
	})
	c, err := table.Append(ctx, []arrow.Record{batch(t, rows[1])}, lake.Info{})
	if err != nil || c.Version != 20 || !errors.Is(c.Warning, errFault) {
		t.Fatalf("%+v, %v", c, err)
	}
	l.Fault(nil)
	mark(29)
	if c := appendBars(t, table, rows[2]); c.Version != 30 {
		t.Fatal(c.Version)
	}
	if n := countFiles(t, logFile(table, ""), "*.json"); n != 21 {
		t.Errorf("%d commits after the checkpoint, want 10 to 30", n)
	}
	wantRows(t, sortedContent(t, table), rows...)
}

// BenchmarkCleanUp is what a clean-up adds to a checkpoint: of a log of 1,000 commits
// with nothing due, and with 500 commits due, once.
func BenchmarkCleanUp(b *testing.B) {
	ctx := context.Background()
	prepare := func(b *testing.B) *lake.Table {
		table := thousandCommits(b).Table(etl.DailyBars)
		for _, v := range []int64{500, 990} {
			if err := table.WriteCheckpoint(ctx, v); err != nil {
				b.Fatal(err)
			}
		}
		for v := range int64(1000) {
			setTime(b, table, v, noon.Add(time.Duration(v)*time.Hour))
		}
		return table
	}
	table := prepare(b)
	for _, bench := range []struct {
		name string
		now  time.Time
		left int
	}{{"nothing-due", noon, 1000}, {"500-due", noon.AddDate(0, 0, 30).Add(510 * time.Hour), 500}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if bench.left < 1000 {
					b.StopTimer()
					table = prepare(b)
					b.StartTimer()
				}
				if err := table.CleanLogOnly(ctx, bench.now); err != nil {
					b.Fatal(err)
				}
			}
			if n := countFiles(b, logFile(table, ""), "*.json"); n != bench.left {
				b.Errorf("%d commits are left", n)
			}
		})
	}
}
