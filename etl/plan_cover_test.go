package etl_test

import (
	"math/rand/v2"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// Small pages make ranges dear: three pages of one security cost as much as
// three days of the whole market.
func TestPlanCountsPages(t *testing.T) {
	s := stocks(3)
	u := universe(s)
	missing := lacking(s, june[:6]...) // 3 securities x 6 days
	for size, days := range map[int]int{
		10_000: 0, // 3 requests against 6
		7:      0,
		6:      6, // a full page needs another one: 6 against 6, either will do
		3:      6, // 9 against 6
		1:      6,
	} {
		m := means()
		m.PageSize = size
		plan := etl.Plan(missing, u, m)
		n, total := 0, 0
		for _, q := range plan {
			total += q.Pages(june, size)
			if q.Shape == etl.MarketDay {
				n++
			}
		}
		if size != 6 && n != days {
			t.Errorf("pages of %d rows: %d whole-market requests, want %d", size, n, days)
		}
		if want := min(6, 3*(6/size+1)); total != want {
			t.Errorf("pages of %d rows: %d requests, want %d", size, total, want)
		}
	}
}

func TestPages(t *testing.T) {
	in := stocks(1)[0]
	tests := []struct {
		q    etl.Request
		size int
		want int
	}{
		{market(june[0]), 1, 1},
		{funds(june[0]), 1, 1},
		{span(in, june[0], june[0]), 10_000, 1},
		{span(in, june[0], june[20]), 22, 1},
		{span(in, june[0], june[20]), 21, 2}, // a full page does not end the paging
		{span(in, june[0], june[20]), 20, 2},
		{span(in, june[0], june[20]), 10, 3},
		{span(in, june[0], june[20]), 7, 4},
		{span(in, june[0]-30, june[20]+30), 22, 1},
		{span(in, june[0], june[20]), 0, 22}, // no size is no division by zero
	}
	for _, tt := range tests {
		if got := tt.q.Pages(june, tt.size); got != tt.want {
			t.Errorf("%s takes %d pages of %d rows, want %d", tt.q, got, tt.size, tt.want)
		}
	}
}

// Whatever is missing, a plan covers all of it, asks nothing that is not
// allowed, and keeps the order.
func TestPlanCoversEverything(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	s, e, x := stocks(25), etfs(10), indices(2)
	u := universe(s, e, x)
	for range 300 {
		missing, m := etl.NewCells(june), means()
		density := random.Float64() * random.Float64()
		for _, in := range u {
			for _, d := range june {
				if random.Float64() < density {
					missing.Add(in.Symbol, d)
				}
			}
		}
		m.PageSize = 1 + random.IntN(30)
		for range random.IntN(4) {
			m.Asked[etl.DayOf{Shape: etl.Shape(1 + random.IntN(2)), Day: june[random.IntN(21)]}] = true
		}
		m.NoDay[etl.ETFDay] = random.IntN(4) == 0
		plan := etl.Plan(missing, u, m)
		covered := etl.NewCells(june)
		for i, q := range plan {
			if i > 0 && precedes(q, plan[i-1]) {
				t.Fatalf("%s comes after %s", q, plan[i-1])
			}
			if q.Shape != etl.SecurityRange && (m.NoDay[q.Shape] || m.Asked[etl.DayOf{Shape: q.Shape, Day: q.From}]) {
				t.Fatalf("%s must not be asked", q)
			}
			for _, in := range u {
				if q.Shape == etl.MarketDay && in.Kind == etl.Stock || q.Shape == etl.ETFDay && in.Kind == etl.ETF || q.Symbol == in.Symbol {
					covered.AddRange(in.Symbol, q.From, q.To)
				}
			}
		}
		if left := missing.Minus(covered); left.Len() > 0 {
			t.Fatalf("%d cells are not asked for", left.Len())
		}
	}
}

// precedes is the order of a plan.
func precedes(a, b etl.Request) bool {
	if (a.Shape == etl.SecurityRange) != (b.Shape == etl.SecurityRange) {
		return b.Shape == etl.SecurityRange
	}
	if a.Shape == etl.SecurityRange {
		return a.Symbol <= b.Symbol
	}
	return a.From < b.From || a.From == b.From && a.Shape <= b.Shape
}

// BenchmarkPlan plans the first backfill of the whole market since 1990.
func BenchmarkPlan(b *testing.B) {
	days := schedules.Embedded().Days(schedules.MakeDay(1990, 12, 19), schedules.MakeDay(2026, 12, 31))
	list := stocks(5500)
	for i := range list {
		list[i].Listed = days[i*len(days)/len(list)]
	}
	u := universe(list)
	missing := etl.Expected(u, etl.Scope{From: days[0], To: days[len(days)-1]}, days)
	m := means()
	b.ReportAllocs()
	requests := 0
	for b.Loop() {
		requests = len(etl.Plan(missing, u, m))
	}
	b.ReportMetric(float64(requests), "requests")
}
