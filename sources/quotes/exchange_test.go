package quotes_test

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/eastmoney"
	"barkeep/sources/quotes"
	"barkeep/sources/quotes/conformance"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
	"barkeep/sources/sina"
	"barkeep/sources/tencent"

	"net/http/httptest"
)

// film is the market the fake exchange shows in these tests.
var film = sync.OnceValue(func() *market.Tape {
	c := market.DefaultConfig()
	c.Stocks = 300
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		panic(err)
	}
	return market.NewTape(m, schedules.Embedded())
})

// exchange serves the film at a standing moment, with faults, and returns its
// address.
func exchange(t testing.TB, moment time.Time, latency time.Duration, faults ...string) string {
	t.Helper()
	c := simulator.DefaultWebConfig()
	c.Now = func() time.Time { return moment }
	c.Latency = simulator.WebLatency{Sina: latency, Tencent: latency, Eastmoney: latency}
	for _, text := range faults {
		f, err := simulator.ParseWebFault(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Faults = append(c.Faults, f)
	}
	web, err := simulator.NewWeb(c, film())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(web)
	t.Cleanup(server.Close)
	return server.URL
}

// vendors makes the three real providers ask the exchange.
func vendors(url string) []quotes.Provider {
	tc, sc, ec := tencent.DefaultConfig(), sina.DefaultConfig(), eastmoney.DefaultConfig()
	tc.BaseURL, sc.BaseURL, ec.BaseURL, ec.Pause = url, url, url, 0
	return []quotes.Provider{tencent.New(tc), sina.New(sc), eastmoney.New(ec)}
}

// TestConformance holds the three providers to one suite, at moments of every
// kind.
func TestConformance(t *testing.T) {
	for name, moment := range map[string]time.Time{
		"morning": at(t, "2026-09-28 10:30:00"), "auction": at(t, "2026-09-28 09:22:00"),
		"lunch": at(t, "2026-09-28 11:57:00"), "evening": at(t, "2026-09-28 18:00:00"), "Sunday": at(t, "2026-09-27 12:00:00"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := conformance.Market{BaseURL: exchange(t, moment, 0), MaxRequests: 8,
				Unknown: []etl.Symbol{etl.MakeSymbol(etl.Shanghai, 609990), etl.MakeSymbol(etl.Shenzhen, 309990)}}
			for i := range film().All(moment) {
				if i.Kind == market.Index {
					continue
				}
				switch i.Status {
				case etl.Trading, etl.CallAuction:
					// Without a trade the providers cannot tell states apart.
					if i.Volume > 0 && i.Status == etl.Trading {
						m.Trading = append(m.Trading, i.Symbol)
					}
				case etl.Suspended:
					m.Suspended = append(m.Suspended, i.Symbol)
				}
				m.All = append(m.All, i.Symbol)
			}
			for n, p := range vendors(m.BaseURL) {
				t.Run(p.Name(), func(t *testing.T) {
					conformance.Run(t, m, func(url string) quotes.Provider { return vendors(url)[n] })
				})
			}
		})
	}
}

