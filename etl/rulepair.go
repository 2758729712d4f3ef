package etl

import (
	"math"

	"barkeep/schedules"
)

// The rules that compare a row with the trading days around it. Which of the two
// is wrong cannot be known: the later one is named. When that one came in an
// earlier batch it is kept, whatever the severity.

var (
	rises     = &sentence{"preclose is above the close of the day before", "preclose $a, close $b on $day"}
	nearBreak = &sentence{"preclose differs from the close of the day before, and did so a few days earlier or later", "preclose $a, close $b on $day"}
	noExDate  = &sentence{"preclose differs from the close of the day before, and the day is no ex-date", "preclose $a, close $b on $day"}
	jumps     = &sentence{"the price jumps from one day to the next without an ex-date", "preclose $a, close $b on $day"}
	moreFloat = &sentence{"the floating shares grow too much from one day to the next", "about $a, and $b on $day"}
	lessFloat = &sentence{"the floating shares shrink too much from one day to the next", "about $a, and $b on $day"}
	indexHalt = &sentence{"an index is suspended or under risk warning", ""}
	indexGap  = &sentence{"preclose of an index is not the close of the day before", "preclose $a, close $b on $day"}
)

// pair is two successive trading days of a security.
type pair struct {
	row             int  // in the batch
	later           bool // the later day is outside of the batch, and row is the earlier one
	close, preclose float64
	from, to        schedules.Day
}

// compare lists the pairs whose preclose is not the close before.
func (s *scan) compare() {
	s.pairs, s.pairsSeen = s.pairs[:0], [2]int{}
	var seen [2]int
	closing, preclose, class := s.closing, s.preclose[:len(s.closing)], s.class[:len(s.closing)]
	last, next := s.before.price[:len(s.closing)], s.after.price[:len(s.closing)]
	for i, c := range closing {
		other := 1
		if class[i] == classIndex {
			other = 0
		}
		if x := last[i]; x == x {
			if seen[other]++; x != preclose[i] {
				s.pairs = append(s.pairs, pair{i, false, x, preclose[i], s.before.day[i], s.days[i]})
			}
		}
		if x := next[i]; x == x {
			if seen[other]++; x != c {
				s.pairs = append(s.pairs, pair{i, true, c, x, s.days[i], s.after.day[i]})
			}
		}
	}
	s.pairsSeen = seen
}

// breaks calls found for the pairs that compare has listed, of indices or of
// others, and returns how many were compared.
func (s *scan) breaks(index bool, found func(pair)) (checked int) {
	for _, p := range s.pairs {
		if (s.class[p.row] == classIndex) == index {
			found(p)
		}
	}
	if index {
		return s.pairsSeen[0]
	}
	return s.pairsSeen[1]
}

// notePair notes a finding at the later day of a pair.
func (s *scan) notePair(p pair, what *sentence, a, b float64) {
	if !p.later {
		s.note(p.row, what, a, b, 0, p.from)
		return
	}
	if !s.bad[p.row] {
		s.found = append(s.found, Finding{
			Rule: s.rule, Severity: s.severity, Symbol: s.symbols[p.row], Day: p.to, Row: -1,
			what: what, a: a, b: b, other: p.from,
		})
	}
}

// exDate asks the context; known is false without one.
func (s *scan) exDate(p pair) (is, known bool) {
	if s.context == nil {
		return false, false
	}
	return s.context.ExDate(s.symbols[p.row], p.to)
}

func (s *scan) precloseChain() int {
	near, symbol, broke := schedules.Day(s.config.BreakDays), Symbol(0), schedules.Day(0)
	return s.breaks(false, func(p pair) {
		at := s.at[p.row]
		if s.symbols[p.row] != symbol {
			symbol, broke = s.symbols[p.row], 0
			if at >= 0 {
				broke = s.securities[at].broke
			}
		}
		is, known := s.exDate(p)
		switch {
		case known && is:
			return
		case known:
			s.notePair(p, noExDate, p.preclose, p.close)
		case p.preclose > p.close:
			s.notePair(p, rises, p.preclose, p.close)
		case broke != 0 && broke != p.to && max(p.to-broke, broke-p.to) <= near:
			s.notePair(p, nearBreak, p.preclose, p.close)
		}
		if broke = p.to; at >= 0 {
			s.securities[at].broke = broke
		}
	})
}

func (s *scan) jump() int {
	down, up := s.config.JumpDown, s.config.JumpUp
	return s.breaks(false, func(p pair) {
		if p.preclose >= p.close*down && p.preclose <= p.close*up {
			return
		}
		if is, known := s.exDate(p); !known || !is {
			s.notePair(p, jumps, p.preclose, p.close)
		}
	})
}

func (s *scan) floatShares() (checked int) {
	down, up := s.config.FloatDown, s.config.FloatUp
	for i := range s.days {
		lo, hi := s.lo[i], s.hi[i]
		if lo != lo {
			continue
		}
		if l, h := s.before.lo[i], s.before.hi[i]; l == l {
			checked++
			s.compareFloat(pair{row: i, from: s.before.day[i], to: s.days[i]}, l, h, lo, hi, down, up)
		}
		if l, h := s.after.lo[i], s.after.hi[i]; l == l {
			checked++
			s.compareFloat(pair{row: i, later: true, from: s.days[i], to: s.after.day[i]}, lo, hi, l, h, down, up)
		}
	}
	return checked
}

// compareFloat wants the bounds lo..hi of the later day to reach into the range
// that those of the earlier one leave.
func (s *scan) compareFloat(p pair, wasLo, wasHi, lo, hi, down, up float64) {
	if lo > wasHi*up {
		s.notePair(p, moreFloat, middle(lo, hi), middle(wasLo, wasHi))
	} else if hi < wasLo*down {
		s.notePair(p, lessFloat, middle(lo, hi), middle(wasLo, wasHi))
	}
}

// middle is a readable number of shares between two bounds.
func middle(lo, hi float64) float64 { return math.Round((lo+hi)/2000) * 1000 }

func (s *scan) indexRows() (checked int) {
	for i, c := range s.class {
		if c != classIndex {
			continue
		}
		if checked++; s.flags[i]&(flagTraded|flagST) != flagTraded {
			s.note(i, indexHalt, 0, 0, 0, 0)
		}
	}
	if checked > 0 {
		s.breaks(true, func(p pair) { s.notePair(p, indexGap, p.preclose, p.close) })
	}
	return checked
}
