package lake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	pq "github.com/parquet-go/parquet-go"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

const lastDaily = 45 // the newest version of dailyLog

// dailyLog is a log with one commit a day, at noon from noon's day on, each of which
// adds a file and takes out the one before; and a checkpoint every ten versions.
func dailyLog(t testing.TB, l *lake.Lake, properties ...string) *lake.Table {
	t.Helper()
	table := l.Table(bars)
	meta := strings.Replace(foreignMetaData, `"configuration":{}`, `"configuration":{`+strings.Join(properties, ",")+`}`, 1)
	writeCommit(t, table, 0, foreignInfo, foreignProtocol, meta, addLine("0.parquet"))
	setTime(t, table, 0, noon)
	for v := int64(1); v <= lastDaily; v++ {
		writeCommit(t, table, v, addLine(fmt.Sprintf("%d.parquet", v)), removeLine(fmt.Sprintf("%d.parquet", v-1)))
		setTime(t, table, v, dayAt(v, 0))
		if v%10 == 0 {
			if err := table.WriteCheckpoint(context.Background(), v); err != nil {
				t.Fatal(err)
			}
		}
	}
	return table
}

// dayAt returns noon, here 04:00 UTC, of a day of dailyLog, and some hours later.
func dayAt(day int64, hours int) time.Time {
	return noon.AddDate(0, 0, int(day)).Add(time.Duration(hours) * time.Hour)
}

func logNames(t testing.TB, table *lake.Table) []string {
	t.Helper()
	entries, err := os.ReadDir(logFile(table, ""))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// wantLog: what is left of dailyLog after a clean-up up to checkpoint K, 0 for none.
func wantLog(t testing.TB, table *lake.Table, k int64) {
	t.Helper()
	want := []string{"_last_checkpoint"}
	for v := k; v <= lastDaily; v++ {
		want = append(want, lake.CommitName(v))
		if v%10 == 0 && v > 0 {
			want = append(want, lake.CheckpointName(v))
		}
	}
	slices.Sort(want)
	if got := logNames(t, table); !slices.Equal(got, want) {
		t.Errorf("the log holds\n%v\nwant\n%v", got, want)
	}
	checkVersions(t, table, k)
}

// checkVersions: from version k on all can be read, before it none, and the error
// says so.
func checkVersions(t testing.TB, table *lake.Table, k int64) {
	t.Helper()
	for _, v := range []int64{0, 4, 9, 10, 11, 19, 20, 21, 29, 30, 39, 40, 44, lastDaily} {
		s, err := table.SnapshotAt(context.Background(), v)
		switch {
		case v < k:
			if !errors.Is(err, lake.ErrGone) || !strings.Contains(err.Error(), fmt.Sprintf("the oldest that can be read is %d", k)) {
				t.Errorf("version %d, which is gone: %v", v, err)
			}
		case err != nil || len(s.Files) != 1 || s.Files[0].Relative != fmt.Sprintf("%d.parquet", v):
			t.Errorf("version %d: %+v, %v", v, s, err)
		}
	}
}

func TestCleanUpKeepsWhatTheProtocolSays(t *testing.T) {
	off := `"delta.enableExpiredLogCleanup":"false"`
	for _, tt := range []struct {
		name       string
		properties string
		now        time.Time
		keep       int64
	}{
		{"all young", "", dayAt(30, 0), 0},
		{"no checkpoint before the cut-off", "", dayAt(39, 23), 0},
		{"the commit of a checkpoint is of the cut-off's day", "", dayAt(40, 19), 0},
		{"the day after", "", dayAt(40, 20), 10},
		{"between two checkpoints", "", dayAt(50, 19), 10},
		{"the next checkpoint", "", dayAt(50, 20), 20},
		{"never past the newest", "", dayAt(5000, 0), 40},
		{"clock set back", "", dayAt(-5000, 0), 0},
		{"a property", `"delta.logRetentionDuration":"interval 1 week"`, dayAt(37, 20), 30},
		{"a property that cannot be read", `"delta.logRetentionDuration":"1 week"`, dayAt(40, 20), 10},
		{"a property out of bounds", `"delta.logRetentionDuration":"interval 2000000000 weeks"`, dayAt(40, 20), 10},
		{"switched off", off, dayAt(5000, 0), 0},
		{"not switched off", `"delta.enableExpiredLogCleanup":"true"`, dayAt(40, 20), 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var properties []string
			if tt.properties != "" {
				properties = append(properties, tt.properties)
			}
			table := dailyLog(t, open(t.TempDir()), properties...)
			if err := table.CleanLog(context.Background(), tt.now); err != nil {
				t.Fatal(err)
			}
			wantLog(t, table, tt.keep)
		})
	}
}

