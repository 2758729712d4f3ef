package vacuum

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path"
	"slices"
	"time"

	"barkeep/sinks/lake"
)

const (
	// writerAge is how old a file that no commit names must be, however short the
	// grace period: a writer may be at work on the files beside it.
	writerAge = time.Hour
	// wrongClock is how far in the future a file may lie: more is no haste of
	// another host's clock.
	wrongClock = 24 * time.Hour
)

// judge decides which files are due.
type judge struct {
	report   *Report
	now      time.Time
	snapshot *lake.Snapshot
	dead     lake.Tombstones

	removedBefore time.Time // what was taken out then or later stays
	writtenBefore time.Time // and of what no commit names, what was written then or later
	offered       int64     // the oldest version that a catalog on offer shows; files taken out later stay
	blind         bool      // the log does not tell what was taken out after offered
}

func (j *judge) problem(format string, args ...any) {
	j.report.Problems = append(j.report.Problems, fmt.Sprintf(format, args...))
}

// sound says whether the table and the clock can be believed.
func (j *judge) sound(offered []lake.Publication) bool {
	s := j.snapshot
	if s.Version < 0 {
		j.problem("there is no table: without a transaction log every file would look dead; nothing was deleted")
		return false
	}
	if ahead := s.Committed.Sub(j.now); ahead > wrongClock {
		j.problem("the newest commit, version %d, is of %s, which is %v ahead of the clock: set the clock right; nothing was deleted",
			s.Version, s.Committed.Format(time.RFC3339), ahead.Round(time.Second))
		return false
	}
	for _, p := range offered {
		if v, ok := p.Versions[j.report.Table]; ok && v > s.Version {
			j.problem("catalog %d shows version %d and the log ends at %d: the log has lost commits, restore them from a copy, or publish again if the table was made anew; nothing was deleted",
				p.Number, v, s.Version)
			return false
		}
	}
	return true
}

// limit sets the bounds: the grace period, and what catalogs on offer may name.
//
// A catalog holds versions that were newest after its time Taken, so it names nothing
// that was taken out before. Clocks can be set, so the versions are held to as well.
func (j *judge) limit(offered []lake.Publication, grace time.Duration) {
	j.removedBefore = j.now.Add(-grace)
	j.writtenBefore = j.now.Add(-max(grace, writerAge))
	j.offered = math.MaxInt64
	for _, p := range offered {
		if p.Taken.Before(j.removedBefore) {
			j.removedBefore = p.Taken
		}
		if p.Taken.Before(j.writtenBefore) {
			j.writtenBefore = p.Taken
		}
		if v, ok := p.Versions[j.report.Table]; ok {
			j.offered = min(j.offered, v)
		}
	}
	// Times in the log are whole milliseconds, rounded down.
	j.removedBefore = j.removedBefore.Truncate(time.Millisecond)
	j.report.Before = j.removedBefore
	if j.offered < j.dead.Since-1 {
		j.blind = true
		j.problem("a catalog on offer shows version %d, and the log begins at %d: publish again, then files older than the log can be judged; they were left alone",
			j.offered, j.dead.Since)
	}
}

// due returns the files to delete, by path, and puts what else there is into the
// report.
func (j *judge) due(t *lake.Table, listed *walk) []File {
	due := j.dataFiles(t, listed)
	for _, f := range listed.tmp {
		due = j.unnamed(due, f, Leftover)
	}
	j.report.Foreign = append(j.report.Foreign, listed.foreign...)
	slices.Sort(j.report.Foreign)
	slices.SortFunc(due, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return due
}

func (j *judge) dataFiles(t *lake.Table, listed *walk) (due []File) {
	live := make(map[string]bool, len(j.snapshot.Files))
	for _, f := range j.snapshot.Files {
		live[path.Clean(f.Relative)] = true
	}
	same := elsewhere(j.snapshot, listed)
	for _, f := range listed.files {
		stone, removed := j.dead.Files[f.relative]
		switch {
		case live[f.relative] || same(t, f):
		case removed:
			due = j.removed(due, f, stone)
		case !lake.DataName(path.Base(f.relative)):
			j.report.Foreign = append(j.report.Foreign, f.relative)
		case j.blind:
			j.young(f)
		default:
			due = j.unnamed(due, f, Orphan)
		}
	}
	return due
}

func (j *judge) young(f found) {
	j.report.Young++
	j.report.YoungBytes += f.bytes
}

// ahead says whether a file lies in the future, where no clock that is right puts it.
func (j *judge) ahead(f found) bool {
	if f.modified.Sub(j.now) <= wrongClock {
		return false
	}
	j.problem("%s was last written on %s, in the future; it was left alone", f.relative, f.modified.Format(time.RFC3339))
	return true
}

// removed judges a file that was taken out of the table.
func (j *judge) removed(due []File, f found, stone lake.Tombstone) []File {
	known := stone.Version >= 0
	switch {
	case !stone.Removed.Before(j.removedBefore), known && stone.Version > j.offered, !known && j.blind:
		j.young(f)
		return due
	case j.ahead(f):
		return due
	}
	return append(due, File{Path: f.relative, Bytes: f.bytes, Reason: Removed, Since: stone.Removed, Version: stone.Version})
}

// unnamed judges a file that no commit names.
func (j *judge) unnamed(due []File, f found, why Reason) []File {
	switch {
	case j.ahead(f):
		return due
	case !f.modified.Before(j.writtenBefore):
		j.young(f)
		return due
	}
	return append(due, File{Path: f.relative, Bytes: f.bytes, Reason: why, Since: f.modified, Version: -1})
}

// elsewhere returns what recognises a file of the table that the log names by another
// path than the listing, such as one that leads over a symbolic link. Usually there
// is none.
func elsewhere(s *lake.Snapshot, listed *walk) func(*lake.Table, found) bool {
	known := make(map[string]bool, len(listed.files))
	for _, f := range listed.files {
		known[f.relative] = true
	}
	var others []os.FileInfo
	for _, f := range s.Files {
		if known[path.Clean(f.Relative)] {
			continue
		}
		if info, err := os.Stat(f.Path); err == nil {
			others = append(others, info)
		}
	}
	return func(t *lake.Table, f found) bool {
		if len(others) == 0 {
			return false
		}
		info, err := os.Stat(path.Join(t.Dir(), f.relative))
		return err == nil && slices.ContainsFunc(others, func(o os.FileInfo) bool { return os.SameFile(o, info) })
	}
}
