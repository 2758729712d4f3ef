package schedules_test

import (
	"testing"
	"time"

	"barkeep/schedules"
)

// TestBounds holds the bounds of every phase against Moment.
func TestBounds(t *testing.T) {
	c, monday := schedules.Embedded(), day(t, "2026-07-06")
	for p := schedules.PhaseClosed; p < schedules.PhaseUnknown; p++ {
		begins, ends, ok := p.Bounds()
		if !ok {
			t.Fatalf("%s has no bounds", p)
		}
		first := c.Moment(begins.On(monday))
		if first.Phase != p || c.Moment(begins.On(monday).Add(-time.Second)).Phase == p {
			t.Errorf("%s does not begin at %s", p, begins)
		}
		if p == schedules.PhaseClosed {
			monday++
		}
		if !first.Until.Equal(ends.On(monday)) {
			t.Errorf("%s ends at %s, not %s", p, first.Until, ends)
		}
		monday = day(t, "2026-07-06")
	}
	for _, p := range []schedules.Phase{schedules.PhaseUnknown, 200} {
		if _, _, ok := p.Bounds(); ok {
			t.Errorf("%s has bounds", p)
		}
	}
}
