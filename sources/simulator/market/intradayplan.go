package market

import "math/bits"

// crowded is how many minutes share the extra volume at the high or the low:
// the ones of a hold that begin and end there.
const crowded = hold - 1

// latest is how many minutes after 09:30 a thinly traded fund may first trade.
const latest = 15

// plan lays out a traded day so that all that the minutes add up to is the
// bar.
func (s *script) plan(auction bool) {
	h := mix(s.key, 30)
	s.minutes, s.first, s.crowd = continuousMinutes, -1, -1
	if auction {
		s.minutes -= closingMinutes
	}
	if s.kind == Fund && h%8 == 0 {
		s.first = 1 + int(h>>8%latest)
	}
	s.corner()
	if !s.ends(h >> 16) {
		s.spare()
		return
	}
	s.crowding()
	w := s.begin()
	for w.minute < s.minutes-1 {
		w.step()
		w.mark()
	}
	if s.kind == Index || s.high == s.low {
		return // nothing to distribute
	}
	s.rest = s.amount - w.base - s.closing*s.close
	s.room = w.upward
	if s.rest < 0 {
		s.room = w.downward
	}
	if max(s.rest, -s.rest) > s.room {
		s.spare()
	}
}

// ends decides the volumes of the first and the last trade. They leave an
// average price well between low and high to the rest of the day; false when
// they cannot.
func (s *script) ends(h uint64) bool {
	s.opening = max(lotted(s.volume/1000*int64(5+h%26)), min(100, s.volume/4))
	s.closing = lotted(s.volume / 1000 * int64(5+h>>8%16))
	if s.minutes == continuousMinutes {
		s.closing = 0
	}
	above, below := s.amount-s.volume*s.low, s.volume*s.high-s.amount
	for ; s.opening > 0; s.opening, s.closing = s.opening/2, s.closing/2 {
		volume := s.volume - s.opening - s.closing
		amount := s.amount - s.opening*s.open - s.closing*s.close
		if s.kind == Index || s.high == s.low ||
			amount-volume*s.low >= above/2 && volume*s.high-amount >= below/2 && above >= 0 && below >= 0 {
			return true
		}
	}
	return false
}

// lotted cuts a volume to whole lots.
func lotted(volume int64) int64 { return volume / 100 * 100 }

// crowding moves volume to the minutes at the low, or at the high, until the
// average price of the day is that of the bar, and fixes how much volume a
// unit of weight is. What rounding leaves goes to the last trade.
func (s *script) crowding() {
	volume := s.volume - s.opening - s.closing
	sum := int64(0) // of weight x (price - low)
	w := s.begin()
	for w.minute < s.minutes-1 {
		was := w.weight
		w.step()
		sum += (w.weight - was) * (w.middle() - s.low)
	}
	s.weight = w.weight
	if s.kind != Index && s.high > s.low {
		const fine = 256 // parts of a unit of price
		sum *= fine
		wanted := (s.amount - s.opening*s.open - s.closing*s.close - volume*s.low) * fine / max(volume, 1)
		target, extra := s.low, int64(0)
		if sum > wanted*s.weight {
			extra = (sum - wanted*s.weight) / max(wanted, 1)
		} else {
			target = s.high
			extra = (wanted*s.weight - sum) / max((s.high-s.low)*fine-wanted, 1)
		}
		s.crowd = s.points[1].minute + 1
		if s.points[1].price != target {
			s.crowd = s.points[3].minute + 1
		}
		s.crowdWeight = min(extra, 4096*s.weight) / crowded
		s.weight += s.crowdWeight * crowded
	}
	s.scale = volume << scaleBits / s.weight
	s.closing = s.volume - s.opening - s.weight*s.scale>>scaleBits
}

// scaleBits make the volumes of a day of billions of shares fit into 63 bits.
const scaleBits = 24

// spare is the plan of a day with too little volume for a path: one share at
// the open, the rest at the close.
func (s *script) spare() {
	s.sparse, s.crowd, s.marks = true, -1, [len(s.marks)]place{}
	s.opening = min(1, s.volume)
	s.closing = s.volume - s.opening
}

// spent returns the amount up to the end of the minute that was walked last,
// 1e-4 yuan. Every minute's own share lies between the low and the high that
// the day had by then, so that the average price does, too.
func (s *script) spent(w *walk) int64 {
	switch {
	case s.kind == Index:
		return fraction(s.amount, w.volume, s.volume)
	case s.sparse || s.room == 0:
	case s.rest < 0:
		return w.base - fraction(-s.rest, w.downward, s.room)
	default:
		return w.base + fraction(s.rest, w.upward, s.room)
	}
	return min(w.base, s.amount)
}

// fraction returns a*b/c rounded down, for 0 <= b <= c and a >= 0, c > 0.
func fraction(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}
