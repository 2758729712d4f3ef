//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	duckdb "github.com/marcboeker/go-duckdb/v2"

	"barkeep/sinks/lake"
)

// build makes a database file, complete and without a write-ahead log beside
// it. The file is attached to a database in memory, because a path is quoted
// there as any text, while the driver would parse a path it opens as a URL and
// share the instance with whoever opened the same path.
func build(ctx context.Context, l *lake.Lake, path string, cfg Config) (_ []view, err error) {
	var db *sql.DB
	views, statements, err := prepare(ctx, l, func() error {
		connector, err := duckdb.NewConnector("", nil)
		if err == nil {
			db = sql.OpenDB(connector)
		}
		return err
	})
	if db != nil {
		defer func() { err = errors.Join(err, db.Close()) }()
	}
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, statement := range fileSQL(path, statements, cfg) {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("%s: %w", shorten(statement), err)
		}
	}
	return views, nil
}

// fileSQL wraps statements so that they fill the file at path.
func fileSQL(path string, statements []string, cfg Config) []string {
	all := append(cfg.limits(),
		// Every commit goes into the file itself: DuckDB puts the log of a
		// path such as a?b/c beside a, where there may be no directory.
		"SET wal_autocheckpoint = '1B'",
		"SET force_compression = 'uncompressed'", // finding out what suits a few hundred rows takes longer than it saves
		"ATTACH "+quote(path)+" AS catalog (STORAGE_VERSION "+quote(storage)+")",
		"USE catalog",
		"BEGIN")
	all = append(all, statements...)
	return append(all, "COMMIT", "CHECKPOINT catalog", "USE memory", "DETACH catalog")
}

// shorten cuts a statement down to what an error message can hold.
func shorten(statement string) string {
	const limit = 80
	if len(statement) <= limit {
		return statement
	}
	return strings.ToValidUTF8(statement[:limit], "") + "..."
}
