package verify_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/verify"
)

// days makes a table of n versions, one day each.
func days(t testing.TB, n int) *lake.Table {
	t.Helper()
	table := open(t, etl.DailyBars)
	for i := range n {
		put(t, table, "sh600000 sh600004", fmt.Sprintf("2024-%02d-%02d", 1+i/28, 1+i%28))
	}
	return table
}

// copyOf copies a table.
func copyOf(t testing.TB, table *lake.Table) *lake.Table {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(table.Dir()))); err != nil {
		t.Fatal(err)
	}
	return lake.Open(dir, lake.DefaultConfig()).Table(table.Definition())
}

const logDir = "_delta_log/"

func commitName(v int) string     { return fmt.Sprintf("%020d.json", v) }
func checkpointName(v int) string { return fmt.Sprintf("%020d.checkpoint.parquet", v) }

// TestLog damages the log of a table of 26 versions, with checkpoints at 10 and 20.
func TestLog(t *testing.T) {
	write := func(name, text string) func(*testing.T, *lake.Table) {
		return func(t *testing.T, table *lake.Table) {
			if err := os.WriteFile(logFile(table, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	drop := func(names ...string) func(*testing.T, *lake.Table) {
		return func(t *testing.T, table *lake.Table) {
			for _, name := range names {
				remove(t, logFile(table, name))
			}
		}
	}
	whole := days(t, 26)
	orphans := finding{verify.Warning, "unnamed", "", "", ""}
	for name, c := range map[string]struct {
		damage func(*testing.T, *lake.Table)
		want   []finding
	}{
		"hole before a checkpoint": {drop(commitName(17)), []finding{
			{verify.Warning, "log-hole", logDir + commitName(17),
				"commit 17 is missing; version 20 and later are read from the checkpoint of version 20 and not affected, but what the table was at versions 17 to 19 cannot be told",
				"restore " + logDir + commitName(17) + " from a copy of the lake to be able to go back to these versions; nothing else needs it"}}},
		"hole after a checkpoint": {drop(commitName(23)), []finding{
			{verify.Error, "log-hole", logDir + commitName(23),
				"commit 23 is missing; versions 23 to 25 cannot be read, and nothing can be written",
				"restore " + logDir + commitName(23) + " from a copy of the lake (a checkpoint of version 23 or later would do as well); no other file says what it said"}, orphans}},
		"damaged line": {write(commitName(23), "{\"commitInfo\":{}}\n{\"add\":{\"path\n"), []finding{
			{verify.Error, "log-damaged", logDir + commitName(23) + ":2",
				"commit 23 is damaged in line 2: unexpected end of JSON input; versions 23 to 25 cannot be read, and nothing can be written",
				"restore " + logDir + commitName(23) + " from a copy of the lake (a checkpoint of version 23 or later would do as well); no other file says what it said"}, orphans}},
		"empty commit": {write(commitName(25), ""), []finding{
			{verify.Error, "log-damaged", logDir + commitName(25),
				"commit 25 is empty; version 25 cannot be read, and nothing can be written",
				"restore " + logDir + commitName(25) + " from a copy of the lake (a checkpoint of version 25 or later would do as well); no other file says what it said"}, orphans}},
		"unknown action": {write(commitName(26), "{\"ad\":{}}\n"), []finding{
			{verify.Error, "log-damaged", logDir + commitName(26) + ":1",
				`commit 26 is damaged in line 1: there is no action "ad"; some readers stop at it, others pass over it`,
				"restore " + logDir + commitName(26) + " from a copy of the lake"}}},
		"removes what is not there": {write(commitName(26), `{"remove":{"path":"year=2024/x.parquet","deletionTimestamp":1700000000000,"dataChange":true}}`+"\n"), []finding{
			{verify.Error, "log-damaged", logDir + commitName(26) + ":1",
				`commit 26 is damaged in line 1: it removes year=2024/x.parquet, which is not in the table; some readers stop at it, others pass over it`,
				"restore " + logDir + commitName(26) + " from a copy of the lake"}}},
		"no line break": {write(commitName(26), `{"commitInfo":{}}`), []finding{
			{verify.Warning, "log-damaged", logDir + commitName(26),
				`commit 26 does not end with a line break: its end may have been cut off`, "compare it with a copy of the lake"}}},
		"checkpoint unreadable": {write(checkpointName(20), "nonsense"), []finding{
			{verify.Warning, "checkpoint", logDir + checkpointName(20),
				"the checkpoint of version 20 cannot be read: 8 bytes are too few for a Parquet file",
				"remove " + logDir + checkpointName(20) + ": all its commits are there, readers use them in its place, and the next checkpoint replaces it"},
			{verify.Warning, "checkpoint", logDir + "_last_checkpoint",
				"says that the checkpoint of version 20 has SIZE bytes; it has 8", "remove " + logDir + "_last_checkpoint; the next checkpoint writes it anew"}}},
		"pointer": {write("_last_checkpoint", `{"version":21,"size":3}`), []finding{
			{verify.Error, "checkpoint", logDir + "_last_checkpoint", "points at the checkpoint of version 21, which is not there",
				"remove " + logDir + "_last_checkpoint; the next checkpoint writes it anew"}}},
		"pointer cut": {write("_last_checkpoint", `{"version":2`), []finding{
			{verify.Error, "checkpoint", logDir + "_last_checkpoint", "cannot be read: unexpected end of JSON input",
				"remove " + logDir + "_last_checkpoint; the next checkpoint writes it anew"}}},
		"foreign": {write("notes.txt", "mine"), []finding{
			{verify.Warning, "foreign", logDir + "notes.txt", "does not belong into a transaction log; some Delta readers fail on it", "move it elsewhere"}}},
		"short name": {write("26.json", "{}"), []finding{
			{verify.Warning, "foreign", logDir + "26.json", "looks like a commit, but the name of one has 20 digits: no reader sees it", "move it elsewhere"}}},
		"the beginning is gone": {func(t *testing.T, table *lake.Table) {
			drop(commitName(0), checkpointName(10), checkpointName(20), "_last_checkpoint")(t, table)
		}, []finding{
			{verify.Error, "log-hole", logDir + commitName(1),
				"the oldest commit is version 1, and there is no readable checkpoint to begin with; no version up to 25 can be read",
				"restore the commits before version 1, or a checkpoint of any version from 0 to 25, from a copy of the lake"}, orphans}},
		"cleaned away": {func(t *testing.T, table *lake.Table) {
			for v := range 20 {
				drop(commitName(v))(t, table)
			}
			drop(checkpointName(10))(t, table)
		}, nil},
		"cleaned away, no pointer": {func(t *testing.T, table *lake.Table) {
			for v := range 20 {
				drop(commitName(v))(t, table)
			}
			drop(checkpointName(10), "_last_checkpoint")(t, table)
		}, []finding{{verify.Error, "checkpoint", logDir + "_last_checkpoint",
			"is missing, and the first commits are gone: some Delta readers find the checkpoint of version 20 only through it", "the next checkpoint writes it; ten commits make one due"}}},
		"protocol": {write(commitName(26), `{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[],"writerFeatures":[]}}`+"\n"), []finding{
			{verify.Error, "protocol", logDir + commitName(26), "the table needs Delta reader version 3 and writer version 7; barkeep reads 1 and writes 2",
				"use the program that raised the versions, or restore the table from a copy from before"}}},
	} {
		t.Run(name, func(t *testing.T) {
			table := copyOf(t, whole)
			var size int64
			if info, err := os.Stat(logFile(table, checkpointName(20))); err == nil {
				size = info.Size()
			}
			c.damage(t, table)
			got := run(t, table, false).Findings
			for i, f := range got {
				if i >= len(c.want) {
					t.Errorf("unexpected: %s", f)
					continue
				}
				w := c.want[i]
				w.problem = strings.ReplaceAll(w.problem, "SIZE", fmt.Sprint(size))
				if w.check == "unnamed" {
					if f.Check != w.check || f.Remedy != "Keep until the log is repaired" {
						t.Errorf("%s", f)
					}
					continue
				}
				if f.Severity != w.severity || f.Check != w.check || f.File != w.file || f.Problem != w.problem || f.Remedy != w.cure {
					t.Errorf("got\n%s %s %s\n%s\n%s\nwant\n%s %s %s\n%s\n%s", f.Severity, f.Check, f.File, f.Problem, f.Remedy, w.severity, w.check, w.file, w.problem, w.cure)
				}
			}
			if len(got) < len(c.want) {
				t.Errorf("missing: %+v", c.want[len(got):])
			}
		})
	}
}

// TestCheckpointOfAnotherState: a checkpoint that can be read and is wrong.
func TestCheckpointOfAnotherState(t *testing.T) {
	table, other := days(t, 12), days(t, 12)
	body, err := os.ReadFile(logFile(other, checkpointName(10)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(logFile(table, checkpointName(10)), body, 0o644); err != nil {
		t.Fatal(err)
	}
	got := run(t, table, false).Findings
	if len(got) == 0 || got[0].Check != "checkpoint" || got[0].Severity != verify.Error ||
		!strings.HasPrefix(got[0].Problem, "the checkpoint of version 10 and the commits disagree: it holds another metaData than _delta_log/"+commitName(0)+"; it ") ||
		!strings.Contains(got[0].Problem, "more differences") || !strings.HasPrefix(got[0].Remedy, "compare both with a copy of the lake; ") {
		t.Errorf("%v", got)
	}
}

// TestDamagedLogStillChecksFiles: what the log still names is looked at, and a
// damaged file is found.
func TestDamagedLogStillChecksFiles(t *testing.T) {
	table := days(t, 5)
	snap, err := table.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	remove(t, commitFile(table, 2))
	flip(t, snap.Files[4].Path, 60)
	remove(t, snap.Files[0].Path)
	r := run(t, table, true)
	if r.Files != 4 || len(r.Findings) != 4 || r.Findings[0].Check != "log-hole" ||
		r.Findings[1].Check != "missing" || r.Findings[1].Severity != verify.Warning || !strings.Contains(r.Findings[1].Problem, "unless a commit that is damaged or missing took it out") ||
		r.Findings[2].Check != "checksum" || r.Findings[2].File != snap.Files[4].Relative ||
		r.Findings[3].Check != "unnamed" || r.Findings[3].File != snap.Files[2].Relative {
		t.Errorf("%+v", r)
	}
	if _, err := verify.Repair(context.Background(), table, r, lake.Info{}); err == nil || !strings.Contains(err.Error(), "its log is damaged") {
		t.Error(err)
	}
}

// TestRepair takes out the damaged files and no others, and the rows can come back.
func TestRepair(t *testing.T) {
	ctx := context.Background()
	table := days(t, 5)
	if _, err := verify.Repair(ctx, table, run(t, table, true), lake.Info{}); !errors.Is(err, verify.ErrNothing) {
		t.Error(err)
	}
	snap, err := table.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	flip(t, snap.Files[1].Path, 60)
	remove(t, snap.Files[3].Path)
	r := run(t, table, true)
	put(t, table, "sh600000", "2024-06-03") // comes in between
	commit, err := verify.Repair(ctx, table, r, lake.Info{Job: "verify"})
	if err != nil || commit.Version != 6 {
		t.Fatal(commit, err)
	}
	clean(t, table)
	left, err := table.Snapshot(ctx)
	if err != nil || len(left.Files) != 4 {
		t.Fatal(left, err)
	}
	for _, f := range left.Files {
		if f.Relative == snap.Files[1].Relative || f.Relative == snap.Files[3].Relative {
			t.Errorf("%s is still there", f.Relative)
		}
	}
	if _, err := verify.Repair(ctx, table, r, lake.Info{}); !errors.Is(err, verify.ErrNothing) {
		t.Error(err)
	}
	batch := rows(t, etl.DailyBars, "sh600000 sh600004", "2024-01-02 2024-01-04")
	if _, err := table.Append(ctx, []arrow.Record{batch}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	clean(t, table)
}

// TestRepairKeepsWhatIsReadable: quotes cannot be fetched again, so a file with
// wrong statistics stays and one with a damaged page goes.
func TestRepairKeepsWhatIsReadable(t *testing.T) {
	ctx := context.Background()
	table := open(t, etl.Quotes)
	put(t, table, "sh600000", "2024-01-02")
	second := put(t, table, "sh600000", "2024-01-03")
	edit(t, commitFile(table, 0), `\"volume\":11`, `\"volume\":10`)
	r := run(t, table, true)
	if len(r.Findings) != 1 || r.Findings[0].Check != "statistics" || r.Findings[0].Repairable() ||
		r.Findings[0].Remedy != "The rows can be read and cannot be fetched again, so the file stays; compare it with a copy of the lake" {
		t.Errorf("%+v", r)
	}
	flip(t, second.Path, 60)
	if c, err := verify.Repair(ctx, table, run(t, table, true), lake.Info{}); err != nil {
		t.Error(c, err)
	}
	left, err := table.Snapshot(ctx)
	if err != nil || len(left.Files) != 1 || left.Files[0].Day != day(t, "2024-01-02") {
		t.Errorf("%+v %v", left, err)
	}
}
