package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
	"barkeep/sources/quotes"
)

// noQuotes is a cache nobody asks.
type noQuotes struct{ web.Quotes }

func (noQuotes) Stats() quotes.Stats { return quotes.Stats{} }

// sqlServer is the door over a lake of 250 bars of one symbol, with a file beside
// it that nobody may read. It returns the URL of the route and the directory.
func sqlServer(t testing.TB, changeDoor func(*door.Config), changeDuckDB func(*duckdb.Config)) (url, dir string) {
	t.Helper()
	dir = t.TempDir()
	l := lake.Open(filepath.Join(dir, "lake"), lake.DefaultConfig())
	rows := array.NewRecordBuilder(memory.DefaultAllocator, etl.DailyBars.Schema())
	defer rows.Release()
	for day := schedules.MakeDay(2024, 1, 2); rows.Field(0).Len() < 250; day++ {
		for i, c := range etl.DailyBars.Columns {
			appendCell(rows.Field(i), c.Name, "sh600000", day)
		}
	}
	record := rows.NewRecord()
	defer record.Release()
	if _, err := l.Table(etl.DailyBars).Append(t.Context(), []arrow.Record{record}, lake.Info{Job: "test"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret.csv"), []byte("a,b\nSECRET,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := duckdb.DefaultConfig()
	cfg.TempDir = filepath.Join(dir, "spill")
	if err := os.Mkdir(cfg.TempDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if changeDuckDB != nil {
		changeDuckDB(&cfg)
	}
	settings := door.DefaultConfig()
	if changeDoor != nil {
		changeDoor(&settings)
	}
	return serveSQL(t, settings, &sqlDoor{l, cfg, settings.SQLMemory, slog.New(slog.DiscardHandler)}), dir
}

// serveSQL returns the URL of the route.
func serveSQL(t testing.TB, settings door.Config, queries web.SQL) string {
	t.Helper()
	s, err := web.New(settings, noQuotes{}, web.Options{Program: web.Program{SQL: queries}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL + "/api/v1/sql"
}

// oneDuckDB answers all queries with the same DuckDB, in this process: to start one
// takes longer than to be refused by it, and what one query could change the next
// would see.
type oneDuckDB struct{ db *duckdb.DB }

func (d oneDuckDB) Query(ctx context.Context, query string, most int64) (web.Rows, error) {
	r, err := d.db.Query(ctx, query)
	if err != nil {
		return nil, &web.QueryError{Err: err}
	}
	return openRows{r}, nil
}

type openRows struct{ *duckdb.Result }

func (r openRows) Write(w io.Writer, _ string) error { return r.WriteCSV(w) }
func (r openRows) Count() (int64, bool)              { return r.Rows(), r.More() }

// askSQL sends a query, and returns the status, or 0 when the answer was cut off.
func askSQL(t testing.TB, url string, fields map[string]any) (int, []byte, http.Header) {
	t.Helper()
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(url, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, body, answer.Header
	}
	return answer.StatusCode, body, answer.Header
}

func TestSQLOverHTTP(t *testing.T) {
	url, _ := sqlServer(t, nil, nil)
	code, body, header := askSQL(t, url, map[string]any{"query": "SELECT count(*) AS n, min(symbol) AS s FROM daily_bars;"})
	if code != 200 || string(body) != "[\n{\"n\":250,\"s\":\"sh600000\"}\n]\n" || header.Get("Barkeep-Rows") != "1" {
		t.Errorf("%d %s %v", code, body, header)
	}
	code, body, header = askSQL(t, url, map[string]any{"query": "SELECT date FROM daily_bars ORDER BY date", "format": "csv", "max_rows": 1})
	if code != 200 || string(body) != "date\n2024-01-02\n" || header.Get("Barkeep-Truncated") != "true" {
		t.Errorf("%d %s %v", code, body, header)
	}
	code, body, _ = askSQL(t, url, map[string]any{"query": "SELECT date, close, volume FROM daily_bars", "format": "arrow"})
	in, err := ipc.NewReader(bytes.NewReader(body))
	if code != 200 || err != nil {
		t.Fatal(code, err)
	}
	n := int64(0)
	for in.Next() {
		n += in.Record().NumRows()
	}
	if n != 250 || in.Err() != nil {
		t.Errorf("%d rows, %v", n, in.Err())
	}
	for query, text := range map[string]string{"SELEC 1": "SELEC is refused", "SELECT nothing FROM daily_bars": "Binder Error", "SELECT 1 FORM x": "Parser Error"} {
		if code, body, _ := askSQL(t, url, map[string]any{"query": query}); code != 400 || !strings.Contains(string(body), text) {
			t.Errorf("%s: %d %s", query, code, body)
		}
	}
	empty := serveSQL(t, door.DefaultConfig(), &sqlDoor{lake.Open(t.TempDir(), lake.DefaultConfig()), duckdb.DefaultConfig(), 1 << 30, slog.New(slog.DiscardHandler)})
	if code, body, _ := askSQL(t, empty, map[string]any{"query": "SELECT 1"}); code != 503 || !strings.Contains(string(body), "the lake is empty") {
		t.Errorf("an empty lake: %d %s", code, body)
	}
}

// filesIn lists every file below a directory with its size.
func filesIn(t testing.TB, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&list, path, info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

// TestSQLEscapes holds that a query over HTTP reads the lake's tables and nothing
// else, writes nothing, and changes no setting.
func TestSQLEscapes(t *testing.T) {
	_, dir := sqlServer(t, nil, nil)
	db, err := duckdb.Open(t.Context(), lake.Open(filepath.Join(dir, "lake"), lake.DefaultConfig()), duckdb.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	url := serveSQL(t, door.DefaultConfig(), oneDuckDB{db})
	before := filesIn(t, dir)
	_, live, _ := askSQL(t, url, map[string]any{"query": "SELECT path FROM files WHERE table_name = 'daily_bars'", "format": "csv"})
	own := strings.TrimSpace(strings.TrimPrefix(string(live), "path\n")) // may be read, so the door alone holds it from being written
	if _, err := os.Stat(own); err != nil {
		t.Fatal(err)
	}
	secret, out := filepath.Join(dir, "secret.csv"), filepath.Join(dir, "out")
	for _, query := range []string{
		"COPY daily_bars TO '" + out + "'",
		"COPY (SELECT 1) TO '" + out + "' (FORMAT csv)",
		"EXPLAIN ANALYZE COPY (SELECT 1) TO '" + out + "'",
		"COPY (SELECT 1) TO '" + own + "'",
		"EXPLAIN ANALYZE COPY (SELECT 1) TO '" + own + "' (FORMAT parquet)",
		"ATTACH '" + own + "' AS x",
		"EXPORT DATABASE '" + out + "'",
		"IMPORT DATABASE '" + out + "'",
		"ATTACH '" + out + "'",
		"ATTACH 'https://example.com/x.duckdb'",
		"DETACH memory",
		"USE memory",
		"INSTALL httpfs",
		"LOAD httpfs",
		"LOAD '" + out + "'",
		"FORCE INSTALL spatial FROM community",
		"SELECT * FROM read_csv('" + secret + "')",
		"SELECT * FROM read_csv_auto('" + secret + "')",
		"SELECT * FROM '" + secret + "'",
		"FROM '" + secret + "'",
		"SELECT * FROM read_text('" + secret + "')",
		"SELECT * FROM read_text('/etc/passwd')",
		"SELECT * FROM read_blob('/proc/self/environ')",
		"SELECT * FROM read_json('" + secret + "')",
		"SELECT * FROM read_parquet('" + filepath.Join(dir, "lake", "..", "secret.csv") + "')",
		"SELECT * FROM read_parquet('https://example.com/x.parquet')",
		"SELECT * FROM parquet_metadata('" + secret + "')",
		"SELECT * FROM sniff_csv('" + secret + "')",
		"SELECT * FROM glob('/etc/*')",
		"SELECT * FROM glob('" + dir + "/*')",
		"SELECT getenv('HOME')",
		"SELECT * FROM query('COPY (SELECT 1) TO ''" + out + "''')",
		"SELECT * FROM query_table('" + secret + "')",
		"WITH x AS (SELECT 1) INSERT INTO publication SELECT 1, now()",
		"PRAGMA database_list",
		"PRAGMA memory_limit='100GB'",
		"SET memory_limit = '100GB'",
		"SET enable_external_access = true",
		"SET GLOBAL lock_configuration = false",
		"RESET memory_limit",
		"SELECT 1; SELECT 2",
		"SELECT 1; COPY (SELECT 1) TO '" + out + "'",
		"SELECT 1 /* ; */; DROP TABLE commits",
		"CREATE TABLE t AS SELECT 1",
		"CREATE SECRET (TYPE s3)",
		"CREATE MACRO f() AS 1",
		"INSERT INTO commits SELECT * FROM commits",
		"UPDATE commits SET job = 'x'",
		"DELETE FROM commits",
		"DROP VIEW daily_bars",
		"ALTER TABLE commits RENAME TO c",
		"CALL pragma_database_size()",
		"CHECKPOINT",
		"FORCE CHECKPOINT",
		"VACUUM",
		"PREPARE p AS SELECT 1",
		"EXECUTE p",
		"BEGIN",
		"COMMIT",
		"SELECT enable_logging()",
		"FROM json_execute_serialized_sql('x')",
	} {
		code, body, _ := askSQL(t, url, map[string]any{"query": query, "format": "csv"})
		if code != 400 && code != 500 || bytes.Contains(body, []byte("SECRET")) || bytes.Contains(body, []byte("root:")) {
			t.Errorf("%s: %d %.300s", query, code, body)
		}
		var envelope struct{ Error struct{ Message string } }
		if err := json.Unmarshal(body, &envelope); err != nil || envelope.Error.Message == "" {
			t.Errorf("%s: it does not say why: %s", query, body)
		}
	}
	if after := filesIn(t, dir); after != before {
		t.Errorf("files have changed:\n%s\nbefore:\n%s", after, before)
	}
	// The next query finds everything as it was.
	if code, body, _ := askSQL(t, url, map[string]any{"query": "SELECT current_setting('memory_limit'), current_setting('enable_external_access'), current_setting('lock_configuration')", "format": "csv"}); code != 200 || !strings.HasSuffix(string(body), "\n1.0 GiB,false,true\n") {
		t.Errorf("settings: %d %s", code, body)
	}
}
