package main

import (
	"bytes"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// BenchmarkSnapshot takes snapshots of a whole market, each a minute of the
// market's time later, and finds each in SQL: from the requests to the answer. Of
// that the provider is given 100 ms; what the exchange needs on the same
// processors to make its answers counts for barkeep.
func BenchmarkSnapshot(b *testing.B) {
	c := market.DefaultConfig()
	c.Stocks = 5900
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	var minutes atomic.Int64
	clock := func() time.Time {
		return schedules.MakeDay(2026, time.September, 28).At(9, 45).Add(time.Duration(minutes.Load()) * time.Minute)
	}
	const latency = 100 * time.Millisecond
	config := simulator.DefaultWebConfig()
	config.Now, config.Latency = clock, simulator.WebLatency{Tencent: latency}
	web, err := simulator.NewWeb(config, market.NewTape(m, schedules.Embedded()))
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(web)
	defer server.Close()

	a := &app{terminal: terminal{out: io.Discard, err: io.Discard}, lakeDir: b.TempDir(), screen: newScreen(io.Discard),
		set: []string{"tencent.base_url=" + server.URL, "quotes.providers=[tencent]"}}
	cfg, err := a.config()
	if err != nil {
		b.Fatal(err)
	}
	now = clock
	defer func() { now = time.Now }()
	desk, err := a.newQuoteDesk(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer desk.cache.Close()
	symbols, err := desk.symbols(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var fetched, total time.Duration
	rows := int64(0)
	for b.Loop() {
		minutes.Add(1)
		start := time.Now()
		r, err := desk.snapshot(b.Context(), symbols)
		if err != nil || r.Rows < 5000 {
			b.Fatalf("%d rows: %v", r.Rows, err)
		}
		rows += r.Rows
		if got := ask(b, a, cfg.DuckDB, "SELECT count(*) FROM quotes"); got != rows {
			b.Fatalf("%d rows in SQL, want %d", got, rows)
		}
		total += time.Since(start)
		fetched += time.Duration(r.FetchSeconds * float64(time.Second))
	}
	b.ReportMetric(float64((total-fetched).Milliseconds())/float64(b.N), "ms-fetched-to-sql")
	b.ReportMetric(float64(fetched.Milliseconds())/float64(b.N), "ms-fetch")
	b.ReportMetric(float64(rows)/float64(b.N), "rows")
}

// ask returns the number that a query over the published catalog answers.
func ask(b *testing.B, a *app, c duckdb.Config, query string) (n int64) {
	b.Helper()
	cfg, err := a.config()
	if err != nil {
		b.Fatal(err)
	}
	l, err := a.openLake(cfg)
	if err != nil {
		b.Fatal(err)
	}
	db, err := duckdb.Open(b.Context(), l, c)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(b.Context(), query)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var text bytes.Buffer
	if err := rows.WriteCSV(&text); err != nil {
		b.Fatal(err)
	}
	lines := strings.Fields(text.String())
	if n, err = strconv.ParseInt(lines[len(lines)-1], 10, 64); err != nil {
		b.Fatal(err)
	}
	return n
}
