package market

// plot is the plan of a traded day's path.
type plot struct {
	minutes int   // of continuous trading: 237 or 240
	first   int   // the minute of the first trade; -1: it was in the opening auction
	end     int64 // the price when continuous trading ends

	points  [6]point // that the price passes through, ascending by minute
	corners int      // how many points there are

	opening, closing int64 // volume of the first trade, and of the last

	// Which minutes get more volume than their share, and how much: the
	// average price of the day comes from it.
	crowd       int // first of crowded minutes, -1 for none
	crowdWeight int64
	weight      int64 // of all minutes
	scale       int64 // shares per unit of weight, in 2^-scaleBits

	// What the minutes' amounts differ from volume x middle price in all,
	// and the room that there is for it.
	rest, room int64

	marks [continuousMinutes/markEvery - 1]place // at the end of every markEvery-th minute

	sparse bool // nothing but the first trade until the close
}

// point is a price at the end of a minute.
type point struct {
	minute int
	price  int64
}

// hold is how many minutes the price stays at the day's high, and at its low.
const hold = 5

// corner lays the corners of the path: from the open to the high and the low
// in either order, and to the end.
func (s *script) corner() {
	h := mix(s.key, 31)
	start, last := max(s.first, 0), s.minutes-hold
	hi, lo := -1, -1
	if s.open == s.high {
		hi = start
	} else if s.close == s.high {
		hi = last
	}
	if s.open == s.low {
		lo = start
	} else if s.close == s.low {
		lo = last
	}
	room := (last-start)/2 - 12
	early := start + 8 + int(h>>8%uint64(room))
	late := last - 8 - int(h>>24%uint64(room))
	if h&1 == 0 {
		early, late = late, early
	}
	if hi < 0 {
		hi = early
	}
	if lo < 0 {
		lo = late
	}
	s.points[0] = point{start - 1, s.open}
	s.corners = 1
	if s.high > s.low {
		a, b := point{hi, s.high}, point{lo, s.low}
		if b.minute < a.minute {
			a, b = b, a
		}
		for _, p := range [...]point{a, b} {
			s.points[s.corners], s.points[s.corners+1] = p, point{p.minute + hold - 1, p.price}
			s.corners += 2
		}
	}
	s.end = s.close
	if s.minutes < continuousMinutes {
		s.end = min(max(s.close+s.tick*(int64(h>>40%5)-2), s.low), s.high)
	}
	if p := s.points[s.corners-1]; p.minute >= s.minutes-1 {
		s.end = p.price
		return
	}
	s.points[s.corners] = point{s.minutes - 1, s.end}
	s.corners++
}

// walk follows the path minute by minute.
type walk struct {
	s *script
	place
}

// place is where a walk is.
type place struct {
	minute int   // the last one that was walked; before the first: the one before it
	corner int   // the point that the path comes from
	slope  int64 // towards the next one, 1e-4 yuan per minute in 2^-16
	sway   int64 // of the price around the straight line, in 1/1024 of sigma

	before, price int64 // at the begin and the end of the minute
	high, low     int64 // of the day so far

	weight           int64 // so far
	earlier          int64 // volume before the minute
	volume           int64 // so far, the opening's included
	base             int64 // volume x middle price so far, the opening's included
	upward, downward int64 // how much more and less it could be
}

// begin returns the walk before the first minute.
func (s *script) begin() walk {
	w := walk{s, place{minute: s.points[0].minute, before: s.open, price: s.open, high: s.open, low: s.open,
		earlier: s.opening, volume: s.opening, base: s.opening * s.open}}
	w.turn()
	return w
}

// markEvery is how many minutes lie between the places that are kept of a
// walk, so that a moment in the afternoon costs no more than one at noon.
const markEvery = 30

// seek returns the walk at the kept place before a minute.
func (s *script) seek(minute int) walk {
	if n := minute / markEvery; n > 0 && s.marks[n-1].minute == n*markEvery-1 {
		return walk{s, s.marks[n-1]}
	}
	return s.begin()
}

// mark keeps the place if it is one to keep.
func (w *walk) mark() {
	if n := (w.minute + 1) / markEvery; (w.minute+1)%markEvery == 0 && n <= len(w.s.marks) {
		w.s.marks[n-1] = w.place
	}
}

// turn takes the direction of the next corner.
func (w *walk) turn() {
	if w.corner+1 < w.s.corners {
		from, to := w.s.points[w.corner], w.s.points[w.corner+1]
		w.slope = (to.price - from.price) << 16 / int64(max(to.minute-from.minute, 1))
	}
}

// middle is the minute's price between its ends.
func (w *walk) middle() int64 { return (w.before + w.price) / 2 }

// step walks one minute: its price, then its volume.
func (w *walk) step() {
	s := w.s
	w.minute++
	h := mix(s.key, uint64(64+w.minute))
	w.move(h)
	w.high, w.low = max(w.high, w.price), min(w.low, w.price)
	w.weight += s.weightOf(w.minute, h)
	w.earlier = w.volume
	if s.sparse {
		return
	}
	w.volume = s.opening + w.weight*s.scale>>scaleBits
	if s.kind == Index { // its amount does not come from its price
		return
	}
	d, middle := w.volume-w.earlier, w.middle()
	w.base += d * middle
	w.upward += d * (w.high - middle)
	w.downward += d * (middle - w.low)
}

// move finds the price at the end of the minute: on the straight line between
// two corners, with a sway that vanishes at the corners.
func (w *walk) move(h uint64) {
	s := w.s
	w.before = w.price
	for w.corner+1 < s.corners-1 && w.minute > s.points[w.corner+1].minute {
		w.corner++
		w.turn()
	}
	from, to := s.points[w.corner], s.points[w.corner+1]
	w.sway += int64(normal[h&(quantiles-1)]) - w.sway>>4
	if w.minute >= to.minute {
		w.price, w.sway = to.price, 0
		return
	}
	near := int64(min(w.minute-from.minute, to.minute-w.minute, 8))
	sway := (s.high - s.low) * w.sway / one * near / 320 // a sigma is 1/40 of the range
	// The high and the low are held. A line of the same price that is longer
	// than a hold leads from the open to a high or low of that price.
	if from.price == to.price && (from.price == s.high || from.price == s.low) && to.minute-from.minute < hold {
		sway = 0
	}
	line := from.price + w.slope*int64(w.minute-from.minute)>>16
	w.price = min(max(roundTo(max(line+sway, 0), s.tick), s.low), s.high)
}

// usual is how the day's volume is spread over its minutes when nothing
// happens: much at the open, more towards the close.
var usual = func() (out [continuousMinutes]int64) {
	for i := range out {
		out[i] = 400 + int64(6*4000/(6+i)) + int64(8*900/(8+continuousMinutes-1-i))
		if i >= 120 {
			out[i] += int64(4 * 400 / (4 + i - 120))
		}
	}
	return out
}()

// weightOf returns a minute's share of the volume.
func (s *script) weightOf(minute int, h uint64) int64 {
	w := usual[minute] * int64(16+h>>20&31+(h>>30&31)*(h>>36&31)>>4) >> 6
	if s.crowd >= 0 && minute >= s.crowd && minute < s.crowd+crowded {
		w += s.crowdWeight
	}
	return w
}
