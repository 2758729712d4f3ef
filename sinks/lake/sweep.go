package lake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// leftoverAge is how old a temporary file must be before its writer counts as
// dead. A writer touches its file every few seconds.
const leftoverAge = time.Hour

type sweepTime struct {
	mu   sync.Mutex
	last time.Time
}

// due says whether the last sweep through this handle is long enough ago.
func (s *sweepTime) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && now.Sub(s.last) < leftoverAge {
		return false
	}
	s.last = now
	return true
}

// sweep removes the temporary files of writers that died, from the log, the
// table's directory and its partitions, and the lake's state. It goes by name and age only and never
// looks at files with a final name.
func (t *Table) sweep(now time.Time) error {
	if !t.swept.due(now) {
		return nil
	}
	dirs := []string{t.dir, t.log, t.lake.StateDir()}
	if entries, err := os.ReadDir(t.dir); err == nil {
		for _, e := range entries {
			if e.IsDir() && t.partition.key != "" && strings.HasPrefix(e.Name(), t.partition.key+"=") {
				dirs = append(dirs, filepath.Join(t.dir, e.Name()))
			}
		}
	}
	var errs []error
	for _, dir := range dirs {
		entries, _ := os.ReadDir(dir) // what is not there has no leftovers
		for _, e := range entries {
			if !tmpPattern.MatchString(e.Name()) {
				continue
			}
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || now.Sub(info.ModTime()) < leftoverAge {
				continue
			}
			if err := t.lake.disk.Remove(filepath.Join(dir, e.Name())); err != nil {
				errs = append(errs, fmt.Errorf("remove a leftover: %w", err))
			}
		}
	}
	return errors.Join(errs...)
}
