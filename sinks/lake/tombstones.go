package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Tombstones are the files that a table no longer holds, as far as its log tells.
type Tombstones struct {
	Files map[string]Tombstone // by the path below the table's directory, with slashes
	// Since is the first version whose commit the log still has. What was taken
	// out before is known from a checkpoint alone, and only for as long as the
	// table's property delta.deletedFileRetentionDuration says.
	Since int64
}

// Tombstone is a file that was taken out of a table and may still be on disk.
type Tombstone struct {
	// Removed is when: the action's deletionTimestamp or the time of its commit,
	// whichever is later, for a commit may land long after it was planned.
	Removed time.Time
	Version int64 // of the commit that took it out; -1 when that is before Since
	Bytes   int64 // 0 when not said
}

// Tombstones returns what was taken out of the table up to a snapshot and is not
// back in it, read from the snapshot and from the commits in the log.
func (t *Table) Tombstones(ctx context.Context, s *Snapshot) (Tombstones, error) {
	out, err := t.tombstones(ctx, s)
	if errors.Is(err, fs.ErrNotExist) { // cleaned away between two steps
		out, err = t.tombstones(ctx, s)
	}
	if err != nil {
		return Tombstones{}, fmt.Errorf("read the tombstones of table %s: %w", t.table.Name, err)
	}
	return out, nil
}

func (t *Table) tombstones(ctx context.Context, s *Snapshot) (Tombstones, error) {
	out := Tombstones{Files: map[string]Tombstone{}, Since: s.Version + 1}
	if s.Version < 0 {
		return out, nil
	}
	times, err := readTimes(ctx, t.log, s.Version)
	if err != nil {
		return out, err
	}
	out.Since = times.first
	for relative, r := range s.state.removes {
		out.Files[path.Clean(relative)] = Tombstone{Removed: time.UnixMilli(r.DeletionTimestamp), Version: -1, Bytes: r.Size}
	}
	for version := times.first; version <= s.Version; version++ {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		committed, _ := times.at(version)
		if err := t.removals(version, committed, out.Files); err != nil {
			return out, err
		}
	}
	for relative := range s.state.adds {
		delete(out.Files, path.Clean(relative))
	}
	return out, nil
}

// removals puts what one commit took out into files. It walks the bytes, as the
// history does, for there may be thousands of commits.
func (t *Table) removals(version int64, committed time.Time, files map[string]Tombstone) error {
	file := filepath.Join(t.log, commitName(version))
	body, err := os.ReadFile(file)
	if err != nil {
		return &LogError{File: file, Err: err}
	}
	number := 0
	for line := range strings.Lines(string(body)) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		s := statsScanner{text: line}
		ok := s.object(func(key string) bool {
			if key != "remove" {
				return s.skip()
			}
			f, ok := s.fileAction()
			if relative, named := f.relative(); ok && named {
				removed := max(committed.UnixMilli(), f.deleted)
				files[relative] = Tombstone{Removed: time.UnixMilli(removed), Version: version, Bytes: max(f.bytes, 0)}
			}
			return ok
		})
		if !ok || s.pos < len(line) {
			return &LogError{File: file, Line: number, Err: errors.New("not a JSON object")}
		}
	}
	return nil
}

// relative returns the file's path below the table's directory.
func (f *fileFacts) relative() (string, bool) {
	text, ok := unquote(f.path)
	if !ok {
		return "", false
	}
	decoded, err := unescapePath(text)
	return path.Clean(decoded), err == nil
}
