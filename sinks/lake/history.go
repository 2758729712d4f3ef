package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

var (
	// ErrNotYet: at the asked time the table did not exist.
	ErrNotYet = errors.New("the table did not exist yet")
	// ErrGone: the log no longer reaches back to the asked version or time.
	ErrGone = errors.New("no longer in the log")
)

// Entry is one commit of a table's history.
type Entry struct {
	Version int64
	// Time is when it was committed, in milliseconds: the modification time of
	// its file, or a millisecond after the version before it, whichever is later.
	// Source: Delta protocol and its Spark implementation, time travel.
	Time       time.Time
	Operation  string // WRITE, OPTIMIZE, DELETE, STREAMING UPDATE, or what other programs say; may be empty
	Job        string // as in Info; empty when another program wrote it
	Engine     string // program and version; may be empty
	Added      int    // files; -1 when the commit cannot be read
	Removed    int    // files; -1 when the commit cannot be read
	Rows       int64  // of the added files; -1 when the log does not say
	Bytes      int64  // of the added files; -1 when the log does not say
	DataChange bool   // rows came or went; false for compaction
}

// History returns the newest commits, newest first and at most that many. Commits
// that were cleaned away are not among them: the first one that is missing ends
// the list. A table that does not exist has none.
//
// Commits never change, so they are read once per Lake. Only commits are read,
// neither checkpoints nor data files.
func (t *Table) History(ctx context.Context, newest int) ([]Entry, error) {
	if newest <= 0 {
		return nil, nil
	}
	entries, err := t.lake.history.of(t.log).newest(ctx, newest)
	if err != nil {
		return nil, fmt.Errorf("read the history of table %s: %w", t.table.Name, err)
	}
	return entries, nil
}

// SnapshotAsOf reads the table as it was at a time: the last version that was
// committed then or before, by Entry.Time. The error matches ErrNotYet when the
// first commit came later and names its time, and ErrGone when the version of
// that time has been cleaned away and says from when on the table can be read.
func (t *Table) SnapshotAsOf(ctx context.Context, at time.Time) (*Snapshot, error) {
	fail := func(err error) (*Snapshot, error) {
		return nil, fmt.Errorf("read table %s as of %s: %w", t.table.Name, stamp(at), err)
	}
	// Two looks, for a clean-up that came between the first one's steps.
	for look := 1; ; look++ {
		list, err := readListing(t.log)
		if err != nil {
			return fail(err)
		}
		log, err := readTimes(ctx, t.log, list.newest)
		if err != nil {
			return fail(err)
		}
		version, err := log.asOf(at, list)
		if err != nil {
			return fail(err)
		}
		snap, err := t.SnapshotAt(ctx, version)
		if err == nil || look == 2 || !errors.Is(err, ErrGone) {
			return snap, err
		}
	}
}

// explain turns the failure to read an old version into an ErrGone that names the
// oldest one that can be read, if that is the reason.
func (t *Table) explain(ctx context.Context, version int64, failure error) error {
	if !errors.Is(failure, fs.ErrNotExist) {
		return failure
	}
	list, err := readListing(t.log)
	if err != nil {
		return failure
	}
	log, err := readTimes(ctx, t.log, list.newest)
	if err != nil {
		return failure
	}
	oldest, ok := log.oldest(list)
	if !ok || version >= oldest {
		return failure
	}
	from := ""
	if at, ok := log.at(oldest); ok {
		from = " of " + stamp(at)
	}
	return fmt.Errorf("read table %s: version %d is %w, the oldest that can be read is %d%s", t.table.Name, version, ErrGone, oldest, from)
}

func stamp(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05.000 -0700") }
