package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"barkeep/etl"
	"barkeep/sinks/disk"
	"barkeep/sinks/parquet"
)

// Config sets how tables are written. The log itself has no settings: it is
// what the Delta Lake protocol says.
type Config struct {
	Parquet parquet.Config `yaml:"parquet"` // how data files are encoded
}

// Validate reports every setting that is out of range, as etl.KeyError.
func (c Config) Validate() error { return c.Parquet.Validate() }

// DefaultConfig returns the settings that suit daily bars.
func DefaultConfig() Config {
	return Config{Parquet: parquet.DefaultConfig()}
}

// Lake is a directory of tables. It holds no open files, and no cache but of
// commits' history, which never changes: every snapshot is read from disk, so
// any number of Lakes, in any number of processes, may stand on one directory.
// All methods may be called from several goroutines at once.
type Lake struct {
	dir    string
	config Config
	disk   *disk.Disk

	history historyCache
}

// Open names a lake. It touches nothing: a directory that does not exist is an
// empty lake, and springs up with the first commit.
func Open(dir string, cfg Config) *Lake {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs // file paths handed out stay right after a chdir
	}
	return &Lake{dir: dir, config: cfg, disk: new(disk.Disk)}
}

// Disk returns what changes the lake's files, for whoever else writes below its
// directory, and for tests that put faults there.
func (l *Lake) Disk() *disk.Disk { return l.disk }

// Dir returns the lake's absolute path.
func (l *Lake) Dir() string { return l.dir }

// StateDir returns DIR/_state, where locks and the daemon's own small files
// live. The leading underscore keeps it apart from the tables. Lock creates
// it; whoever else writes there creates it first.
func (l *Lake) StateDir() string { return filepath.Join(l.dir, "_state") }

// Table returns the handle of one table, whether it exists yet or not.
func (l *Lake) Table(t etl.Table) *Table {
	dir := filepath.Join(l.dir, t.Name)
	p := partitionOf(t)
	stored := p.stored(t)
	return &Table{lake: l, table: t, partition: p, stored: stored,
		dir: dir, log: filepath.Join(dir, logName), dates: dateColumns(stored)}
}

// Tables returns the names of the directories that hold a transaction log, in
// order. A lake that does not exist holds none.
func (l *Lake) Tables() ([]string, error) {
	entries, err := os.ReadDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the tables of %s: %w", l.dir, err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "_") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(l.dir, e.Name(), logName))
		if err == nil && info.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Table is one table of a lake. Its methods may be called from several
// goroutines and several processes at once.
type Table struct {
	lake      *Lake
	table     etl.Table
	partition partition
	stored    etl.Table // the definition of its files
	dir       string    // LAKE/NAME
	log       string    // LAKE/NAME/_delta_log
	dates     []string  // the Date columns in the files
	swept     sweepTime
}

// tmp returns a path for a temporary file in the log.
func (t *Table) tmp(purpose string) string { return filepath.Join(t.log, tmpName(purpose)) }

// Dir returns the table's absolute path: what a Delta reader is pointed at.
func (t *Table) Dir() string { return t.dir }

// Definition returns the table as the program knows it.
func (t *Table) Definition() etl.Table { return t.table }

// Check looks for mistakes about the lake's place: its directory is a file, or
// lies within a table of another lake.
func (l *Lake) Check() error {
	if info, err := os.Stat(l.dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s cannot be a lake: it is a file, and must be a directory or not exist yet", l.dir)
	}
	for dir := l.dir; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			return fmt.Errorf("%s cannot be a lake: %s is a file, and must be a directory", l.dir, dir)
		}
		if info, err := os.Stat(filepath.Join(dir, logName)); err == nil && info.IsDir() {
			return fmt.Errorf("%s cannot be a lake: %s is a table of the lake %s; name that directory instead", l.dir, dir, filepath.Dir(dir))
		}
		if filepath.Dir(dir) == dir {
			return nil
		}
	}
}
