package lake_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/sinks/lake"
)

const (
	foreignInfo = `{"commitInfo":{"timestamp":1,"operation":"X"}}`
	foreignAdd  = `{"add":{"path":"year=2024/other.parquet","partitionValues":{"year":"2024"},"size":1,"modificationTime":1,"dataChange":true}}`
)

// overtake makes another writer commit lines just before the table's next
// commit gets its version.
func overtake(t *testing.T, l *lake.Lake, table *lake.Table, version int64, lines ...string) {
	t.Helper()
	done := false
	l.Fault(func(op, path string) error {
		if op == "link" && !done {
			done = true
			writeCommit(t, table, version, lines...)
		}
		return nil
	})
}

func TestConflicts(t *testing.T) {
	ctx := context.Background()
	compaction := func(remove string) []string {
		return []string{foreignInfo,
			`{"remove":{"path":"` + remove + `","deletionTimestamp":1,"dataChange":false}}`,
			strings.Replace(foreignAdd, `"dataChange":true`, `"dataChange":false`, 1)}
	}
	rows := func(t *testing.T) []arrow.Record {
		return []arrow.Record{batch(t, bar{"sh600000", "2024-03-01", 9}, bar{"sh600000", "2025-03-03", 9})}
	}
	appendWith := func(info lake.Info) func(*testing.T, *lake.Table) error {
		return func(t *testing.T, table *lake.Table) error {
			_, err := table.Append(ctx, rows(t), info)
			return err
		}
	}
	replace := func(t *testing.T, table *lake.Table) error {
		_, err := table.Replace(ctx, rows(t), lake.Info{})
		return err
	}
	mark := func(t *testing.T, table *lake.Table) error { return table.Mark(ctx, "app", 3) }
	own := `{"txn":{"appId":"app","version":1}}`
	metaData := `{"metaData":{"id":"a","format":{"provider":"parquet","options":{}},"schemaString":"{}","partitionColumns":[],"configuration":{}}}`
	for _, tt := range []struct {
		name     string
		do       func(*testing.T, *lake.Table) error
		first    func(live string) []string
		conflict bool
	}{
		{"append, append", appendWith(lake.Info{}), func(string) []string { return []string{foreignInfo, foreignAdd} }, false},
		{"append, compaction", appendWith(lake.Info{}), compaction, false},
		{"append, other transaction", appendWith(lake.Info{AppID: "mine", AppVersion: 1}), func(string) []string { return []string{own} }, false},
		{"append, own transaction", appendWith(lake.Info{AppID: "app", AppVersion: 2}), func(string) []string { return []string{foreignAdd, own} }, true},
		{"append, metaData", appendWith(lake.Info{}), func(string) []string { return []string{metaData} }, true},
		{"append, same protocol", appendWith(lake.Info{}), func(string) []string { return []string{`{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}`} }, false},
		{"append, unknown action", appendWith(lake.Info{}), func(string) []string { return []string{`{"domainMetadata":{"domain":"x"}}`} }, false},
		{"replace, append", replace, func(string) []string { return []string{foreignAdd} }, true},
		{"replace, compaction", replace, compaction, true},
		{"replace, mark", replace, func(string) []string { return []string{own} }, false},
		{"mark, append", mark, func(string) []string { return []string{foreignAdd} }, false},
		{"mark, own transaction", mark, func(string) []string { return []string{own} }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := open(t.TempDir())
			table := l.Table(bars)
			live := appendBars(t, table, bar{"sh600000", "2024-01-02", 1}).Files[0]
			overtake(t, l, table, 1, tt.first(live.Relative)...)
			err := tt.do(t, table)
			l.Fault(nil)
			if tt.conflict {
				var conflict *lake.ConflictError
				if !errors.Is(err, lake.ErrConflict) || !errors.As(err, &conflict) || conflict.Version != 1 || conflict.Table != "bars" {
					t.Fatalf("error is %v, want a conflict with version 1", err)
				}
				if n := countFiles(t, table.Dir(), "part-*.parquet"); n != 1 {
					t.Errorf("%d data files stand, the refused commit's are to go", n)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			want := int64(2)
			if tt.conflict {
				want = 1
			}
			if _, err := os.Stat(logFile(table, lake.CommitName(want))); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(logFile(table, lake.CommitName(want+1))); err == nil {
				t.Errorf("there is a version %d", want+1)
			}
		})
	}
}

// countFiles counts the files of a pattern in the table and its partitions.
func countFiles(t testing.TB, dir, pattern string) int {
	t.Helper()
	n := 0
	for _, p := range []string{filepath.Join(dir, pattern), filepath.Join(dir, "*", pattern)} {
		found, err := filepath.Glob(p)
		if err != nil {
			t.Fatal(err)
		}
		n += len(found)
	}
	return n
}

func TestUpgradeByAnotherWriterStopsACommit(t *testing.T) {
	l := open(t.TempDir())
	table := l.Table(bars)
	appendBars(t, table, bar{"sh600000", "2024-01-02", 1})
	overtake(t, l, table, 1, `{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[],"writerFeatures":[]}}`)
	var protocol *lake.ProtocolError
	if err := table.Mark(context.Background(), "a", 1); !errors.As(err, &protocol) {
		t.Errorf("error is %v", err)
	}
	if _, err := table.Snapshot(context.Background()); !errors.As(err, &protocol) || !strings.Contains(err.Error(), "reader version 3") {
		t.Errorf("reading: %v", err)
	}
}

// Two writers that both find no table: the second appends to the first one's.
func TestCreationIsNoConflict(t *testing.T) {
	dir := t.TempDir()
	l := open(dir)
	table := l.Table(bars)
	done := false
	l.Fault(func(op, path string) error {
		if op == "link" && !done {
			done = true
			appendBars(t, open(dir).Table(bars), bar{"sz000001", "2024-01-02", 1})
		}
		return nil
	})
	c := appendBars(t, table, bar{"sh600000", "2024-01-02", 2})
	if c.Version != 1 {
		t.Errorf("version %d", c.Version)
	}
	wantRows(t, sortedContent(t, table), bar{"sh600000", "2024-01-02", 2}, bar{"sz000001", "2024-01-02", 1})
	for _, a := range rawCommit(t, table, 1) {
		if a["metaData"] != nil || a["protocol"] != nil {
			t.Errorf("the second writer created the table, too: %v", a)
		}
	}
}

func TestAppendOnlyTableIsNotReplaced(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	appendBars(t, table, bar{"sh600000", "2024-01-02", 1})
	body, err := os.ReadFile(logFile(table, lake.CommitName(0)))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(body), `"configuration":{}`, `"configuration":{"delta.appendOnly":"true"}`, 1)
	if err := os.WriteFile(logFile(table, lake.CommitName(0)), []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = table.Replace(context.Background(), []arrow.Record{batch(t, bar{"sh600000", "2024-01-02", 2})}, lake.Info{})
	if err == nil || !strings.Contains(err.Error(), "appendOnly") {
		t.Errorf("error is %v", err)
	}
	appendBars(t, table, bar{"sh600000", "2024-01-03", 2})
}
