//go:build cgo

package duckdb_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	driver "github.com/marcboeker/go-duckdb/v2"

	"barkeep/etl"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// reader opens a published catalog the way another program does: in an
// instance of its own.
func reader(t testing.TB, path string) *sql.DB {
	t.Helper()
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		"ATTACH '" + strings.ReplaceAll(path, "'", "''") + "' AS c (READ_ONLY)", "USE c", "SET TimeZone = 'UTC'",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func ask(t testing.TB, db *sql.DB, query, want string) {
	t.Helper()
	var got string
	if err := db.QueryRow("SELECT CAST((" + query + ") AS VARCHAR)").Scan(&got); err != nil {
		t.Errorf("%s: %v", query, err)
	} else if got != want {
		t.Errorf("%s = %q, want %q", query, got, want)
	}
}

func publish(t testing.TB, l *lake.Lake) duckdb.Catalog {
	t.Helper()
	c, err := duckdb.Publish(t.Context(), l, config())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPublish(t *testing.T) {
	l := newLake(t, t.TempDir())
	c := publish(t, l)
	if c.Files != 4 || c.Rows != 27 || c.Versions["daily_bars"] != 0 || c.Versions["quarantine"] != -1 {
		t.Errorf("%+v", c)
	}
	db := reader(t, c.Path)
	for query, want := range map[string]string{
		"SELECT count(*) FROM daily_bars":                                                             "20",
		"SELECT count(*) FROM daily_bars WHERE year = 2023":                                           "10",
		"SELECT count(*) FROM daily_bars WHERE year = year(date)":                                     "20",
		"SELECT typeof(year) FROM daily_bars LIMIT 1":                                                 "INTEGER",
		"SELECT close FROM daily_bars WHERE symbol = 'sz000001' AND date = '2024-01-03'":              "2.25",
		"SELECT fetched_at FROM daily_bars LIMIT 1":                                                   "2024-01-02 09:35:00.123456+00",
		"SELECT name FROM instruments WHERE symbol = 'sh600000'":                                      `浦发, "银行"`,
		"SELECT count(*) FROM trading_days":                                                           "5",
		"SELECT count(*) FROM quarantine":                                                             "0",
		"SELECT list(column_name) FROM (DESCRIBE quarantine)":                                         "[table_name, symbol, date, reason, raw, request, source, fetched_at]",
		"SELECT list(table_name || ' ' || rows || ' ' || min_date || ' ' || version) FROM files":      "[daily_bars 10 2023-01-02 0, daily_bars 10 2024-01-02 0, NULL, trading_days 5 2024-01-02 0]",
		"SELECT list(year) FROM files WHERE table_name = 'daily_bars'":                                "[2023, 2024]",
		"SELECT bool_and(modified > '2020-01-01' AND bytes > 0) FROM files":                           "true",
		"SELECT list(table_name || version || ' ' || rows || ' ' || files) FROM versions":             "[daily_bars0 20 2, instruments0 2 1, trading_days0 5 1]",
		"SELECT comment FROM duckdb_columns() WHERE table_name = 'daily_bars' AND column_name='turn'": "%; volume in per cent of the floating shares; null while suspended",
		"SELECT comment FROM duckdb_views() WHERE view_name = 'daily_bars'":                           etl.DailyBars.Comment,
	} {
		ask(t, db, query, want)
	}
	left, _ := filepath.Glob(filepath.Join(l.Dir(), "*.wal"))
	tmp, _ := filepath.Glob(filepath.Join(l.Dir(), ".lake*"))
	if len(left)+len(tmp) > 0 {
		t.Errorf("left behind: %v %v", left, tmp)
	}
}

// The views of an empty lake have the same columns and types as those of a
// full one.
func TestPublishEmptyLake(t *testing.T) {
	empty := reader(t, publish(t, lake.Open(filepath.Join(t.TempDir(), "new"), lake.DefaultConfig())).Path)
	l := newLake(t, t.TempDir())
	appendTo(t, l, etl.Quarantine, batch(etl.Quarantine, twoSymbols, days(2024, 1)...))
	appendQuotes(t, l, newQuote("sh600000", "15:10"))
	full := reader(t, publish(t, l).Path)
	for _, name := range []string{"daily_bars", "quotes", "instruments", "trading_days", "quarantine",
		"latest_quotes", "provisional_bars", "daily_bars_live"} {
		ask(t, empty, "SELECT count(*) FROM "+name, "0")
		var want string
		query := "SELECT CAST(list(column_name || ' ' || column_type) AS VARCHAR) FROM (DESCRIBE " + name + ")"
		if err := full.QueryRow(query).Scan(&want); err != nil {
			t.Fatal(err)
		}
		ask(t, empty, "SELECT list(column_name || ' ' || column_type) FROM (DESCRIBE "+name+")", want)
	}
	ask(t, empty, "SELECT count(*) FROM files", "0")
	ask(t, empty, "SELECT count(*) FROM versions", "0")
}

// A condition on year must not read the other years' files: here they are torn.
func TestYearSkipsFiles(t *testing.T) {
	l := newLake(t, t.TempDir())
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2025, 5)...))
	c := publish(t, l)
	files, err := filepath.Glob(filepath.Join(l.Dir(), "daily_bars", "year=2025", "*.parquet"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.WriteFile(files[0], []byte("torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	ask(t, reader(t, c.Path), "SELECT count(*) FROM daily_bars WHERE year = 2024", "10")
}

func TestFailedPublishKeepsTheOldCatalog(t *testing.T) {
	l := newLake(t, t.TempDir())
	c := publish(t, l)
	before, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2025, 5)...))
	snap, err := l.Table(etl.DailyBars).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(snap.Files[2].Path, []byte("PAR1 torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := duckdb.Publish(t.Context(), l, config()); err == nil || !strings.Contains(err.Error(), snap.Files[2].Path) {
		t.Errorf("publish over a torn file: %v", err)
	}
	cfg := config()
	cfg.MemoryLimit = "plenty"
	if _, err := duckdb.Publish(t.Context(), l, cfg); err == nil {
		t.Error("publish with a memory limit that DuckDB refuses: no error")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := duckdb.Publish(cancelled, l, config()); !errors.Is(err, context.Canceled) {
		t.Errorf("publish after cancel: %v", err)
	}
	after, err := os.ReadFile(c.Path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the old catalog changed: %v", err)
	}
	if tmp, _ := filepath.Glob(filepath.Join(l.Dir(), ".lake*")); len(tmp) > 0 {
		t.Errorf("left behind: %v", tmp)
	}
}

func TestPublishSweepsWhatTheDeadLeft(t *testing.T) {
	l := newLake(t, t.TempDir())
	for _, name := range []string{".lake.duckdb.tmp-1-aa", ".lake.duckdb.tmp-1-aa.wal", "lake.duckdb.wal"} {
		if err := os.WriteFile(filepath.Join(l.Dir(), name), []byte("half a file"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := publish(t, l)
	for _, pattern := range []string{".lake*", "*.wal"} {
		if left, _ := filepath.Glob(filepath.Join(l.Dir(), pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	ask(t, reader(t, c.Path), "SELECT count(*) FROM daily_bars", "20")
}

// Publishers and a writer at once: every catalog is whole, none goes back, and
// the last shows the last version.
func TestPublishersTakeTurns(t *testing.T) {
	l := newLake(t, t.TempDir())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			newest := int64(-1)
			for range 3 {
				c, err := duckdb.Publish(t.Context(), l, config())
				if err != nil {
					t.Error(err)
					return
				}
				if c.Versions["daily_bars"] < newest {
					t.Errorf("version %d after %d", c.Versions["daily_bars"], newest)
				}
				newest = c.Versions["daily_bars"]
				ask(t, reader(t, c.Path), "SELECT (SELECT count(*) FROM daily_bars) = (SELECT rows FROM versions WHERE table_name = 'daily_bars')", "true")
			}
		})
	}
	for i := range 6 {
		appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2010+i, 1)...))
	}
	wg.Wait()
	ask(t, reader(t, publish(t, l).Path), "SELECT version FROM versions WHERE table_name = 'daily_bars'", "6")
}

// Every directory has a neighbour that its name would match as a pattern.
func TestOddDirectories(t *testing.T) {
	parent := t.TempDir()
	for _, name := range []string{"axb", "ax/b", "a b", `it's "it"`, "100%41", "a*b", "a?b", "a[b", "a[x]b", "a{b,c}",
		"中文", "back\\slash", "#a;b$HOME", "key=value"} {
		t.Run(name, func(t *testing.T) {
			l := lake.Open(filepath.Join(parent, name, "lake"), lake.DefaultConfig())
			appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2023, 5)...))
			ask(t, reader(t, publish(t, l).Path), "SELECT count(*) || ' ' || sum(year) FROM daily_bars", "10 20230")
			expect(t, open(t, l), "SELECT count(*), sum(year) FROM daily_bars", "10,20230")
		})
	}
}

