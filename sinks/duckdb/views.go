//go:build cgo

package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// yearColumn is the name the lake gives its partition column.
const yearColumn = "year"

// tables are those that have a view, in the order they are shown.
var tables = []etl.Table{etl.DailyBars, etl.Instruments, etl.TradingDays, etl.Quarantine}

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

// viewSQL returns the statements that make the view of one table over exactly
// the files of one snapshot.
func viewSQL(v view) ([]string, error) {
	t := v.table
	query, err := v.query()
	if err != nil {
		return nil, fmt.Errorf("view %s: %w", t.Name, err)
	}
	name := ident(t.Name)
	sql := []string{
		"CREATE VIEW " + name + " AS " + query,
		"COMMENT ON VIEW " + name + " IS " + quote(t.Comment),
	}
	for _, c := range t.Columns {
		if text := columnComment(c); text != "" {
			sql = append(sql, "COMMENT ON COLUMN "+name+"."+ident(c.Name)+" IS "+quote(text))
		}
	}
	if t.Year != "" {
		sql = append(sql, "COMMENT ON COLUMN "+name+"."+ident(yearColumn)+" IS "+
			quote("calendar year of "+t.Year+"; a condition on it skips the files of other years"))
	}
	return sql, nil
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
	snap  *lake.Snapshot
	// lacking names the columns that no file has yet, because the table's
	// definition grew after the newest was written. They are null.
	lacking []string
	// mixed says that older files lack columns that newer ones have.
	mixed bool
}

func (v view) query() (string, error) {
	t, files := v.table, v.snap.Files
	if len(files) == 0 {
		return emptyQuery(t), nil // DuckDB refuses to read a list without files
	}
	columns := v.columns()
	if t.Year != "" && (hiveKeyAbove(t, v.dir) || slices.ContainsFunc(files, outsidePartition)) {
		return v.yearByYear(columns)
	}
	list, err := pathList(files)
	if err != nil {
		return "", err
	}
	if t.Year == "" {
		return v.scan(columns, list, "hive_partitioning = false"), nil
	}
	return v.scan(columns+", "+ident(yearColumn), list,
		"hive_partitioning = true, hive_types = {'"+yearColumn+"': INTEGER}"), nil
}

func (v view) scan(columns, list, options string) string {
	if v.mixed { // costs the opening of every file whenever the view is bound
		options += ", union_by_name = true"
	}
	return "SELECT " + columns + " FROM read_parquet(" + list + ", " + options + ")"
}

func (v view) columns() string {
	names := make([]string, len(v.table.Columns))
	for i, c := range v.table.Columns {
		names[i] = ident(c.Name)
		if slices.Contains(v.lacking, c.Name) {
			names[i] = nullColumn(c)
		}
	}
	return strings.Join(names, ", ")
}

func nullColumn(c etl.Column) string {
	return "CAST(NULL AS " + sqlType(c.Type) + ") AS " + ident(c.Name)
}

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

// yearByYear is the query for a partitioned table whose path DuckDB would
// misread: the year is written into the query instead of being taken from the
// path. It costs one opened file per year whenever the view is bound.
func (v view) yearByYear(columns string) (string, error) {
	var parts []string
	for rest := v.snap.Files; len(rest) > 0; { // they are in order of the year
		year := rest[0].Year
		n := slices.IndexFunc(rest, func(f lake.File) bool { return f.Year != year })
		if n < 0 {
			n = len(rest)
		}
		list, err := pathList(rest[:n])
		if err != nil {
			return "", err
		}
		literal := fmt.Sprintf("CAST(%d AS INTEGER) AS %s", year, ident(yearColumn))
		parts = append(parts, v.scan(columns+", "+literal, list, "hive_partitioning = false"))
		rest = rest[n:]
	}
	return strings.Join(parts, " UNION ALL "), nil
}
