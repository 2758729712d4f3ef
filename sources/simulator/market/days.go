package market

import (
	"iter"
	"slices"

	"barkeep/schedules"
)

// stateBefore returns a security's state before a day of its life.
func (g *Generated) stateBefore(i int, day int32) state {
	p := &g.profiles[i]
	k := (day - p.from) / stride
	s := g.kept[i][k]
	var x session
	for d := p.from + k*stride; d < day; d++ {
		g.step(p, &s, d, &x)
	}
	return s
}

// Securities implements Market.
func (g *Generated) Securities() []Security { return g.securities }

// ExDates implements Market.
func (g *Generated) ExDates(security int) []ExDate { return g.exDates[security] }

// Name implements Market. A name carries ST or *ST during a warning, and is
// turned into the delisting form for the delisting period.
func (g *Generated) Name(security int, day schedules.Day) string {
	p := &g.profiles[security]
	i, found := slices.BinarySearch(g.days, day)
	if !found {
		i-- // between trading days the last one rules
	}
	at := min(max(int32(i), p.from), p.to-1)
	if at >= p.closing {
		return p.short + "退"
	}
	if r, ok := onDay(p.risks, at); ok {
		if r.star {
			return "*ST" + p.short
		}
		return "ST" + p.short
	}
	return p.name
}

// Bars implements Market.
func (g *Generated) Bars(security int, from, to schedules.Day) iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		p := &g.profiles[security]
		lo, _ := slices.BinarySearch(g.days, from)
		hi, _ := slices.BinarySearch(g.days, to+1)
		first, end := max(int32(lo), g.first[security]), min(int32(hi), p.to)
		if first >= end {
			return
		}
		row := Row{Security: security, text: make([]byte, 0, 256)}
		s := g.stateBefore(security, first)
		var x session
		for day := first; day < end; day++ {
			g.step(p, &s, day, &x)
			g.render(&row, p, &s, &x, day)
			if !yield(&row) {
				return
			}
		}
	}
}

// Day implements Market.
func (g *Generated) Day(day schedules.Day) iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		at, open := slices.BinarySearch(g.days, day)
		if !open {
			return
		}
		now := int32(at)
		cache := g.ahead.Swap(nil)
		if cache == nil {
			cache = &states{day: -1, at: make([]state, len(g.profiles))}
		}
		row := Row{text: make([]byte, 0, 256)}
		var x session
		near := cache.day >= 0 && cache.day < now && now-cache.day <= stride
		for i := range g.profiles {
			p := &g.profiles[i]
			if now < p.from || now >= p.to {
				continue
			}
			s := &cache.at[i]
			if near && cache.day >= p.from {
				for d := cache.day + 1; d < now; d++ {
					g.step(p, s, d, &x)
				}
			} else {
				*s = g.stateBefore(i, now)
			}
			g.step(p, s, now, &x)
			if now < g.first[i] {
				continue
			}
			row.Security = i
			g.render(&row, p, s, &x, now)
			if !yield(&row) {
				return // the states are half-way: drop them
			}
		}
		cache.day = now
		g.ahead.Store(cache)
	}
}
