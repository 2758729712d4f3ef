package trigger

import (
	"time"

	"barkeep/schedules"
)

const daySeconds = 24 * 60 * 60

// wall is what a clock in Shanghai shows, in seconds since it showed
// 1970-01-01T00:00:00. It is no instant: the summer times until 1991 show some
// seconds twice and others never.
type wall int64

// wallOf drops the part of a second. It is false for years that are no dates.
func wallOf(t time.Time) (wall, bool) {
	t = t.In(schedules.Shanghai)
	if y := t.Year(); y < 1 || y > 9998 {
		return 0, false
	}
	_, offset := t.Zone()
	return wall(t.Unix() + int64(offset)), true
}

func wallAt(d schedules.Day, second int) wall { return wall(d)*daySeconds + wall(second) }

// split returns the date and the seconds since midnight.
func (w wall) split() (schedules.Day, int) {
	d := floorDiv(int64(w), daySeconds)
	return schedules.Day(d), int(int64(w) - d*daySeconds)
}

// instant returns when the clock shows w; a time that summer time skipped is as
// much later as was skipped.
func (w wall) instant() time.Time {
	const usual = 8 * 60 * 60
	t := time.Unix(int64(w)-usual, 0).In(schedules.Shanghai)
	if _, offset := t.Zone(); offset == usual {
		return t
	}
	u := time.Unix(int64(w), 0).UTC()
	return time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), 0, schedules.Shanghai)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
