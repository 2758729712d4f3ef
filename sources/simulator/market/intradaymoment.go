package market

import (
	"time"

	"barkeep/schedules"
)

// The fixed points of a trading day, in seconds since midnight. Source:
// specification of the market, 2; of the reset: 3.
const (
	resetAt       = 9 * 3600
	auctionAt     = resetAt + 15*60
	openAt        = resetAt + 25*60
	morningAt     = resetAt + 30*60
	lunchAt       = 11*3600 + 30*60
	afternoonAt   = 13 * 3600
	closingAt     = 14*3600 + 57*60
	closeAt       = 15 * 3600
	afterHoursAt  = closeAt + 5*60
	afterHoursEnd = closeAt + 30*60
	dayOver       = 24 * 3600

	auctionMinutes    = (openAt - auctionAt) / 60
	morningSeconds    = lunchAt - morningAt
	continuousMinutes = 240 // without a closing auction
	closingMinutes    = 3
)

// quoteSeconds is how often a quote is made while there is trading.
const (
	quoteSeconds    = 3
	quotesPerMinute = 60 / quoteSeconds
)

// moment is an instant as a place in a trading day.
type moment struct {
	at       time.Time
	day      schedules.Day
	midnight int64 // of day, Unix seconds
	second   int   // of the day; dayOver when it is past
	phase    schedules.Phase
}

// time returns the instant of a second of the day, UTC.
func (m *moment) time(second int) time.Time { return time.Unix(m.midnight+int64(second), 0).UTC() }

// moment places an instant in the trading day whose quotes are shown then;
// false before the market's first day.
func (t *Tape) moment(at time.Time) (moment, bool) {
	if m := t.latest.Load(); m != nil && m.at.Equal(at) {
		return *m, true
	}
	day := t.calendar.Published(at, resetAt/60)
	m := moment{at: at, day: min(day, t.last), second: dayOver, phase: t.calendar.Moment(at).Phase}
	if m.day < t.first {
		return m, false
	}
	m.midnight = m.day.At(0, 0).Unix()
	if day == m.day {
		m.second = int(min(at.Unix()-m.midnight, dayOver))
	}
	kept := m
	t.latest.Store(&kept)
	return m, true
}

// traded returns how many seconds of continuous trading have passed at a
// second of the day, lunch left out.
func traded(second int) int {
	switch {
	case second < lunchAt:
		return second - morningAt
	case second < afternoonAt:
		return morningSeconds
	}
	return second - afternoonAt + morningSeconds
}

// tradedAt is the inverse of traded: the second of the day.
func tradedAt(seconds int) int {
	if seconds < morningSeconds {
		return morningAt + seconds
	}
	return afternoonAt + seconds - morningSeconds
}
