//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"

	"barkeep/sinks/lake"
)

const (
	// CatalogName is the file that Publish puts into the lake's directory.
	CatalogName = "lake.duckdb"

	tmpPrefix = "." + CatalogName + ".tmp-"

	// storage is the oldest file format DuckDB still writes. DuckDB 1.0.0
	// reads the catalog; 0.10 does not.
	storage = "v1.0.0"

	lockPoll = 5 * time.Millisecond // between attempts to take a lock that is held
)

// Catalog says what Publish published.
type Catalog struct {
	Path     string           // of the catalog, absolute
	Versions map[string]int64 // table -> version its view shows; -1 for a table that does not exist yet
	Files    int              // live files of all tables
	Rows     int64            // in them
	Bytes    int64            // in them
	Took     time.Duration    // waiting for another publisher included
	// Warning is what was wrong with the transaction logs without harm to the
	// catalog, such as a checkpoint that cannot be read. Nil if nothing.
	Warning error
}

// Publish builds a catalog of the lake's newest versions and renames it over
// LAKE/lake.duckdb. It may run at any time, any number of times, in any number
// of processes: publishers take turns, and each reads the lake after its turn
// has come, so a catalog never goes back to an older version.
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
	if err := sweep(l.Dir()); err != nil {
		return Catalog{}, err
	}
	tmp := filepath.Join(l.Dir(), fmt.Sprintf("%s%d-%s", tmpPrefix, os.Getpid(), uuid.NewString()[:8]))
	path := filepath.Join(l.Dir(), CatalogName)
	views, err := build(ctx, l, tmp, cfg)
	if err == nil {
		err = install(tmp, path)
	}
	if err != nil {
		return Catalog{}, errors.Join(err, sweep(l.Dir()))
	}
	return describe(path, views), nil
}

func describe(path string, views []view) Catalog {
	c := Catalog{Path: path, Versions: make(map[string]int64, len(views))}
	for _, v := range views {
		c.Versions[v.table.Name] = v.snap.Version
		c.Files += len(v.snap.Files)
		c.Rows += v.snap.Rows()
		c.Bytes += v.snap.Bytes()
		c.Warning = errors.Join(c.Warning, v.snap.Warning)
	}
	return c
}

// lockCatalog waits for its turn. The kernel drops the lock of a process that
// dies.
func lockCatalog(ctx context.Context, l *lake.Lake) (unlock func() error, err error) {
	if err := os.MkdirAll(l.StateDir(), 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(l.StateDir(), "publish.lock"))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return nil, errors.Join(fmt.Errorf("take the lock %s: %w", lock.Path(), err), lock.Close())
	}
	return lock.Close, nil
}

// sweep removes what publishers left that died. Its caller holds the lock, so
// no living publisher has such a file.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tmpPrefix) {
			continue
		}
		if err := remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// install flushes a finished file and gives it its final name.
func install(tmp, path string) error {
	if err := syncFile(tmp); err != nil {
		return err
	}
	// Whoever wrote to the old catalog and died left its write-ahead log,
	// which must not be replayed into the new one.
	if err := remove(path + ".wal"); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // directories cannot be flushed there
	}
	return syncFile(filepath.Dir(path))
}

func syncFile(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}
