//go:build cgo

package duckdb

import (
	"fmt"
	"strings"
)

// listing is a table of a catalog that holds rows of its own.
type listing struct {
	name    string
	comment string
	columns []listed
}

type listed struct {
	name    string
	typ     string
	comment string
}

// pathColumn holds paths, which are listed from the lake's directory on.
const pathColumn = "path"

// listings are all of them.
var listings = []listing{
	{"files", "the live Parquet files behind the views", []listed{
		{"table_name", "VARCHAR", ""},
		{pathColumn, "VARCHAR", "absolute"},
		{"year", "INTEGER", "the partition of a table that is split by year; null for the others"},
		{"rows", "BIGINT", "null when another program wrote the file and did not say"},
		{"bytes", "BIGINT", "size of the file"},
		{"min_date", "DATE", "of the rows, by the column that the table is split by, or else date"},
		{"max_date", "DATE", "as min_date"},
		{"version", "BIGINT", "the version that added the file; null when the log no longer says"},
		{"modified", "TIMESTAMP WITH TIME ZONE", "when the file was written"},
	}},
	{"versions", "the version of each table that the views show", []listed{
		{"table_name", "VARCHAR", "tables that do not exist yet are left out"},
		{"version", "BIGINT", "of the table's transaction log, from 0"},
		{"committed_at", "TIMESTAMP WITH TIME ZONE", "when the version was committed"},
		{"rows", "BIGINT", "in the live files"},
		{"files", "BIGINT", "live files"},
	}},
	{"commits", fmt.Sprintf("the newest %d commits of each table, up to the version that the views show", commitsShown), []listed{
		{"table_name", "VARCHAR", ""},
		{"version", "BIGINT", "that the commit made"},
		{"committed_at", "TIMESTAMP WITH TIME ZONE", "by the clock of the writer's machine, made ascending"},
		{"operation", "VARCHAR", "WRITE, OPTIMIZE (the same rows in other files), DELETE, or what another program calls it"},
		{"job", "VARCHAR", "of barkeep; null when another program wrote"},
		{"engine", "VARCHAR", "the program that wrote, and its version"},
		{"added", "BIGINT", "files; null when the commit cannot be read"},
		{"removed", "BIGINT", "files; null when the commit cannot be read"},
		{"rows", "BIGINT", "in the added files; null when the log does not say"},
		{"bytes", "BIGINT", "of the added files; null when the log does not say"},
	}},
	{"publication", "which published catalog this is; empty in one that was not published", []listed{
		{"number", "BIGINT", "ascending; the file is lake@NUMBER.duckdb as long as it is kept"},
		{"taken_at", "TIMESTAMP WITH TIME ZONE", "just before the lake was read: what was committed until then is shown"},
	}},
}

// rows returns the name of the view with the rows, which is replaced with every
// version, while the one for people to read stays with its comments. Both are
// views: to store a table takes DuckDB longer than to read such a text.
func (l listing) rows() string { return liveSchema + "." + ident(l.name+"_rows") }

// formSQL makes the views, without rows, and the comments.
func (l listing) formSQL() []string {
	empty := make([]string, len(l.columns))
	for i, c := range l.columns {
		empty[i] = "CAST(NULL AS " + c.typ + ") AS " + ident(c.name)
	}
	sql := []string{
		l.show("SELECT " + strings.Join(empty, ", ") + " WHERE false"),
		newView(l.name, "FROM "+l.rows()),
		"COMMENT ON VIEW " + ident(l.name) + " IS " + quote(l.comment),
	}
	for _, c := range l.columns {
		if c.comment != "" {
			sql = append(sql, commentOn(l.name, c.name, c.comment))
		}
	}
	return sql
}

func (l listing) show(query string) string {
	return "CREATE OR REPLACE VIEW " + l.rows() + " AS " + query
}

// lines are the rows of a listing, by column. An empty text is null.
type lines [][]string

func (l *lines) add(row ...any) {
	if *l == nil {
		*l = make(lines, len(row))
	}
	for i, value := range row {
		(*l)[i] = append((*l)[i], fmt.Sprint(value))
	}
}

// query selects the rows, of which there is at least one. They travel as one text for each column: 500 take DuckDB
// a millisecond or two that way, and 85 as a list of VALUES.
func (l listing) query(rows lines, from origin) (string, error) {
	columns := make([]string, len(l.columns))
	for i, c := range l.columns {
		value := "nullif(" + ident(c.name) + ", '')"
		if c.name == pathColumn {
			value = from.prefix() + " || " + ident(c.name)
		}
		columns[i] = "CAST(" + value + " AS " + c.typ + ") AS " + ident(c.name)
	}
	texts := make([]string, len(rows))
	for i, values := range rows {
		list, err := textList(values)
		if err != nil {
			return "", fmt.Errorf("table %s: %w", l.name, err)
		}
		texts[i] = "unnest(" + list + ") AS " + ident(l.columns[i].name)
	}
	return "SELECT " + strings.Join(columns, ", ") + "\nFROM (SELECT " + strings.Join(texts, ",\n") + ")", nil
}

// textList returns an SQL list of texts. DuckDB takes 15 us to read one literal,
// wherever it stands, so they are one: the list is split by DuckDB, at line feeds,
// or at what none of the texts has in it.
func textList(values []string) (string, error) {
	if len(values) == 1 {
		return "[" + quote(values[0]) + "]", nil
	}
	for _, code := range []rune{'\n', 0x1f, 0x1e, 0x1d} {
		text := strings.Join(values, string(code))
		if strings.Count(text, string(code)) == len(values)-1 {
			return fmt.Sprintf("string_split(%s, chr(%d))", quote(text), code), nil
		}
	}
	return "", fmt.Errorf("a name holds several control characters: %q", values)
}
