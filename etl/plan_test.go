package etl_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// means allows everything, with the vendor's pages.
func means() etl.Means {
	return etl.Means{PageSize: 10_000, NoDay: map[etl.Shape]bool{}, Asked: map[etl.DayOf]bool{}, Latest: june[20]}
}

// lacking returns the cells of the instruments in the given days.
func lacking(list []etl.Instrument, days ...schedules.Day) *etl.Cells {
	return lackingIn(etl.NewCells(june), list, days...)
}

func lackingIn(c *etl.Cells, list []etl.Instrument, days ...schedules.Day) *etl.Cells {
	for _, in := range list {
		for _, d := range days {
			c.Add(in.Symbol, d)
		}
	}
	return c
}

func market(d schedules.Day) etl.Request { return etl.Request{Shape: etl.MarketDay, From: d, To: d} }
func funds(d schedules.Day) etl.Request  { return etl.Request{Shape: etl.ETFDay, From: d, To: d} }
func span(in etl.Instrument, from, to schedules.Day) etl.Request {
	return etl.Request{Shape: etl.SecurityRange, Symbol: in.Symbol, From: from, To: to}
}

func TestPlan(t *testing.T) {
	s, e, x := stocks(40), etfs(40), indices(3)
	u := universe(s, e, x)
	bj := etl.Instrument{Symbol: sym(t, "bj920000"), Kind: etl.Stock}
	stranger := etl.Instrument{Symbol: sym(t, "sz300750")}
	old := schedules.Embedded().Days(schedules.MakeDay(2025, 12, 1), schedules.MakeDay(2026, 1, 31))
	tests := []struct {
		name    string
		missing *etl.Cells
		means   func(*etl.Means)
		want    []etl.Request
	}{
		{"nothing", etl.NewCells(june), nil, nil},
		{"no days at all", etl.NewCells(nil), nil, nil},
		{"many securities on a day", lacking(s, june[3]), nil, []etl.Request{market(june[3])}},
		{"many securities on two days, in order", lacking(s, june[9], june[3]), nil, []etl.Request{market(june[3]), market(june[9])}},
		{"one security on many days", lacking(s[:1], june...), nil, []etl.Request{span(s[0], june[0], june[20])}},
		{"two securities on many days, in order", lacking(s[:2], june[2:9]...), nil, []etl.Request{span(s[0], june[2], june[8]), span(s[1], june[2], june[8])}},
		{"holes of one security become one range", lacking(s[:1], june[1], june[8], june[15]), nil, []etl.Request{span(s[0], june[1], june[15])}},
		{"mixed", lackingIn(lacking(s, june[20]), s[:2], june[:20]...), nil,
			[]etl.Request{market(june[20]), span(s[0], june[0], june[19]), span(s[1], june[0], june[19])}},
		{"mixed, the range is cut to what the days leave", lackingIn(lacking(s, june[0], june[20]), s[7:8], june[4:7]...), nil,
			[]etl.Request{market(june[0]), market(june[20]), span(s[7], june[4], june[6])}},

		{"whole market unknown", lacking(s[:3], june[3]), func(m *etl.Means) { m.NoDay[etl.MarketDay] = true },
			[]etl.Request{span(s[0], june[3], june[3]), span(s[1], june[3], june[3]), span(s[2], june[3], june[3])}},
		{"whole market unknown for funds only", lackingIn(lacking(s, june[3]), e[:2], june[3]), func(m *etl.Means) { m.NoDay[etl.ETFDay] = true },
			[]etl.Request{market(june[3]), span(e[0], june[3], june[3]), span(e[1], june[3], june[3])}},
		{"a day asked already", lackingIn(lacking(s[:2], june[3]), s, june[4]), func(m *etl.Means) { m.Asked[etl.DayOf{Shape: etl.MarketDay, Day: june[3]}] = true },
			[]etl.Request{market(june[4]), span(s[0], june[3], june[3]), span(s[1], june[3], june[3])}},
		{"a day asked already for funds is open for stocks", lacking(s, june[3]), func(m *etl.Means) { m.Asked[etl.DayOf{Shape: etl.ETFDay, Day: june[3]}] = true },
			[]etl.Request{market(june[3])}},

		{"funds", lacking(e, june[3]), nil, []etl.Request{funds(june[3])}},
		{"stocks and funds, ordered by day", lackingIn(lacking(e, june[3], june[5]), s, june[4], june[5]), nil,
			[]etl.Request{funds(june[3]), market(june[4]), market(june[5]), funds(june[5])}},
		{"funds before the vendor has them, by range", lackingIn(etl.NewCells(old), e[:2], old[0]), nil,
			[]etl.Request{span(e[0], old[0], old[0]), span(e[1], old[0], old[0])}},
		{"indices are never in a whole-market answer", lackingIn(lacking(s, june[3]), x, june[3]), nil,
			[]etl.Request{market(june[3]), span(x[0], june[3], june[3]), span(x[1], june[3], june[3]), span(x[2], june[3], june[3])}},
		{"nor is Beijing, nor what the list does not know; ranges are ordered by symbol", lackingIn(lacking(x[:1], june[3]), []etl.Instrument{stranger, bj}, june[3]), nil,
			[]etl.Request{span(bj, june[3], june[3]), span(x[0], june[3], june[3]), span(stranger, june[3], june[3])}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := means()
			if tt.means != nil {
				tt.means(&m)
			}
			if got := etl.Plan(tt.missing, universe(u, []etl.Instrument{bj}), m); !slices.Equal(got, tt.want) {
				t.Errorf("plan %v\nwant %v", got, tt.want)
			}
		})
	}
}

// A range that ends right before the day of delisting takes that day along.
func TestPlanExtendsToTheDelistingDay(t *testing.T) {
	gone := func(d schedules.Day) etl.Instrument {
		return etl.Instrument{Symbol: sym(t, "sh600001"), Kind: etl.Stock, Delisted: d}
	}
	tests := []struct {
		name     string
		delisted schedules.Day
		latest   schedules.Day
		days     []schedules.Day // missing
		to       schedules.Day
	}{
		{"the next trading day", june[10], june[20], june[:10], june[10]},
		{"still listed", 0, june[20], june[:10], june[9]},
		{"a weekend", schedules.MakeDay(2026, 6, 13), june[20], june[:10], june[9]},
		{"days in between are there already", june[10], june[20], june[:9], june[8]},
		{"not published yet", june[10], june[9], june[:10], june[9]},
		{"past the days of the lake", schedules.MakeDay(2026, 7, 1), schedules.MakeDay(2026, 7, 2), june, june[20]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := means()
			m.Latest = tt.latest
			in := gone(tt.delisted)
			want := []etl.Request{span(in, tt.days[0], tt.to)}
			if got := etl.Plan(lacking([]etl.Instrument{in}, tt.days...), etl.Universe{in}, m); !slices.Equal(got, want) {
				t.Errorf("plan %v, want %v", got, want)
			}
		})
	}
}

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
