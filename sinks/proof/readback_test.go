//go:build cgo

package proof_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"barkeep/etl"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// fileRows keeps what DuckDB read in data files, which never change: a file of the
// same path, size and time, to the nanosecond, is not read again.
var fileRows sync.Map // path, size and time -> []string

// rowsOfFiles returns the rows of data files, sorted.
func rowsOfFiles(t etl.Table, paths []string) (rows []string, err error) {
	var unread []string
	stamps := make([]string, len(paths))
	for i, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		stamps[i] = fmt.Sprint(path, info.Size(), info.ModTime().UnixNano())
		if _, known := fileRows.Load(stamps[i]); !known {
			unread = append(unread, path)
		}
	}
	read := map[string][]string{}
	if len(unread) > 0 {
		lines, err := ask("SELECT filename, " + textSQL(t) + " FROM " +
			strings.TrimSuffix(filesSQL(t, unread), ")") + ", filename = true)")
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			path, row, _ := strings.Cut(line, "\t")
			read[path] = append(read[path], row)
		}
	}
	for i, path := range paths {
		of, known := fileRows.LoadOrStore(stamps[i], read[path])
		if !known && len(read[path]) == 0 {
			return nil, fmt.Errorf("%s holds no rows", path)
		}
		rows = append(rows, of.([]string)...)
	}
	slices.Sort(rows)
	return rows, nil
}

// rowsOfLog returns the rows of a table as an independent reading of its log has
// them, sorted, and that reading.
func rowsOfLog(dir string, t etl.Table) ([]string, *deltaTable, error) {
	state, err := readDelta(filepath.Join(dir, t.Name), newest, anyStart)
	if err != nil {
		return nil, nil, err
	}
	rows, err := rowsOfFiles(t, state.paths())
	return rows, state, err
}

// attached numbers the names under which catalogs are attached.
var attached atomic.Int64

// rowsOfCatalog returns the rows that a published catalog shows of each table.
func rowsOfCatalog(path string, of []etl.Table) (_ map[string][]string, err error) {
	name := fmt.Sprint("published", attached.Add(1))
	if err := execute("ATTACH " + quote(path) + " AS " + name + " (READ_ONLY)"); err != nil {
		return nil, err
	}
	defer func() {
		if failure := execute("DETACH " + name); err == nil {
			err = failure
		}
	}()
	shown := map[string][]string{}
	for _, t := range of {
		rows, err := ask("SELECT " + textSQL(t) + " FROM " + name + "." + t.Name)
		if err != nil {
			return nil, err
		}
		slices.Sort(rows)
		shown[t.Name] = rows
	}
	return shown, nil
}

// rowsBehindDoor returns the rows of a table as sinks/duckdb answers, sorted.
func rowsBehindDoor(ctx context.Context, l *lake.Lake, t etl.Table) (rows []string, err error) {
	db, err := duckdb.Open(ctx, l, sqlConfig())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	result, err := db.Query(ctx, "SELECT "+textSQL(t)+" AS row FROM "+t.Name)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var out bytes.Buffer
	if err := result.WriteCSV(&out); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")[1:]
	slices.Sort(lines)
	return lines, nil
}

// same compares sorted rows and says what differs.
func same(tb testing.TB, what string, got, want []string) bool {
	tb.Helper()
	if slices.Equal(got, want) {
		return true
	}
	tb.Errorf("%s: %d rows, want %d; %s", what, len(got), len(want), difference(got, want))
	return false
}

// difference names the first row that only one of two sorted lists has.
func difference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want) || i < len(got) && got[i] < want[i]:
			return "too much: " + got[i]
		case i >= len(got) || got[i] > want[i]:
			return "missing: " + want[i]
		}
	}
	return "no difference"
}
