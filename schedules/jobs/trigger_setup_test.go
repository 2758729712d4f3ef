package jobs_test

import (
	"fmt"
	"slices"
	"time"

	"barkeep/schedules"
)

// stretch is a part of a day, both ends included, since midnight in Shanghai.
type stretch struct{ from, to time.Duration }

// days is a trigger: every step within stretches of some days.
type days struct {
	name  string
	on    func(c *schedules.Calendar, d schedules.Day) schedules.Status
	step  time.Duration
	parts []stretch
}

func trading(c *schedules.Calendar, d schedules.Day) schedules.Status { return c.Status(d) }
func everyDay(*schedules.Calendar, schedules.Day) schedules.Status    { return schedules.Open }
func sundays(_ *schedules.Calendar, d schedules.Day) schedules.Status {
	if d.Weekday() == time.Sunday {
		return schedules.Open
	}
	return schedules.Closed
}

const (
	hour = time.Hour
	min  = time.Minute
)

// daily is due once a day, at a time since midnight.
func daily(on func(*schedules.Calendar, schedules.Day) schedules.Status, at time.Duration) *days {
	return &days{fmt.Sprint("daily at ", at), on, hour, []stretch{{at, at}}}
}

// quotesTrigger is due every 30 s while quotes change: 541 times a trading day.
func quotesTrigger() *days {
	return &days{"30s while trading", trading, 30 * time.Second, []stretch{{9*hour + 15*min, 11*hour + 30*min}, {13 * hour, 15*hour + 15*min}}}
}

func (t *days) String() string { return t.name }

func (t *days) Next(c *schedules.Calendar, after time.Time) (time.Time, bool) {
	for d := schedules.DayOf(after); ; d++ {
		switch t.on(c, d) {
		case schedules.Unknown:
			return time.Time{}, false
		case schedules.Open:
			midnight := d.At(0, 0)
			for _, p := range t.parts {
				at := midnight.Add(p.from)
				if !at.After(after) {
					at = at.Add(after.Sub(at).Truncate(t.step) + t.step)
				}
				if !at.After(midnight.Add(p.to)) {
					return at, true
				}
			}
		}
	}
}

func (t *days) Last(c *schedules.Calendar, at time.Time) (time.Time, bool) {
	for d := schedules.DayOf(at); d > c.First(); d-- {
		if t.on(c, d) != schedules.Open {
			continue
		}
		midnight := d.At(0, 0)
		for _, p := range slices.Backward(t.parts) {
			if from := midnight.Add(p.from); !from.After(at) {
				return from.Add(lesser(at.Sub(from), p.to-p.from).Truncate(t.step)), true
			}
		}
	}
	return time.Time{}, false
}

func lesser(a, b time.Duration) time.Duration {
	if a < b {
		return a
	}
	return b
}
