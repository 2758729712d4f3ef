//go:build cgo

package duckdb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"barkeep/sinks/lake"
)

// runsFile holds the history of runs, in LAKE/_state: one JSON object a line.
const runsFile = "runs.jsonl"

// runsView is its view in the schema live_files.
const runsView = "runs"

// runColumns are what the view runs has of it.
var runColumns = []listed{
	{"id", "VARCHAR", "unique; sorts by time"},
	{"job", "VARCHAR", ""},
	{"why", "VARCHAR", "what began the run: schedule, catch-up, retry, after (another job), hand"},
	{"due", "TIMESTAMP WITH TIME ZONE", "when it should have begun"},
	{"began", "TIMESTAMP WITH TIME ZONE", ""},
	{"ended", "TIMESTAMP WITH TIME ZONE", ""},
	{"outcome", "VARCHAR", "done, partial, failed, refused, busy, timed out or interrupted"},
	{"attempt", "BIGINT", "1 for the first"},
	{"missed", "BIGINT", "due times that passed and that the run stands for, besides its own"},
	{"rows", "BIGINT", "committed"},
	{"bytes", "BIGINT", "received"},
	{"requests", "BIGINT", "sent"},
	{"error", "VARCHAR", "null when there was none"},
}

// runsSQL returns the statements that make the view runs, without a file.
func runsSQL() []string {
	empty := make([]string, len(runColumns))
	for i, c := range runColumns {
		empty[i] = "CAST(NULL AS " + c.typ + ") AS " + ident(c.name)
	}
	sql := []string{
		liveView(runsView, "SELECT "+strings.Join(empty, ", ")+" WHERE false"),
		newView("runs", "FROM "+live(runsView)),
		"COMMENT ON VIEW runs IS " + quote("the newest runs of jobs, read from LAKE/_state/"+runsFile+" whenever it is asked for: those of now, not of the publication"),
	}
	for _, c := range runColumns {
		if c.comment != "" {
			sql = append(sql, commentOn("runs", c.name, c.comment))
		}
	}
	return sql
}

// runsQuery reads the file. A line that is no run, such as half a one that is just
// being written, is left out.
func runsQuery(from origin) (string, error) {
	file := strings.Join([]string{"_state", runsFile}, "/")
	path := from.prefix() + " || " + quote(file)
	if !from.macro {
		pattern, err := literalPattern(filepath.Join(from.dir, file))
		if err != nil {
			return "", err
		}
		path = quote(pattern)
	}
	columns, types := make([]string, len(runColumns)), make([]string, len(runColumns))
	for i, c := range runColumns {
		columns[i] = "TRY_CAST(" + ident(c.name) + " AS " + c.typ + ") AS " + ident(c.name)
		types[i] = ident(c.name) + ": 'VARCHAR'"
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM read_json(" + path +
		", format = 'newline_delimited', ignore_errors = true, columns = {" + strings.Join(types, ", ") + "}) WHERE id IS NOT NULL", nil
}

// makeRuns makes the file if it does not exist: DuckDB refuses a view over none.
func makeRuns(l *lake.Lake) error {
	path := filepath.Join(l.StateDir(), runsFile)
	if hasRuns(l) {
		return nil
	}
	tmp := filepath.Join(l.Dir(), tmpName("runs")) // swept there, should this process die
	if err := l.Disk().Write(tmp, nil); err != nil {
		return err
	}
	err := l.Disk().Link(tmp, path)
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return errors.Join(err, l.Disk().Remove(tmp))
}

func hasRuns(l *lake.Lake) bool {
	info, err := os.Stat(filepath.Join(l.StateDir(), runsFile))
	return err == nil && info.Mode().IsRegular()
}