// TestEveryFault lets every fault of the exchange happen, to the preferred
// provider and then to all of them. Whatever is served is true; what cannot be
// served is an error.
func TestEveryFault(t *testing.T) {
	moment := at(t, "2026-09-28 10:30:00")
	for _, fault := range simulator.WebFaults() {
		for where, faults := range map[string][]string{
			"preferred": {fault.Name + "@tencent#*"},
			"all":       {fault.Name + "@*"},
			"some":      {fault.Name + "@30%"},
		} {
			if fault.Name == "slow" {
				faults[0] += ":50ms"
			}
			if fault.Name == "failed" && where == "preferred" {
				faults = []string{"502@tencent#*", "failed@sina#*"}
			}
			t.Run(fault.Name+"/"+where, func(t *testing.T) {
				t.Parallel()
				url := exchange(t, moment, 0, faults...)
				c := quotes.DefaultConfig()
				cache, err := quotes.New(c, schedules.Embedded(), vendors(url), quotes.Options{Now: func() time.Time { return moment }})
				if err != nil {
					t.Fatal(err)
				}
				defer cache.Close()
				var symbols []etl.Symbol
				for i := range film().All(moment) {
					if i.Status == etl.Trading && i.Volume > 0 && i.Kind != market.Index && len(symbols) < 60 {
						symbols = append(symbols, i.Symbol)
					}
				}
				failed := 0
				for n, r := range cache.GetBatch(t.Context(), symbols, quotes.Ask{}) {
					switch {
					case r.Err == nil && schedules.DayOf(r.Quote.Time) != schedules.DayOf(moment) && fault.Name == "stale":
						// Two providers that show the same old picture are believed, and
						// the quote's own time tells how old it is.
					case r.Err == nil && r.Quote.Source == "sina" && fault.Name == "swapped":
						// A row of Sina's names no code: rows that changed places cannot be
						// told from good ones. Those of the others can.
					case r.Err == nil:
						if problem := untrue(r.Quote, moment); problem != "" {
							t.Errorf("%s of %s: %s", symbols[n], r.Quote.Source, problem)
						}
					case errors.Is(r.Err, quotes.ErrUnavailable), errors.Is(r.Err, quotes.ErrRefusedRow):
						failed++
					default:
						t.Errorf("%s: %v", symbols[n], r.Err)
					}
				}
				if where == "preferred" && failed > 0 {
					t.Errorf("%d of %d symbols failed, and two providers are well", failed, len(symbols))
				}
			})
		}
	}
}

// untrue compares a quote with what happened; rounding to lots and yuan is
// allowed for.
func untrue(q *etl.Quote, moment time.Time) string {
	truth, ok := film().At(q.Symbol, moment)
	if !ok {
		return "there is no such security"
	}
	same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-6 }
	switch {
	case !same(q.Last, truth.Last):
		return "the last price is wrong"
	case !same(q.Open, truth.Open) || !same(q.High, truth.High) || !same(q.Low, truth.Low) || !same(q.Preclose, truth.Preclose):
		return "a price is wrong"
	case q.Volume-truth.Volume > 50 || truth.Volume-q.Volume > 50:
		return "the volume is wrong"
	case math.Abs(q.Amount-truth.Amount) > 1:
		return "the amount is wrong"
	case schedules.DayOf(q.Time) != schedules.DayOf(moment):
		return "the day is wrong"
	}
	return ""
}

// BenchmarkWholeMarket asks for everything listed, through a cold cache, from a
// provider that takes 100 ms to answer: the wall time is what a caller waits.
func BenchmarkWholeMarket(b *testing.B) {
	c := market.DefaultConfig()
	c.Stocks = 5900
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	moment := at(b, "2026-09-28 10:30:00")
	tape := market.NewTape(m, schedules.Embedded())
	symbols := slices.Clone(tape.Symbols(moment)) // the tape keeps its own
	symbols = slices.DeleteFunc(symbols, func(s etl.Symbol) bool {
		i, _ := tape.At(s, moment)
		return i.Kind != market.Stock || i.Status == etl.Delisted
	})
	config := simulator.DefaultWebConfig()
	config.Now = func() time.Time { return moment }
	// The exchange works out its answers on the same two cores; what it needs
	// for that counts as its latency.
	config.Latency = simulator.WebLatency{Tencent: 100 * time.Millisecond, Sina: 100 * time.Millisecond}
	web, err := simulator.NewWeb(config, tape)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(web)
	defer server.Close()
	for _, name := range []string{"tencent", "sina"} {
		for _, n := range []int{100, len(symbols)} {
			b.Run(name+"/"+cmp.Or(map[int]string{100: "batch-100"}[n], "market"), func(b *testing.B) {
				qc := quotes.DefaultConfig()
				qc.Providers = []string{name}
				cache, err := quotes.New(qc, schedules.Embedded(), vendors(server.URL), quotes.Options{Now: func() time.Time { return moment }})
				if err != nil {
					b.Fatal(err)
				}
				defer cache.Close()
				for b.Loop() {
					cache.Clear()
					for _, r := range cache.GetBatch(b.Context(), symbols[:n], quotes.Ask{}) {
						if r.Err != nil {
							b.Fatal(r.Err)
						}
					}
				}
				b.ReportMetric(float64(n), "symbols")
			})
		}
	}
}
