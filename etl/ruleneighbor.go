package etl

import (
	"math"

	"barkeep/schedules"
)

// security is what a Checker knows of one entry of the universe.
type security struct {
	symbol           Symbol
	class            class
	listed, delisted schedules.Day
	broke            schedules.Day // when preclose last differed from the close before
}

// edge is a row of an earlier batch. The zero edge is none.
type edge struct {
	day             schedules.Day
	close, preclose float64
	lo, hi          float64 // bounds of the floating shares
}

// side is what is known of the trading day before or after each row.
type side struct {
	day    []schedules.Day
	price  []float64 // close of the day before, preclose of the day after; NaN when not known
	lo, hi []float64 // floating shares, as in scan
}

func (d *side) resize(n int) {
	d.day, d.price, d.lo, d.hi = resize(d.day, n), resize(d.price, n), resize(d.lo, n), resize(d.hi, n)
}

func (d *side) set(i int, day schedules.Day, price, lo, hi float64) {
	d.day[i], d.price[i], d.lo[i], d.hi[i] = day, price, lo, hi
}

// want is a row whose neighbor the context is asked for.
type want struct {
	row   int
	later bool // the trading day after
}

var nan = math.NaN()

// floatBounds returns between which numbers the floating shares lie, by a volume
// and a turn of four decimals; NaN when they say nothing.
func floatBounds(volume int64, turn float64) (lo, hi float64) {
	const half = 0.00006
	if volume <= 0 || !(turn > half) {
		return nan, nan
	}
	x := float64(volume) * 100 / (turn*turn - half*half)
	return x * (turn - half), x * (turn + half)
}

// meet finds the trading days before and after every row that is not refused:
// in the batch, in the batch before, or in the context. Within a batch a pair of
// days is seen once, from its later row.
func (s *scan) meet() {
	if s.met {
		return
	}
	s.met = true
	n := len(s.days)
	s.before.resize(n)
	s.after.resize(n)
	s.lo, s.hi = resize(s.lo, n), resize(s.hi, n)
	s.wanted, s.keys = s.wanted[:0], s.keys[:0]
	var prev, next step
	for _, r := range s.runs {
		for i := r.begin; i < r.end; i++ {
			s.before.price[i], s.before.lo[i], s.after.price[i], s.after.lo[i] = nan, nan, nan, nan
			s.lo[i], s.hi[i] = nan, nan
			if s.bad[i] {
				continue
			}
			if s.flags[i]&flagTurn != 0 && s.class[i] != classIndex {
				s.lo[i], s.hi[i] = floatBounds(s.volume[i], s.turn[i])
			}
			prev.to(s.days[i], s.calendar.Prev)
			inside := i > r.begin && prev.ok && s.days[i-1] == prev.day
			switch {
			case inside && !s.bad[i-1]:
				s.before.set(i, prev.day, s.closing[i-1], s.lo[i-1], s.hi[i-1])
			case prev.ok && !inside:
				s.outside(i, prev.day, false)
			}
			if s.lo[i] != s.lo[i] { // suspended: the shares are those of the day before
				s.lo[i], s.hi[i] = s.before.lo[i], s.before.hi[i]
			}
			if i+1 < r.end && s.calendar.Count(s.days[i]+1, s.days[i+1]) == 1 {
				continue
			}
			if next.to(s.days[i], s.calendar.Next); next.ok {
				s.outside(i, next.day, true)
			}
		}
	}
	s.ask()
	s.compare()
}

// step remembers the last answer of the calendar: whole-market answers ask for
// the same day over and over.
type step struct {
	from, day schedules.Day
	ok        bool
}

func (p *step) to(d schedules.Day, move func(schedules.Day) (schedules.Day, bool)) {
	if d != p.from {
		p.from = d
		p.day, p.ok = move(d)
	}
}

// outside looks for a neighbor among the edges, or puts it on the list for the
// context.
func (s *scan) outside(i int, day schedules.Day, later bool) {
	at := s.at[i]
	if at < 0 {
		return
	}
	for j := range s.edges[at] {
		if e := &s.edges[at][j]; e.day == day {
			s.join(i, later, e)
			return
		}
	}
	if s.context == nil {
		return
	}
	security := &s.securities[at]
	if security.listed != 0 && day < security.listed || security.delisted != 0 && day > security.delisted {
		return
	}
	s.wanted = append(s.wanted, want{i, later})
	s.keys = append(s.keys, BarKey{s.symbols[i], day})
}

func (s *scan) join(i int, later bool, e *edge) {
	if later {
		s.after.set(i, e.day, e.preclose, e.lo, e.hi)
	} else {
		s.before.set(i, e.day, e.close, e.lo, e.hi)
	}
}

// ask asks the context for what is on the list.
func (s *scan) ask() {
	if len(s.keys) == 0 {
		return
	}
	s.bars = resize(s.bars, len(s.keys))
	clear(s.bars)
	s.context.Bars(s.keys, s.bars)
	for j, w := range s.wanted {
		if b := &s.bars[j]; b.Known {
			e := edge{day: s.keys[j].Day, close: b.Close, preclose: b.Preclose}
			e.lo, e.hi = floatBounds(b.Volume, b.Turn)
			s.join(w.row, w.later, &e)
		}
	}
}

// remember keeps the first and last good row of every security for the next
// batch; of a single row, the one from before as well.
func (s *scan) remember() {
	for _, r := range s.runs {
		at := s.at[r.begin]
		if at < 0 {
			continue
		}
		begin, end := r.begin, r.end
		for begin < end && s.bad[begin] {
			begin++
		}
		for begin < end && s.bad[end-1] {
			end--
		}
		edges := &s.edges[at]
		switch {
		case begin == end:
		case begin == end-1:
			edges[1], edges[0] = edges[0], s.edge(begin)
		default:
			edges[0], edges[1] = s.edge(begin), s.edge(end-1)
		}
	}
}

func (s *scan) edge(i int) edge {
	return edge{s.days[i], s.closing[i], s.preclose[i], s.lo[i], s.hi[i]}
}
