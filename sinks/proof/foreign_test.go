//go:build cgo

package proof_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// TestForeignReader compares, at every version of a lake that was appended to,
// compacted, mended and vacuumed, what the commits alone say, what a checkpoint
// and the commits after it say, and what a Snapshot says; and the statistics and
// partition values of every live file with what DuckDB finds in the file.
func TestForeignReader(t *testing.T) {
	t.Parallel()
	h := &historian{tb: t, random: rand.New(rand.NewPCG(11, 0)), l: openLake(scratch(t)), counts: map[string]int{}}
	h.holds = someHistory(t, h.l)
	h.publishes(true)
	for _, plan := range []func(*historian) event{
		(*historian).appendBars, (*historian).appendQuotes, (*historian).fetchAgain, (*historian).compaction,
		(*historian).appendBars, (*historian).marks, (*historian).compaction, (*historian).compaction, (*historian).fetchAgain,
		(*historian).appendQuotes, (*historian).replaceCalendar, (*historian).marks, (*historian).appendBars,
	} {
		e := plan(h)
		if err := e.do(t.Context(), h.l); err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		h.compare(append([]world{h.holds}, e.becomes...))
	}
	readings, statistics := 0, 0
	for _, table := range tables {
		n, last := compareReadings(t, h.l, table)
		readings += n
		for relative, f := range last.files {
			checkStatistics(t, table, filepath.Join(last.dir, relative), f)
			checkPartition(t, table, last.dir, relative, f)
			statistics++
		}
	}
	if err := vacuumAll(t.Context(), h.l, ahead); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables { // old log files may be gone now, the newest state is not
		if s := deltaAt(t, h.l, table, newest, anyStart); s.version >= 10 {
			compareFiles(t, table, s, deltaAt(t, h.l, table, newest, fromCheckpoint))
		}
	}
	h.compare([]world{h.holds})
	t.Logf("%d readings agree, statistics of %d files hold", readings, statistics)
}

func deltaAt(tb testing.TB, l *lake.Lake, table etl.Table, version int64, from start) *deltaTable {
	tb.Helper()
	s, err := readDelta(filepath.Join(l.Dir(), table.Name), version, from)
	if err != nil {
		tb.Fatalf("%s, version %d: %v", table.Name, version, err)
	}
	return s
}

// compareReadings reads every version in three ways and returns the newest one.
func compareReadings(t *testing.T, l *lake.Lake, table etl.Table) (readings int, last *deltaTable) {
	t.Helper()
	last = deltaAt(t, l, table, newest, fromCommits)
	for v := range last.version + 1 {
		commits := deltaAt(t, l, table, v, fromCommits)
		compareFiles(t, table, deltaAt(t, l, table, v, fromCheckpoint), commits)
		compareFiles(t, table, deltaAt(t, l, table, v, anyStart), commits)
		s, err := l.Table(table).SnapshotAt(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, f := range s.Files {
			paths = append(paths, f.Path)
			if d := commits.files[f.Relative]; d.Size != f.Bytes || d.Stats != f.Stats() {
				t.Errorf("%s, version %d: the snapshot says something else of %s", table.Name, v, f.Relative)
			}
		}
		if slices.Sort(paths); !slices.Equal(paths, commits.paths()) || !maps.Equal(s.Transactions, commits.txns) {
			t.Errorf("%s, version %d: the snapshot differs from the commits", table.Name, v)
		}
		readings += 3
	}
	return readings, last
}

// compareFiles compares two readings of one version.
func compareFiles(t *testing.T, table etl.Table, got, want *deltaTable) {
	t.Helper()
	equal := func(a, b deltaFile) bool {
		x, errX := json.Marshal(a.PartitionValues)
		y, errY := json.Marshal(b.PartitionValues)
		return errX == nil && errY == nil && string(x) == string(y) && a.Path == b.Path && a.Size == b.Size && a.Stats == b.Stats
	}
	if got.version != want.version || !maps.EqualFunc(got.files, want.files, equal) || !maps.Equal(got.txns, want.txns) {
		t.Errorf("%s, version %d: %d files by a checkpoint, %d by the commits, or they differ",
			table.Name, want.version, len(got.files), len(want.files))
	}
}

// checkPartition makes sure that path and partition values say the same, which
// only the first of them tells DuckDB and only the second one a Delta reader.
func checkPartition(t *testing.T, table etl.Table, dir, relative string, f deltaFile) {
	t.Helper()
	name := table.Day
	if table.Year != "" {
		name = "year"
	}
	partition, _, split := strings.Cut(relative, "/")
	switch value := f.PartitionValues[name]; {
	case name == "" && (split || len(f.PartitionValues) > 0), name != "" && (value == nil || len(f.PartitionValues) != 1):
		t.Errorf("%s has the partition values %v", relative, f.PartitionValues)
	case name != "" && partition != name+"="+*value:
		t.Errorf("%s has the partition value %s", relative, *value)
	}
	if table.Year == "" {
		return
	}
	wrong, err := ask("SELECT CAST(date AS VARCHAR) FROM " + filesSQL(table, []string{filepath.Join(dir, relative)}) + " WHERE year(date) <> year")
	if err != nil || len(wrong) > 0 {
		t.Errorf("%s holds %v: %v", relative, wrong, err)
	}
}
