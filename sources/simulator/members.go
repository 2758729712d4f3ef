package simulator

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator/market"
)

// members answers the lists of codes: index members and the stocks in a
// special state. Source of dates: specification of Baostock, 8.7.
func (e *exchange) members() *failure {
	update, f := e.updateDay(e.args[0])
	if f != nil {
		return f
	}
	hs300 := schedules.MakeDay(2006, time.January, 1)
	zz500 := schedules.MakeDay(2007, time.January, 1)
	switch kind := e.method.Request; {
	case kind == "67":
		e.listed(update, func(i int, s market.Security) bool { return s.Delisted != 0 && s.Delisted <= update })
	case kind == "69":
		e.suspended(update)
	case kind == "71":
		e.warned(update, "ST")
	case kind == "73":
		e.warned(update, "*ST")
	case update < hs300 || kind == wire.ZZ500 && update < zz500:
	case kind == wire.HS300:
		e.largest(update, 0, 300, "")
	case kind == wire.SZ50:
		e.largest(update, 0, 50, "sh.")
	case kind == wire.ZZ500:
		e.largest(update, 300, 800, "")
	}
	return nil
}

// listed appends the stocks that the filter picks.
func (e *exchange) listed(update schedules.Day, pick func(i int, s market.Security) bool) {
	m := e.server.market
	for i, s := range m.Securities() {
		if s.Kind == market.Stock && pick(i, s) {
			e.rows.add(update.String(), s.Code, m.Name(i, update))
		}
	}
}

// warned appends the stocks whose name has the prefix.
func (e *exchange) warned(update schedules.Day, prefix string) {
	m := e.server.market
	e.listed(update, func(i int, s market.Security) bool {
		return living(s, update) && strings.HasPrefix(m.Name(i, update), prefix)
	})
}

// suspended appends the stocks that were not traded on the last trading day.
func (e *exchange) suspended(update schedules.Day) {
	m := e.server.market
	last, ok := e.server.calendar.Prev(update + 1)
	if !ok || last > e.published {
		last = e.published
	}
	securities := m.Securities()
	for row := range m.Day(last) {
		if s := securities[row.Security]; s.Kind == market.Stock && !row.Traded() {
			e.rows.add(update.String(), s.Code, m.Name(row.Security, update))
		}
	}
}

// largest appends the stocks from rank lo to hi by the value of their floating
// shares, in the order of their codes.
func (e *exchange) largest(update schedules.Day, lo, hi int, prefix string) {
	m := e.server.market
	securities := m.Securities()
	var ranked []int
	for i, s := range securities {
		if s.Kind == market.Stock && living(s, update) && strings.HasPrefix(s.Code, prefix) {
			ranked = append(ranked, i)
		}
	}
	slices.SortStableFunc(ranked, func(a, b int) int { return cmp.Compare(securities[b].Size, securities[a].Size) })
	ranked = ranked[min(lo, len(ranked)):min(hi, len(ranked))]
	slices.Sort(ranked)
	for _, i := range ranked {
		e.rows.add(update.String(), securities[i].Code, m.Name(i, update))
	}
}
