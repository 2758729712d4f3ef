package lake_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"barkeep/sinks/lake"
)

// TestCheckLog: the state of a whole log is that of a snapshot, and says which
// commit added what even where the snapshot begins at a checkpoint.
func TestCheckLog(t *testing.T) {
	ctx := context.Background()
	table := open(t.TempDir()).Table(bars)
	check, err := table.CheckLog(ctx)
	if err != nil || !check.Whole || check.Newest != -1 || check.Snapshot.Version != -1 || len(check.Problems) > 0 {
		t.Errorf("no table: %+v %v", check, err)
	}
	for i := range 12 {
		appendBars(t, table, bar{"sh600000", fmt.Sprintf("2024-01-%02d", i+1), 1})
	}
	check, err = table.CheckLog(ctx)
	if err != nil || !check.Whole || check.Oldest != 0 || check.Newest != 11 || check.Commits != 12 || check.Checkpoints != 1 || len(check.Problems) > 0 {
		t.Fatalf("%+v %v", check, err)
	}
	want := snapshot(t, table)
	if check.Snapshot.Version != want.Version || check.Snapshot.ID != want.ID || len(check.Snapshot.Files) != len(want.Files) {
		t.Errorf("%+v, want %+v", check.Snapshot, want)
	}
	for i, f := range check.Snapshot.Files {
		if f.Relative != want.Files[i].Relative || f.Rows != want.Files[i].Rows || f.Added != int64(i) {
			t.Errorf("%+v, want %+v of version %d", f, want.Files[i], i)
		}
	}
	wantRows(t, content(t, table, check.Snapshot), sortedBars(rowsOf(12))...)
}

func rowsOf(n int) []bar {
	var all []bar
	for i := range n {
		all = append(all, bar{"sh600000", fmt.Sprintf("2024-01-%02d", i+1), 1})
	}
	return all
}

// TestCheckLogUnnamed lists data files that no commit names, and nothing hidden.
func TestCheckLogUnnamed(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	appendBars(t, table, bar{"sh600000", "2024-01-02", 1})
	for _, name := range []string{"part-x.parquet", ".part-y.tmp", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(table.Dir(), "year=2024", name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	check, err := table.CheckLog(context.Background())
	if err != nil || len(check.Unnamed) != 1 || check.Unnamed[0].Relative != "year=2024/part-x.parquet" || check.Unnamed[0].Bytes != 1 {
		t.Errorf("%+v %v", check, err)
	}
}

// TestCheckLogTooWide: a stray number does not keep the check busy.
func TestCheckLogTooWide(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	appendBars(t, table, bar{"sh600000", "2024-01-02", 1})
	if err := os.WriteFile(logFile(table, lake.CommitName(1<<40)), []byte("{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := table.CheckLog(context.Background()); err == nil || !strings.Contains(err.Error(), "remove the file whose number is wrong") {
		t.Error(err)
	}
}
