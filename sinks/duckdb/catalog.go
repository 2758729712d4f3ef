//go:build cgo

package duckdb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// formSQL returns the statements that give an empty database everything but the
// content of the lake: the views of all tables and what derives from them, and
// the tables files and versions, with their comments. They are always the same.
func formSQL() []string {
	sql := []string{"CREATE SCHEMA " + liveSchema}
	for _, t := range tables {
		sql = append(sql, tableSQL(t)...)
	}
	return slices.Concat(sql, derivedSQL(), []string{
		filesTable,
		`COMMENT ON TABLE files IS 'the live Parquet files behind the views'`,
		`COMMENT ON COLUMN files."year" IS 'the partition of a table that is split by year; null for the others'`,
		`COMMENT ON COLUMN files."version" IS 'the version that added the file; null when the log no longer says'`,
		versionsTable,
		`COMMENT ON TABLE versions IS 'the version of each table that the views show'`,
	})
}

// contentSQL returns the statements that make a database with that form show the
// snapshots.
func contentSQL(views []view) ([]string, error) {
	var sql []string
	for _, v := range views {
		if len(v.snap.Files) == 0 {
			continue
		}
		statements, err := liveSQL(v)
		if err != nil {
			return nil, fmt.Errorf("view %s: %w", v.table.Name, err)
		}
		sql = append(sql, statements...)
	}
	files, err := filesSQL(views)
	if err != nil {
		return nil, err
	}
	return slices.Concat(sql, files, versionsSQL(views)), nil
}

// liveSQL makes the views of one table read its live files.
func liveSQL(v view) ([]string, error) {
	if v.table.Name == etl.Quotes.Name {
		return liveQuotesSQL(v)
	}
	query, err := v.query()
	return []string{liveView(v.table.Name, query)}, err
}

// fileRow is a row of the table files. The rows travel as one JSON text: 500 of
// them take 6 ms that way, and 85 ms as a list of VALUES.
type fileRow struct {
	Table    string         `json:"table_name"`
	Path     string         `json:"path"`
	Year     *int           `json:"year"`
	Rows     *int64         `json:"rows"`
	Bytes    int64          `json:"bytes"`
	MinDate  *schedules.Day `json:"min_date"`
	MaxDate  *schedules.Day `json:"max_date"`
	Version  *int64         `json:"version"`
	Modified time.Time      `json:"modified"`
}

const (
	filesTable = `CREATE TABLE files (table_name VARCHAR, path VARCHAR, "year" INTEGER, "rows" BIGINT,
		bytes BIGINT, min_date DATE, max_date DATE, "version" BIGINT, modified TIMESTAMP WITH TIME ZONE)`
	versionsTable = `CREATE TABLE versions (table_name VARCHAR, "version" BIGINT, committed_at TIMESTAMP WITH TIME ZONE,
		"rows" BIGINT, files BIGINT)`
	filesForm = `[{"table_name": "VARCHAR", "path": "VARCHAR", "year": "INTEGER", "rows": "BIGINT",
		"bytes": "BIGINT", "min_date": "DATE", "max_date": "DATE", "version": "BIGINT", "modified": "TIMESTAMPTZ"}]`
)

func filesSQL(views []view) ([]string, error) {
	var rows []fileRow
	for _, v := range views {
		for _, f := range v.snap.Files {
			rows = append(rows, newFileRow(v.table, f))
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("list the files: %w", err)
	}
	return []string{"INSERT INTO files SELECT unnest(from_json(j, " + quote(filesForm) + "), max_depth := 2) " +
		"FROM (VALUES (" + quote(string(text)) + ")) t(j)"}, nil
}

func newFileRow(t etl.Table, f lake.File) fileRow {
	row := fileRow{Table: t.Name, Path: f.Path, Bytes: f.Bytes, Modified: f.Modified.UTC()}
	if f.Year != 0 {
		row.Year = &f.Year
	}
	if f.Rows >= 0 {
		row.Rows = &f.Rows
	}
	if f.Added >= 0 {
		row.Version = &f.Added
	}
	column := cmp.Or(t.Year, t.Day, "date")
	if low, high, ok := f.DayRange(column); ok {
		row.MinDate, row.MaxDate = &low, &high
	}
	return row
}

func versionsSQL(views []view) []string {
	var values []string
	for _, v := range views {
		if v.snap.Version < 0 {
			continue
		}
		values = append(values, fmt.Sprintf("%s,%d,make_timestamptz(%d),%d,%d", quote(v.table.Name), v.snap.Version,
			v.snap.Committed.UnixMicro(), v.snap.Rows(), len(v.snap.Files)))
	}
	if len(values) == 0 {
		return nil
	}
	return []string{"INSERT INTO versions VALUES (" + strings.Join(values, "),(") + ")"}
}
