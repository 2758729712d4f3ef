//go:build cgo

package duckdb_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// checkShelf compares the listed publications with the files, and those with each
// other, and returns their numbers.
func checkShelf(t *testing.T, l *lake.Lake) []int64 {
	t.Helper()
	list, err := l.Publications()
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int64
	var want, got []string
	for _, p := range list {
		numbers = append(numbers, p.Number)
		want = append(want, fmt.Sprintf("lake@%d.duckdb", p.Number))
	}
	entries, err := os.ReadDir(l.Dir())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasPrefix(name, "lake@"):
			got = append(got, name)
		case strings.HasPrefix(name, ".lake"), strings.HasSuffix(name, ".wal"):
			t.Errorf("left behind: %s", name)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) || !slices.IsSorted(numbers) {
		t.Errorf("files %v, listed %v", got, want)
	}
	if n := len(numbers); n > 0 {
		ask(t, reader(t, filepath.Join(l.Dir(), duckdb.CatalogName)), "SELECT number FROM publication", fmt.Sprint(numbers[n-1]))
	}
	return numbers
}

// Only a lake or a catalog that changed makes a new publication.
func TestPublishUnchanged(t *testing.T) {
	l := newLake(t, t.TempDir())
	first := publish(t, l)
	again := publish(t, l)
	if !first.New || again.New || again.Number != 1 || again.Rows != first.Rows || again.Path != first.Path {
		t.Errorf("%+v, then %+v", first, again)
	}
	script := filepath.Join(l.Dir(), duckdb.ScriptName)
	number := int64(1)
	for name, harm := range map[string]func() error{
		"missing catalog": func() error { return os.Remove(first.Path) },
		"foreign catalog": func() error { return os.WriteFile(first.Path, []byte("mine"), 0o644) },
		"missing script":  func() error { return os.Remove(script) },
		"foreign script":  func() error { return os.WriteFile(script, []byte("SELECT 1"), 0o644) },
		"log of a writer": func() error { return os.WriteFile(first.Path+".wal", nil, 0o644) },
		"missing copy": func() error {
			return os.Remove(filepath.Join(l.Dir(), fmt.Sprintf("lake@%d.duckdb", number)))
		},
		"new commit": func() error { replaceInstruments(t, l); return nil },
	} {
		if err := harm(); err != nil {
			t.Fatal(name, err)
		}
		c := publish(t, l)
		if !c.New || c.Number != number+1 {
			t.Errorf("%s: %+v", name, c)
		}
		number = c.Number
		checkShelf(t, l)
		if c := publish(t, l); c.New {
			t.Errorf("%s: published twice", name)
		}
	}
}

// Publish dies before each of its changes, or the disk is full from then on. The
// catalog is the old or the new one, and the next publication sets all right.
func TestPublishDiesAnywhere(t *testing.T) {
	l := newLake(t, t.TempDir())
	publish(t, l)
	path := filepath.Join(l.Dir(), duckdb.CatalogName)
	rows, done := 20, false
	for n := 1; !done; n++ {
		appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2100+n, 1)...))
		count, last := 0, ""
		broken := lake.Open(l.Dir(), lake.DefaultConfig())
		broken.Disk().Before = func(op, path string) error {
			if count++; count >= n {
				return fmt.Errorf("%s %s: %w", op, path, syscall.ENOSPC)
			}
			last = op + " " + filepath.Base(path)
			return nil
		}
		_, err := duckdb.Publish(t.Context(), broken, config())
		if done = err == nil; !done && (!errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "publish "+path+": ")) {
			t.Errorf("fault %d: %v", n, err)
		}
		var got int
		if err := reader(t, path).QueryRow("SELECT count(*) FROM daily_bars").Scan(&got); err != nil || got != rows && got != rows+2 {
			t.Errorf("after %s: %d rows, %v; want %d or 2 more", last, got, err, rows)
		}
		rows += 2
		if c := publish(t, l); c.New == (done || last == "rename "+duckdb.ScriptName) { // that one was complete
			t.Errorf("after %s: new %t", last, c.New)
		}
		ask(t, reader(t, path), "SELECT count(*) FROM daily_bars", fmt.Sprint(rows))
		checkShelf(t, l)
		if n > 60 {
			t.Fatal("no end of changes")
		}
	}
}

