//go:build cgo

package duckdb

import (
	"slices"
	"strings"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// tables are those that have a view, in the order they are shown.
var tables = etl.Tables

// quote returns text as an SQL string literal.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// ident returns name as an SQL identifier; some columns are named like
// keywords.
func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// sqlType returns DuckDB's counterpart of a column type.
func sqlType(t etl.ColumnType) string {
	switch t {
	case etl.Date:
		return "DATE"
	case etl.String:
		return "VARCHAR"
	case etl.Float64:
		return "DOUBLE"
	case etl.Int64:
		return "BIGINT"
	case etl.Bool:
		return "BOOLEAN"
	case etl.Timestamp:
		return "TIMESTAMP WITH TIME ZONE"
	}
	panic("duckdb: unknown column type")
}

// liveSchema has a view over the live files of each table, without comments. The
// views that people see read those, so that a new version replaces these few and
// leaves the others with all their comments as they are.
const liveSchema = "live_files"

// live returns the name of such a view; no two views share one, so that nobody
// who looks for the comments of a column finds two.
func live(name string) string { return liveSchema + "." + ident(name+"_files") }

// liveView returns the statement that makes one or replaces it.
func liveView(name, query string) string {
	return "CREATE OR REPLACE VIEW " + live(name) + " AS " + query
}

// newView returns the statement that makes a view for people to read.
func newView(name, query string) string {
	return "CREATE OR REPLACE VIEW " + ident(name) + " AS " + query
}

// current limits a table with history to what holds now.
func current(t etl.Table) string {
	if t.Index("valid_to") < 0 {
		return ""
	}
	return " WHERE valid_to IS NULL"
}

// tableSQL returns the statements that make the view of one table, with its
// comments, over no files.
func tableSQL(t etl.Table) []string {
	name := ident(t.Name)
	sql := []string{
		liveView(t.Name, emptyQuery(t)),
		newView(t.Name, "FROM "+live(t.Name)+current(t)),
		"COMMENT ON VIEW " + name + " IS " + quote(t.Comment),
	}
	return append(sql, columnComments(t.Name, t)...)
}

// columnComments comments a view that has the columns of a table.
func columnComments(view string, t etl.Table) (sql []string) {
	for _, c := range t.Columns {
		text := columnComment(c)
		if c.Name == t.Day {
			text += "; a condition on it skips the files of other days"
		}
		if text != "" {
			sql = append(sql, commentOn(view, c.Name, text))
		}
	}
	if t.Year != "" {
		sql = append(sql, commentOn(view, yearColumn, "calendar year of "+t.Year+"; a condition on it skips the files of other years"))
	}
	return sql
}

func commentOn(view, column, text string) string {
	return "COMMENT ON COLUMN " + ident(view) + "." + ident(column) + " IS " + quote(text)
}

func columnComment(c etl.Column) string {
	if c.Unit == "" || c.Comment == "" {
		return c.Unit + c.Comment
	}
	return c.Unit + "; " + c.Comment
}

// view is what the view of one table is made from.
type view struct {
	table etl.Table
	dir   string // the table's directory
	from  origin
	snap  *lake.Snapshot
	// history is what the table commits shows, newest first.
	history []lake.Entry
	// lacking names the columns that no file has yet, because the table's
	// definition grew after the newest was written. They are null.
	lacking []string
	// mixed says that older files lack columns that newer ones have.
	mixed bool
}

// query selects the rows of exactly the files of the snapshot.
func (v view) query() (string, error) {
	if len(v.snap.Files) == 0 {
		return emptyQuery(v.table), nil // DuckDB refuses to read a list without files
	}
	s := splitOf(v.table)
	if !s.misread(v) {
		return v.scan(s.largestFirst(v.snap.Files), s.options(), "")
	}
	// The value of the partition is written into the query instead of being
	// taken from the path. It costs one opened file per partition whenever the
	// view is bound.
	var parts []string
	for _, files := range s.runs(v.snap.Files) {
		run, err := v.part(files)
		if err != nil {
			return "", err
		}
		query, err := run.scan(files, split{}.options(), s.literal(files[0]))
		if err != nil {
			return "", err
		}
		parts = append(parts, query)
	}
	return strings.Join(parts, " UNION ALL "), nil
}

// part is the view of some of the files.
func (v view) part(files []lake.File) (view, error) {
	snap := *v.snap
	snap.Files = files
	v.snap = &snap
	if !v.mixed {
		return v, nil
	}
	v.mixed, v.lacking = false, nil // as a whole; these may all have a column, or none
	return v, v.compareFiles()
}

// scan reads files. The partition column comes from the path, or is the literal
// if there is one.
func (v view) scan(files []lake.File, options, literal string) (string, error) {
	list, err := v.from.list(v.table.Name, files)
	if err != nil {
		return "", err
	}
	if v.mixed { // costs the opening of every file whenever the view is bound
		options += ", union_by_name = true"
	}
	return "SELECT " + v.columns(literal) + " FROM read_parquet(" + list + ", " + options + ")", nil
}

func (v view) columns(literal string) string {
	t := v.table
	names := make([]string, len(t.Columns), len(t.Columns)+1)
	for i, c := range t.Columns {
		switch {
		case c.Name == t.Day && literal != "":
			names[i] = literal
		case slices.Contains(v.lacking, c.Name):
			names[i] = nullColumn(c)
		default:
			names[i] = ident(c.Name)
		}
	}
	switch {
	case t.Year != "" && literal != "":
		names = append(names, literal)
	case t.Year != "":
		names = append(names, ident(yearColumn))
	}
	return strings.Join(names, ", ")
}

func nullColumn(c etl.Column) string {
	return "CAST(NULL AS " + sqlType(c.Type) + ") AS " + ident(c.Name)
}

// emptyQuery has the columns and types of the table, and no rows.
func emptyQuery(t etl.Table) string {
	columns := make([]string, 0, len(t.Columns)+1)
	for _, c := range t.Columns {
		columns = append(columns, nullColumn(c))
	}
	if t.Year != "" {
		columns = append(columns, "CAST(NULL AS INTEGER) AS "+ident(yearColumn))
	}
	return "SELECT " + strings.Join(columns, ", ") + " WHERE false"
}
