//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	duckdb "github.com/marcboeker/go-duckdb/v2"

	"barkeep/sinks/lake"
)

// build makes a database file, complete and without a write-ahead log beside it.
func build(ctx context.Context, l *lake.Lake, path string, cfg Config) (_ []view, err error) {
	var b builder
	defer func() { err = errors.Join(err, b.close()) }()
	views, content, err := prepare(ctx, l, func() error { return b.start(ctx, path, cfg) })
	if err != nil {
		return nil, err
	}
	return views, b.fill(ctx, path, content)
}

// builder is a DuckDB instance in memory, to which files are attached: their path
// is quoted there as any text, while the driver would parse a path it opens as a
// URL and share the instance with whoever opened the same path.
type builder struct {
	db   *sql.DB
	conn *sql.Conn
}

// start starts DuckDB and makes the file with the form of a catalog.
func (b *builder) start(ctx context.Context, path string, cfg Config) error {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return err
	}
	b.db = sql.OpenDB(connector)
	if b.conn, err = b.db.Conn(ctx); err != nil {
		return err
	}
	if err := b.run(ctx, append(cfg.limits(), plain,
		// Every commit goes into the file itself: DuckDB puts the log of a
		// path such as a?b/c beside a, where there may be no directory.
		"SET wal_autocheckpoint = '1B'",
		"SET force_compression = 'uncompressed'")); err != nil { // finding out what suits a few hundred rows takes longer than it saves
		return err
	}
	return forms.write(path, formSQL(), func(form []string) error { return b.fill(ctx, path, form) })
}

// fill runs statements in the database file at path, in one transaction.
func (b *builder) fill(ctx context.Context, path string, statements []string) error {
	return b.run(ctx, slices.Concat(
		[]string{"ATTACH " + quote(path) + " AS catalog (STORAGE_VERSION " + quote(storage) + ")", "USE catalog", "BEGIN"},
		statements,
		[]string{"COMMIT", "CHECKPOINT catalog", "USE memory", "DETACH catalog"}))
}

func (b *builder) run(ctx context.Context, statements []string) error {
	for _, statement := range statements {
		if _, err := b.conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", shorten(statement), err)
		}
	}
	return nil
}

// close frees what start has made, if that was anything.
func (b *builder) close() error {
	var errs []error
	if b.conn != nil {
		errs = append(errs, b.conn.Close())
	}
	if b.db != nil {
		errs = append(errs, b.db.Close())
	}
	return errors.Join(errs...)
}

// forms keeps the file with the form of a catalog, less than 2 MiB. It is a
// hundred comments that never change, and every publication after the first of a
// process begins with a copy.
var forms formFile

type formFile struct {
	mu   sync.Mutex
	of   string // the statements that made it
	file []byte
}

// write puts the file at path, with fill when it is not kept yet.
func (f *formFile) write(path string, form []string, fill func([]string) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	of := strings.Join(form, ";")
	if f.of == of {
		return os.WriteFile(path, f.file, 0o644)
	}
	if err := fill(form); err != nil {
		return err
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f.of, f.file = of, file
	return nil
}

// shorten cuts a statement down to what an error message can hold.
func shorten(statement string) string {
	const limit = 80
	if len(statement) <= limit {
		return statement
	}
	return strings.ToValidUTF8(statement[:limit], "") + "..."
}
