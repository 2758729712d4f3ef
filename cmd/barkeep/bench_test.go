package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
	"barkeep/sources/baostock"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// freeLedger counts nothing: benchmarks send more than a day's budget.
type freeLedger struct{}

func (freeLedger) Take() error             { return nil }
func (freeLedger) Ban(reason string) error { return fmt.Errorf("banned: %s", reason) }

// answers is a market's whole-market answers, ready to be sent.
type answers struct {
	days     []schedules.Day
	frames   map[string][]byte // by date
	universe etl.Universe
}

// record asks the simulator for the last n days of a market of so many stocks.
func record(b *testing.B, stocks, n int) answers {
	b.Helper()
	c := market.DefaultConfig()
	c.Stocks, c.Funds = stocks, 0
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	address := serve(b, simulator.DefaultConfig(), m)
	client := newClient(b, address, nil)
	r := answers{frames: map[string][]byte{}}
	if r.universe, err = client.Instruments(b.Context()); err != nil {
		b.Fatal(err)
	}
	calendar := schedules.Embedded()
	to := calendar.Published(time.Now(), schedules.DailyBarsReady)
	all := calendar.Days(calendar.First(), to)
	r.days = all[len(all)-n:]
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	ask := func(t wire.Type, fields ...string) []byte {
		frame, err := wire.AppendRequest(nil, "00.9.40", t, fields...)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Write(frame); err != nil {
			b.Fatal(err)
		}
		a, err := wire.NewReader(conn, wire.Limits{Frame: 1 << 25, Body: 1 << 25}).Read()
		if err != nil {
			b.Fatal(err)
		}
		return wire.AppendAnswer(nil, a.Version, a.Type, a.Body)
	}
	ask(wire.Login, "login", "anonymous", "123456", "0")
	for _, d := range r.days {
		r.frames[d.String()] = ask(wire.MarketDay, "query_daily_history_k_AStock", "anonymous", d.String())
	}
	return r
}

// serve runs the simulator until the test ends.
func serve(b testing.TB, c simulator.Config, m market.Market) string {
	b.Helper()
	server, err := simulator.New(c, m)
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Listen("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- server.Serve(ctx) }()
	b.Cleanup(func() { cancel(); <-done })
	return server.Addr()
}

// replay sends the recorded frames to whoever asks, so that the cost of making
// them is not measured.
func (r answers) replay(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.answer(conn)
		}
	}()
	return l.Addr().String()
}

func (r answers) answer(conn net.Conn) {
	defer conn.Close()
	br := bufio.NewReader(conn)
	for {
		q, err := wire.ReadRequest(br, 1<<16)
		if err != nil {
			return
		}
		frame := r.frames[q.Fields[len(q.Fields)-1]]
		if q.Type == wire.Login {
			frame = wire.AppendAnswer(nil, "00.9.00", wire.LoginAnswer, []byte("0\x01success\x01login\x01anonymous\x01x"))
		}
		if q.Type == wire.Logout {
			frame = wire.AppendAnswer(nil, "00.9.00", wire.LogoutDone, []byte("0\x01success\x01logout\x01anonymous\x01x"))
		}
		if _, err := conn.Write(frame); err != nil {
			return
		}
	}
}

func newClient(b *testing.B, address string, change func(*baostock.Config)) *baostock.Client {
	b.Helper()
	cfg := baostock.DefaultConfig()
	cfg.Address = address
	if change != nil {
		change(&cfg)
	}
	client := baostock.New(cfg, freeLedger{}, slog.New(slog.DiscardHandler))
	b.Cleanup(func() { client.Close(context.Background()) })
	return client
}

// fill runs the pipeline from a server into a fresh lake.
func fill(b *testing.B, client *baostock.Client, u etl.Universe, days []schedules.Day, dir string, prefetch int) etl.Outcome {
	b.Helper()
	l := lake.Open(dir, lake.DefaultConfig())
	info := lake.Info{Job: jobDailyBars}
	scope := etl.Scope{From: days[0], To: days[len(days)-1]}
	run := etl.Run{
		Source: client, Bars: appender{l.Table(etl.DailyBars), info, nil}, Quarantine: appender{l.Table(etl.Quarantine), info, nil},
		Calendar: schedules.Embedded(), Universe: u, Scope: scope,
		Expected: etl.Expected(u, scope, days), Committed: etl.NewCells(days),
		Config: etl.DefaultConfig(), PageSize: 2000, Prefetch: prefetch, Today: days[len(days)-1],
		Log: slog.New(slog.DiscardHandler),
	}
	outcome, err := run.Do(b.Context())
	if err != nil || outcome.MissingCells() > 0 || outcome.Quarantined > 0 {
		b.Fatalf("%v; missing %+v", err, outcome.Missing)
	}
	return outcome
}