// One time that is wrong makes nothing old.
func TestCleanUpAndWildTimes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version int64
		at      time.Time
		keep    int64
	}{
		{"the newest commit seems old", lastDaily, time.Unix(0, 0), 10},
		{"a checkpoint's commit seems old", 20, time.Unix(0, 0), 10},
		{"a young commit seems old", 31, time.Unix(0, 0), 10},
		{"the oldest commit lies in the future", 0, dayAt(5000, 0), 0},
		{"an old commit lies in the future", 7, dayAt(5000, 0), 0},
		{"a young commit lies in the future", 25, dayAt(5000, 0), 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := dailyLog(t, open(t.TempDir()))
			setTime(t, table, tt.version, tt.at)
			if err := table.CleanLog(context.Background(), dayAt(42, 0)); err != nil {
				t.Fatal(err)
			}
			wantLog(t, table, tt.keep)
		})
	}
}

func TestCleanUpTakesCopiesAlong(t *testing.T) {
	table := dailyLog(t, open(t.TempDir()))
	digits := func(v int64) string { return fmt.Sprintf("%020d", v) }
	old := []string{digits(3) + ".crc", digits(3) + "." + digits(30) + ".compacted.json",
		digits(5) + ".checkpoint.0000000001.0000000002.parquet"}
	stay := []string{digits(10) + ".crc", digits(3) + ".txt", "3.json", digits(3) + ".json.bak", ".commit-x.tmp", "notes",
		digits(10) + ".checkpoint.0000000001.0000000002.parquet"}
	for _, name := range slices.Concat(old, stay) {
		if err := os.WriteFile(logFile(table, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.CleanLog(context.Background(), dayAt(42, 0)); err != nil {
		t.Fatal(err)
	}
	got := logNames(t, table)
	for _, name := range stay {
		if !slices.Contains(got, name) {
			t.Errorf("%s is gone", name)
		}
	}
	for _, name := range old {
		if slices.Contains(got, name) {
			t.Errorf("%s is still there", name)
		}
	}
	checkVersions(t, table, 10)
}

// What a damaged log would lose, stays.
func TestCleanUpOfADamagedLog(t *testing.T) {
	damage := func(name string) func(*testing.T, *lake.Table) {
		return func(t *testing.T, table *lake.Table) {
			if err := os.WriteFile(logFile(table, name), []byte("PAR1 not at all"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(*testing.T, *lake.Table) {
		return func(t *testing.T, table *lake.Table) {
			if err := os.Remove(logFile(table, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name string
		do   func(*testing.T, *lake.Table)
		gone int // files
	}{
		{"the checkpoint cannot be read, the one before can", damage(lake.CheckpointName(20)), 10},
		{"no pointer", remove("_last_checkpoint"), 0},
		{"a damaged pointer", damage("_last_checkpoint"), 0},
		{"a pointer behind", func(t *testing.T, table *lake.Table) {
			if err := os.WriteFile(logFile(table, "_last_checkpoint"), []byte(`{"version":10,"size":5}`), 0o644); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"a hole after the checkpoint", remove(lake.CommitName(33)), 0},
		{"the checkpoint's commit is missing", remove(lake.CommitName(20)), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := dailyLog(t, open(t.TempDir()))
			tt.do(t, table)
			before := logNames(t, table)
			err := table.CleanLog(context.Background(), dayAt(52, 0))
			if gone := len(before) - len(logNames(t, table)); err == nil || gone != tt.gone {
				t.Errorf("%d files are gone, want %d; error %v", gone, tt.gone, err)
			}
		})
	}
	t.Run("no checkpoint can be read", func(t *testing.T) {
		table := dailyLog(t, open(t.TempDir()))
		for _, v := range []int64{10, 20} {
			damage(lake.CheckpointName(v))(t, table)
		}
		if err := table.CleanLog(context.Background(), dayAt(52, 0)); err == nil || !strings.Contains(err.Error(), lake.CheckpointName(20)) {
			t.Error(err)
		}
		wantNames := len(logNames(t, table))
		if wantNames != lastDaily+1+4+1 {
			t.Errorf("%d files", wantNames)
		}
	})
}

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
