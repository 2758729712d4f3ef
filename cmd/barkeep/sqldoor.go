package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"barkeep/cmd/barkeep/web"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// sqlDoor answers queries over HTTP. Each has a DuckDB of its own over the newest
// versions: while nobody asks, nothing is kept, and no query can take the memory
// of another.
type sqlDoor struct {
	lake *lake.Lake
	cfg  duckdb.Config
	log  *slog.Logger
}

var _ web.SQL = (*sqlDoor)(nil)

// Query starts one statement.
func (d *sqlDoor) Query(ctx context.Context, query string, most int64) (web.Rows, error) {
	db, err := duckdb.Open(ctx, d.lake, d.cfg)
	if errors.Is(err, duckdb.ErrEmptyLake) {
		return nil, fmt.Errorf("%w: %w", web.ErrNothingToAsk, err)
	}
	if err != nil {
		return nil, err
	}
	rows, err := askOf(ctx, db, query, most)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	rows.done = func() {
		if err := db.Close(); err != nil {
			d.log.Warn("a query's directory for spilling stays behind", "error", err)
		}
	}
	return rows, nil
}

// askOf starts one statement on a DuckDB that stays open.
func askOf(ctx context.Context, db *duckdb.DB, query string, most int64) (*sqlRows, error) {
	r, err := db.Query(ctx, strings.TrimRight(strings.TrimSpace(query), ";"))
	if err != nil {
		return nil, blame(err)
	}
	r.Limit(most)
	return &sqlRows{result: r}, nil
}

// blame marks the errors of which the query is the cause. One that needs more
// memory than it may have is such a query.
func blame(err error) error {
	var refused *duckdb.RefusedError
	var query *duckdb.QueryError
	if errors.As(err, &refused) || errors.As(err, &query) && (query.Usage() || query.Kind == "Out of Memory Error") {
		return &web.QueryError{Err: err}
	}
	return err
}

// sqlRows is one answer.
type sqlRows struct {
	result *duckdb.Result
	done   func() // closes the DuckDB that computes it; nil if that stays open
}

// Write writes all rows.
func (r *sqlRows) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		return blame(r.result.WriteJSON(w))
	case "csv":
		return blame(r.result.WriteCSV(w))
	case "arrow":
		return blame(r.result.WriteArrow(w))
	}
	return fmt.Errorf("there is no format %s", format)
}

// Count returns how many rows were written and whether there were more.
func (r *sqlRows) Count() (int64, bool) { return r.result.Rows(), r.result.More() }

// Close ends the query.
func (r *sqlRows) Close() {
	r.result.Close()
	if r.done != nil {
		r.done()
	}
}
