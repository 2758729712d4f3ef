package vacuum_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/go-cmp/cmp"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/vacuum"
)

const day = 24 * time.Hour

func TestRemovedFilesGoAfterTheGracePeriod(t *testing.T) {
	ctx := context.Background()
	l, table := open(t)
	old := put(t, table, "a", "2023-01-03", "2024-01-03")
	put(t, table, "b", "2024-01-04")
	replace(t, table, "c", "2024-01-05")
	dead := old.Files[0]
	if r := run(t, l, table, day-time.Minute); len(r.Deleted) != 0 || r.Young != 3 || r.YoungBytes < dead.Bytes || r.Version != 2 {
		t.Errorf("within the grace period: %+v", r)
	}
	if err := table.Complete(ctx, snapshotAt(t, table, 1)); err != nil {
		t.Error(err)
	}
	r := run(t, l, table, day+time.Minute)
	if len(r.Deleted) != 3 || r.Young != 0 || len(r.Foreign) != 0 || len(r.Problems) != 0 || r.Took <= 0 {
		t.Errorf("after it: %+v", r)
	}
	var bytes int64
	for _, f := range r.Deleted {
		bytes += f.Bytes
		if f.Reason != vacuum.Removed || f.Version != 2 || time.Since(f.Since).Abs() > time.Minute || there(filepath.Join(table.Dir(), f.Path)) {
			t.Errorf("%+v", f)
		}
	}
	if bytes != r.Bytes || bytes == 0 {
		t.Errorf("%d bytes, want %d", r.Bytes, bytes)
	}
	if got := rows(t, table, snapshot(t, table)); got["c"] != 1 || len(got) != 1 {
		t.Errorf("rows: %v", got)
	}
	if r := run(t, l, table, 2*day); len(r.Deleted) != 0 || r.Young != 0 {
		t.Errorf("again: %+v", r)
	}
	gone := snapshotAt(t, table, 1)
	if missing := table.Missing(gone); len(missing) != 3 {
		t.Errorf("missing: %v", missing)
	}
	if err := table.Complete(ctx, gone); !errors.Is(err, lake.ErrGone) || !strings.Contains(err.Error(), "the oldest complete version is 2 of ") {
		t.Error(err)
	}
	if err := table.Complete(ctx, snapshot(t, table)); err != nil {
		t.Error(err)
	}
	if err := os.Remove(snapshot(t, table).Files[0].Path); err != nil {
		t.Fatal(err)
	}
	if err := table.Complete(ctx, snapshot(t, table)); err == nil || errors.Is(err, lake.ErrGone) {
		t.Errorf("a damaged table: %v", err)
	}
}

