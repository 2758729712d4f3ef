package trigger

import "barkeep/schedules"

// beat is a set of times on the wall, before the calendar is asked.
type beat interface {
	ceil(w wall) (wall, bool)  // the first at or after w
	floor(w wall) (wall, bool) // the last at or before w
}

// clock is a set of seconds of a day, 0..86399.
type clock interface {
	ceil(second int) (int, bool)
	floor(second int) (int, bool)
}

// daily is a clock on some days, or on all where days is nil.
type daily struct {
	clock clock
	days  func(schedules.Day) bool
}

// longestGap is more than any cron line can pause: eight years lie between the
// leap days around 2100.
const longestGap = 9 * 366

func (b daily) ceil(w wall) (wall, bool) {
	d, second := w.split()
	for range longestGap {
		if b.days == nil || b.days(d) {
			if s, ok := b.clock.ceil(second); ok {
				return wallAt(d, s), true
			}
		}
		d, second = d+1, 0
	}
	return 0, false
}

func (b daily) floor(w wall) (wall, bool) {
	d, second := w.split()
	for range longestGap {
		if b.days == nil || b.days(d) {
			if s, ok := b.clock.floor(second); ok {
				return wallAt(d, s), true
			}
		}
		d, second = d-1, daySeconds-1
	}
	return 0, false
}

// interval is every so many seconds, counted from the first Monday of the
// century, 2001-01-01T00:00: a start of the program shifts nothing, and a week
// begins on Monday.
type interval int64

const monday = wall(978307200)

func (n interval) ceil(w wall) (wall, bool) {
	return monday - wall(floorDiv(int64(monday-w), int64(n))*int64(n)), true
}

func (n interval) floor(w wall) (wall, bool) {
	return monday + wall(floorDiv(int64(w-monday), int64(n))*int64(n)), true
}

// single is one second of the day.
type single int

func (s single) ceil(second int) (int, bool)  { return int(s), second <= int(s) }
func (s single) floor(second int) (int, bool) { return int(s), second >= int(s) }

// window is a part of a day, in seconds since midnight, without its end.
type window struct{ begins, ends int }

// steps is every so many seconds of each window, counted from its beginning.
type steps struct {
	windows []window // ascending, apart from each other
	every   int
}

func (p steps) ceil(second int) (int, bool) {
	for _, w := range p.windows {
		at := w.begins
		if n := second - w.begins; n > 0 {
			at += (n + p.every - 1) / p.every * p.every
		}
		if at < w.ends {
			return at, true
		}
	}
	return 0, false
}

func (p steps) floor(second int) (int, bool) {
	for i := len(p.windows) - 1; i >= 0; i-- {
		if w := p.windows[i]; second >= w.begins {
			return w.begins + (min(second, w.ends-1)-w.begins)/p.every*p.every, true
		}
	}
	return 0, false
}
