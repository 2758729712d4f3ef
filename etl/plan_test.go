package etl_test

import (
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
