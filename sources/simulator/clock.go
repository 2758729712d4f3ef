package simulator

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"barkeep/schedules"
)

// Clock is the exchange's clock: it starts anywhere, and runs faster or slower
// than real time or stands still. Its Now serves as Config.Now. It is safe for
// concurrent use.
type Clock struct {
	mu    sync.Mutex
	start time.Time // what the clock showed at set
	set   time.Time // real time
	speed float64   // clock seconds per real second
}

// NewClock returns a clock that shows start now. A speed of 0 stops it, 1 is
// real time, 60 is a minute a second; a negative speed counts as 0.
func NewClock(start time.Time, speed float64) *Clock {
	c := &Clock{}
	c.Set(start, speed)
	return c
}

// Now returns what the clock shows, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.speed == 0 {
		return c.start
	}
	const most = 1 << 62 // nanoseconds: 146 years
	return c.start.Add(time.Duration(min(float64(time.Since(c.set))*c.speed, most)))
}

// Set makes the clock show t and run at a speed from now on.
func (c *Clock) Set(t time.Time, speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !(speed > 0) { // NaN too
		speed = 0
	}
	c.start, c.set, c.speed = t.UTC().Round(0), time.Now(), speed
}

// clockForms are the spellings of ParseInstant without a zone.
var clockForms = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"}

// ParseInstant reads an instant: 2026-09-28T09:14, with seconds or without
// them or as a bare date, in Asia/Shanghai; or with a zone as in RFC 3339.
func ParseInstant(text string) (time.Time, error) {
	s := strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, form := range clockForms {
		if t, err := time.ParseInLocation(form, s, schedules.Shanghai); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not an instant: write it like 2026-09-28T09:14 (Asia/Shanghai) or 2026-09-28T09:14:00+08:00", text)
}