func snapshotAt(t testing.TB, table *lake.Table, version int64) *lake.Snapshot {
	t.Helper()
	s, err := table.SnapshotAt(context.Background(), version)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOrphansAndLeftovers(t *testing.T) {
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	f, err := table.NewFile(snapshot(t, table).Files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(context.Background(), []arrow.Record{batch(t, "b", "2024-01-04")}, nil); err != nil {
		t.Fatal(err)
	}
	orphan, err := f.Finish()
	if err != nil {
		t.Fatal(err)
	}
	setTime(t, orphan.Path, time.Now().Add(-25*time.Hour))
	inRoot, deep := dataName(), "x=1/y=2/"+dataName()
	part, inLog, inState := tmpName("part"), tmpName("commit"), tmpName("publications")
	for _, name := range []string{inRoot, deep, "year=2024/" + part, "_delta_log/" + inLog, "../_state/" + inState} {
		drop(t, table, name, 25*time.Hour)
	}
	for _, name := range []string{dataName(), tmpName("part"), "_delta_log/" + tmpName("commit"), "../_state/" + tmpName("publications")} {
		drop(t, table, name, 23*time.Hour)
	}
	r := run(t, l, table, 0)
	want(t, "deleted", paths(r), "orphan "+orphan.Relative, "orphan "+inRoot, "orphan "+deep,
		"leftover year=2024/"+part, "leftover _delta_log/"+inLog, "leftover ../_state/"+inState)
	if r.Young != 4 || len(r.Foreign) != 0 {
		t.Errorf("%+v", r)
	}
	for _, f := range r.Deleted {
		if there(filepath.Join(table.Dir(), f.Path)) || f.Version != -1 || f.Bytes == 0 {
			t.Errorf("%+v", f)
		}
	}
	if got := rows(t, table, snapshot(t, table)); got["a"] != 1 {
		t.Errorf("rows: %v", got)
	}
}

// However short the grace period, a writer has an hour from finishing a file to
// committing it.
func TestShortGrace(t *testing.T) {
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	replace(t, table, "b", "2024-01-03")
	drop(t, table, dataName(), 50*time.Minute)
	drop(t, table, dataName(), 61*time.Minute)
	o := vacuum.Options{Config: vacuum.Config{Grace: 10 * time.Minute}, Now: time.Now().Add(-time.Second)}
	if r, err := vacuum.Run(context.Background(), l, table, o); err != nil || len(r.Deleted) != 1 || r.Young != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	o.Now = time.Now().Add(11 * time.Minute)
	if r, err := vacuum.Run(context.Background(), l, table, o); err != nil || len(r.Deleted) != 2 || r.Young != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestConfig(t *testing.T) {
	for grace, ok := range map[time.Duration]bool{0: false, -time.Hour: false, 10*time.Minute - 1: false, 10 * time.Minute: true, day: true, 1 << 62: false} {
		err := vacuum.Config{Grace: grace}.Validate()
		var key *etl.KeyError
		if ok != (err == nil) || !ok && (!errors.As(err, &key) || key.Key != "grace") {
			t.Errorf("grace %v: %v", grace, err)
		}
	}
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	replace(t, table, "b", "2024-01-03")
	if r, err := vacuum.Run(context.Background(), l, table, vacuum.Options{Now: time.Now().Add(day)}); err == nil || len(r.Deleted) != 0 {
		t.Errorf("no grace period at all: %+v, %v", r, err)
	}
}

func TestDryRun(t *testing.T) {
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	replace(t, table, "b", "2024-01-03")
	drop(t, table, dataName(), 2*day)
	drop(t, table, tmpName("part"), 2*day)
	before := files(t, l.Dir())
	l.Disk().Before = func(op, path string) error { t.Errorf("%s %s", op, path); return nil }
	o := vacuum.Options{Config: grace, Now: time.Now().Add(25 * time.Hour)}
	o.DryRun = true
	planned, err := vacuum.Run(context.Background(), l, table, o)
	if err != nil || len(planned.Deleted) != 3 || !planned.DryRun {
		t.Fatalf("%+v, %v", planned, err)
	}
	want(t, "files", files(t, l.Dir()), before...)
	l.Disk().Before, o.DryRun = nil, false
	done, err := vacuum.Run(context.Background(), l, table, o)
	if diff := cmp.Diff(planned.Deleted, done.Deleted); err != nil || diff != "" || done.Bytes != planned.Bytes {
		t.Errorf("%v %s", err, diff)
	}
	text, err := json.Marshal(done)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{`"table":"bars"`, `"version":1`, `"dry_run":false`, `"reason":"orphan"`, `"foreign":[]`, `"problems":[]`, `"took_ns":`, `"young":0`} {
		if !strings.Contains(string(text), key) {
			t.Errorf("no %s in %s", key, text)
		}
	}
}

func TestNothingElseIsTouched(t *testing.T) {
	l, table := open(t)
	put(t, table, "a", "2024-01-03")
	outside := filepath.Join(t.TempDir(), "elsewhere")
	far := filepath.Join(outside, dataName())
	if err := os.MkdirAll(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(far, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	setTime(t, far, time.Now().Add(-90*day))
	foreign := []string{"notes.txt", "other.parquet", "year=2024/part-0.parquet", "part-" + strings.ToUpper(dataName()[5:41]) + ".parquet", "sub/readme"}
	hidden := []string{"_index/" + dataName(), ".hidden/" + dataName(), "_" + dataName(), "." + dataName(), "year=2024/.x.tmp", ".part-1.tmp",
		"_delta_log/00000000000000000099.crc", "_delta_log/" + dataName(), "../_state/quotes.lock", "../other/" + dataName(), "../" + dataName()}
	nested := []string{"inner/_delta_log/00000000000000000000.json", "inner/" + dataName(), "inner/" + tmpName("part")}
	for _, name := range slices.Concat(foreign, hidden, nested) {
		drop(t, table, name, 90*day)
	}
	links := []string{dataName(), "year=1999", tmpName("part")}
	for i, to := range []string{far, outside, far} {
		if err := os.Symlink(to, filepath.Join(table.Dir(), links[i])); err != nil {
			t.Fatal(err)
		}
	}
	before := files(t, l.Dir())
	r := run(t, l, table, 100*day)
	if len(r.Deleted) != 0 || r.Young != 0 || len(r.Problems) != 0 {
		t.Errorf("%+v", r)
	}
	want(t, "files", files(t, l.Dir()), before...)
	want(t, "foreign", r.Foreign, slices.Concat(foreign, links, []string{"inner/"})...)
	if !there(far) {
		t.Error("a file outside is gone")
	}
}

// The log names files by odd paths: what it calls removed is only deleted where a
// data file of that very path lies, and what is in the table is so by any path.
func TestOddPaths(t *testing.T) {
	long := time.Now().Add(-3 * day)
	l, table := open(t)
	victim := drop(t, table, "../victim.parquet", 3*day)
	for _, name := range []string{"a b.parquet", "live.parquet", "twice.parquet", "_side/a.parquet", "year=2024/dead.parquet", "sub/real.parquet", "back.parquet"} {
		drop(t, table, name, 3*day)
	}
	if err := os.Symlink(filepath.Join(table.Dir(), "sub"), filepath.Join(table.Dir(), "link")); err != nil {
		t.Fatal(err)
	}
	commit(t, table, 0, long, protocolLine, metaData(""), add("x/../live.parquet"), add("link/real.parquet"), add("a%20b.parquet"))
	commit(t, table, 1, long, remove("a%20b.parquet", long), remove("_side/a.parquet", long), remove("_delta_log/00000000000000000000.json", long),
		remove("_delta_log", long), remove("year=2024", long), remove("year%3D2024/./dead.parquet", long), remove("live.parquet", long),
		remove("sub/real.parquet", long), remove("twice.parquet", long), remove("back.parquet", long), remove("never.parquet", long))
	commit(t, table, 2, long, add("back.parquet"))
	r := run(t, l, table, 0)
	want(t, "deleted", paths(r), "removed a b.parquet", "removed year=2024/dead.parquet", "removed twice.parquet")
	want(t, "foreign", r.Foreign, "link")
	for _, s := range snapshot(t, table).Files {
		if !there(filepath.Clean(s.Path)) {
			t.Errorf("%s is gone", s.Relative)
		}
	}
	if !there(victim) {
		t.Error("a file outside is gone")
	}
	commit(t, table, 3, long, remove("../victim.parquet", long))
	if r, err := vacuum.Run(context.Background(), l, table, vacuum.Options{Config: grace}); err == nil || len(r.Deleted) != 0 || !there(victim) {
		t.Errorf("a path outside: %+v, %v", r, err)
	}
}