func TestKeptCatalogs(t *testing.T) {
	at := func(clock string) time.Time {
		when, err := time.Parse("02 15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	var list []lake.Publication
	add := func(clock string) {
		list = append(list, lake.Publication{Number: int64(len(list) + 1), Taken: at(clock)})
	}
	for _, clock := range []string{"01 09:00", "01 09:30", "01 20:00", "02 09:10", "02 09:50", "02 10:00", "02 10:01"} { // 1 to 7
		add(clock)
	}
	for minute := range 10 { // 8 to 17
		add(fmt.Sprintf("02 20:%02d", minute))
	}
	for keep, want := range map[time.Duration][]int64{
		0:              {17},
		2 * time.Hour:  {10, 11, 12, 13, 14, 15, 16, 17, 7}, // 7 was the newest until 20:00
		24 * time.Hour: {10, 11, 12, 13, 14, 15, 16, 17, 7, 5, 3},
		48 * time.Hour: {10, 11, 12, 13, 14, 15, 16, 17, 7, 5, 3, 2},
	} {
		var got []int64
		for _, p := range duckdb.KeptOf(list, keep) {
			got = append(got, p.Number)
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("keep %s: %v, want %v", keep, got, want)
		}
	}
}

func TestOlderCatalogsStay(t *testing.T) {
	l := newLake(t, t.TempDir())
	for range 12 {
		replaceInstruments(t, l)
		publish(t, l)
	}
	numbers := checkShelf(t, l)
	if n := len(numbers); n < 8 || n > 9 || numbers[n-1] != 12 { // 9 when an hour ended meanwhile
		t.Errorf("kept: %v", numbers)
	}
	ask(t, reader(t, filepath.Join(l.Dir(), "lake@6.duckdb")), "SELECT version FROM versions WHERE table_name = 'instruments'", "6")
}

// Files of others stay, and a number is never used twice.
func TestForeignFilesBesideTheCatalog(t *testing.T) {
	l := newLake(t, t.TempDir())
	publish(t, l)
	ours, err := os.ReadFile(filepath.Join(l.Dir(), duckdb.CatalogName))
	if err != nil {
		t.Fatal(err)
	}
	foreign := []string{"lake@x.duckdb", "lake@07.duckdb", "lake@40.duckdb", "lake@0.duckdb"}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(l.Dir(), name), []byte("not a database"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(l.Dir(), "lake@50.duckdb"), 0o755); err != nil {
		t.Fatal(err)
	}
	lost := filepath.Join(l.Dir(), "lake@60.duckdb")
	if err := os.WriteFile(lost, ours, 0o644); err != nil {
		t.Fatal(err)
	}
	replaceInstruments(t, l)
	if c := publish(t, l); c.Number != 61 {
		t.Errorf("publication %d, want 61", c.Number)
	}
	for _, name := range append(foreign, "lake@50.duckdb") {
		if _, err := os.Stat(filepath.Join(l.Dir(), name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(lost); err == nil {
		t.Error("a catalog that is not listed was left")
	}
}

func TestPublishWithADirectoryInTheWay(t *testing.T) {
	l := newLake(t, t.TempDir())
	for _, name := range []string{duckdb.CatalogName, duckdb.ScriptName} {
		if err := os.Mkdir(filepath.Join(l.Dir(), name), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := duckdb.Publish(t.Context(), l, config()); err == nil || !strings.Contains(err.Error(), name+" is in the way") {
			t.Error(err)
		}
		if err := os.Remove(filepath.Join(l.Dir(), name)); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, l)
}

func TestClockSetBack(t *testing.T) {
	l := newLake(t, t.TempDir())
	publish(t, l)
	list, err := l.Publications()
	if err != nil {
		t.Fatal(err)
	}
	future := time.Now().Add(time.Hour).Round(0)
	list[0].Taken = future
	if err := l.SavePublications(list); err != nil {
		t.Fatal(err)
	}
	publish(t, l)
	if list, err = l.Publications(); err != nil || len(list) != 2 || !list[1].Taken.Equal(future) {
		t.Errorf("%v, %v; want %v twice", list, err, future)
	}
}

// No DuckDB is kept that a failure may have left in the midst of something.
func TestPublishAfterAFailure(t *testing.T) {
	l := newLake(t, t.TempDir())
	cfg := config()
	cfg.MemoryLimit = "plenty"
	for range 2 {
		if _, err := duckdb.Publish(t.Context(), l, cfg); err == nil || !strings.Contains(err.Error(), "plenty") {
			t.Error(err)
		}
		duckdb.Forget()
	}
	publish(t, l)
	if _, err := duckdb.Publish(t.Context(), l, cfg); err != nil {
		t.Errorf("nothing had changed: %v", err)
	}
	checkShelf(t, l)
}
