package lake

import (
	"cmp"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// logFile is a file of the log that belongs to one version.
type logFile struct {
	version int64 // the first one, for compacted commits
	rank    int   // order of deletion within a version
	name    string
}

// logFiles are the files of a log which a clean-up may delete, in the order in which
// it does.
type logFiles struct {
	files   []logFile
	commits map[int64]bool
}

// The order of deletion within a version: what only saves time first; then the
// commit; and the checkpoint, which still stands for its version, before the next
// commit.
const (
	rankCopy = iota
	rankCommit
	rankCheckpoint
)

func readLogFiles(dir string) (logFiles, error) {
	l := logFiles{commits: map[int64]bool{}}
	d, err := os.Open(dir)
	if err != nil {
		return l, err
	}
	names, err := d.Readdirnames(-1)
	if err = errors.Join(err, d.Close()); err != nil {
		return l, err
	}
	for _, name := range names {
		digits, rest, _ := strings.Cut(name, ".")
		version, ok := parseVersion(digits)
		if !ok {
			continue
		}
		f := logFile{version: version, name: name}
		if _, ok := checkpointParts(rest); ok {
			f.rank = rankCheckpoint
		} else if rest == "json" {
			f.rank = rankCommit
			l.commits[version] = true
		} else if !isCopy(rest) {
			continue
		}
		l.files = append(l.files, f)
	}
	slices.SortFunc(l.files, func(a, b logFile) int {
		return cmp.Or(cmp.Compare(a.version, b.version), cmp.Compare(a.rank, b.rank), strings.Compare(a.name, b.name))
	})
	return l, nil
}

// isCopy recognises what other programs keep beside commits: N.crc and
// N.M.compacted.json.
func isCopy(rest string) bool {
	if rest == "crc" {
		return true
	}
	digits, kind, _ := strings.Cut(rest, ".")
	_, ok := parseVersion(digits)
	return ok && kind == "compacted.json"
}

// before returns what a checkpoint replaces.
func (l logFiles) before(checkpoint int64) []logFile {
	end := slices.IndexFunc(l.files, func(f logFile) bool { return f.version >= checkpoint })
	if end < 0 {
		return l.files
	}
	return l.files[:end]
}

// lastUpTo returns the newest commit at or before a time in milliseconds, -1 for
// none. Times count as in History: each is later than the one before it. So one
// file with a time long past makes nothing old, and one with a time in the future
// keeps all that follow young.
func (l logFiles) lastUpTo(dir string, cutoff int64) (int64, error) {
	last, counted := int64(-1), int64(math.MinInt64)
	for _, f := range l.files {
		if f.rank != rankCommit {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, f.name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process cleans, too
		}
		if err != nil {
			return -1, err
		}
		at := max(info.ModTime().UnixMilli(), counted+1)
		if at > cutoff {
			break
		}
		last, counted = f.version, at
	}
	return last, nil
}
