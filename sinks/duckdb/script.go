//go:build cgo

package duckdb

import (
	"bytes"
	"fmt"
	"slices"
)

// scriptHead explains the script to whoever opens it. DuckDB 1.0 knows no
// variables, but a macro in a list of files is resolved whenever a view is used.
const scriptHead = `-- The views of a barkeep lake, for DuckDB 1.0.0 and later:
--
--   duckdb my.duckdb -c ".read lake.sql"          con.execute(open("lake.sql").read())
--
-- They are made, or replaced, in the current database and schema. Where the lake is
-- seen under another path, or on S3 (with the extension httpfs), say so afterwards:
--
--   CREATE OR REPLACE MACRO %s() AS 's3://bucket/lake';
--
-- No directory in that path may be named like KEY=VALUE.
--
-- Made by barkeep with every catalog, form %s; edit a copy.
BEGIN TRANSACTION;
`

// script returns the views as one text that any DuckDB loads. The table commits
// has no rows there, which would be most of the text; nor has runs, which needs an
// extension.
func (c content) script(dir string) ([]byte, error) {
	from := origin{dir: dir, macro: true}
	macro, err := from.macroSQL()
	if err != nil {
		return nil, err
	}
	c.views, c.runs = slices.Clone(c.views), false
	for i := range c.views {
		c.views[i].history = nil
	}
	fill, err := c.fillSQL(from)
	if err != nil {
		return nil, err
	}
	form := formSQL()
	var out bytes.Buffer
	fmt.Fprintf(&out, scriptHead, dirMacro, formOf())
	for _, s := range slices.Concat(form[:1], []string{macro}, form[1:], fill, []string{"COMMIT"}) { // the schema goes first
		out.WriteString(s)
		out.WriteString(";\n")
	}
	return out.Bytes(), nil
}
