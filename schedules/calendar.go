package schedules

import (
	"math/bits"
	"time"
)

// Status says whether the exchanges trade on a day.
type Status uint8

// The three answers. The zero value is Unknown.
const (
	Unknown Status = iota // outside the calendar's reach: neither open nor closed
	Open                  // a trading day
	Closed                // a weekend or a holiday
)

// String returns unknown, open or closed.
func (s Status) String() string {
	switch s {
	case Open:
		return "open"
	case Closed:
		return "closed"
	}
	return "unknown"
}

// Calendar knows the trading days from its first day to its horizon. It is
// immutable and safe for concurrent use; Embedded, ParseCalendar and Extend
// make one.
type Calendar struct {
	first, last Day
	open        []uint64 // bit i: first+i is a trading day. INVARIANT: no bit past last is set
}

func newCalendar(first, last Day) *Calendar {
	return &Calendar{first: first, last: last, open: make([]uint64, (last-first)/64+1)}
}

// setOpen serves construction only; first <= d <= last.
func (c *Calendar) setOpen(d Day) { c.open[(d-c.first)/64] |= 1 << ((d - c.first) % 64) }

// isOpen wants first <= d <= last.
func (c *Calendar) isOpen(d Day) bool {
	i := uint32(d - c.first)
	return c.open[i/64]>>(i%64)&1 == 1
}

// First returns the first day the calendar knows.
func (c *Calendar) First() Day { return c.first }

// Horizon returns the last day the calendar knows. Weekdays after it are
// Unknown.
func (c *Calendar) Horizon() Day { return c.last }

// Status says whether the exchanges trade on d. Days before First are Unknown;
// past the horizon weekdays are Unknown and weekends Closed.
func (c *Calendar) Status(d Day) Status {
	switch {
	case d < c.first:
		return Unknown
	case d > c.last:
		if weekend(d) {
			return Closed
		}
		return Unknown
	case c.isOpen(d):
		return Open
	}
	return Closed
}

// Next returns the first trading day strictly after d. It is false when the
// calendar cannot tell: the known days end before a trading day is found, or d
// lies before them.
func (c *Calendar) Next(d Day) (Day, bool) {
	if d >= c.last || d < c.first-1 {
		return 0, false
	}
	at := d + 1 - c.first
	word := c.open[at/64] >> (at % 64) << (at % 64)
	for i := int(at / 64); ; word = c.open[i] {
		if word != 0 {
			return c.first + Day(i*64+bits.TrailingZeros64(word)), true
		}
		if i++; i == len(c.open) {
			return 0, false
		}
	}
}

// Prev returns the last trading day strictly before d. It is false when the
// calendar cannot tell: no trading day is known before d, or a weekday past
// the horizon lies between.
func (c *Calendar) Prev(d Day) (Day, bool) {
	if d <= c.first {
		return 0, false
	}
	for d > c.last+1 {
		if d--; !weekend(d) {
			return 0, false
		}
	}
	return c.lastOpen(d - 1)
}

// lastOpen returns the last trading day that is not after d; d <= last.
func (c *Calendar) lastOpen(d Day) (Day, bool) {
	if d < c.first {
		return 0, false
	}
	at := d - c.first
	drop := 63 - at%64
	word := c.open[at/64] << drop >> drop
	for i := int(at / 64); ; word = c.open[i] {
		if word != 0 {
			return c.first + Day(i*64+63-bits.LeadingZeros64(word)), true
		}
		if i--; i < 0 {
			return 0, false
		}
	}
}

// Count returns the number of trading days in [from, to] as far as the
// calendar reaches: len(Days(from, to)) without building them.
func (c *Calendar) Count(from, to Day) int {
	from, to = max(from, c.first), min(to, c.last)
	if from > to {
		return 0
	}
	a, b := from-c.first, to-c.first
	n := 0
	for i := a / 64; i <= b/64; i++ {
		word := c.open[i]
		if i == a/64 {
			word = word >> (a % 64) << (a % 64)
		}
		if i == b/64 {
			word <<= 63 - b%64
		}
		n += bits.OnesCount64(word)
	}
	return n
}

// Days returns the trading days in [from, to], ascending, as far as the
// calendar reaches; nil when there are none.
func (c *Calendar) Days(from, to Day) []Day {
	n := c.Count(from, to)
	if n == 0 {
		return nil
	}
	days := make([]Day, 0, n)
	d := max(from, c.first) - 1
	for range n {
		d, _ = c.Next(d)
		days = append(days, d)
	}
	return days
}

// Published returns the last trading day whose data the vendor has published
// at the instant now, when a trading day's data are ready at the clock time
// ready of the same day. Past the horizon it stays at the last known trading
// day; where no trading day was published yet it is the day before First, so
// that Days(First(), Published(...)) is right in either case.
func (c *Calendar) Published(now time.Time, ready Clock) Day {
	d := DayOf(now)
	if now.Before(ready.On(d)) {
		d--
	}
	if last, ok := c.lastOpen(min(d, c.last)); ok {
		return last
	}
	return c.first - 1
}

// weekend reports whether d is a Saturday or a Sunday.
func weekend(d Day) bool {
	wd := (int64(d)%7 + 7 + 4) % 7 // 1970-01-01 was a Thursday
	return wd == 0 || wd == 6
}
