package etl

import (
	"math/bits"
	"slices"

	"barkeep/schedules"
)

// Scope says which bars a run is about.
type Scope struct {
	From, To schedules.Day
	Symbols  []Symbol // only these, whatever their kind; empty for all stocks
	ETF      bool     // exchange-traded funds as well
	Index    bool     // indices as well
}

// The first days for which the vendor has bars of a kind. Source: specification
// of Baostock, 8.5.
var (
	firstETF   = schedules.MakeDay(2026, 1, 5)
	firstIndex = schedules.MakeDay(2006, 1, 1)
)

// Expected returns every cell that should exist: the trading days in scope on
// which each security in scope was listed. The day of delisting itself is not
// expected, since some securities have a bar on it and some have none; a bar
// that comes is kept. Securities of Beijing have no bars at this vendor.
func Expected(u Universe, s Scope, days []schedules.Day) *Cells {
	cells := NewCells(days)
	for _, in := range u {
		if !s.includes(in) {
			continue
		}
		from, to := max(in.Listed, s.From), s.To
		switch in.Kind {
		case ETF:
			from = max(from, firstETF)
		case Index:
			from = max(from, firstIndex)
		}
		if in.Delisted != 0 {
			to = min(to, in.Delisted-1)
		}
		cells.AddRange(in.Symbol, from, to)
	}
	return cells
}

func (s Scope) includes(in Instrument) bool {
	switch {
	case len(s.Symbols) > 0:
		return slices.Contains(s.Symbols, in.Symbol)
	case in.Symbol.Exchange() == Beijing:
		return false
	}
	return in.Kind == Stock || in.Kind == ETF && s.ETF || in.Kind == Index && s.Index
}

// Means says what may be asked for.
type Means struct {
	PageSize int            // rows per page of a range of one security
	NoDay    map[Shape]bool // whole-market shapes the source does not know
	Asked    map[DayOf]bool // whole-market answers that have come already
	Latest   schedules.Day  // a range is never stretched beyond it
}

// DayOf is one whole-market answer.
type DayOf struct {
	Shape Shape
	Day   schedules.Day
}

// Plan covers the missing cells with the fewest requests: whole-market requests
// for days that many securities miss, ranges for securities that miss many days.
// Whole-market requests come first, in ascending order of day, then ranges in
// ascending order of symbol.
func Plan(missing *Cells, u Universe, m Means) []Request {
	groups := map[Shape][]Instrument{}
	for _, s := range missing.Symbols() {
		in, ok := u.Find(s)
		if !ok {
			in = Instrument{Symbol: s, Kind: Other}
		}
		groups[in.shape()] = append(groups[in.shape()], in)
	}
	var byDay, byRange []Request
	for _, shape := range []Shape{MarketDay, ETFDay, SecurityRange} {
		d, r := planGroup(missing, groups[shape], shape, m)
		byDay, byRange = append(byDay, d...), append(byRange, r...)
	}
	slices.SortStableFunc(byDay, func(a, b Request) int { return int(a.From) - int(b.From) })
	slices.SortFunc(byRange, func(a, b Request) int { return int(a.Symbol) - int(b.Symbol) })
	return append(byDay, byRange...)
}

// shape returns the cheapest shape of request that brings the instrument's bars:
// a whole-market one, or the range of one security where no other has them.
func (i Instrument) shape() Shape {
	switch {
	case i.Symbol.Exchange() == Beijing:
		return SecurityRange
	case i.Kind == Stock:
		return MarketDay
	case i.Kind == ETF:
		return ETFDay
	}
	return SecurityRange
}

// planGroup plans for securities that share a whole-market shape.
func planGroup(missing *Cells, group []Instrument, shape Shape, m Means) (byDay, byRange []Request) {
	days := missing.Days()
	if len(group) == 0 {
		return nil, nil
	}
	allowed := make([]uint64, (len(days)+63)/64)
	if shape != SecurityRange && !m.NoDay[shape] {
		for i, d := range days {
			if !m.Asked[DayOf{shape, d}] && (shape != ETFDay || d >= firstETF) {
				allowed[i/64] |= 1 << (i % 64)
			}
		}
	}
	rows, cost := make([][]uint64, len(group)), make([]int, len(group))
	for i, in := range group {
		rows[i] = missing.rows[in.Symbol]
		cost[i] = pages(missing, in.Symbol, m.PageSize)
	}
	chosen := coverDays(rows, cost, allowed)
	for i, d := range days {
		if chosen[i/64]>>(i%64)&1 == 1 {
			byDay = append(byDay, Request{Shape: shape, From: d, To: d})
		}
	}
	for i, in := range group {
		if from, to, ok := span(days, rows[i], chosen); ok {
			if in.Delisted > to && (in.Delisted <= m.Latest) && missing.column(in.Delisted) >= 0 {
				// The bar of the last day, if there is one, comes along.
				if next, _ := slices.BinarySearch(days, to+1); next < len(days) && days[next] == in.Delisted {
					to = in.Delisted
				}
			}
			byRange = append(byRange, Request{Shape: SecurityRange, Symbol: in.Symbol, From: from, To: to})
		}
	}
	return byDay, byRange
}

// span returns the first and the last day of a row that are not among the
// chosen columns.
func span(days []schedules.Day, row, chosen []uint64) (from, to schedules.Day, ok bool) {
	for w, left := range row {
		if chosen != nil {
			left &^= chosen[w]
		}
		if left == 0 {
			continue
		}
		if !ok {
			from, ok = days[w*64+bits.TrailingZeros64(left)], true
		}
		to = days[w*64+63-bits.LeadingZeros64(left)]
	}
	return from, to, ok
}

// pages returns how many requests a range over all missing days of a security
// takes: one more than its full pages, since only a page that is not full ends
// the paging.
func pages(missing *Cells, s Symbol, size int) int {
	from, to, ok := span(missing.days, missing.rows[s], nil)
	if !ok {
		return 1
	}
	return Request{Shape: SecurityRange, From: from, To: to}.Pages(missing.days, size)
}

// Pages returns how many requests r takes when it brings a bar for every one of
// the trading days.
func (r Request) Pages(days []schedules.Day, size int) int {
	if r.Shape != SecurityRange {
		return 1
	}
	low, _ := slices.BinarySearch(days, r.From)
	high, _ := slices.BinarySearch(days, r.To+1)
	return (high-low)/max(size, 1) + 1
}
