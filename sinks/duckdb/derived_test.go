//go:build cgo

package duckdb_test

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// quoteDay is the Friday whose quotes the tests have.
var quoteDay = schedules.MakeDay(2026, 11, 20)

// newQuote returns a quote that was fetched at a time of quoteDay in Shanghai, and
// in the phase of that time, with trades at 10.00 to 11.00.
func newQuote(symbol, clock string, changes ...func(*etl.Quote)) etl.Quote {
	s, err := etl.ParseSymbol(symbol)
	if err != nil {
		panic(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", quoteDay.String()+" "+clock, schedules.Shanghai)
	if err != nil {
		panic(err)
	}
	q := etl.NoQuote(s)
	q.Name, q.Source, q.Fetched, q.Time = "样例", "tencent", at, at.Add(-time.Second)
	q.Phase = schedules.PhaseMorning
	for _, p := range []struct {
		from  string
		phase schedules.Phase
	}{{"15:00", schedules.PhaseSettling}, {"15:05", schedules.PhaseAfterHours}, {"15:30", schedules.PhaseFinal}, {"15:36", schedules.PhaseClosed}} {
		if clock >= p.from {
			q.Phase = p.phase
		}
	}
	q.Open, q.High, q.Low, q.Last, q.Preclose = 10.2, 11, 10, 10.5, 10
	q.Volume, q.Amount, q.Turn, q.PeTTM, q.PB = 1000, 10400, 0.5, 7, 0.9
	for _, change := range changes {
		change(&q)
	}
	return q
}

func appendQuotes(t testing.TB, l *lake.Lake, quotes ...etl.Quote) {
	t.Helper()
	appendQuotesOf(t, l, quoteDay, quotes...)
}

func appendQuotesOf(t testing.TB, l *lake.Lake, day schedules.Day, quotes ...etl.Quote) {
	t.Helper()
	r := etl.QuoteRows(quotes, day)
	defer r.Release()
	if _, err := l.Table(etl.Quotes).Append(t.Context(), []arrow.Record{r}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
}

func emptyLake(t testing.TB) *lake.Lake {
	return lake.Open(filepath.Join(t.TempDir(), "lake"), lake.DefaultConfig())
}

// A condition on the day must not read the other days' files: here they are torn.
func TestDaySkipsFiles(t *testing.T) {
	l := emptyLake(t)
	for _, day := range []schedules.Day{quoteDay - 1, quoteDay, quoteDay - 2} {
		appendQuotesOf(t, l, day, newQuote("sh600000", "10:00"), newQuote("sz000001", "10:00"))
	}
	c := publish(t, l)
	db := reader(t, c.Path)
	for query, want := range map[string]string{
		"SELECT list(date || ' ' || n ORDER BY date) FROM (SELECT date, count(*) AS n FROM quotes GROUP BY date)": "[2026-11-18 2, 2026-11-19 2, 2026-11-20 2]",
		"SELECT typeof(any_value(date)) FROM quotes":                                                              "DATE",
		"SELECT list(min_date ORDER BY path) FROM files WHERE table_name = 'quotes'":                              "[2026-11-18, 2026-11-19, 2026-11-20]",
		"SELECT comment FROM duckdb_columns() WHERE table_name = 'quotes' AND column_name = 'last'":               "CNY/share; virtual in a call auction",
		"SELECT count(*) FROM quotes WHERE last = 10.5 AND open = 10.2 AND bid1 IS NULL":                          "6",
	} {
		ask(t, db, query, want)
	}
	var kind, plan string
	if err := db.QueryRow("EXPLAIN ANALYZE SELECT sum(last) FROM quotes WHERE date = DATE '2026-11-20'").Scan(&kind, &plan); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan, "Total Files Read: 1") {
		t.Error(plan)
	}
	// Any reader of directories named like this sees the same.
	ask(t, db, "SELECT count(*) || ' ' || typeof(any_value(date)) FROM read_parquet('"+l.Dir()+
		"/quotes/*/*.parquet', hive_partitioning = true) WHERE date = '2026-11-19'", "2 DATE")
	snap, err := l.Table(etl.Quotes).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(snap.Files[1].Path, []byte("torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	ask(t, reader(t, c.Path), "SELECT count(*) FROM quotes WHERE date >= '2026-11-20'", "2")
	ask(t, reader(t, c.Path), "SELECT count(*) FROM latest_quotes", "2")
}

// DuckDB would take the date from the directory above.
func TestDirectoriesLikeDays(t *testing.T) {
	for _, name := range []string{"date=1999-01-01", "Date=x", "last=4"} {
		l := lake.Open(filepath.Join(t.TempDir(), name), lake.DefaultConfig())
		appendQuotesOf(t, l, quoteDay-1, newQuote("sh600000", "10:00"))
		appendQuotes(t, l, newQuote("sh600000", "10:00"), newQuote("sh600001", "10:00"))
		db := reader(t, publish(t, l).Path)
		ask(t, db, "SELECT count(*) || ' ' || min(date) || ' ' || max(date) || ' ' || typeof(any_value(date)) || ' ' || min(last) FROM quotes", "3 2026-11-19 2026-11-20 DATE 10.5")
		ask(t, db, "SELECT count(*) FROM quotes WHERE date = '2026-11-19'", "1")
		expect(t, open(t, l), "SELECT count(*), min(date) FROM latest_quotes", "2,2026-11-20")
	}
}

// Files written before the definition of quotes grew lack the newest column, all
// of a day or some of it.
func TestGrownQuotes(t *testing.T) {
	old := etl.Quotes
	old.Columns = slices.Delete(slices.Clone(old.Columns), etl.Quotes.Index("pb"), etl.Quotes.Index("pb")+1)
	grown := old
	grown.Columns = append(slices.Clone(old.Columns), etl.Quotes.Columns[etl.Quotes.Index("pb")])
	defer duckdb.SetTables(etl.DailyBars, etl.Instruments, grown)()
	for _, parent := range []string{"lake", "date=1999-01-01"} {
		l := lake.Open(filepath.Join(t.TempDir(), parent), lake.DefaultConfig())
		write := func(table etl.Table, day schedules.Day) {
			t.Helper()
			r := etl.QuoteRows([]etl.Quote{newQuote("sh600000", "15:10")}, day)
			columns := make([]arrow.Array, len(table.Columns))
			for i, c := range table.Columns {
				columns[i] = r.Column(etl.Quotes.Index(c.Name))
			}
			if _, err := l.Table(table).Append(t.Context(), []arrow.Record{array.NewRecord(table.Schema(), columns, 1)}, lake.Info{}); err != nil {
				t.Fatal(err)
			}
		}
		write(old, quoteDay-1)
		expect(t, open(t, l), "SELECT count(*), count(pb) FROM quotes", "1,0")
		for range 10 { // more than are recent
			write(old, quoteDay)
		}
		write(grown, quoteDay)
		expect(t, open(t, l), "SELECT date, count(pb) FROM quotes GROUP BY ALL ORDER BY ALL", "2026-11-19,0\n2026-11-20,1")
		expect(t, open(t, l), "SELECT count(*) FROM latest_quotes", "1")
	}
}

func TestLatestQuotes(t *testing.T) {
	l := emptyLake(t)
	volume := func(v int64) func(*etl.Quote) { return func(q *etl.Quote) { q.Volume = v } }
	appendQuotesOf(t, l, quoteDay-1, newQuote("sh600009", "14:00"), newQuote("sh600000", "14:59")) // of another day
	appendQuotes(t, l, newQuote("sh600000", "09:31"), newQuote("sh600001", "14:50"),               // written first and newest all the same
		newQuote("sz000002", "09:32", func(q *etl.Quote) { q.Last, q.Time = math.NaN(), time.Time{} }))
	for minute := range 12 { // so many files that the first is no recent one
		clock := time.Date(2026, 1, 1, 10, minute, 0, 0, time.UTC).Format("15:04")
		appendQuotes(t, l, newQuote("sh600000", clock, volume(int64(minute))), newQuote("sh600001", clock))
	}
	tie := newQuote("sz000003", "10:11", volume(7))
	appendQuotes(t, l, tie, tie, newQuote("sz000003", "10:11", volume(9), func(q *etl.Quote) { q.Time = tie.Time }))
	want := "[sh600000 11 10.5, sh600001 1000 10.5, sz000002 1000 -, sz000003 9 10.5]"
	const query = "SELECT list(symbol || ' ' || volume || ' ' || coalesce(CAST(last AS VARCHAR), '-') ORDER BY symbol) FROM latest_quotes"
	db := reader(t, publish(t, l).Path)
	ask(t, db, query, want)
	ask(t, db, "SELECT fetched_at FROM latest_quotes WHERE symbol = 'sh600001'", "2026-11-20 06:50:00+00")
	ask(t, db, "SELECT list(column_name) = (SELECT list(column_name) FROM (DESCRIBE quotes)) FROM (DESCRIBE latest_quotes)", "true")
	expect(t, open(t, l), "SELECT count(*), min(date), max(date) FROM latest_quotes", "4,2026-11-20,2026-11-20")
}

func instrumentsOf(t testing.TB, l *lake.Lake, list ...etl.Instrument) {
	t.Helper()
	var versions []etl.InstrumentVersion
	for _, in := range list {
		versions = append(versions, etl.InstrumentVersion{Instrument: in, Source: "baostock", From: time.Now()})
	}
	r := etl.InstrumentVersionRows(versions)
	defer r.Release()
	if _, err := l.Table(etl.Instruments).Append(t.Context(), []arrow.Record{r}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
}

func instrument(symbol string, kind etl.Kind) etl.Instrument {
	s, _ := etl.ParseSymbol(symbol)
	return etl.Instrument{Symbol: s, Kind: kind, Listed: quoteDay - 1000}
}

func TestProvisionalBars(t *testing.T) {
	suspended := func(q *etl.Quote) {
		nan := math.NaN()
		q.Status, q.Last, q.Open, q.High, q.Low, q.Volume, q.Amount = etl.Suspended, 10, nan, nan, nan, 0, 0
	}
	for _, tt := range []struct {
		name   string
		quotes []etl.Quote
		want   string // empty: no bar
	}{
		{"traded", []etl.Quote{newQuote("sh600000", "15:10")},
			"2026-11-20,sh600000,10.2,11,10,10.5,10,1000,10400,0.5,true,5,7,,,,false,tencent,2026-11-20T07:10:00Z,2026"},
		{"the last one counts", []etl.Quote{newQuote("sh600000", "15:40", func(q *etl.Quote) { q.Last, q.Name = 10.123, "*ST样例" }), newQuote("sh600000", "15:10")},
			"2026-11-20,sh600000,10.2,11,10,10.123,10,1000,10400,0.5,true,1.23,7,,,,true,tencent,2026-11-20T07:40:00Z,2026"},
		{"before the close", []etl.Quote{newQuote("sh600000", "14:59")}, ""},
		{"of yesterday", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { q.Time = q.Time.AddDate(0, 0, -1) })}, ""},
		{"midnight in Shanghai", []etl.Quote{newQuote("sh600000", "15:40", func(q *etl.Quote) { q.Time = quoteDay.At(0, 0).Add(-time.Second) })}, ""},
		{"no time", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { q.Time = time.Time{} })}, ""},
		{"suspended", []etl.Quote{newQuote("sh600000", "15:10", suspended)},
			"2026-11-20,sh600000,10,10,10,10,10,0,0,,false,0,7,,,,false,tencent,2026-11-20T07:10:00Z,2026"},
		{"halted after trades", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { q.Status = etl.Suspended })},
			"2026-11-20,sh600000,10.2,11,10,10.5,10,1000,10400,0.5,true,5,7,,,,false,tencent,2026-11-20T07:10:00Z,2026"},
		{"nobody traded", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { suspended(q); q.Status = etl.Trading })},
			"2026-11-20,sh600000,10,10,10,10,10,0,0,,false,0,7,,,,false,tencent,2026-11-20T07:10:00Z,2026"},
		{"delisted", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { suspended(q); q.Status = etl.Delisted })}, ""},
		{"not listed", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { suspended(q); q.Status = etl.NotListed })}, ""},
		{"no preclose", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { q.Preclose = math.NaN() })}, ""},
		{"no open", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { q.Open = math.NaN() })}, ""},
		{"an amount that is no number", []etl.Quote{newQuote("sh600000", "15:10", func(q *etl.Quote) { q.Amount = math.NaN() })}, ""},
		{"an older one is whole", []etl.Quote{newQuote("sh600000", "15:10"), newQuote("sh600000", "15:20", func(q *etl.Quote) { q.Low = math.NaN() })},
			"2026-11-20,sh600000,10.2,11,10,10.5,10,1000,10400,0.5,true,5,7,,,,false,tencent,2026-11-20T07:10:00Z,2026"},
		{"an index", []etl.Quote{newQuote("sh000001", "15:10")}, ""},
		{"a fund", []etl.Quote{newQuote("sh510300", "15:10")}, ""},
		{"of Beijing", []etl.Quote{newQuote("bj920000", "15:10")}, ""},
		{"not in the list yet", []etl.Quote{newQuote("sh688999", "15:10")},
			"2026-11-20,sh688999,10.2,11,10,10.5,10,1000,10400,0.5,true,5,7,,,,false,tencent,2026-11-20T07:10:00Z,2026"},
	} {
		l := emptyLake(t)
		instrumentsOf(t, l, instrument("bj920000", etl.Stock), instrument("sh000001", etl.Index), instrument("sh510300", etl.ETF), instrument("sh600000", etl.Stock))
		appendQuotes(t, l, tt.quotes...)
		db := open(t, l)
		got, err := rowsOf(t.Context(), db, "FROM provisional_bars")
		if err != nil || got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s (%v)", tt.name, got, tt.want, err)
		}
	}
}

