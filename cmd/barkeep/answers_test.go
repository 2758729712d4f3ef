package main

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	_ "github.com/marcboeker/go-duckdb/v2" // the reader that is not barkeep
	"github.com/rogpeppe/go-internal/testscript"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// cmdJSON looks at one value: = and ~ (a pattern) compare its text, < and >
// numbers, -> keeps it in a variable; len after a key is the length of a list.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	file := "stdout"
	if len(args) > 2 && args[0] == "-f" {
		file, args = args[1], args[2:]
	}
	need(ts, neg, len(args) == 3, "json [-f FILE] KEY =|~|<|>|-> VALUE")
	var object any
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		ts.Fatalf("%s is no JSON: %v", file, err)
	}
	if decoder.More() {
		ts.Fatalf("%s holds more than one JSON value", file)
	}
	got, ok := lookUp(object, args[0])
	if !ok {
		ts.Fatalf("no key %s", args[0])
	}
	a, errA := strconv.ParseFloat(got, 64)
	b, errB := strconv.ParseFloat(args[2], 64)
	fine := false
	switch args[1] {
	case "=":
		fine = got == args[2]
	case "~":
		fine = regexp.MustCompile(args[2]).MatchString(got)
	case "<":
		fine = errA == nil && errB == nil && a < b
	case ">":
		fine = errA == nil && errB == nil && a > b
	case "->":
		ts.Setenv(args[2], got)
		return
	}
	if !fine {
		ts.Fatalf("%s is %q, want %s %s", args[0], got, args[1], args[2])
	}
}

// lookUp returns the text of the value at a path such as missing_why.0.reason.
func lookUp(v any, path string) (string, bool) {
	for key := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = at[key]; !ok {
				return "", false
			}
		case []any:
			if key == "len" {
				v = len(at)
				continue
			}
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(at) {
				return "", false
			}
			v = at[i]
		default:
			return "", false
		}
	}
	return fmt.Sprint(v), true
}

func cmdAnswer(ts *testscript.TestScript, neg bool, args []string) {
	query := []string{"sql", "--format", "csv"}
	if len(args) > 2 && args[0] == "-lake" {
		query, args = append(query, "--lake", args[1]), args[2:]
	}
	need(ts, neg, len(args) == 2, "answer [-lake DIR] SQL ROWS")
	ts.Check(ts.Exec("barkeep", append(query, args[0])...))
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile("stdout"))).ReadAll()
	ts.Check(err)
	var got []string
	for _, row := range rows[1:] {
		got = append(got, strings.Join(row, ","))
	}
	if answer := strings.Join(got, " "); answer != args[1] {
		ts.Fatalf("the answer is %s, want %s", answer, args[1])
	}
}

// cmdSame compares two lakes as any user of DuckDB would.
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "same LAKE LAKE")
	db, err := sql.Open("duckdb", "")
	ts.Check(err)
	defer db.Close()
	for i, name := range []string{"a", "b"} {
		_, err := db.Exec(fmt.Sprintf("ATTACH '%s' AS %s (READ_ONLY)", catalogOf(ts, args[i]), name))
		ts.Check(err)
	}
	var rows, left, right int
	ts.Check(db.QueryRow(`
		WITH a AS (SELECT * EXCLUDE (fetched_at) FROM a.daily_bars), b AS (SELECT * EXCLUDE (fetched_at) FROM b.daily_bars)
		SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM (FROM a EXCEPT ALL FROM b)),
		       (SELECT count(*) FROM (FROM b EXCEPT ALL FROM a))`).Scan(&rows, &left, &right))
	if rows == 0 || left != 0 || right != 0 {
		ts.Fatalf("of %d rows in %s %d are not in %s, which has %d others", rows, args[0], left, args[1], right)
	}
}

func catalogOf(ts *testscript.TestScript, lake string) string {
	return filepath.Join(ts.MkAbs(lake), duckdb.CatalogName)
}

func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	modes := map[string]string{"ro": "READ_ONLY", "rw": "READ_WRITE"}
	need(ts, neg, len(args) == 2 && modes[args[1]] != "", "hold LAKE ro|rw")
	b := backstageOf(ts)
	if b.held != nil {
		ts.Check(b.held.Close())
	}
	db, err := sql.Open("duckdb", catalogOf(ts, args[0])+"?access_mode="+modes[args[1]])
	ts.Check(err)
	b.held = db
	ts.Check(db.Ping())
}

func cmdHeld(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "held N")
	var rows int
	ts.Check(backstageOf(ts).held.QueryRow("SELECT count(*) FROM daily_bars").Scan(&rows))
	if fmt.Sprint(rows) != args[0] {
		ts.Fatalf("the open catalog shows %d daily bars, want %s", rows, args[0])
	}
}

// cmdListing writes what could change when something is changed: the access
// time is left out, since looking is allowed.
func cmdListing(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "listing DIR FILE")
	root := ts.MkAbs(args[0])
	var list strings.Builder
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		fmt.Fprintln(&list, relative, info.Mode(), info.Size(), info.ModTime().UnixNano())
		return err
	}))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(list.String()), 0o644))
}

// cmdCommit is another writer on the same table.
func cmdCommit(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 3, "commit LAKE SYMBOL N")
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	b := array.NewRecordBuilder(memory.DefaultAllocator, etl.DailyBars.Schema())
	defer b.Release()
	for i := range n {
		for k, column := range etl.DailyBars.Columns {
			appendCell(b.Field(k), column.Name, args[1], schedules.MakeDay(2020, 1, 2)+schedules.Day(i))
		}
	}
	rows := b.NewRecord()
	defer rows.Release()
	l := lake.Open(ts.MkAbs(args[0]), lake.DefaultConfig())
	_, err = l.Table(etl.DailyBars).Append(context.Background(), []arrow.Record{rows}, lake.Info{Job: "other"})
	ts.Check(err)
}

func appendCell(b array.Builder, column, symbol string, day schedules.Day) {
	switch b := b.(type) {
	case *array.Date32Builder:
		b.Append(arrow.Date32(day))
	case *array.StringBuilder:
		if column == "symbol" {
			b.Append(symbol)
			return
		}
		b.Append("other")
	case *array.Float64Builder:
		b.Append(1.5)
	case *array.Int64Builder:
		b.Append(100)
	case *array.BooleanBuilder:
		b.Append(true)
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(day) * 86_400_000_000)
	default:
		panic(fmt.Sprintf("column %s: %T", column, b))
	}
}
