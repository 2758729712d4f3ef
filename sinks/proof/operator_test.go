//go:build cgo && linux

package proof_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// mentionsSpace recognises a full disk in DuckDB's own words.
func mentionsSpace(err error) bool {
	return strings.Contains(strings.ToLower(err.Error()), "no space left")
}

// holds compares all tables with a world, from the log and behind the door.
func holds(t *testing.T, what string, l *lake.Lake, w world) {
	t.Helper()
	for _, table := range tables {
		rows, _, err := rowsOfLog(l.Dir(), table)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		same(t, what+", "+table.Name, rows, texts(table, w[table.Name]))
		if rows, err = rowsBehindDoor(t.Context(), l, table); err != nil {
			t.Errorf("%s, behind the door: %v", what, err)
		} else {
			same(t, what+" behind the door, "+table.Name, rows, texts(table, w[table.Name]))
		}
	}
	checkVerified(t, l.Dir())
}

// TestReadOnly works on a lake whose file system refuses every change: what reads
// works, what writes says why not, and later everything goes on.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	if !mounts(t) {
		return
	}
	dir := small(t, "32m")
	l := openLake(filepath.Join(dir, "lake"))
	w := someHistory(t, l)
	mark(t, l, etl.DailyBars, 1) // which is not published yet
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for what, err := range map[string]error{
		"append":  put(ctx, openLake(l.Dir()), etl.DailyBars, fresh, false, "loader", 1),
		"mark":    openLake(l.Dir()).Table(etl.DailyBars).Mark(ctx, "progress", 1),
		"compact": compactTable(ctx, openLake(l.Dir()), etl.DailyBars),
		"publish": publish(ctx, openLake(l.Dir())),
	} {
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: the error does not say that the file system is read-only: %v", what, err)
		}
	}
	holds(t, "read-only", l, w)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(put(ctx, l, etl.DailyBars, fresh, false, "loader", 1), compactTable(ctx, l, etl.DailyBars), publish(ctx, l)); err != nil {
		t.Error(err)
	}
	holds(t, "writable again", l, w.having(etl.DailyBars.Name, fresh))
}

// TestClockSetBack works on a lake that was written by a clock two days ahead.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	l := openLake(scratch(t))
	w := someHistory(t, l)
	later := time.Now().Add(48 * time.Hour)
	err := filepath.WalkDir(l.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, later, later)
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for range 2 {
		if err := put(ctx, l, etl.DailyBars, fresh, false, "loader", 1); err != nil {
			t.Fatal(err)
		}
		w = w.having(etl.DailyBars.Name, fresh)
		holds(t, "append", l, w)
		if err := compactTable(ctx, l, etl.DailyBars); err != nil {
			t.Fatal(err)
		}
		live := dataFiles(t, l.Dir())
		if err := vacuumAll(ctx, l, 0); err != nil {
			t.Fatal(err)
		}
		if n := dataFiles(t, l.Dir()); n != live {
			t.Errorf("vacuum removed %d files that were in use a moment ago", live-n)
		}
		mark(t, l, etl.DailyBars, 12) // past a checkpoint
		if err := publish(ctx, l); err != nil {
			t.Fatal(err)
		}
		holds(t, "compaction, vacuum and checkpoint", l, w)
	}
	// What the tombstones say is later than what they follow, whatever the clock.
	s, err := l.Table(etl.DailyBars).Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := vacuumAll(ctx, l, 4*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	holds(t, "vacuum, days later", l, w)
	t.Logf("version %d was committed %v", s.Version, s.Committed.Sub(later).Round(time.Hour))
}

// TestTwoDefinitions opens one directory with two definitions of a table.
func TestTwoDefinitions(t *testing.T) {
	t.Parallel()
	l := openLake(scratch(t))
	w := someHistory(t, l)
	other := etl.DailyBars
	other.Columns = slices.Clone(other.Columns)
	other.Columns[other.Index("volume")].Type = etl.Float64
	r := batch(other, fresh)
	defer r.Release()
	var wrong *lake.SchemaError
	if _, err := openLake(l.Dir()).Table(other).Append(t.Context(), []arrow.Record{r}, lake.Info{}); !errors.As(err, &wrong) || wrong.Column != "volume" {
		t.Errorf("appended with another definition: %v", err)
	}
	if _, err := openLake(l.Dir()).Table(other).Replace(t.Context(), []arrow.Record{r}, lake.Info{}); !errors.As(err, &wrong) {
		t.Errorf("replaced with another definition: %v", err)
	}
	if err := openLake(l.Dir()).Table(other).Mark(t.Context(), "progress", 1); !errors.As(err, &wrong) {
		t.Errorf("marked with another definition: %v", err)
	}
	if err := compactTable(t.Context(), openLake(l.Dir()), other); err == nil || !strings.Contains(err.Error(), "volume") {
		t.Errorf("compacted with another definition: %v", err)
	}
	holds(t, "two definitions", l, w)
}

// TestLakeInsideATable opens a lake in the directory of another one's table, and
// puts files of others there: neither touches what is not its own.
func TestLakeInsideATable(t *testing.T) {
	t.Parallel()
	outer := openLake(scratch(t))
	w := someHistory(t, outer)
	inner := openLake(filepath.Join(outer.Dir(), etl.DailyBars.Name))
	v := someHistory(t, inner)
	var foreign []string
	for _, name := range []string{"notes.txt", "daily_bars/part-mine.parquet", "daily_bars/year=2024/export.csv", "quotes/_delta_log/.keep"} {
		foreign = append(foreign, filepath.Join(outer.Dir(), name))
	}
	old := time.Now().Add(-30 * 24 * time.Hour)
	for _, path := range foreign {
		if err := errors.Join(os.WriteFile(path, []byte("mine"), 0o644), os.Chtimes(path, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	late := bars(1, 7, 9, schedules.MakeDay(2024, 12, 2))
	for _, l := range []*lake.Lake{outer, inner} {
		if err := errors.Join(put(t.Context(), l, etl.DailyBars, late, false, "loader", 1), compactTable(t.Context(), l, etl.DailyBars),
			publish(t.Context(), l), vacuumAll(t.Context(), l, ahead)); err != nil {
			t.Error(err)
		}
		holds(t, "the outer lake", outer, w.having(etl.DailyBars.Name, late))
		if l == inner {
			v = v.having(etl.DailyBars.Name, late)
		}
		holds(t, "the inner lake", inner, v)
	}
	for _, path := range foreign {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
