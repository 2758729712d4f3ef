//go:build cgo

package duckdb_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

func TestQueryShowsTheLake(t *testing.T) {
	l := newLake(t, t.TempDir())
	db := open(t, l)
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2025, 5)...))
	expect(t, db, "SELECT count(*) FROM daily_bars", "20") // as of Open
	expect(t, db, "FROM daily_bars SELECT date, symbol, close, volume, turn, traded, fetched_at, year "+
		"WHERE symbol = 'sh600000' ORDER BY date DESC LIMIT 1",
		"2024-01-06,sh600000,1.28,1972800,,true,2024-01-02T09:35:00.123456Z,2024")
	expect(t, db, "SELECT table_name, rows FROM files ORDER BY ALL", "daily_bars,10\ndaily_bars,10\ninstruments,2\ntrading_days,5")
	expect(t, db, "SELECT CAST(fetched_at AS DATE), fetched_at AT TIME ZONE 'Asia/Shanghai' FROM instruments LIMIT 1",
		"2024-01-02,2024-01-02T17:35:00.123456")
	if v := db.Versions(); v["daily_bars"] != 0 || v["quarantine"] != -1 {
		t.Error(v)
	}
	expect(t, open(t, l), "SELECT count(*) FROM daily_bars", "30")
}

func TestStatementsThatRead(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	for _, query := range []string{
		"SELECT 1;", " -- a comment\n/* and /* another */ */ select ';' ; ; ", "(SELECT 1) UNION (SELECT 2)",
		"WITH x AS (FROM daily_bars) FROM x", "VALUES (1, 2)", "TABLE instruments", "FROM daily_bars LIMIT 1",
		"PIVOT daily_bars ON symbol USING first(close) GROUP BY date",
		"FROM (PIVOT daily_bars ON symbol USING first(close) GROUP BY date)",
		"PIVOT daily_bars ON symbol IN ('sh600000') USING first(close) GROUP BY date",
		"UNPIVOT instruments ON name, kind", "DESCRIBE daily_bars", "DESC daily_bars", "SHOW TABLES", "SHOW daily_bars",
		"SUMMARIZE daily_bars", "EXPLAIN SELECT 1", "EXPLAIN ANALYZE FROM daily_bars", "EXPLAIN (FORMAT json) SELECT 1",
		"EXPLAIN (ANALYZE) SELECT 1", "EXPLAIN (SELECT 1)", "EXPLAIN SUMMARIZE daily_bars",
		"EXPLAIN PIVOT daily_bars ON symbol USING first(close) GROUP BY date",
		`SELECT table_name FROM quarantine`, "SELECT $$;$$, $a$;$a$, e'\\';', 'it''s; fine'", `SELECT 1 AS ";"`,
		"SELECT 'query' AS query, (1) AS checkpoint",
	} {
		if _, err := rowsOf(t.Context(), db, query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// Whatever is not one statement that reads is refused before it runs, with the
// files of the lake named in the temptation.
func TestStatementsThatAreRefused(t *testing.T) {
	l := newLake(t, t.TempDir())
	db := open(t, l)
	snap, err := l.Table(etl.DailyBars).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	live := snap.Files[0].Path
	before, err := os.ReadFile(live)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	for _, query := range []string{
		"", " ; ", "-- nothing",
		"COPY (SELECT 1) TO '" + live + "' (FORMAT parquet)", "COPY (SELECT 1) TO '" + out + "'",
		"EXPLAIN ANALYZE COPY (SELECT 1) TO '" + live + "' (FORMAT parquet)",
		"EXPLAIN (ANALYZE) COPY (SELECT 1) TO '" + live + "' (FORMAT parquet)",
		"EXPLAIN ANALYZE CREATE TABLE x (i INT)", "EXPLAIN ANALYZE WITH x AS (SELECT 1) DELETE FROM files", "EXPLAIN",
		"ATTACH '" + out + "'", "DETACH memory", "INSTALL httpfs", "LOAD httpfs", "SET threads = 4", "RESET threads",
		"PRAGMA version", "PRAGMA database_size", "CREATE TABLE x (i INT)", "CREATE TEMP TABLE x (i INT)",
		"DROP VIEW daily_bars", "DELETE FROM files", "WITH x AS (SELECT 1) DELETE FROM files",
		"WITH x AS (SELECT 1) INSERT INTO files (path) SELECT 'a'", "INSERT INTO files (path) VALUES ('a')",
		"UPDATE files SET path = ''", "TRUNCATE files", "ALTER TABLE files RENAME TO x", "BEGIN", "COMMIT", "CHECKPOINT",
		"CALL pragma_version()", "USE memory", "EXPORT DATABASE '" + out + "'", "IMPORT DATABASE '" + out + "'",
		"PREPARE p AS SELECT 1", "EXECUTE p", "VACUUM", "ANALYZE",
		"SELECT 1; SELECT 2", "SELECT 1;;SELECT 2", "SELECT 1; DROP VIEW daily_bars", "SELECT '\\'; DROP VIEW daily_bars --'",
		"PIVOT daily_bars ON symbol USING first(close); DROP VIEW daily_bars",
		"FROM enable_logging(storage = 'stdout')", `FROM system.main."ENABLE_LOGGING" /**/ ()`, "FROM checkpoint()",
		"FROM query('FROM enable_logging()')", "SELECT write_log('x')", "FROM arrow_scan(1, 2, 3)",
	} {
		_, err := db.Query(t.Context(), query)
		var refused *duckdb.RefusedError
		var failed *duckdb.QueryError // there are only views, so the parser may stop it first
		if !errors.As(err, &refused) && !(errors.As(err, &failed) && failed.Usage()) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: not refused in a line: %v", query, err)
		}
	}
	if after, err := os.ReadFile(live); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a live file was changed: %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
	expect(t, db, "SELECT count(*) FROM daily_bars", "20")
	expect(t, db, "SELECT count(*) FROM files", "4")
}

func TestNothingButTheLakeCanBeRead(t *testing.T) {
	dir := t.TempDir()
	l := newLake(t, dir)
	db := open(t, l)
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a,b\n1,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"FROM read_csv('/etc/passwd')", "FROM read_csv('" + secret + "')", "FROM '" + secret + "'",
		"SELECT * FROM read_text('" + secret + "')", "SELECT * FROM read_blob('" + secret + "')",
		"FROM glob('" + dir + "/*')", "FROM read_parquet('" + dir + "/daily_bars/**/*.parquet')",
		"FROM read_parquet('https://example.com/x.parquet')", "FROM parquet_metadata('" + secret + "')",
		"FROM sniff_csv('" + secret + "')", "FROM read_json('" + dir + "/daily_bars/_delta_log/00000000000000000000.json')",
	} {
		_, err := rowsOf(t.Context(), db, query)
		var failed *duckdb.QueryError
		if !errors.As(err, &failed) || !failed.Usage() {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestErrorsAreDuckDBsOwnWords(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	for query, want := range map[string]string{
		"SELECT * FROM daily_bar":          "Catalog Error: Table with name daily_bar does not exist!\nDid you mean \"daily_bars\"?",
		"SELECT clos FROM daily_bars":      "Binder Error: Referenced column \"clos\" not found in FROM clause!\nCandidate bindings:",
		"SELECT FROM WHERE":                "Parser Error: ",
		"SELECT 'x'::INT":                  "Conversion Error: ",
		"SELECT error('mine') FROM files":  "Invalid Input Error: mine",
		"SELECT * FROM files WHERE path=?": "Invalid Input Error: Values were not provided",
	} {
		_, err := rowsOf(t.Context(), db, query)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", query, err, want)
		}
		var failed *duckdb.QueryError
		if !errors.As(err, &failed) || !failed.Usage() {
			t.Errorf("%s: %#v", query, err)
		}
	}
}

func TestOpenEmptyLake(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		_, err := duckdb.Open(t.Context(), lake.Open(dir, lake.DefaultConfig()), config())
		if !errors.Is(err, duckdb.ErrEmptyLake) || !strings.Contains(err.Error(), "barkeep demo") || !strings.Contains(err.Error(), dir) {
			t.Error(err)
		}
	}
}

func TestCancelStopsAQuery(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	for _, query := range []string{
		"SELECT count(*) FROM range(1000000000000000)",          // before the first row
		"SELECT * FROM range(1000000000000000)",                 // while rows are read
		"SELECT * FROM range(1000000000000000) t(i) ORDER BY i", // in a sort
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		start := time.Now()
		r, err := db.Query(ctx, query)
		if err == nil {
			err = r.WriteCSV(io.Discard)
			r.Close()
		}
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
			t.Errorf("%s: after %v: %v", query, time.Since(start), err)
		}
	}
	expect(t, db, "SELECT count(*) FROM daily_bars", "20")
}

// A result is computed as it is read: this one would never end.
func TestResultsAreStreamed(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	r, err := db.Query(t.Context(), "SELECT i FROM range(1000000000000000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out bytes.Buffer
	if err := r.WriteTable(&out, 3); err != nil || !strings.HasSuffix(out.String(), "(the first 3 rows; there are more)\n") {
		t.Error(err, out.String())
	}
}

func TestSortsLargerThanMemorySpill(t *testing.T) {
	cfg := config()
	cfg.MemoryLimit, cfg.TempDir = "24MiB", t.TempDir()
	db, err := duckdb.Open(t.Context(), newLake(t, t.TempDir()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, db, "SELECT sum(r) FROM (SELECT row_number() OVER (ORDER BY hash(i)) AS r FROM range(1000000) t(i))", "500000500000")
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(cfg.TempDir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestQueriesRunAtOnce(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				expect(t, db, "SELECT count(*), sum(volume) FROM daily_bars", "20,39087000")
			}
		})
	}
	wg.Wait()
}

func TestClose(t *testing.T) {
	db, err := duckdb.Open(t.Context(), newLake(t, t.TempDir()), config())
	if err != nil {
		t.Fatal(err)
	}
	r, err := db.Query(t.Context(), "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	if err := r.WriteCSV(io.Discard); err != nil { // Close waits for it
		t.Error(err)
	}
	r.Close()
	r.Close()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := db.Query(t.Context(), "SELECT 1"); err == nil {
		t.Error("a closed database answers")
	}
}
