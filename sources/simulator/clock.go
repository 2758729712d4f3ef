package simulator

import (
	"sync"
	"time"
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
