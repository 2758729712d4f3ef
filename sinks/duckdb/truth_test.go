//go:build cgo

package duckdb_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

func TestSTIntervals(t *testing.T) {
	l := emptyLake(t)
	days := schedules.Embedded().Days(schedules.MakeDay(2023, 12, 25), schedules.MakeDay(2024, 1, 10))
	var bars []bar
	for symbol, warned := range map[string]string{
		"sh600000": "..xxx.....x.", // twice
		"sh600001": "xxx.xxxxxxxx", // and for good
		"sh600002": "............",
		"sh600003": "x x x    xx", // while bars are missing
	} {
		for i, c := range warned {
			if c != ' ' {
				bars = append(bars, bar{symbol: symbol, day: days[i], price: 5, st: c == 'x'})
			}
		}
	}
	appendBars(t, l, bars)
	listAll(t, l, etl.Universe{{Symbol: symbolOf(t, "sh600003"), Kind: etl.Stock, Delisted: schedules.MakeDay(2024, 2, 1)}}, days)
	day := func(i int) string { return days[i].String() }
	expect(t, open(t, l), "SELECT * FROM st_intervals ORDER BY symbol, since",
		"sh600000,"+day(2)+","+day(5)+"\nsh600000,"+day(10)+","+day(11)+
			"\nsh600001,"+day(0)+","+day(3)+"\nsh600001,"+day(4)+",\nsh600003,"+day(0)+",2024-02-01")
}

func TestIndexMembersOn(t *testing.T) {
	l := emptyLake(t)
	rows := batch(etl.IndexMembers, twoSymbols, schedules.MakeDay(2024, 1, 2)) // since = until = last_seen
	appendTo(t, l, etl.IndexMembers, rows)
	db := open(t, l)
	expect(t, db, "SELECT count(*) FROM index_members_on(DATE '2024-01-01')", "0")
	expect(t, db, "SELECT count(*) FROM index_members_on('2024-01-02')", "0")
	expect(t, db, "SELECT count(*) FROM index_members", "2")
}

const twoRuns = `{"id":"1","job":"daily-bars","why":"schedule","due":"2026-11-20T17:35:00+08:00","began":"2026-11-20T17:35:00.123456789+08:00","ended":"2026-11-20T17:36:00+08:00","outcome":"done","attempt":1,"missed":0,"rows":5176,"bytes":1000,"requests":2,"summary":{"a":[1,2]}}
{"id":"2","job":"compact","why":"after","due":"2026-11-20T09:36:00Z","began":"2026-11-20T09:36:00Z","ended":"2026-11-20T09:36:01Z","outcome":"failed","attempt":2,"missed":1,"rows":0,"bytes":0,"requests":0,"error":"disk \"full\", 湖"}
{"id":"3","job":"half
`

// The history of runs is read whenever it is asked for, wherever the lake lies.
func TestRuns(t *testing.T) {
	for _, name := range []string{"plain", `it's a "lake"`, "a[b]*?", "湖"} {
		l := newLake(t, filepath.Join(t.TempDir(), name))
		expect(t, open(t, l), "SELECT count(*) FROM runs", "0") // nothing was published yet
		if _, err := os.Stat(filepath.Join(l.StateDir(), "runs.jsonl")); !os.IsNotExist(err) {
			t.Errorf("a reader made a file: %v", err)
		}
		db := reader(t, publish(t, l).Path)
		ask(t, db, "SELECT count(*) FROM runs", "0")
		if err := os.WriteFile(filepath.Join(l.StateDir(), "runs.jsonl"), []byte(twoRuns), 0o644); err != nil {
			t.Fatal(err)
		}
		ask(t, db, "SELECT list(id || ' ' || job || ' ' || outcome || ' ' || attempt || ' ' || rows || ' ' || coalesce(error, '-') ORDER BY id) FROM runs",
			`[1 daily-bars done 1 5176 -, '2 compact failed 2 0 disk "full", 湖']`)
		expect(t, open(t, l), "SELECT id, why, due, began, missed, bytes, requests FROM runs ORDER BY id",
			"1,schedule,2026-11-20T09:35:00Z,2026-11-20T09:35:00.123456Z,0,1000,2\n2,after,2026-11-20T09:36:00Z,2026-11-20T09:36:00Z,1,0,0")
		if c := publish(t, l); c.New {
			t.Error("a run made another publication")
		}
		ask(t, loaded(t, l.Dir()), "SELECT count(*) FROM runs", "0")
	}
}

// The days that have no bars yet count up to the time that is asked about.
func TestCoverageAsOf(t *testing.T) {
	l := newLake(t, t.TempDir())
	now := time.Now()
	calendar := schedules.Embedded()
	listAll(t, l, etl.Universe{{Symbol: symbolOf(t, "sh600000"), Kind: etl.Stock}},
		calendar.Days(schedules.MakeDay(2024, 1, 1), schedules.DayOf(now)+20))
	for _, at := range []time.Time{{}, now.Add(24 * time.Hour), now.AddDate(0, 0, 9), now.AddDate(0, 0, 12)} {
		db, err := duckdb.OpenAt(t.Context(), l, config(), duckdb.AsOf{Time: at})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if at.IsZero() {
			at = now
		}
		expect(t, db, "SELECT max(date) FROM coverage", calendar.Published(at, schedules.DailyBarsReady).String())
	}
}

// All views are commented, and the script makes them as the catalog has them.
func TestTruthInTheScript(t *testing.T) {
	l := newLake(t, t.TempDir())
	appendFactors(t, l, []etl.Factor{{Symbol: symbolOf(t, "sh600000"), Date: schedules.MakeDay(2024, 1, 3), Fore: 1_000_000, Back: 1_234_567}}, time.UnixMicro(fetched))
	catalog, script := reader(t, publish(t, l).Path), loaded(t, l.Dir())
	for _, view := range []string{"daily_bars_hfq", "daily_bars_qfq", "adjusted('2024-01-04')", "coverage", "coverage_by_symbol",
		"daily_bars_sealed", "st_intervals", "missing_bars('2024-01-01', '2024-12-31')", "index_members_on('2024-01-02')", "runs"} {
		if _, err := script.Exec("SET TimeZone = 'UTC'"); err != nil {
			t.Fatal(err)
		}
		query := "SELECT coalesce(list(x ORDER BY x), []) FROM (SELECT v::VARCHAR AS x FROM " + view + " v)"
		var want string
		if err := catalog.QueryRow("SELECT CAST((" + query + ") AS VARCHAR)").Scan(&want); err != nil {
			t.Fatal(view, err)
		}
		ask(t, script, query, want)
	}
	ask(t, catalog, "SELECT coalesce(list(view_name), []) FROM duckdb_views() WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal AND comment IS NULL", "[]")
	ask(t, catalog, "SELECT count(*) FROM duckdb_functions() WHERE function_name IN ('adjusted', 'missing_bars', 'index_members_on') AND comment IS NOT NULL", "3")
}

// The first file's rows are what DuckDB expects of all; the order of files changes
// nothing else.
func TestSmallFirstFile(t *testing.T) {
	l := lake.Open(t.TempDir(), lake.DefaultConfig())
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols[:1], days(1999, 1)...))
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2024, 300)...))
	expect(t, open(t, l), "SELECT count(*), min(year), max(year), min(date) FROM daily_bars", "601,1999,2024,1999-01-02")
}
