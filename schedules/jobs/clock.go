package jobs

import (
	"time"

	"barkeep/schedules"
)

// tolerance is how far the wall clock may move against the monotonic one between
// two looks, and how late a due time may be noticed, before time counts as having
// passed unseen: a suspended host, a stopped process, a clock that was set.
const tolerance = time.Minute

// clock reads the time on the wall and remembers which stretches of it have been
// watched. A due time inside a watched stretch has been dealt with, so it is not
// due again when the clock goes back over it; and no stretch is longer than the
// time that truly passed, so a clock set back by a year does not silence anyone
// for a year.
type clock struct {
	read  func() time.Time
	zero  time.Time // carries the monotonic reading that mono counts from
	wall  time.Time
	mono  time.Duration
	spans []span // the newest last, which is under way
}

// span is a stretch of wall time: after from, up to and including to.
type span struct{ from, to time.Time }

// maxSpans bounds the memory of a clock that somebody sets again and again.
const maxSpans = 32

func newClock(read func() time.Time) *clock {
	now := read().Round(0).In(schedules.Shanghai)
	return &clock{read: read, zero: time.Now(), wall: now, spans: []span{{now, now}}}
}

// now returns the time on the wall, as clocks in Shanghai show it.
func (c *clock) now() time.Time { return c.read().Round(0).In(schedules.Shanghai) }

// look returns the time on the wall, and by how much it moved against the
// monotonic clock since the last look where that is more than the tolerance. Dealt
// follows when what has come is dealt with.
func (c *clock) look() (now time.Time, jump time.Duration) {
	now = c.now()
	mono := time.Since(c.zero)
	jump = now.Sub(c.wall) - (mono - c.mono)
	c.wall, c.mono = now, mono
	if jump.Abs() > tolerance {
		c.open()
		return now, jump
	}
	return now, 0
}

// dealt says that what has come up to the last look is dealt with.
func (c *clock) dealt() {
	if s := &c.spans[len(c.spans)-1]; c.wall.After(s.to) {
		s.to = c.wall
	}
}

// seen reports whether t came while the clock was watched, since it last jumped.
func (c *clock) seen(t time.Time) bool { return t.After(c.spans[len(c.spans)-1].from) }

// restart begins to watch anew: nobody has looked since the last time.
func (c *clock) restart() time.Time {
	c.wall, c.mono = c.now(), time.Since(c.zero)
	c.open()
	return c.wall
}

// open begins a stretch.
func (c *clock) open() {
	if len(c.spans) == maxSpans {
		c.spans = append(c.spans[:0], c.spans[1:]...)
	}
	c.spans = append(c.spans, span{c.wall, c.wall})
}

// watched returns the end of the watched stretch that t lies in.
func (c *clock) watched(t time.Time) (end time.Time, ok bool) {
	for _, s := range c.spans {
		if t.After(s.from) && !t.After(s.to) {
			return s.to, true
		}
	}
	return time.Time{}, false
}
