package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// defaultLogRetention is how long commits stay readable as earlier versions.
// Source: Delta protocol, delta.logRetentionDuration.
const defaultLogRetention = 30 * 24 * time.Hour

// cleanLog deletes the part of the log that is past delta.logRetentionDuration: all
// that comes before K, the newest checkpoint that is not after the newest commit at
// or before the cut-off, which is midnight UTC. K itself, its commit and all that
// follow stay. Source: Delta protocol, metadata cleanup.
//
// INVARIANT: at every moment the newest version can be read from K, a checkpoint
// that has been read whole just before, and all commits after it. Files go in the
// order of their versions, so that what is left has no hole and earlier versions
// become unreadable one after the other.
func (t *Table) cleanLog(ctx context.Context, m *metaData, now time.Time) error {
	if m == nil || strings.EqualFold(strings.TrimSpace(m.Configuration["delta.enableExpiredLogCleanup"]), "false") {
		return nil
	}
	fail := func(err error) error {
		return fmt.Errorf("clean the transaction log of %s, which stays as it is: %w", t.table.Name, err)
	}
	files, err := readLogFiles(t.log)
	if err != nil {
		return fail(err)
	}
	cutoff := now.Add(-interval(m, "delta.logRetentionDuration", defaultLogRetention)).UTC().Truncate(24 * time.Hour)
	last, err := files.lastUpTo(t.log, cutoff.UnixMilli())
	if err != nil {
		return fail(err)
	}
	if last < 0 {
		return nil
	}
	keep, unread, err := t.replacement(ctx, files, last)
	if keep < 0 || err != nil {
		if err = errors.Join(err, unread); err != nil {
			err = fail(err)
		}
		return err
	}
	for _, f := range files.before(keep) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("clean the transaction log of %s: %w", t.table.Name, err)
		}
		if err := t.lake.disk.Remove(filepath.Join(t.log, f.name)); err != nil {
			return fmt.Errorf("clean the transaction log of %s: %w; the next checkpoint tries again", t.table.Name, err)
		}
	}
	return unread
}

// replacement returns the newest checkpoint up to a version that can take the place
// of what comes before it, and -1 if there is none or nothing comes before it. A
// checkpoint that cannot be read is good for nothing; unread tells of it.
func (t *Table) replacement(ctx context.Context, files logFiles, last int64) (keep int64, unread, err error) {
	list, err := readListing(t.log)
	if err != nil {
		return -1, nil, err
	}
	var damaged []error
	for _, c := range list.checkpoints {
		if c.version > last {
			continue
		}
		if len(files.before(c.version)) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return -1, nil, err
		}
		if _, err := readCheckpoint(c); err != nil {
			damaged = append(damaged, err)
			continue
		}
		if err := t.reachesOn(c.version, list.newest, files); err != nil {
			return -1, nil, err
		}
		return c.version, errors.Join(damaged...), nil
	}
	return -1, errors.Join(damaged...), nil
}

// reachesOn makes sure that the commits from a checkpoint on are there and that
// readers who go by the pointer alone start there or later.
func (t *Table) reachesOn(checkpoint, newest int64, files logFiles) error {
	for version := checkpoint; version <= newest; version++ {
		if !files.commits[version] {
			return &LogError{File: filepath.Join(t.log, commitName(version)), Err: fmt.Errorf("the commit is missing: %w", fs.ErrNotExist)}
		}
	}
	path := filepath.Join(t.log, lastPointer)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var pointer lastCheckpoint
	if err := json.Unmarshal(text, &pointer); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if pointer.Version < checkpoint {
		return fmt.Errorf("%s points at version %d, before the checkpoint of version %d", path, pointer.Version, checkpoint)
	}
	return nil
}
