package trigger

import (
	"time"

	"barkeep/schedules"
)

// Trigger says when a job is due, on whole seconds. It is immutable and safe for
// concurrent use; New makes one.
type Trigger struct {
	beat  beat
	on    []window      // of trading days; nil: on every day, whatever the calendar says
	shift time.Duration // from what beat and on find to the due time
	words string
}

// String is the trigger in words, such as "17:35 on trading days".
func (t *Trigger) String() string { return t.words }

// Next returns the first due time after a moment. It is false when the calendar
// cannot tell: a day that it does not know may be a trading day or not, so a
// trigger that depends on trading days finds none past the horizon, rather than a
// guess. A trigger of every day finds one in every year up to 9998.
func (t *Trigger) Next(c *schedules.Calendar, after time.Time) (time.Time, bool) {
	w, ok := wallOf(after.Add(-t.shift))
	for ok {
		if w, ok = t.ceil(c, w+1); !ok {
			break
		}
		// A clock that was put back shows times a second time.
		if due := w.instant().Add(t.shift); due.After(after) {
			return due, true
		}
	}
	return time.Time{}, false
}

// Last returns the last due time at or before a moment. Past the horizon that is
// the last one the calendar knows of, as schedules.Calendar.Published stays at
// the last known day: it was due, whatever the days since then were. It is false
// when none is known.
func (t *Trigger) Last(c *schedules.Calendar, at time.Time) (time.Time, bool) {
	w, ok := wallOf(at.Add(-t.shift))
	for ok {
		if w, ok = t.floor(c, w); !ok {
			break
		}
		if due := w.instant().Add(t.shift); !due.After(at) {
			return due, true
		}
		w--
	}
	return time.Time{}, false
}

// ceil returns the first time at or after w that beat and calendar agree on. It
// steps over closed days and closed hours at once.
func (t *Trigger) ceil(c *schedules.Calendar, w wall) (wall, bool) {
	for {
		due, ok := t.beat.ceil(w)
		if !ok || t.on == nil {
			return due, ok
		}
		if w, ok = t.opens(c, due); !ok || w == due {
			return w, ok
		}
	}
}

func (t *Trigger) floor(c *schedules.Calendar, w wall) (wall, bool) {
	for {
		due, ok := t.beat.floor(w)
		if !ok || t.on == nil {
			return due, ok
		}
		if w, ok = t.closed(c, due); !ok || w == due {
			return w, ok
		}
	}
}

// opens returns the first time at or after w that lies in a window of a trading
// day; false where w, or what follows, is unknown.
func (t *Trigger) opens(c *schedules.Calendar, w wall) (wall, bool) {
	d, second := w.split()
	switch c.Status(d) {
	case schedules.Unknown:
		return 0, false
	case schedules.Open:
		if s, ok := (steps{t.on, 1}).ceil(second); ok {
			return wallAt(d, s), true
		}
	}
	d, ok := c.Next(d)
	return wallAt(d, t.on[0].begins), ok
}

// closed returns the last time at or before w that lies in a window of a known
// trading day.
func (t *Trigger) closed(c *schedules.Calendar, w wall) (wall, bool) {
	d, second := w.split()
	if d > c.Horizon() {
		d, second = c.Horizon(), daySeconds-1
	}
	if c.Status(d) == schedules.Open {
		if s, ok := (steps{t.on, 1}).floor(second); ok {
			return wallAt(d, s), true
		}
	}
	d, ok := c.Prev(d)
	return wallAt(d, t.on[len(t.on)-1].ends-1), ok
}
