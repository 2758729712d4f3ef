//go:build cgo

package duckdb

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"barkeep/sinks/lake"
)

// shelf is the catalogs that are offered to readers: lake.duckdb, and older ones by
// number. Whoever has it holds the lock.
type shelf struct {
	lake *lake.Lake
	list []lake.Publication // those whose file is there, oldest first
	next int64              // a number that no catalog has or had
	last time.Time          // when the newest publication was taken
}

var keptName = regexp.MustCompile(`^lake@([1-9][0-9]{0,17})\.duckdb$`)

func nameOf(number int64) string { return fmt.Sprintf("lake@%d.duckdb", number) }

// openShelf compares the list with the files and puts right what a crash left: a
// publication without a file is crossed off with the next change of the list, a
// catalog that is not listed is removed, for vacuum does not know that anyone
// may read it.
func openShelf(l *lake.Lake) (*shelf, error) {
	s := &shelf{lake: l, next: 1}
	list, err := l.Publications()
	if err != nil {
		return nil, err
	}
	listed := map[int64]bool{}
	for _, p := range list {
		listed[p.Number] = true
		s.next = max(s.next, p.Number+1)
		if p.Taken.After(s.last) {
			s.last = p.Taken
		}
		if info, err := os.Lstat(s.path(nameOf(p.Number))); err == nil && info.Mode().IsRegular() {
			s.list = append(s.list, p)
		}
	}
	if err := s.sweep(); err != nil {
		return nil, err
	}
	for _, name := range []string{CatalogName, ScriptName} {
		if info, err := os.Lstat(s.path(name)); err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s is in the way: it must be a file and is a directory; move it elsewhere", s.path(name))
		}
	}
	return s, s.removeUnlisted(listed)
}

func (s *shelf) path(name string) string { return filepath.Join(s.lake.Dir(), name) }

// now is the time of a new publication, never before the last one's: the clock may
// have been set back.
func (s *shelf) now(clock time.Time) time.Time {
	if clock.Before(s.last) {
		return s.last
	}
	return clock
}

// add puts a publication in front. It is listed before anyone can see
// it, so that vacuum keeps its files, and those that are not kept any longer are
// removed before they are crossed off.
func (s *shelf) add(c content, files built, while time.Duration) error {
	p := lake.Publication{Number: c.number, Taken: c.taken, Versions: map[string]int64{}}
	for _, v := range c.views {
		if v.snap.Version >= 0 {
			p.Versions[v.table.Name] = v.snap.Version
		}
	}
	keep := keptOf(append(slices.Clone(s.list), p), while)
	d := s.lake.Disk()
	for _, old := range s.list {
		if slices.ContainsFunc(keep, func(k lake.Publication) bool { return k.Number == old.Number }) {
			continue
		}
		for _, suffix := range []string{"", walSuffix} {
			if err := d.Remove(s.path(nameOf(old.Number) + suffix)); err != nil {
				return err
			}
		}
	}
	// A catalog that is crossed off must not come back after a power failure.
	if err := d.SyncDir(s.lake.Dir()); err != nil {
		return err
	}
	if err := s.lake.SavePublications(keep); err != nil {
		return err
	}
	if err := d.Rename(files.catalog, s.path(nameOf(p.Number))); err != nil {
		return err
	}
	// Whoever wrote to the old catalog and died left its write-ahead log,
	// which must not be replayed into the new one.
	if err := d.Remove(s.path(CatalogName + walSuffix)); err != nil {
		return err
	}
	if err := d.Rename(files.copied, s.path(CatalogName)); err != nil {
		return err
	}
	if err := d.Rename(files.script, s.path(ScriptName)); err != nil {
		return err
	}
	return d.SyncDir(s.lake.Dir())
}

// keptNewest is how many catalogs are kept however many there are in an hour.
const keptNewest = 8

// keptOf returns the publications to keep of a list, oldest first: the newest; and
// of those that were the newest within the last while, the newest few and the last
// of each clock hour.
func keptOf(list []lake.Publication, while time.Duration) []lake.Publication {
	if len(list) == 0 {
		return nil
	}
	newest := list[len(list)-1]
	var keep []lake.Publication
	for i, p := range list[:len(list)-1] {
		successor := list[i+1]
		if newest.Taken.Sub(successor.Taken) >= while {
			continue
		}
		lastOfHour := !p.Taken.Truncate(time.Hour).Equal(successor.Taken.Truncate(time.Hour))
		if lastOfHour || i >= len(list)-keptNewest {
			keep = append(keep, p)
		}
	}
	return append(keep, newest)
}