// BenchmarkPipeline compares frames on a socket -> checked, sorted, committed
// Parquet with DuckDB's own COPY of a CSV file that holds the same rows and
// columns, both with all cores.
//
//	go test -run '^$' -bench Pipeline -benchtime 3x ./cmd/barkeep
func BenchmarkPipeline(b *testing.B) {
	r := record(b, 5600, 220)
	address := r.replay(b)
	dir := b.TempDir()
	var rows int64
	var bytes int64
	report := func(b *testing.B) {
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		b.ReportMetric(float64(bytes)/float64(rows), "bytes/row")
		b.ReportMetric(0, "ns/op")
	}
	n := 0
	b.Run("barkeep", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n++
			o := fill(b, newClient(b, address, nil), r.universe, r.days, filepath.Join(dir, fmt.Sprint(n)), 8)
			rows, bytes = o.Rows, 0
			for _, c := range o.Commits {
				bytes += c.Bytes
			}
		}
		report(b)
	})
	csv, parquet := filepath.Join(dir, "bars.csv"), filepath.Join(dir, "bars.parquet")
	writeCSV(b, filepath.Join(dir, fmt.Sprint(n)), csv)
	b.Run("duckdb-copy", func(b *testing.B) {
		for b.Loop() {
			copyWithDuckDB(b, csv, parquet)
		}
		info, err := os.Stat(parquet)
		if err != nil {
			b.Fatal(err)
		}
		bytes = info.Size()
		report(b)
	})
}

// writeCSV exports a lake's bars, in the order they were fetched.
func writeCSV(b *testing.B, dir, path string) {
	b.Helper()
	db, err := duckdb.Open(b.Context(), lake.Open(dir, lake.DefaultConfig()), duckdb.DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	result, err := db.Query(b.Context(), "SELECT * EXCLUDE (year) FROM daily_bars ORDER BY date, symbol")
	if err != nil {
		b.Fatal(err)
	}
	defer result.Close()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := result.WriteCSV(w); err != nil {
		b.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkFetch measures one trading day of a market with a server that answers
// each request after a latency: whole market, security by security on one
// connection, a pool of five, and eight requests in flight. The metric "x" is
// the gain over the serial client; "overhead-%" is what a run takes beyond
// requests x latency.
//
//	go test -run '^$' -bench Fetch -benchtime 1x ./cmd/barkeep
func BenchmarkFetch(b *testing.B) {
	const latency = 150 * time.Millisecond
	var serial time.Duration
	for _, tc := range []struct {
		name     string
		old      bool
		stocks   int
		settings func(*baostock.Config)
	}{
		{"whole-market", false, 5600, nil},
		{"serial", true, 440, nil},
		{"pool-5", true, 440, func(c *baostock.Config) { c.Sessions = 5 }},
		{"pipeline-8", true, 440, func(c *baostock.Config) { c.Pipeline = 8 }},
	} {
		b.Run(tc.name, func(b *testing.B) {
			c := market.DefaultConfig()
			c.Stocks, c.Funds = tc.stocks, 0
			m, err := market.Generate(c, schedules.Embedded())
			if err != nil {
				b.Fatal(err)
			}
			sc := simulator.DefaultConfig()
			sc.Latency, sc.OldServer = latency, tc.old
			address := serve(b, sc, m)
			for b.Loop() {
				client := newClient(b, address, tc.settings)
				universe, err := client.Instruments(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				calendar := schedules.Embedded()
				to := calendar.Published(time.Now(), schedules.DailyBarsReady)
				before := client.Traffic().Total
				start := time.Now()
				o := fill(b, client, universe, []schedules.Day{to}, b.TempDir(), 8)
				took := time.Since(start)
				requests := client.Traffic().Total - before
				if tc.name == "serial" {
					serial = took
				}
				b.ReportMetric(float64(requests), "requests")
				b.ReportMetric(float64(o.Rows), "rows")
				b.ReportMetric(took.Seconds(), "s")
				b.ReportMetric(0, "ns/op")
				if tc.old {
					b.ReportMetric(100*(took.Seconds()/(float64(requests)*latency.Seconds())-1), "overhead-%")
					b.ReportMetric(serial.Seconds()/took.Seconds(), "x")
				}
			}
		})
	}
}
