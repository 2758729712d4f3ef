package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Info says what a commit is and who makes it. The zero Info is allowed.
type Info struct {
	Job string // the job's name, such as daily-bars; shown in the table's history

	// AppID and AppVersion make a commit idempotent: it is refused with
	// ErrCommitted when the table has this version of the application, or a
	// later one, already. An empty AppID means no such check.
	AppID      string
	AppVersion int64

	Engine  string            // program and version; barkeep/VERSION if empty
	Metrics map[string]string // added to the commit's operation metrics
}

// Commit is what one commit did.
type Commit struct {
	Version int64
	Files   []File // the files it added
	Rows    int64
	Bytes   int64
	Took    time.Duration // from the call to the flushed log
	// Warning is what went wrong around the commit without harm to it: a
	// checkpoint that could not be written, a leftover that could not be
	// removed. Nil if nothing.
	Warning error
}

// change is a commit being planned: everything but the version.
type change struct {
	operation  string
	parameters map[string]string
	metrics    map[string]string
	info       Info
	adds       []*addFile
	replace    bool   // the adds take the place of every live file
	removes    []File // or of these
	keepsRows  bool   // no row comes or goes: the adds hold what the removed files held
}

// publish commits a change on top of a snapshot and returns the version.
//
// A table that somebody else creates in the meantime is no conflict for the
// one who also wanted to create it: the change is planned again on top.
func (t *Table) publish(ctx context.Context, base *state, c *change) (int64, error) {
	for {
		mine, err := t.plan(base, c)
		if err != nil {
			return -1, err
		}
		version, err := t.race(ctx, base.version, mine)
		if !errors.Is(err, errCreated) {
			return version, err
		}
		if base, err = t.load(ctx, newestVersion); err != nil {
			return -1, err
		}
	}
}

var errCreated = errors.New("the table was created meanwhile")

// race puts the commit at the first free version after base. Each version that
// is taken is read and checked for a conflict before the next one is tried, so
// that no version is skipped and none is relied upon unread.
func (t *Table) race(ctx context.Context, base int64, mine *proposal) (version int64, err error) {
	body, err := encodeActions(mine.actions)
	if err != nil {
		return -1, err
	}
	disk := t.lake.disk
	if err := disk.Mkdir(t.log); err != nil {
		return -1, fmt.Errorf("commit to %s: %w", t.table.Name, err)
	}
	tmp := t.tmp(tmpCommit)
	// What remains of the temporary file after a failure here is swept later.
	defer func() { _ = disk.Remove(tmp) }()
	if err := disk.Write(tmp, body); err != nil {
		return -1, fmt.Errorf("commit to %s: %w", t.table.Name, err)
	}
	for version = base + 1; ; version++ {
		if err := ctx.Err(); err != nil {
			return -1, fmt.Errorf("commit to %s: %w", t.table.Name, err)
		}
		won, err := t.claim(tmp, version)
		if won || err != nil {
			return version, err
		}
		if err := t.checkWinner(version, mine); err != nil {
			return -1, err
		}
	}
}

// claim tries to make the commit the given version. An error of link that is
// not "exists" leaves open whether the name was made.
func (t *Table) claim(tmp string, version int64) (won bool, err error) {
	disk, final := t.lake.disk, filepath.Join(t.log, commitName(version))
	err = disk.Link(tmp, final)
	if errors.Is(err, fs.ErrExist) && !sameFile(tmp, final) {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return false, fmt.Errorf("commit to %s, version %d: %w (the file system must have hard links); %w",
			t.table.Name, version, err, errUncertain)
	}
	if err := disk.SyncDir(t.log); err != nil {
		return true, fmt.Errorf("commit to %s, version %d, is written but may not survive a power failure: %w; %w",
			t.table.Name, version, err, errUncertain)
	}
	return true, nil
}

// sameFile recognises one's own commit when the answer of a first, successful
// link was lost, as it can be on a network file system.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// checkWinner reads the commit that took a version and returns an error if it
// conflicts.
func (t *Table) checkWinner(version int64, mine *proposal) error {
	if mine.creates {
		return errCreated
	}
	file := filepath.Join(t.log, commitName(version))
	body, err := os.ReadFile(file)
	if err != nil {
		return &LogError{File: file, Err: err}
	}
	return decodeActions(file, body, func(theirs *action) error {
		return mine.conflict(t.table.Name, version, theirs)
	})
}
