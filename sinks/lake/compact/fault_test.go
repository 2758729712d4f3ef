package compact_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
)

var allocator = memory.DefaultAllocator

var errFault = errors.New("fault")

// TestFaults lets every change to the file system fail, once alone and once with all
// that follow, as when the process dies there: the table holds the same rows, and
// the next run completes.
func TestFaults(t *testing.T) {
	t.Parallel()
	template := t.TempDir()
	table := open(template).Table(bars)
	rng := rand.New(rand.NewPCG(9, 9))
	for i := range 4 {
		rows := somebars(rng, 2023, i, 4, 60)
		if i < 2 {
			rows = append(rows, somebars(rng, 2024, i, 4, 10)...)
		}
		put(t, table, rows...)
	}
	want := lines(t, table)
	o := compact.Options{All: true, Config: compact.Config{MemoryBytes: 1}} // so that there are runs
	for _, dies := range []bool{false, true} {
		points, step := 0, 1
		if dies { // what comes after a point differs little from one to the next
			step = 5
		}
		for point := 1; ; point += step {
			dir := filepath.Join(t.TempDir(), "lake")
			linkTree(t, template, dir)
			l := open(dir)
			count, at := 0, ""
			l.Disk().Before = func(op, path string) error {
				if count++; count == point || dies && count > point {
					if count == point {
						at = op + " " + path
					}
					return errFault
				}
				return nil
			}
			before := snapshot(t, l.Table(bars))
			r, err := compact.Run(context.Background(), l.Table(bars), o)
			if at == "" {
				break // the run has fewer points than that
			}
			points++
			name := fmt.Sprintf("point %d, %s, dies %v", point, at, dies)
			after := open(dir).Table(bars)
			if err == nil && r.Warning == nil && !strings.HasPrefix(at, "mkdir") && !strings.HasPrefix(at, "remove") {
				t.Errorf("%s: nobody noticed", name)
			}
			if err != nil && !errors.Is(err, errFault) {
				t.Errorf("%s: %v", name, err)
			}
			sameLines(t, lines(t, after), want)
			if left := strays(t, after, before); !dies && len(left) > 0 && !lake.Uncertain(err) && !strings.HasPrefix(at, "remove") {
				t.Errorf("%s: left behind %v", name, left)
			}
			mustRun(t, after, o)
			sameLines(t, lines(t, after), want)
			if s := snapshot(t, after); len(s.Files) != 2 {
				t.Errorf("%s: %d files after a run without faults", name, len(s.Files))
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		if points < 15 {
			t.Errorf("only %d points", points)
		}
	}
}

// hooked returns a table with two closed files and what the hook is to do once,
// before the first change of the kind.
func hooked(t *testing.T, op string, do func(path string)) (table *lake.Table, dir string) {
	t.Helper()
	dir = t.TempDir()
	plain := open(dir).Table(bars)
	rng := rand.New(rand.NewPCG(2, 3))
	put(t, plain, somebars(rng, 2023, 0, 2, 3000)...)
	put(t, plain, somebars(rng, 2023, 1, 2, 3000)...)
	l := open(dir)
	done := false
	l.Disk().Before = func(have, path string) error {
		if have == op && !done {
			done = true
			do(path)
		}
		return nil
	}
	return l.Table(bars), dir
}

// TestDamagedOutput flips a byte of a finished file before it is looked at again.
func TestDamagedOutput(t *testing.T) {
	for _, share := range []int64{10, 2, 3} { // where, as a part of the file
		table, dir := hooked(t, "rename", func(path string) {
			found, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".part-*.tmp"))
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			flip(t, found[0], share)
		})
		before := snapshot(t, table)
		want := lines(t, table)
		_, err := compact.Run(t.Context(), table, all)
		if err == nil || !strings.Contains(err.Error(), "read back what was written") || !strings.Contains(err.Error(), "compact bars, year=2023: ") {
			t.Fatal(err)
		}
		if s := snapshot(t, table); s.Version != before.Version {
			t.Errorf("version %d", s.Version)
		}
		if left := strays(t, table); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		mustRun(t, open(dir).Table(bars), all)
		sameLines(t, lines(t, table), want)
	}
}

// flip turns the bits of one byte.
func flip(t *testing.T, path string, share int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	at := info.Size() / share
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0xff
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}

