package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// state is the table as the log says it is at one version.
type state struct {
	version   int64 // -1: no table
	committed int64 // when, in milliseconds, by the time of the commit's file; 0 if that is not known
	protocol  *protocol
	metaData  *metaData
	txns      map[string]transaction
	adds      map[string]liveFile    // by decoded path
	removes   map[string]*removeFile // tombstones, by decoded path
	bypassed  error                  // checkpoints that could not be read
}

type liveFile struct {
	*addFile
	added int64 // version; -1 when a checkpoint had it
}

func newState() *state {
	return &state{version: -1, txns: map[string]transaction{}, adds: map[string]liveFile{}, removes: map[string]*removeFile{}}
}

// apply replays one action. version is that of its commit, -1 for a row of a
// checkpoint.
func (s *state) apply(a *action, version int64) error {
	switch {
	case a.Protocol != nil:
		s.protocol = a.Protocol
	case a.MetaData != nil:
		s.metaData = a.MetaData
	case a.Txn != nil:
		s.txns[a.Txn.AppID] = *a.Txn
	case a.Add != nil:
		path, err := unescapePath(a.Add.Path)
		if err != nil {
			return err
		}
		delete(s.removes, path)
		s.adds[path] = liveFile{a.Add, version}
	case a.Remove != nil:
		path, err := unescapePath(a.Remove.Path)
		if err != nil {
			return err
		}
		delete(s.adds, path)
		s.removes[path] = a.Remove
	}
	return nil
}

const newestVersion = -1

// load reads the state at a version, or at the newest one.
//
// A commit that is missing may have been cleaned away, together with all
// before it, between the listing and the reading; so a gap is believed when
// a second look finds it too.
func (t *Table) load(ctx context.Context, at int64) (*state, error) {
	s, err := t.loadOnce(ctx, at)
	if errors.Is(err, fs.ErrNotExist) {
		s, err = t.loadOnce(ctx, at)
	}
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", t.table.Name, err)
	}
	return s, nil
}

func (t *Table) loadOnce(ctx context.Context, at int64) (*state, error) {
	list, err := readListing(t.log)
	if err != nil {
		return nil, err
	}
	newest := list.newest
	if len(list.checkpoints) > 0 {
		newest = max(newest, list.checkpoints[0].version)
	}
	if at > newest {
		return nil, fmt.Errorf("version %d does not exist, the newest is %d", at, newest)
	}
	if newest < 0 {
		return newState(), nil
	}
	end := newest
	if at != newestVersion {
		end = at
	}
	s, err := t.startingPoint(ctx, list, end)
	if err != nil {
		return nil, err
	}
	if err := t.replay(ctx, s, end, at == newestVersion); err != nil {
		return nil, errors.Join(err, s.bypassed)
	}
	s.committed = t.committedAt(s.version)
	return s, t.checkState(s)
}

// committedAt returns when a version was committed: the modification time of its
// commit, or of its checkpoint once that is gone. Source: Delta protocol.
func (t *Table) committedAt(version int64) int64 {
	for _, name := range []string{commitName(version), checkpointName(version)} {
		if info, err := os.Stat(filepath.Join(t.log, name)); err == nil {
			return info.ModTime().UnixMilli()
		}
	}
	return 0
}

// startingPoint returns the newest readable checkpoint up to a version, or the
// empty state. A checkpoint only repeats what commits say, so one that cannot
// be read is passed over; should its commits be gone, replay finds the gap.
func (t *Table) startingPoint(ctx context.Context, list listing, end int64) (*state, error) {
	var bypassed []error
	for _, c := range list.checkpoints {
		if c.version > end {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := readCheckpoint(c)
		if err == nil {
			s.bypassed = errors.Join(bypassed...)
			return s, nil
		}
		bypassed = append(bypassed, err)
	}
	s := newState()
	s.bypassed = errors.Join(bypassed...)
	return s, nil
}

// replay applies the commits after s up to end, and with onward whatever has
// been committed since the listing.
func (t *Table) replay(ctx context.Context, s *state, end int64, onward bool) error {
	for version := s.version + 1; onward || version <= end; version++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		file := filepath.Join(t.log, commitName(version))
		body, err := os.ReadFile(file)
		switch {
		case errors.Is(err, fs.ErrNotExist) && version > end:
			return nil
		case errors.Is(err, fs.ErrNotExist):
			return &LogError{File: file, Err: fmt.Errorf("the commit is missing, newer ones exist (up to version %d): %w", end, err)}
		case err != nil:
			return &LogError{File: file, Err: err}
		}
		apply := func(a *action) error { return s.apply(a, version) }
		if err := decodeActions(file, body, apply); err != nil {
			return err
		}
		s.version = version
	}
	return nil
}

// checkState refuses what this package cannot read rightly.
func (t *Table) checkState(s *state) error {
	if s.protocol == nil || s.metaData == nil {
		return &LogError{File: filepath.Join(t.log, commitName(0)), Err: errors.New("the log holds no protocol or no metaData action")}
	}
	if v := s.protocol.MinReaderVersion; v > 1 {
		return &ProtocolError{Table: t.table.Name, Needs: fmt.Sprintf("reader version %d", v)}
	}
	return nil
}
