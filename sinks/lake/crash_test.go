package lake_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

var errFault = errors.New("injected fault")

// faultAt fails the n-th change to the file system, and with forever all after
// it, as if the process had died there. A file that was to be created or
// written is left in part.
func faultAt(n int, forever bool) (f func(op, path string) error, hit *bool) {
	count, hit := 0, new(bool)
	return func(op, path string) error {
		count++
		if count != n && (!forever || count < n) {
			return nil
		}
		if count == n && (op == "create" || op == "write") {
			_ = os.WriteFile(path, []byte("torn"), 0o644)
		}
		*hit = true
		return errFault
	}, hit
}

// copyDir clones a prepared lake, in memory where the system has a place for
// that: the test flushes thousands of times.
func copyDir(t *testing.T, from string) string {
	t.Helper()
	to, err := os.MkdirTemp("/dev/shm", "barkeep-lake-test-")
	if err != nil {
		to = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(to) })
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// After a failure at any point the table is in the old state or in the new
// one, the next run gets through, and every row is there exactly once.
func TestEveryFault(t *testing.T) {
	ctx := context.Background()
	before := []bar{{"sh600000", "2023-01-03", 1}, {"sz000001", "2024-01-02", 2}}
	prepare := func(definition etl.Table) (dir string) {
		dir = t.TempDir()
		prepared := open(dir).Table(definition)
		appendBars(t, prepared, before...)
		for v := int64(1); v <= 8; v++ { // the commit under test is version 9, the next one ends with a checkpoint
			if err := prepared.Mark(ctx, "filler", v); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	existing := prepare(bars)
	checkpointed := copyDir(t, existing) // here the commit under test is version 10
	if err := open(checkpointed).Table(bars).Mark(ctx, "filler", 9); err != nil {
		t.Fatal(err)
	}
	fresh := []bar{{"sh600000", "2024-02-01", 3}, {"sh600000", "2025-02-03", 4}}
	info := lake.Info{AppID: "loader", AppVersion: 1}
	for _, tt := range []struct {
		name    string
		table   etl.Table
		from    string
		replace bool
		old     []bar
	}{
		{"create", bars, t.TempDir(), false, nil},
		{"append", bars, existing, false, before},
		{"append with checkpoint", bars, checkpointed, false, before},
		{"replace", bars, existing, true, before},
		{"append by day", ticks, prepare(ticks), false, before},
	} {
		for _, forever := range []bool{false, true} {
			name := tt.name + ", one fault"
			if forever {
				name = tt.name + ", crash"
			}
			t.Run(name, func(t *testing.T) {
				write := func(table *lake.Table) (lake.Commit, error) {
					rows := []arrow.Record{batch(t, fresh...)}
					if tt.replace {
						return table.Replace(ctx, rows, info)
					}
					return table.Append(ctx, rows, info)
				}
				want := sortedBars(slices.Concat(tt.old, fresh))
				if tt.replace {
					want = fresh
				}
				for n := 1; ; n++ {
					dir := copyDir(t, tt.from)
					l := open(dir)
					fault, hit := faultAt(n, forever)
					l.Fault(fault)
					c, err := write(l.Table(tt.table))
					if !*hit {
						if err != nil || n < 15 {
							t.Fatalf("%d changes, error %v", n-1, err)
						}
						return
					}
					table := open(dir).Table(tt.table)
					checkAfterFault(t, table, n, c, err, tt.old, want)
					if _, err := write(table); err != nil && !errors.Is(err, lake.ErrCommitted) {
						t.Fatalf("fault %d: the next run: %v", n, err)
					}
					wantRows(t, sortedContent(t, table), want...)
				}
			})
		}
	}
}

func checkAfterFault(t *testing.T, table *lake.Table, n int, c lake.Commit, failure error, old, want []bar) {
	t.Helper()
	s := snapshot(t, table)
	if failure == nil && s.Version != c.Version {
		t.Fatalf("fault %d: commit says version %d, the table has %d", n, c.Version, s.Version)
	}
	if failure != nil && !errors.Is(failure, errFault) {
		t.Fatalf("fault %d: %v", n, failure)
	}
	rows := content(t, table, s)
	slices.Sort(rows)
	switch {
	case s.Transactions["loader"] == 1:
		wantRows(t, rows, want...)
	case failure == nil:
		t.Fatalf("fault %d: committed, but not there", n)
	default:
		wantRows(t, rows, old...)
	}
	checkDirectory(t, table)
}

// checkDirectory: names in the log are commits, checkpoints, the pointer or
// temporary; names elsewhere are data files or temporary.
func checkDirectory(t *testing.T, table *lake.Table) {
	t.Helper()
	err := filepath.WalkDir(table.Dir(), func(path string, e os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		name := e.Name()
		inLog := filepath.Base(filepath.Dir(path)) == "_delta_log"
		switch {
		case strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp"):
		case inLog && (name == "_last_checkpoint" || len(name) == 25 || strings.HasSuffix(name, ".checkpoint.parquet")):
		case !inLog && strings.HasPrefix(name, "part-") && strings.HasSuffix(name, ".parquet"):
		default:
			t.Errorf("stray file %s", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A failure before the commit leaves no file behind, one at the commit point
// leaves the data files, because the commit may be there.
func TestFailedAppendCleansUp(t *testing.T) {
	for _, op := range []string{"rename", "link"} {
		l := open(t.TempDir())
		table := l.Table(bars)
		appendBars(t, table, bar{"sh600000", "2023-01-03", 1})
		l.Fault(func(o, path string) error {
			if o == op {
				return errFault
			}
			return nil
		})
		_, err := table.Append(context.Background(), []arrow.Record{batch(t, bar{"sh600000", "2023-01-04", 1}, bar{"sh600000", "2024-01-04", 1})}, lake.Info{})
		if !errors.Is(err, errFault) {
			t.Fatal(err)
		}
		want := map[string]int{"rename": 1, "link": 3}[op]
		if n := countFiles(t, table.Dir(), "part-*"); n != want {
			t.Errorf("%d data files after a failed %s, want %d", n, op, want)
		}
		if n := countFiles(t, table.Dir(), ".*"); n != 0 {
			t.Errorf("%d temporary files after a failed %s", n, op)
		}
	}
}
