package market_test

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// tapeOf returns a market of 330 securities and its tape; smallTape one of 80,
// for tests that look at many days.
var (
	tapeOf    = sync.OnceValues(func() (*market.Generated, *market.Tape) { return makeTape(300, 30) })
	smallTape = sync.OnceValues(func() (*market.Generated, *market.Tape) { return makeTape(80, 4) })
)

func makeTape(stocks, funds int) (*market.Generated, *market.Tape) {
	c := market.DefaultConfig()
	c.Stocks, c.Funds = stocks, funds
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		panic(err)
	}
	return m, market.NewTape(m, schedules.Embedded())
}

func must(t testing.TB, text string) schedules.Day {
	t.Helper()
	d, err := schedules.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at returns an instant of a day.
func at(d schedules.Day, hour, minute, second int) time.Time {
	return d.At(hour, minute).Add(time.Duration(second) * time.Second)
}

// fixed returns a price, or an amount, in 1e-4 yuan; 0 for NaN.
func fixed(v float64) int64 {
	if math.IsNaN(v) {
		return 0
	}
	return int64(math.Round(v * 1e4))
}

func cell(t *testing.T, row *market.Row, column, decimals int) int64 {
	t.Helper()
	v, ok := market.ParseFixed(row.Cell(column), decimals)
	if !ok && len(row.Cell(column)) > 0 {
		t.Fatalf("cell %d of %s does not parse", column, row.Text())
	}
	return v
}

// sampleDays are days under different rules: before limits, before closing
// auctions, with ST at 5 %, and under the rules of 2026.
var sampleDays = []string{"1993-05-11", "2001-03-02", "2009-11-03", "2015-06-26", "2018-08-20", "2020-08-25", "2024-02-05", "2026-01-05", "2026-07-06", "2026-09-28"}

func TestTapeEndsInBars(t *testing.T) {
	m, tape := tapeOf()
	rows := 0
	for _, text := range sampleDays {
		day := must(t, text)
		for row := range m.Day(day) {
			rows++
			symbol, err := etl.ParseSymbol(string(row.Cell(market.Code)))
			if err != nil {
				t.Fatal(err)
			}
			for _, when := range []time.Time{at(day, 15, 0, 0), at(day, 15, 40, 0), at(day, 23, 59, 59), at(day+1, 8, 59, 59)} {
				q, ok := tape.At(symbol, when)
				if !ok {
					t.Fatalf("%s is unknown at %s", symbol, when)
				}
				compare(t, row, &q)
			}
		}
	}
	if rows < 1500 {
		t.Errorf("%d bars compared, want more", rows)
	}
}

// compare wants a final state to be the row.
func compare(t *testing.T, row *market.Row, q *market.Instant) {
	t.Helper()
	type figures struct{ open, high, low, close, preclose, volume, amount int64 }
	got := figures{fixed(q.Open), fixed(q.High), fixed(q.Low), fixed(q.Last), fixed(q.Preclose), q.Volume, q.AmountExact}
	want := figures{preclose: cell(t, row, market.PreClose, 4)}
	status := etl.Suspended
	if row.Traded() {
		status = etl.Trading
		want = figures{cell(t, row, market.Open, 4), cell(t, row, market.High, 4), cell(t, row, market.Low, 4), cell(t, row, market.Close, 4),
			want.preclose, cell(t, row, market.Volume, 0), cell(t, row, market.Amount, 4)}
	}
	if got != want || q.Status != status || q.Day != row.Day {
		t.Errorf("%s %s at %s: %v %+v, want %v %+v", q.Symbol, q.Day, q.Time, q.Status, got, status, want)
	}
}

// grid returns instants of a day: every boundary second, its neighbours, and
// a moment every 97 seconds.
func grid(day schedules.Day) []time.Time {
	var out []time.Time
	for _, hm := range [][2]int{{0, 0}, {9, 0}, {9, 15}, {9, 25}, {9, 30}, {11, 30}, {13, 0}, {14, 57}, {15, 0}, {15, 5}, {15, 30}, {15, 36}} {
		for s := -1; s <= 4; s++ {
			out = append(out, at(day, hm[0], hm[1], s))
		}
	}
	for s := 9 * 3600; s < 16*3600; s += 97 {
		out = append(out, at(day, 0, 0, s))
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

func TestTapeOverADay(t *testing.T) {
	_, tape := tapeOf()
	for _, text := range sampleDays {
		day := must(t, text)
		before := map[etl.Symbol]market.Instant{}
		for _, when := range grid(day) {
			var symbols []etl.Symbol
			for q := range tape.All(when) {
				symbols = append(symbols, q.Symbol)
				for _, problem := range problems(q, when) {
					t.Errorf("%s at %s: %s: %+v", q.Symbol, when.Format(time.DateTime), problem, *q)
				}
				if p, ok := before[q.Symbol]; ok && q.Day == p.Day {
					if problem := backwards(&p, q); problem != "" {
						t.Errorf("%s at %s: %s: %+v after %+v", q.Symbol, when.Format(time.DateTime), problem, *q, p)
					}
				}
				before[q.Symbol] = *q
				if t.Failed() {
					return
				}
			}
			if got := tape.Symbols(when); !slices.Equal(got, symbols) || !slices.IsSorted(got) || len(got) == 0 {
				t.Fatalf("%s: Symbols and All disagree, or are not ascending: %v and %v", when, got, symbols)
			}
		}
	}
}

// backwards names what ran backwards within a day.
func backwards(p, q *market.Instant) string {
	switch {
	case q.Time.Before(p.Time):
		return "time ran backwards"
	case q.Volume < p.Volume, q.AmountExact < p.AmountExact, q.Outer < p.Outer, q.Inner < p.Inner:
		return "volume or amount fell"
	case q.High < p.High, q.Low > p.Low, !math.IsNaN(p.Open) && q.Open != p.Open:
		return "high fell, low rose or open changed"
	case q.AfterHoursVolume < p.AfterHoursVolume:
		return "after-hours volume fell"
	case q.Preclose != p.Preclose && !(math.IsNaN(q.Preclose) && math.IsNaN(p.Preclose)):
		return "preclose changed"
	}
	return ""
}

func TestTapeIsDeterministic(t *testing.T) {
	m, tape := tapeOf()
	other := market.NewTape(m, schedules.Embedded())
	days := []schedules.Day{must(t, "2026-09-28"), must(t, "2024-02-05"), must(t, "2020-08-25"), must(t, "2015-06-26"), must(t, "2009-11-03")}
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := range days { // in different orders, so that days are dropped and read again
				when := at(days[(i*(n+1)+n)%len(days)], 10, 11, 12)
				for q := range tape.All(when) {
					p, ok := other.At(q.Symbol, when)
					if !ok || !same(&p, q) {
						t.Errorf("%s at %s: %+v and %+v", q.Symbol, when, p, *q)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// same compares bit by bit, NaN included.
func same(a, b *market.Instant) bool {
	x, y := *a, *b
	for _, p := range [][2]*float64{{&x.Last, &y.Last}, {&x.Open, &y.Open}, {&x.High, &y.High}, {&x.Low, &y.Low}, {&x.Preclose, &y.Preclose},
		{&x.LimitUp, &y.LimitUp}, {&x.LimitDown, &y.LimitDown}, {&x.Turn, &y.Turn}, {&x.PeTTM, &y.PeTTM}, {&x.PB, &y.PB},
		{&x.FloatCap, &y.FloatCap}, {&x.MarketCap, &y.MarketCap}, {&x.PeStatic, &y.PeStatic}, {&x.PeDynamic, &y.PeDynamic},
		{&x.YearHigh, &y.YearHigh}, {&x.YearLow, &y.YearLow}, {&x.VolumeRatio, &y.VolumeRatio}} {
		if math.Float64bits(*p[0]) != math.Float64bits(*p[1]) {
			return false
		}
		*p[0], *p[1] = 0, 0
	}
	for i := range x.Bids {
		for _, p := range [][2]*etl.Level{{&x.Bids[i], &y.Bids[i]}, {&x.Asks[i], &y.Asks[i]}} {
			if math.Float64bits(p[0].Price) != math.Float64bits(p[1].Price) {
				return false
			}
			p[0].Price, p[1].Price = 0, 0
		}
	}
	return x == y
}
