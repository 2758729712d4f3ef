//go:build cgo

package duckdb

import (
	"strings"

	"barkeep/sinks/lake"
)

// origin is where the statements of a catalog find the lake: in a directory for
// good, or in the one that a macro names, which users may replace.
type origin struct {
	dir   string // absolute
	macro bool
}

// dirMacro is the name of that macro.
const dirMacro = liveSchema + ".lake_dir"

// prefix is SQL for the directory with a slash.
func (o origin) prefix() string {
	if o.macro {
		return dirMacro + "() || '/'"
	}
	return quote(o.dir + "/")
}

// macroSQL makes the macro.
func (o origin) macroSQL() (string, error) {
	pattern, err := literalPattern(o.dir)
	return "CREATE OR REPLACE MACRO " + dirMacro + "() AS " + quote(pattern), err
}

// list is SQL for the list of a table's files, as read_parquet wants it.
func (o origin) list(table string, files []lake.File) (string, error) {
	patterns := make([]string, len(files))
	for i, f := range files {
		path := f.Path
		if o.macro {
			path = relative(table, f)
		}
		var err error
		if patterns[i], err = literalPattern(path); err != nil {
			return "", err
		}
	}
	list, err := textList(patterns)
	if err != nil || !o.macro {
		return list, err
	}
	return "[" + o.prefix() + " || path FOR path IN " + list + "]", nil
}

// relative returns a file's path from the lake's directory, with slashes.
func relative(table string, f lake.File) string {
	return strings.Join([]string{table, f.Relative}, "/")
}
