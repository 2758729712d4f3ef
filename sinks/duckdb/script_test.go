//go:build cgo

package duckdb_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	driver "github.com/marcboeker/go-duckdb/v2"

	"barkeep/sinks/duckdb"
)

// loaded runs the script of a lake in a database of its own.
func loaded(t *testing.T, dir string) *sql.DB {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(dir, duckdb.ScriptName))
	if err != nil {
		t.Fatal(err)
	}
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for range 2 { // it may be loaded again
		if _, err := db.Exec(string(script)); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// The script shows what the catalog does, and comments it the same way.
func TestScript(t *testing.T) {
	l := newLake(t, t.TempDir())
	appendQuotes(t, l, newQuote("sh600000", "15:10"))
	catalog := reader(t, publish(t, l).Path)
	script := loaded(t, l.Dir())
	for _, query := range []string{
		"SELECT list(x ORDER BY x) FROM (SELECT daily_bars::VARCHAR AS x FROM daily_bars)",
		"SELECT list(x ORDER BY x) FROM (SELECT quotes::VARCHAR AS x FROM quotes)",
		"SELECT list(x ORDER BY x) FROM (SELECT latest_quotes::VARCHAR AS x FROM latest_quotes)",
		"SELECT list(x ORDER BY x) FROM (SELECT daily_bars_live::VARCHAR AS x FROM daily_bars_live)",
		"SELECT list(x ORDER BY x) FROM (SELECT instruments::VARCHAR AS x FROM instruments)",
		"SELECT count(*) FROM quarantine",
		"SELECT list(x ORDER BY x) FROM (SELECT files::VARCHAR AS x FROM files)",
		"SELECT list(x ORDER BY x) FROM (SELECT versions::VARCHAR AS x FROM versions)",
		"SELECT list(x) FROM (SELECT publication::VARCHAR AS x FROM publication)",
		"SELECT list(x ORDER BY x) FROM (SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || coalesce(comment, '') AS x FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal AND database_name = current_database())",
		"SELECT list(x ORDER BY x) FROM (SELECT view_name || ' ' || coalesce(comment, '') AS x FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal AND database_name = current_database())",
	} {
		if _, err := script.Exec("SET TimeZone = 'UTC'"); err != nil {
			t.Fatal(err)
		}
		var want string
		if err := catalog.QueryRow("SELECT CAST((" + query + ") AS VARCHAR)").Scan(&want); err != nil {
			t.Fatal(query, err)
		}
		ask(t, script, query, want)
	}
	ask(t, script, "SELECT count(*) FROM commits", "0")
}

// A lake that was moved needs one macro.
func TestScriptElsewhere(t *testing.T) {
	for _, name := range []string{"plain", `it's a "lake"`, "a[b]*?", "湖"} {
		here, there := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), "moved")
		l := newLake(t, here)
		publish(t, l)
		db := loaded(t, here)
		ask(t, db, "SELECT count(*) FROM daily_bars WHERE year = 2024", "10")
		if err := os.Rename(here, there); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("CREATE OR REPLACE MACRO live_files.lake_dir() AS '" + there + "'"); err != nil {
			t.Fatal(err)
		}
		ask(t, db, "SELECT count(*) FROM daily_bars WHERE year = 2024", "10")
		ask(t, db, "SELECT count(*) FROM files WHERE starts_with(path, '"+there+"/')", "4")
	}
}

// Names that hold what separates the others.
func TestLineFeedInAPath(t *testing.T) {
	l := newLake(t, filepath.Join(t.TempDir(), "two\nlines"))
	ask(t, reader(t, publish(t, l).Path), "SELECT count(*) FROM daily_bars", "20")
	ask(t, loaded(t, l.Dir()), "SELECT count(*) FROM daily_bars", "20")
	expect(t, open(t, l), "SELECT count(*) FROM daily_bars", "20")
}

func TestCommits(t *testing.T) {
	l := newLake(t, t.TempDir())
	replaceInstruments(t, l)
	db := reader(t, publish(t, l).Path)
	ask(t, db, "SELECT list(version || ' ' || operation || ' ' || job || ' ' || added || ' ' || removed || ' ' || rows ORDER BY version) FROM commits WHERE table_name = 'instruments'",
		"[0 WRITE test 1 0 2, 1 WRITE test 1 1 2]")
	ask(t, db, "SELECT bool_and(bytes > 0 AND engine LIKE 'barkeep/%' AND committed_at > '2020-01-01') FROM commits", "true")
	ask(t, db, "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'commits' AND schema_name = 'main' AND comment IS NULL AND column_name <> 'table_name'", "0")
	ask(t, db, "SELECT number || ' ' || (abs(date_diff('second', taken_at, now())) < 60) FROM publication", "1 true")
}
