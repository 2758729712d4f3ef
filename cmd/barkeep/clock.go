package main

import (
	"time"

	"barkeep/configs"
	"barkeep/schedules"
	"barkeep/sources/simulator"
)

// now is the program's clock for everything that depends on what the market is
// doing; the configuration sets it (calendar.now).
var now = time.Now

// marketClock returns the real time, or the clock of a rehearsal, which starts
// with this call.
func marketClock(c configs.Calendar) func() time.Time {
	start, err := schedules.ParseInstant(c.Now)
	if c.Now == "" || err != nil { // it has been validated
		return time.Now
	}
	return simulator.NewClock(start, c.Speed).Now
}
