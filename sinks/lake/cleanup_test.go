package lake_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

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
