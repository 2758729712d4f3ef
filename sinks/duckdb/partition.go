//go:build cgo

package duckdb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// yearColumn is the partition column of a table that the lake splits by year.
const yearColumn = "year"

// split is how the lake deals a table out to directories, as SQL sees it. The
// zero split is that of a table in one piece.
type split struct {
	column string // that the path tells; year comes after the table's columns, a day is one of them
	typ    string
	value  func(lake.File) string // as in the path
}

func splitOf(t etl.Table) split {
	switch {
	case t.Year != "":
		return split{yearColumn, "INTEGER", func(f lake.File) string { return fmt.Sprint(f.Year) }}
	case t.Day != "":
		return split{t.Day, "DATE", func(f lake.File) string { return f.Day.String() }}
	}
	return split{}
}

// options tell DuckDB to take the column from the path, or to keep off.
func (s split) options() string {
	if s.column == "" {
		return "hive_partitioning = false"
	}
	return "hive_partitioning = true, hive_types = {" + quote(s.column) + ": " + s.typ + "}"
}

// literal is the column for the rows of one file.
func (s split) literal(f lake.File) string {
	return "CAST(" + quote(s.value(f)) + " AS " + s.typ + ") AS " + ident(s.column)
}

// misread says whether DuckDB would take the column's value from elsewhere than
// from the log.
func (s split) misread(v view) bool {
	return s.column != "" && (hiveKeyAbove(v.table, v.dir) || slices.ContainsFunc(v.snap.Files, func(f lake.File) bool {
		return !strings.HasPrefix(f.Relative, s.column+"="+s.value(f)+"/") // Delta leaves the path to the writer
	}))
}

// largestFirst moves the file with most rows to the front, in a table that is
// split by year. DuckDB takes all files to be as large as the first, and that of
// 1990 has eight rows a day: a join with the bars would then build its hash table
// of the bars.
func (s split) largestFirst(files []lake.File) []lake.File {
	if s.column != yearColumn {
		return files
	}
	largest := slices.MaxFunc(files, func(a, b lake.File) int { return cmp.Compare(a.Rows, b.Rows) })
	list := append(make([]lake.File, 0, len(files)), largest)
	for _, f := range files {
		if f.Path != largest.Path {
			list = append(list, f)
		}
	}
	return list
}

// runs returns the files in runs of the same partition; they are in that order.
func (s split) runs(files []lake.File) [][]lake.File {
	var runs [][]lake.File
	for len(files) > 0 {
		value := s.value(files[0])
		n := slices.IndexFunc(files, func(f lake.File) bool { return s.value(f) != value })
		if n < 0 {
			n = len(files)
		}
		runs, files = append(runs, files[:n]), files[n:]
	}
	return runs
}
