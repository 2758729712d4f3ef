package lake

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Bounds of what a Lake remembers of its tables' histories.
const (
	historyEntries = 4096 // per table, the newest ones
	historyTables  = 64
)

// historyCache holds what commits said. The zero cache is empty and ready to use.
type historyCache struct {
	mu   sync.Mutex
	logs map[string]*logHistory // by the log's directory
}

// of returns the history of one log.
func (c *historyCache) of(log string) *logHistory {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.logs[log]
	if h != nil {
		return h
	}
	if c.logs == nil || len(c.logs) >= historyTables {
		c.logs = map[string]*logHistory{}
	}
	h = &logHistory{log: log}
	c.logs[log] = h
	return h
}

// logHistory is the history of one log, as far as it has been read.
type logHistory struct {
	log string

	mu      sync.Mutex
	commits commitTimes
	entries map[int64]Entry // without Time, which commits has
}

// newest returns the newest n commits, newest first.
func (h *logHistory) newest(ctx context.Context, n int) ([]Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refresh(ctx); err != nil {
		return nil, err
	}
	n = min(n, len(h.commits.times))
	list := make([]Entry, 0, n)
	for version := h.commits.newest(); len(list) < n; version-- {
		e, known := h.entries[version]
		if !known {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var err error
			e, err = readEntry(h.log, version)
			if errors.Is(err, fs.ErrNotExist) { // cleaned away since the look
				h.commits = commitTimes{}
				break
			}
			if err != nil {
				return nil, err
			}
			h.remember(e)
		}
		e.Time, _ = h.commits.at(version)
		list = append(list, e)
	}
	return list, nil
}

func (h *logHistory) remember(e Entry) {
	if e.Version <= h.commits.newest()-historyEntries {
		return
	}
	if len(h.entries) >= 2*historyEntries { // what was new once is old now
		for version := range h.entries {
			if version <= h.commits.newest()-historyEntries {
				delete(h.entries, version)
			}
		}
	}
	h.entries[e.Version] = e
}

// refresh brings the times up to date. While both ends of the known history are
// the files they were, it only looks for commits that follow: what others cleaned
// away, or a table that was put in the place of another, shows at an end.
func (h *logHistory) refresh(ctx context.Context) error {
	c := &h.commits
	if len(c.times) > 0 && h.unchanged(c.first, c.oldestFile) && h.unchanged(c.newest(), c.newestFile) {
		for {
			more, err := c.extend(h.log)
			if !more || err != nil {
				return err
			}
		}
	}
	if len(c.times) == 0 || !h.unchanged(c.newest(), c.newestFile) {
		h.entries = map[int64]Entry{}
	}
	list, err := readListing(h.log)
	if err != nil {
		return err
	}
	commits, err := readTimes(ctx, h.log, list.newest)
	if err != nil {
		return err
	}
	h.commits = commits
	return nil
}

func (h *logHistory) unchanged(version int64, was os.FileInfo) bool {
	is, err := os.Stat(filepath.Join(h.log, commitName(version)))
	return err == nil && os.SameFile(is, was) && is.ModTime().Equal(was.ModTime()) && is.Size() == was.Size()
}

// readEntry reads one commit. Its time is that of its file alone.
func readEntry(log string, version int64) (Entry, error) {
	body, err := os.ReadFile(filepath.Join(log, commitName(version)))
	if err != nil {
		return Entry{}, err
	}
	e := decodeEntry(body)
	e.Version, e.Time = version, time.Time{}
	return e, nil
}