// Kinds that daily_bars holds lately have provisional bars as well.
func TestProvisionalBarsOfHeldKinds(t *testing.T) {
	l := emptyLake(t)
	instrumentsOf(t, l, instrument("bj920000", etl.Stock), instrument("bj920001", etl.Stock), instrument("sh510300", etl.ETF),
		instrument("sh510500", etl.ETF), instrument("sz159001", etl.ETF))
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, []string{"bj920000"}, quoteDay-400))
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, []string{"sh510300"}, quoteDay-3))
	appendQuotes(t, l, newQuote("bj920001", "15:10"), newQuote("sh510500", "15:10"), newQuote("sz159001", "15:10"))
	expect(t, open(t, l), "SELECT symbol FROM provisional_bars ORDER BY ALL", "sh510500")
}

func TestDailyBarsLive(t *testing.T) {
	l := emptyLake(t)
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, []string{"sh600000", "sz000001"}, quoteDay-1))
	const query = "SELECT symbol, date, provisional FROM daily_bars_live ORDER BY ALL"
	old := "sh600000,2026-11-19,false\nsz000001,2026-11-19,false"
	expect(t, open(t, l), query, old)
	appendQuotesOf(t, l, quoteDay-1, newQuote("sh600005", "15:10", func(q *etl.Quote) { q.Time = q.Time.AddDate(0, 0, -1) }))
	expect(t, open(t, l), query, "sh600000,2026-11-19,false\nsh600005,2026-11-19,true\nsz000001,2026-11-19,false")
	appendQuotes(t, l, newQuote("sh600000", "15:10"), newQuote("sz000001", "15:10"))
	want := "sh600000,2026-11-19,false\nsh600000,2026-11-20,true\nsz000001,2026-11-19,false\nsz000001,2026-11-20,true"
	expect(t, open(t, l), query, want) // of the newest day of quotes alone
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, []string{"sz000001"}, quoteDay))
	expect(t, open(t, l), query, strings.Replace(want, "000001,2026-11-20,true", "000001,2026-11-20,false", 1))
	expect(t, open(t, l), "SELECT count(*) FROM daily_bars_live WHERE year = 2026 AND provisional", "1")
	db := reader(t, publish(t, l).Path)
	ask(t, db, "SELECT list(column_name) = list_append((SELECT list(column_name) FROM (DESCRIBE daily_bars)), 'provisional') FROM (DESCRIBE daily_bars_live)", "true")
	ask(t, db, "SELECT list(column_name || column_type) = (SELECT list(column_name || column_type) FROM (DESCRIBE daily_bars)) FROM (DESCRIBE provisional_bars)", "true")
	ask(t, db, "SELECT count(*) FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal AND comment IS NULL", "0")
}

