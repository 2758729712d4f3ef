package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"
)

// commitTimes are the times of the commits of a log, without a gap up to the
// newest one.
type commitTimes struct {
	first int64   // version of times[0]
	times []int64 // milliseconds since 1970, ascending
	// The files at both ends, by which a log that changed is recognised.
	oldestFile, newestFile os.FileInfo
}

// readTimes looks at the commits' files, from the newest one down to the first that
// is missing.
func readTimes(ctx context.Context, log string, newest int64) (commitTimes, error) {
	c := commitTimes{first: newest + 1}
	for version := newest; version >= 0; version-- {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		info, err := os.Stat(filepath.Join(log, commitName(version)))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return c, err
		}
		if c.newestFile == nil {
			c.newestFile = info
		}
		c.oldestFile, c.first = info, version
		c.times = append(c.times, info.ModTime().UnixMilli())
	}
	slices.Reverse(c.times)
	for i := 1; i < len(c.times); i++ {
		c.times[i] = max(c.times[i], c.times[i-1]+1)
	}
	return c, nil
}

// extend adds the commit that follows, if it is there.
func (c *commitTimes) extend(log string) (more bool, err error) {
	info, err := os.Stat(filepath.Join(log, commitName(c.newest()+1)))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c.times = append(c.times, max(info.ModTime().UnixMilli(), c.times[len(c.times)-1]+1))
	c.newestFile = info
	return true, nil
}

func (c *commitTimes) newest() int64 { return c.first + int64(len(c.times)) - 1 }

// at returns the time of a version.
func (c *commitTimes) at(version int64) (time.Time, bool) {
	if version < c.first || version > c.newest() {
		return time.Time{}, false
	}
	return time.UnixMilli(c.times[version-c.first]), true
}

// oldest returns the first version that can be read: 0 while all commits are
// there, else that of the first checkpoint from which the commits go on.
func (c *commitTimes) oldest(list listing) (version int64, ok bool) {
	if c.first == 0 && len(c.times) > 0 {
		return 0, true
	}
	for _, point := range list.checkpoints { // newest first
		if point.version < c.first-1 {
			break
		}
		version, ok = point.version, true
	}
	return version, ok
}

// asOf returns the last version not later than a time.
func (c *commitTimes) asOf(at time.Time, list listing) (int64, error) {
	if len(c.times) == 0 {
		return 0, fmt.Errorf("%w: it has no commit at all", ErrNotYet)
	}
	oldest, ok := c.oldest(list)
	if !ok {
		return 0, fmt.Errorf("%w: the commits before version %d are missing and there is no checkpoint", ErrGone, c.first)
	}
	asked := at.UnixMilli()
	later := sort.Search(len(c.times), func(i int) bool { return c.times[i] > asked })
	version := c.first + int64(later) - 1
	switch {
	case later == 0 && c.first == 0:
		return 0, fmt.Errorf("%w: its first commit is of %s", ErrNotYet, stamp(time.UnixMilli(c.times[0])))
	case later == 0 || version < oldest:
		from := max(oldest, c.first)
		first, _ := c.at(from)
		return 0, fmt.Errorf("the version of that time is %w: the table can be read from %s on, which is version %d", ErrGone, stamp(first), from)
	}
	return version, nil
}
