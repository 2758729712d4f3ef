//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/marcboeker/go-duckdb/mapping"
	"golang.org/x/sync/errgroup"

	"barkeep/sinks/lake"
)

// DB answers SQL over the lake as it was when Open was called. It holds no
// lock and no file open between queries, and later commits do not change what
// it shows; the files it names stay on disk for vacuum's grace period. Queries
// may run at once.
type DB struct {
	database mapping.Database
	versions map[string]int64
	temp     string // where this instance spills to

	mu     sync.Mutex
	closed bool
	open   sync.WaitGroup // results not yet closed
}

// Open makes a database in memory that has the views of the published catalog
// over the lake's newest versions, and shuts it off from everything but the
// files of those versions. It does not read the published catalog, so a lake
// that was moved, or never published, works as well.
//
// A lake without a table is an error that matches ErrEmptyLake.
func Open(ctx context.Context, l *lake.Lake, cfg Config) (*DB, error) {
	return OpenAt(ctx, l, cfg, AsOf{})
}

// OpenAt is Open over the lake as it was: as a published catalog that is kept shows
// it, or at a time. Tables that did not exist yet are empty. When at is a number
// that is not kept, or a time before the first commit, the error is a RefusedError;
// it matches lake.ErrGone when vacuum has removed files, or log clean-up commits,
// of that time, and says how far back one can go.
func OpenAt(ctx context.Context, l *lake.Lake, cfg Config, at AsOf) (*DB, error) {
	names, err := l.Tables()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no table in %s: %w; fill it with barkeep run --job daily-bars, or try barkeep demo",
			l.Dir(), ErrEmptyLake)
	}
	db := &DB{temp: filepath.Join(cfg.tempDir(), fmt.Sprintf("barkeep-sql-%d-%s", os.Getpid(), uuid.NewString()[:8]))}
	var starting errgroup.Group // as long as reading the lake takes
	starting.Go(func() error { return db.start(ctx, cfg) })
	c, err := at.read(ctx, l)
	var fill []string
	c.runs = hasRuns(l)
	if err == nil {
		fill, err = c.fillSQL(origin{dir: l.Dir()})
	}
	if err = errors.Join(err, starting.Wait()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.versions = c.describe("", 0, false).Versions
	if err := db.setUp(ctx, slices.Concat(fill, sandbox(c.files(l)))); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s for queries: %w", l.Dir(), err), db.Close())
	}
	return db, nil
}

// start starts DuckDB with the form of a catalog.
func (db *DB) start(ctx context.Context, cfg Config) (err error) {
	if db.database, err = openMemory(); err != nil {
		return err
	}
	return db.setUp(ctx, slices.Concat(cfg.limits(),
		[]string{"SET temp_directory = " + quote(db.temp), "SET GLOBAL TimeZone = 'UTC'",
			// Files never change, so their footers are read once: half the time of a
			// query for one symbol. What a query needs of a row group is read at once: 5 %.
			"SET parquet_metadata_cache = true", "SET prefetch_all_parquet_files = true"}, formSQL()))
}

func (c Config) tempDir() string {
	if c.TempDir != "" {
		return c.TempDir
	}
	return os.TempDir()
}

// files returns the paths of all files that the views read.
func (c content) files(l *lake.Lake) (paths []string) {
	for _, v := range c.views {
		for _, f := range v.snap.Files {
			paths = append(paths, f.Path)
		}
	}
	if c.runs {
		paths = append(paths, filepath.Join(l.StateDir(), runsFile))
	}
	return paths
}

// sandbox returns the statements that take everything away but the live files,
// for good. DuckDB asks for the pattern of a file as well as for its path.
func sandbox(files []string) []string {
	var paths []string
	for _, f := range files {
		paths = append(paths, quote(f))
		if pattern, err := literalPattern(f); err == nil && pattern != f {
			paths = append(paths, quote(pattern))
		}
	}
	sql := []string{
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
	}
	if len(paths) > 0 {
		sql = append(sql, "SET allowed_paths = ["+strings.Join(paths, ",")+"]")
	}
	return append(sql, "SET enable_external_access = false", "SET lock_configuration = true")
}

// openMemory starts DuckDB with options, each a name and a value.
func openMemory(options ...string) (mapping.Database, error) {
	var database mapping.Database
	var config mapping.Config
	var message string
	if mapping.CreateConfig(&config) == mapping.StateError {
		return database, errors.New("start DuckDB: it has no memory for its configuration")
	}
	defer mapping.DestroyConfig(&config)
	for pair := range slices.Chunk(options, 2) {
		if mapping.SetConfig(config, pair[0], pair[1]) == mapping.StateError {
			return database, fmt.Errorf("start DuckDB: it refuses %s = %s", pair[0], pair[1])
		}
	}
	if mapping.OpenExt("", &database, config, &message) == mapping.StateError {
		mapping.Close(&database)
		return database, fmt.Errorf("start DuckDB: %w", newQueryError(message))
	}
	return database, nil
}

func (db *DB) setUp(ctx context.Context, statements []string) error {
	c, err := connect(ctx, db.database)
	if err != nil {
		return err
	}
	defer c.close()
	return c.runAll(append([]string{plain}, statements...))
}

// Versions returns, by table, the version the views show; -1 for a table that
// does not exist yet.
func (db *DB) Versions() map[string]int64 { return db.versions }

// Close waits for the results that are still open and frees the memory.
func (db *DB) Close() error {
	db.mu.Lock()
	closed := db.closed
	db.closed = true
	db.mu.Unlock()
	if closed {
		return nil
	}
	db.open.Wait()
	mapping.Close(&db.database)
	return os.RemoveAll(db.temp) // DuckDB has done so, unless it was cut short
}

// Query starts one statement that reads: SELECT, WITH, FROM, VALUES, TABLE,
// PIVOT, UNPIVOT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN. Anything else, and
// more than one statement, is a RefusedError; what DuckDB makes of the
// statement otherwise is a QueryError. When ctx is done the query stops, then
// or while its rows are read, with ctx's error. The Result must be closed.
func (db *DB) Query(ctx context.Context, query string) (*Result, error) {
	s, err := parseStatement(query)
	if err != nil {
		return nil, err
	}
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		return nil, errors.New("query: the database is closed")
	}
	db.open.Add(1)
	db.mu.Unlock()
	c, err := connect(ctx, db.database)
	if err != nil {
		db.open.Done()
		return nil, err
	}
	r := &Result{conn: c, done: db.open.Done}
	if err := r.start(s); err != nil {
		err = c.explain(err)
		r.Close()
		return nil, err
	}
	return r, nil
}