// The views find each other wherever the catalog is attached, and whatever else is.
func TestCatalogsSideBySide(t *testing.T) {
	one, two := emptyLake(t), emptyLake(t)
	appendQuotes(t, one, newQuote("sh600000", "15:10"))
	appendQuotes(t, two, newQuote("sh600000", "15:10"), newQuote("sh600001", "15:10"))
	db := reader(t, publish(t, one).Path)
	for _, statement := range []string{"ATTACH '" + publish(t, two).Path + "' AS live (READ_ONLY)", "USE memory",
		"CREATE TABLE quotes (i INTEGER)", "CREATE SCHEMA live_files", "CREATE TABLE live_files.quotes_files (i INTEGER)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, view := range []string{"quotes", "latest_quotes", "provisional_bars", "daily_bars_live"} {
		ask(t, db, "SELECT (SELECT count(*) FROM c."+view+") || ' ' || (SELECT count(*) FROM live."+view+")", "1 2")
	}
}

// A process may publish lakes with and without some table, one after another.
func TestPublicationsShareNothing(t *testing.T) {
	full, other := newLake(t, t.TempDir()), emptyLake(t)
	appendQuotes(t, full, newQuote("sh600001", "15:10"))
	ask(t, reader(t, publish(t, full).Path), "SELECT count(*) FROM latest_quotes", "1")
	ask(t, reader(t, publish(t, other).Path), "SELECT (SELECT count(*) FROM latest_quotes) + (SELECT count(*) FROM daily_bars) + (SELECT count(*) FROM files)", "0")
	ask(t, reader(t, publish(t, full).Path), "SELECT count(*) FROM daily_bars_live", "21")
}

