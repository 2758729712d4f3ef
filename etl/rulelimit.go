package etl

import "barkeep/schedules"

// standing is a board's limit on one day, for shares with or without risk
// warning.
type standing struct {
	day      schedules.Day
	known    bool
	up, down float64 // factors of preclose
}

// priceLimit compares high and low with the limit prices. The usual row is
// compared with preclose times a factor and half a tick, which no limit price
// exceeds; the prices themselves are worked out for what lies beyond. Source:
// market rules, 4.
func (s *scan) priceLimit() (checked int) {
	var limits [classBSE + 1][2]standing
	for i, c := range s.class {
		at := s.at[i]
		if !c.share() || at < 0 || s.flags[i]&flagTraded == 0 {
			continue
		}
		warned := s.flags[i] & flagST / flagST
		l := &limits[c][warned]
		if day := s.days[i]; l.day != day {
			limit, known := schedules.LimitOn(schedules.Board(c), day, warned != 0)
			*l = standing{day, known, 1 + float64(limit.Up)/1000, 1 - float64(limit.Down)/1000}
		}
		if !l.known || s.securities[at].listed == 0 {
			continue
		}
		checked++
		const half = 0.0051
		if p := s.preclose[i]; s.high[i] > p*l.up+half || s.low[i] < p*l.down-half {
			s.beyondLimit(i, warned != 0)
		}
	}
	return checked
}

// beyondLimit judges a row by the exact limit prices, those of a share's first
// sessions included. The base is preclose, which on ex-dates is adjusted.
func (s *scan) beyondLimit(i int, warned bool) {
	board, listed, day, preclose := schedules.Board(s.class[i]), s.securities[s.at[i]].listed, s.days[i], s.preclose[i]
	limit, first := schedules.DebutLimit(board, listed, s.calendar.Count(listed, day))
	if !first {
		limit, _ = schedules.LimitOn(board, day, warned)
	}
	const rounding = 1e-6
	up, down := limit.Prices(preclose, warned)
	switch {
	case s.high[i] > up+rounding:
		s.note(i, aboveLimit, s.high[i], up, preclose, 0)
	case s.low[i] < down-rounding:
		s.note(i, belowLimit, s.low[i], down, preclose, 0)
	}
}
