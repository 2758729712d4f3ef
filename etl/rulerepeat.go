package etl

import "math"

// The rules that compare rows of one answer with each other.

var (
	twice     = &sentence{"the answer holds the row twice", "close $a"}
	different = &sentence{"the answer holds two different rows of the day", "close $a, and close $b in the other"}
	copied    = &sentence{"volume and amount are those of another row", "volume $a, amount $b, as $of $day"}
)

// duplicates finds days that an answer has twice. Of two equal rows the second
// is refused, of two different ones both: nothing says which is true.
func (s *scan) duplicates() int {
	ascending := true
	for i := 1; i < len(s.days) && ascending; i++ {
		ascending = s.symbols[i] > s.symbols[i-1] || s.symbols[i] == s.symbols[i-1] && s.days[i] > s.days[i-1]
	}
	if ascending {
		return len(s.days)
	}
	first := make(map[cellKey]int, len(s.days))
	for i := range s.days {
		key := cellKey{s.symbols[i], s.days[i]}
		j, there := first[key]
		switch {
		case !there:
			first[key] = i
		case s.same(i, j):
			s.note(i, twice, s.closing[i], 0, 0, 0)
		default:
			s.note(i, different, s.closing[i], s.closing[j], 0, 0)
			s.note(j, different, s.closing[j], s.closing[i], 0, 0)
		}
	}
	return len(s.days)
}

// same reports whether two rows agree in prices, volume, amount and flags.
func (s *scan) same(i, j int) bool {
	return s.opening[i] == s.opening[j] && s.high[i] == s.high[j] && s.low[i] == s.low[j] && s.closing[i] == s.closing[j] &&
		s.preclose[i] == s.preclose[j] && s.volume[i] == s.volume[j] && s.amount[i] == s.amount[j] && s.flags[i] == s.flags[j]
}

// slot is a place in the table of rows that repeated has seen. It holds a row
// when its epoch is that of the scan.
type slot struct {
	epoch uint32
	row   int32
}

// manyShares is the volume from which two equal volumes with equal amounts are
// no coincidence: 433,350 recorded rows hold no such pair.
const manyShares = 10_000

// repeated finds rows that carry the trading of another one: of another symbol
// on the same day, or of the same symbol on another day.
func (s *scan) repeated() (checked int) {
	size := 1024
	for size < 2*len(s.days) {
		size *= 2
	}
	if s.epoch++; len(s.seen) < size || s.epoch == 0 {
		s.seen, s.epoch = make([]slot, size), 1
	}
	mask := uint64(len(s.seen) - 1)
	for i, v := range s.volume {
		if v < manyShares || !s.class[i].inYuan() || s.bad[i] {
			continue
		}
		checked++
		hash := (uint64(v) ^ math.Float64bits(s.amount[i])>>11) * 0x9e3779b97f4a7c15
		for at := hash >> 32 & mask; ; at = (at + 1) & mask {
			found := &s.seen[at]
			if found.epoch != s.epoch {
				*found = slot{s.epoch, int32(i)}
				break
			}
			j := found.row
			if s.volume[j] == v && s.amount[j] == s.amount[i] {
				s.noteCopy(i, int(j))
				break
			}
		}
	}
	return checked
}

func (s *scan) noteCopy(i, j int) {
	n := len(s.found)
	if s.note(i, copied, float64(s.volume[i]), s.amount[i], 0, s.days[j]); len(s.found) > n {
		s.found[n].of = s.symbols[j]
	}
}