// TestAppendMeanwhile: what is appended while files are merged survives.
func TestAppendMeanwhile(t *testing.T) {
	late := row{schedules.MakeDay(2023, time.December, 31), "sh600000", 7, 7}
	var dir string
	for _, op := range []string{"create", "rename", "link"} {
		table, d := hooked(t, op, func(string) { put(t, open(dir).Table(bars), late) })
		dir = d
		rows := len(lines(t, table))
		mustRun(t, table, all)
		s := snapshot(t, table)
		got := lines(t, table)
		if len(got) != rows+1 || len(s.Files) != 2 || !slices.ContainsFunc(got, func(l line) bool { return strings.Contains(l.text, "2023-12-31|sh600000") }) {
			t.Errorf("%s: %d rows in %d files", op, len(got), len(s.Files))
		}
		if s.Newest(1).Files[0].Rows != 1 {
			t.Errorf("%s: the appended file is not the newest", op)
		}
	}
}

// TestTwoCompactions: of two at once one commits, and the other finds nothing left
// to do.
func TestTwoCompactions(t *testing.T) {
	var dir string
	table, d := hooked(t, "link", func(string) { mustRun(t, open(dir).Table(bars), all) })
	dir = d
	before, want := snapshot(t, table), lines(t, table)
	if r := mustRun(t, table, all); len(r.Merges) != 0 {
		t.Errorf("both did it: %+v", r)
	}
	sameLines(t, lines(t, table), want)
	if s := snapshot(t, table); s.Version != before.Version+1 || len(s.Files) != 1 {
		t.Errorf("version %d, %d files", s.Version, len(s.Files))
	}
	if left := strays(t, table, before); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestRemoveMeanwhile: a file that is taken out while it is merged stays out, and
// the rest is planned again, even when the file itself has gone.
func TestRemoveMeanwhile(t *testing.T) {
	for _, gone := range []bool{false, true} {
		var dir string
		op := "link"
		if gone {
			op = "create" // before the inputs are opened
		}
		remove := func(string) {
			other := open(dir).Table(bars)
			s := snapshot(t, other)
			victim := s.Files[1:2]
			if _, err := other.Remove(t.Context(), s, victim, lake.Info{}); err != nil {
				t.Fatal(err)
			}
			if gone {
				if err := os.Remove(victim[0].Path); err != nil {
					t.Fatal(err)
				}
			}
		}
		table, d := hooked(t, op, remove)
		dir = d
		put(t, open(dir).Table(bars), row{schedules.MakeDay(2023, time.December, 31), "sh600000", 7, 7})
		o := compact.Options{All: true, Config: compact.Config{MemoryBytes: 1}}
		r, err := compact.Run(t.Context(), table, o)
		if err != nil || len(r.Merges) != 1 || r.FilesBefore != 2 || r.Rows != 3001 {
			t.Errorf("gone %v: %+v, %v", gone, r, err)
		}
		if n := len(lines(t, table)); n != 3001 {
			t.Errorf("gone %v: %d rows", gone, n)
		}
	}
}

// TestConflictsWithoutEnd: a run gives up when its files are taken away every time.
func TestConflictsWithoutEnd(t *testing.T) {
	dir := t.TempDir()
	l := open(dir)
	busy := false
	l.Disk().Before = func(op, path string) error {
		if op != "link" || busy {
			return nil
		}
		busy = true
		defer func() { busy = false }()
		other := open(dir).Table(bars)
		s := snapshot(t, other)
		if _, err := other.Remove(t.Context(), s, s.Files[:1], lake.Info{}); err != nil {
			t.Fatal(err)
		}
		return nil
	}
	for i := range 9 {
		put(t, open(dir).Table(bars), row{may6, fmt.Sprintf("sh%06d", i), int64(i), 1})
	}
	_, err := compact.Run(t.Context(), l.Table(bars), all)
	if !errors.Is(err, lake.ErrConflict) || !strings.Contains(err.Error(), "given up after 5 attempts") {
		t.Error(err)
	}
	if n := len(lines(t, l.Table(bars))); n != 4 {
		t.Errorf("%d rows", n)
	}
}

// TestCanceled: a run that is stopped leaves nothing.
func TestCanceled(t *testing.T) {
	for _, op := range []string{"create", "write", "fsync", "rename", "link"} {
		ctx, cancel := context.WithCancel(t.Context())
		table, _ := hooked(t, op, func(string) { cancel() })
		before := snapshot(t, table)
		_, err := compact.Run(ctx, table, all)
		s := snapshot(t, table)
		if op == "link" { // too late
			if err != nil || s.Version != before.Version+1 {
				t.Errorf("%s: version %d, %v", op, s.Version, err)
			}
			continue
		}
		if !errors.Is(err, context.Canceled) || s.Version != before.Version {
			t.Errorf("%s: version %d, %v", op, s.Version, err)
		}
		if left := strays(t, table); len(left) > 0 {
			t.Errorf("%s: left behind %v", op, left)
		}
	}
}

// TestDamagedInput: a damaged file is named, and other partitions are folded.
func TestDamagedInput(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	rng := rand.New(rand.NewPCG(4, 5))
	for i := range 3 {
		for year := 2021; year <= 2023; year++ {
			put(t, table, somebars(rng, year, i, 3, 900)...)
		}
	}
	s := snapshot(t, table)
	victim := s.Files[4]
	if victim.Year != 2022 {
		t.Fatal(victim.Relative)
	}
	flip(t, victim.Path, 3)
	r, err := compact.Run(t.Context(), table, all)
	if err == nil || !strings.Contains(err.Error(), "compact bars, year=2022: file "+victim.Relative+": ") || !strings.Contains(err.Error(), "barkeep verify --deep") {
		t.Error(err)
	}
	if len(r.Merges) != 2 || r.Merges[0].Partition != "year=2021" || r.Merges[1].Partition != "year=2023" {
		t.Errorf("%+v", r)
	}
	if left := strays(t, table, s); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestDuplicate: a key in two files, or twice in one, changes nothing.
func TestDuplicate(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	rows := somebars(rand.New(rand.NewPCG(4, 6)), 2023, 0, 1, 2000)
	twin := rows[1000]
	put(t, table, rows[:1500]...)
	put(t, table, rows[1500:]...)
	put(t, table, twin)
	s := snapshot(t, table)
	for _, memoryBytes := range []int64{1, 1 << 30} {
		_, err := compact.Run(t.Context(), table, compact.Options{All: true, Config: compact.Config{MemoryBytes: memoryBytes}})
		var d *compact.DuplicateError
		if !errors.As(err, &d) || d.Key != "symbol="+twin.symbol+" date="+twin.date.String() ||
			!slices.Equal(d.Files, []string{s.Files[0].Relative, s.Files[2].Relative}) || d.Partition != "year=2023" {
			t.Errorf("%+v", err)
		}
	}
	if now := snapshot(t, table); now.Version != s.Version || len(strays(t, table)) > 0 {
		t.Errorf("version %d, %v", now.Version, strays(t, table))
	}
	within := open(t.TempDir()).Table(bars)
	many(t, within, 2, func(i int) []row {
		twin := row{may6, fmt.Sprintf("sh%06d", i), 1, 1}
		return slices.Repeat([]row{twin}, 1+i)
	})
	only := snapshot(t, within).Files
	_, err := compact.Run(t.Context(), within, all)
	var d *compact.DuplicateError
	if !errors.As(err, &d) || d.Key != "symbol=sh000001 date=2024-05-06" || len(d.Files) != 1 ||
		!slices.ContainsFunc(only, func(f lake.File) bool { return f.Relative == d.Files[0] && f.Rows == 2 }) {
		t.Errorf("within a file: %v", err)
	}
}

// TestUnsortedInput: a file that is not sorted is named and not merged.
func TestUnsortedInput(t *testing.T) {
	table := open(t.TempDir()).Table(ticks)
	calls := 0
	many(t, table, 2, func(int) []row {
		calls++
		if calls == 1 {
			return []row{{may6, "sh600000", 1, 1}}
		}
		return []row{{may6, "sh600001", 1, 1}, {may6, "sh600000", 1, 1}}
	})
	_, err := compact.Run(t.Context(), table, all)
	if err == nil || !strings.Contains(err.Error(), "stands after a greater one") || !strings.Contains(err.Error(), "file date=2024-05-06/part-") {
		t.Error(err)
	}
}
