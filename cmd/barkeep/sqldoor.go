package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	r, err := db.Query(ctx, strings.TrimRight(strings.TrimSpace(query), ";"))
	if err != nil {
		return nil, errors.Join(blame(err), db.Close())
	}
	r.Limit(most)
	return &sqlRows{db, r}, nil
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

// sqlRows is one answer with the DuckDB that computes it.
type sqlRows struct {
	db     *duckdb.DB
	result *duckdb.Result
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

// Close ends the query and its DuckDB.
func (r *sqlRows) Close() {
	r.result.Close()
	r.db.Close()
}
