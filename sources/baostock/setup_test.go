package baostock_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources"
	"barkeep/sources/baostock"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// TestMain fails when a client that was closed has left a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	var stacks bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&stacks, 2)
	if code == 0 && strings.Contains(stacks.String(), "sources/baostock.(*") {
		fmt.Fprintln(os.Stderr, "a closed client has left goroutines behind:\n"+stacks.String())
		code = 1
	}
	os.Exit(code)
}

// The server's clock stands at 20:00 of a trading day in most tests.
var today = schedules.MakeDay(2026, time.September, 18)

var aMarket = sync.OnceValue(func() *market.Generated {
	c := market.DefaultConfig()
	c.Stocks, c.Funds = 60, 8
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		panic(err)
	}
	return m
})

// exchange serves the market on a port of its own until the test ends.
func exchange(t testing.TB, change func(*simulator.Config), faults ...string) *simulator.Server {
	t.Helper()
	c := simulator.DefaultConfig()
	c.Now = func() time.Time { return today.At(20, 0) }
	for _, text := range faults {
		f, err := simulator.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Faults = append(c.Faults, f)
	}
	if change != nil {
		change(&c)
	}
	s, err := simulator.New(c, aMarket())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// subject is a client under test with everything it was given.
type subject struct {
	*baostock.Client
	log    *logbook
	ledger *sources.Ledger
	path   string // of the ledger
}

// client returns a client of the address that retries at once and closes itself
// when the test ends.
func client(t testing.TB, address string, change ...func(*baostock.Config)) subject {
	t.Helper()
	return clientWith(t, filepath.Join(t.TempDir(), "state", "baostock.json"), address, change...)
}

func clientWith(t testing.TB, path, address string, change ...func(*baostock.Config)) subject {
	t.Helper()
	c := config(address)
	for _, f := range change {
		f(&c)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	s := subject{log: &logbook{}, ledger: sources.OpenLedger(path, c.Budget), path: path}
	s.Client = baostock.New(c, s.ledger, slog.New(s.log))
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// used returns how many requests the budget has counted.
func (s subject) used(t testing.TB) int {
	t.Helper()
	u, err := s.ledger.Usage()
	if err != nil {
		t.Fatal(err)
	}
	return u.Used
}

// logbook keeps what is logged at level info and above.
type logbook struct {
	slog.Handler
	mu    sync.Mutex
	lines []string
}

func (l *logbook) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (l *logbook) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r.Level.String()+" "+r.Message)
	return nil
}

// count returns how many lines hold the text.
func (l *logbook) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(strings.Join(l.lines, "\n"), text)
}

// wait fails the test when what it waits for does not happen.
func wait[T any](t testing.TB, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: still waiting", what)
	}
	return v
}

// together runs f n times at once and returns what went wrong, by number.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errs
}

func marketDay(d schedules.Day) etl.Request {
	return etl.Request{Shape: etl.MarketDay, From: d, To: d}
}

func etfDay(d schedules.Day) etl.Request { return etl.Request{Shape: etl.ETFDay, From: d, To: d} }

// span is a request for the bars of one security.
func span(code string, from, to schedules.Day) etl.Request {
	s, err := etl.ParseSymbol(code)
	if err != nil {
		panic(err)
	}
	return etl.Request{Shape: etl.SecurityRange, Symbol: s, From: from, To: to}
}

// tradingDays returns the last n trading days up to today, ascending.
func tradingDays(n int) []schedules.Day {
	days := schedules.Embedded().Days(today-schedules.Day(3*n+30), today)
	return days[len(days)-n:]
}

// aStock is the number and the code of a stock with bars on all of the last
// days, and bStock those of another one.
func aStock(t testing.TB, nth int) (int, string) {
	t.Helper()
	for i, s := range aMarket().Securities() {
		if s.Kind == market.Stock && s.First < today-900 && s.Last >= today {
			if nth--; nth < 0 {
				return i, s.Code
			}
		}
	}
	t.Fatal("the market has too few stocks")
	return 0, ""
}

// config is a configuration of the address that retries at once.
func config(address string) baostock.Config {
	c := baostock.DefaultConfig()
	c.Address, c.RetryBackoff, c.ReadTimeout = address, time.Millisecond, 20*time.Second
	return c
}

var discard = slog.New(slog.DiscardHandler)
