//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"barkeep/sinks/lake"
)

const (
	// CatalogName is the file that Publish puts into the lake's directory.
	CatalogName = "lake.duckdb"
	// ScriptName is the file with the same views as SQL, beside it.
	ScriptName = "lake.sql"

	tmpPrefix = "." + CatalogName + ".tmp-"
	walSuffix = ".wal"

	// storage is the oldest file format DuckDB still writes. DuckDB 1.0.0
	// reads the catalog; 0.10 does not.
	storage = "v1.0.0"

	lockPoll = 5 * time.Millisecond // between attempts to take a lock that is held
)

// Catalog says what Publish published.
type Catalog struct {
	Path     string           // of the catalog, absolute
	Number   int64            // of the publication, ascending
	New      bool             // false: nothing had changed since that publication
	Versions map[string]int64 // table -> version its view shows; -1 for a table that does not exist yet
	Files    int              // live files of all tables
	Rows     int64            // in them
	Bytes    int64            // in them
	Took     time.Duration    // waiting for another publisher included
	// Warning is what was wrong with the transaction logs without harm to the
	// catalog, such as a checkpoint that cannot be read. Nil if nothing.
	Warning error
}

// Publish builds a catalog of the lake's newest versions, keeps it under its
// number, and renames a copy over LAKE/lake.duckdb and the script over
// LAKE/lake.sql. If both are there already, as it would make them, it changes
// nothing. It may run at any time, any number of times, in any number of processes:
// publishers take turns, and each reads the lake after its turn has come, so a
// catalog never goes back to an older version.
//
// Whoever has the old catalog open keeps it, whole and readable, until they
// open it again. After an error the old catalog is in place as before.
func Publish(ctx context.Context, l *lake.Lake, cfg Config) (Catalog, error) {
	start := time.Now()
	catalog, err := publish(ctx, l, cfg)
	if err != nil {
		return Catalog{}, fmt.Errorf("publish %s: %w", filepath.Join(l.Dir(), CatalogName), err)
	}
	catalog.Took = time.Since(start)
	return catalog, nil
}

func publish(ctx context.Context, l *lake.Lake, cfg Config) (_ Catalog, err error) {
	unlock, err := lockCatalog(ctx, l)
	if err != nil {
		return Catalog{}, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	s, err := openShelf(l)
	if err != nil {
		return Catalog{}, err
	}
	if err := makeRuns(l); err != nil {
		return Catalog{}, errors.Join(err, s.sweep())
	}
	c := content{number: s.next, taken: s.now(time.Now()), runs: true}
	b, err := c.read(ctx, l, cfg)
	if err != nil {
		return Catalog{}, errors.Join(err, s.sweep())
	}
	last, shown, err := s.shows(c)
	if err != nil || shown {
		kept.put(b)
		return c.describe(s.path(CatalogName), last, false), err
	}
	files, err := b.build(ctx, l, c, cfg)
	if err != nil {
		b.close() // it may be in the midst of anything
	} else {
		kept.put(b)
		err = s.add(c, files, cfg.Keep)
	}
	if err != nil {
		return Catalog{}, errors.Join(err, s.sweep())
	}
	return c.describe(s.path(CatalogName), c.number, true), nil
}

// read reads the newest versions while a builder starts, which takes about as long.
func (c *content) read(ctx context.Context, l *lake.Lake, cfg Config) (b *builder, err error) {
	var starting errgroup.Group
	starting.Go(func() (err error) {
		b, err = takeBuilder(ctx, l, cfg)
		return err
	})
	c.views, err = readViews(ctx, l, newest)
	if err = errors.Join(err, starting.Wait()); err != nil && b != nil {
		kept.put(b)
	}
	return b, err
}

func (c content) describe(path string, number int64, isNew bool) Catalog {
	d := Catalog{Path: path, Number: number, New: isNew, Versions: make(map[string]int64, len(c.views))}
	for _, v := range c.views {
		d.Versions[v.table.Name] = v.snap.Version
		d.Files += len(v.snap.Files)
		d.Rows += v.snap.Rows()
		d.Bytes += v.snap.Bytes()
		d.Warning = errors.Join(d.Warning, v.snap.Warning)
	}
	return d
}

// lockCatalog waits for its turn. The kernel drops the lock of a process that
// dies.
func lockCatalog(ctx context.Context, l *lake.Lake) (unlock func() error, err error) {
	if err := l.Disk().Mkdir(l.StateDir()); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(l.StateDir(), "publish.lock"))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return nil, errors.Join(fmt.Errorf("take the lock %s: %w", lock.Path(), err), lock.Close())
	}
	return lock.Close, nil
}