// BenchmarkLatestQuotes compares latest_quotes over 48 snapshots of 5,500 symbols
// with the query that first comes to mind, and publishing such a day.
func BenchmarkLatestQuotes(b *testing.B) {
	l := emptyLake(b)
	quotes := make([]etl.Quote, 5500)
	for i := range quotes {
		quotes[i] = newQuote("sh600000", "09:30")
		quotes[i].Symbol = etl.MakeSymbol(etl.Exchange(1+i%3), i)
	}
	for range 48 {
		for i := range quotes {
			q := &quotes[i]
			q.Fetched, q.Last, q.Volume = q.Fetched.Add(time.Minute), q.Last+float64(i%7)/100, q.Volume+int64(i)*100
		}
		appendQuotes(b, l, quotes...)
	}
	db := open(b, l)
	for name, query := range map[string]string{
		"view":       "SELECT * FROM latest_quotes",
		"row-number": "SELECT * FROM quotes WHERE date = '2026-11-20' QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY fetched_at DESC) = 1",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r, err := db.Query(b.Context(), query)
				if err != nil {
					b.Fatal(err)
				}
				if err := r.WriteCSV(io.Discard); err != nil || r.Rows() != 5500 {
					b.Fatal(r.Rows(), err)
				}
				r.Close()
			}
		})
	}
	b.Run("publish", func(b *testing.B) {
		for b.Loop() {
			publish(b, l)
		}
	})
}
