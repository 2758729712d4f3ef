package runlog

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"barkeep/schedules/jobs"
)

// tmpPrefix begins the names of files that are being written anew.
const tmpPrefix = "." + Name + ".tmp-"

// shorten writes the file anew with the runs it shall keep. The lock is held, so
// whatever has a temporary name is left over from a crash.
func (l *Log) shorten() error {
	dir := filepath.Dir(l.path)
	left, err := filepath.Glob(filepath.Join(dir, tmpPrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := l.disk.Remove(path); err != nil {
			return err
		}
	}
	var kinds []kind
	if _, err := eachIn(l.path, func(_ []byte, run jobs.Run) { kinds = append(kinds, kindOf(run)) }); err != nil {
		return err
	}
	stay := choose(kinds, l.keep)
	info, err := os.Stat(l.path)
	if err != nil {
		return err
	}
	content := bytes.NewBuffer(make([]byte, 0, info.Size()))
	n, lines := 0, 0
	if _, err := eachIn(l.path, func(line []byte, _ jobs.Run) {
		if stay[n] {
			content.Write(line)
			content.WriteByte('\n')
			lines++
		}
		n++
	}); err != nil {
		return err
	}
	tmp := filepath.Join(dir, fmt.Sprintf("%s%d-%s", tmpPrefix, os.Getpid(), rand.Text()[:8]))
	l.size = -1
	if err := l.disk.Replace(tmp, l.path, content.Bytes()); err != nil {
		return errors.Join(err, l.disk.Remove(tmp))
	}
	l.size, l.lines = int64(content.Len()), lines
	return nil
}

// choose says which of the runs, oldest first, stay when keep may: the newest of each
// kind, and as many others as there is room for. The jobs with the fewest others keep
// them all, the rest an equal number of their newest.
func choose(kinds []kind, keep int) []bool {
	stay := make([]bool, len(kinds))
	seen := map[kind]bool{}
	others := map[string]int{}
	for i, k := range slices.Backward(kinds) {
		if !seen[k] && len(seen) < keep {
			seen[k], stay[i] = true, true
		} else {
			others[k.job]++
		}
	}
	share := fairShare(others, keep-len(seen))
	taken := map[string]int{}
	for i, k := range slices.Backward(kinds) {
		if !stay[i] && taken[k.job] < share {
			taken[k.job]++
			stay[i] = true
		}
	}
	return stay
}

// fairShare returns the most that each may have so that all together have at most room.
func fairShare(counts map[string]int, room int) int {
	sorted := slices.Sorted(maps.Values(counts))
	for i, n := range sorted {
		if share := room / (len(sorted) - i); n > share {
			return share
		}
		room -= n
	}
	return math.MaxInt // there is room for all
}