// DuckDB takes columns from the names of directories above the table, too.
func TestDirectoriesLikePartitions(t *testing.T) {
	for _, name := range []string{"year=1999", "symbol=4", "Date=x/close=1"} {
		l := newLake(t, filepath.Join(t.TempDir(), name))
		appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2024, 2)...))
		want := "24,2023,2024,sh600000,2023-01-02"
		expect(t, open(t, l), "SELECT count(*), min(year), max(year), min(symbol), min(date) FROM daily_bars", want)
		expect(t, open(t, l), "SELECT count(*), typeof(any_value(year)) FROM daily_bars WHERE year = 2024", "14,INTEGER")
	}
}

func TestUnreadablePathIsNamed(t *testing.T) {
	l := newLake(t, filepath.Join(t.TempDir(), `a\*b`))
	if _, err := duckdb.Publish(t.Context(), l, config()); err == nil || !strings.Contains(err.Error(), "plainer name") {
		t.Error(err)
	}
}

// Files written before the definition grew lack the newest columns.
func TestGrownDefinition(t *testing.T) {
	old := etl.Table{Name: "prices", Year: "date", Sort: []string{"symbol", "date"}, Columns: []etl.Column{
		{Name: "date", Type: etl.Date}, {Name: "symbol", Type: etl.String}, {Name: "close", Type: etl.Float64},
	}}
	grown := old
	grown.Columns = append(grown.Columns[:3:3], etl.Column{Name: "volume", Type: etl.Int64, Nullable: true})
	defer duckdb.SetTables(grown)()

	l := lake.Open(t.TempDir(), lake.DefaultConfig())
	appendTo(t, l, old, batch(old, twoSymbols, days(2024, 2)...))
	expect(t, open(t, l), "SELECT count(*), count(volume), typeof(any_value(volume)) FROM prices", "4,0,BIGINT")
	appendTo(t, l, grown, batch(grown, twoSymbols, days(2023, 2)...))
	for _, order := range []string{"2023", "2024"} {
		expect(t, open(t, l), "SELECT count(*), count(volume) FROM prices", "8,4")
		expect(t, open(t, l), "SELECT count(volume) FROM prices WHERE year = "+order, map[string]string{"2023": "4", "2024": "0"}[order])
	}
}
