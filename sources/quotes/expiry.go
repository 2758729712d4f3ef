package quotes

import (
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// The clock of the day, as far as a lifetime depends on it. Source:
// specification of the market, 2.
const (
	dayBegins schedules.Clock = 9*60 + 15 // the opening auction
	dayCloses schedules.Clock = 15 * 60   // the close is fixed
)

// expiry returns when a quote must be asked for again. It depends on nothing
// but the quote, its Fetched above all, and the calendar, so that it is the same
// whenever and however often it is computed:
//
//   - TTL after it was fetched, in phases in which quotes change;
//   - QuietTTL, in the lunch break, from 09:25 to 09:30, and after the close for
//     a row that is not the day's last yet;
//   - never later than the next change of phase;
//   - the next opening auction, for the day's last row.
//
// Source: specification of the market, 3.
func (c Config) expiry(cal *schedules.Calendar, q *etl.Quote) time.Time {
	m := cal.Moment(q.Fetched)
	ttl := c.TTL
	switch m.Phase {
	case schedules.PhaseClosed:
		if final(cal, q) {
			return m.Until
		}
		ttl = c.QuietTTL
	case schedules.PhaseLunch, schedules.PhaseAuctionFixed:
		ttl = c.QuietTTL
	}
	if t := q.Fetched.Add(ttl); t.Before(m.Until) {
		return t
	}
	return m.Until
}

// final reports whether a row fetched in PhaseClosed is the last of its day: of
// a security that does not trade, or of the last day that may have traded, at or
// after its close. A row that was reset for the coming day is not final.
func final(cal *schedules.Calendar, q *etl.Quote) bool {
	switch q.Status {
	case etl.Suspended, etl.Delisted, etl.NotListed:
		return true
	}
	day := schedules.DayOf(q.Fetched)
	if q.Fetched.Before(dayCloses.On(day)) {
		day--
	}
	for cal.Status(day) == schedules.Closed {
		day--
	}
	return schedules.DayOf(q.Time) == day && !q.Time.Before(dayCloses.On(day))
}

// lastKnownDay returns the last day that is known to trade and whose opening
// auction has begun at t: rows of earlier days are too old. Past the horizon it
// stays, because nobody knows which rows to expect.
func lastKnownDay(cal *schedules.Calendar, t time.Time) schedules.Day {
	return cal.Published(t, dayBegins)
}

// outdated reports whether a row claims to trade and is of a day before the one
// whose quotes are current. A provider can go on for months to show the last row
// of a share that has left the market. Source: specification of the quote
// sources, 2.4.
func outdated(cal *schedules.Calendar, q *etl.Quote) bool {
	return trades(q) && schedules.DayOf(q.Time) < lastKnownDay(cal, q.Fetched)
}

// trades reports whether the row's own time says when it was made.
func trades(q *etl.Quote) bool {
	return (q.Status == etl.Trading || q.Status == etl.CallAuction) && !q.Time.IsZero()
}

// lags reports whether a provider whose newest row is of newest lags as a whole
// at t: by more than MaxLag, all of it in continuous trading. At the beginning
// of a session the times of the break before it say nothing.
func (c Config) lags(cal *schedules.Calendar, newest, t time.Time) bool {
	continuous := func(t time.Time) bool {
		p := cal.Moment(t).Phase
		return p == schedules.PhaseMorning || p == schedules.PhaseAfternoon
	}
	since := t.Add(-c.MaxLag)
	return newest.Before(since) && continuous(t) && continuous(since)
}
