//go:build cgo && linux

package proof_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// TestDiskFull lets a real file system run full in the middle of every operation,
// with any number of pages left: the error says so, nothing is lost, and with
// room again the same work gets through.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if !mounts(t) {
		return
	}
	dir := small(t, "16m")
	l := openLake(filepath.Join(dir, "lake"))
	w := someHistory(t, l)
	hold := func(what string) {
		t.Helper()
		for _, table := range tables {
			rows, _, err := rowsOfLog(l.Dir(), table)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			same(t, what+", "+table.Name, rows, texts(table, w[table.Name]))
		}
		if _, err := rowsOfCatalog(filepath.Join(l.Dir(), "lake.duckdb"), tables); err != nil {
			t.Errorf("%s: the catalog: %v", what, err)
		}
		checkVerified(t, l.Dir())
	}
	refused := map[string]int{}
	for _, step := range fullDisk {
		for attempt, pages := 0, 0; ; attempt++ {
			filler := fill(t, dir, pages*os.Getpagesize())
			err := step.do(t.Context(), openLake(l.Dir()))
			if err != nil && !errors.Is(err, syscall.ENOSPC) && !mentionsSpace(err) {
				t.Errorf("%s: the error does not say that the disk is full: %v", step.name, err)
			}
			if err == nil && step.rows != nil {
				w = w.having(step.table, step.rows)
			}
			hold(fmt.Sprintf("%s with %d pages left: %v", step.name, pages, err))
			if rerr := os.Remove(filler); rerr != nil {
				t.Fatal(rerr)
			}
			if err == nil {
				break
			}
			refused[step.name]++
			pages += 1 + pages/4
		}
	}
	t.Logf("refused for want of space: %v; each got through in the end", refused)
}

// fullDisk are the operations that meet a full disk.
var fullDisk = []struct {
	name  string
	table string
	rows  content
	do    func(context.Context, *lake.Lake) error
}{
	{"append", etl.DailyBars.Name, fresh, func(ctx context.Context, l *lake.Lake) error {
		return put(ctx, l, etl.DailyBars, fresh, false, "full", 1)
	}},
	{"compaction", "", nil, func(ctx context.Context, l *lake.Lake) error { return compactTable(ctx, l, etl.DailyBars) }},
	{"append by day", etl.Quotes.Name, lateQuotes, func(ctx context.Context, l *lake.Lake) error {
		return put(ctx, l, etl.Quotes, lateQuotes, false, "full", 1)
	}},
	{"publish", "", nil, publish},
	{"vacuum", "", nil, func(ctx context.Context, l *lake.Lake) error { return vacuumAll(ctx, l, ahead) }},
}

var lateQuotes = snapshotOf(1, 40, schedules.MakeDay(2024, 5, 9), 7000)

// fill takes all the space of a file system but some bytes.
func fill(t *testing.T, dir string, leave int) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	page, size := make([]byte, os.Getpagesize()), 0
	for ; err == nil; size += len(page) {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Truncate(int64(max(0, size-len(page)-leave))); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
