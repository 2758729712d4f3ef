package schedules

import "time"

// Phase is a part of a trading day, by what a quote can do in it. Source:
// specification of the market, 2 and 3.
type Phase uint8

// The phases, in the order of the day.
const (
	// PhaseClosed: nothing changes, from 15:36 of a trading day to 09:15 of the
	// next, nights, weekends and holidays alike.
	PhaseClosed         Phase = iota
	PhaseOpeningAuction       // 09:15 to 09:25: prices are virtual
	PhaseAuctionFixed         // 09:25 to 09:30: the open is known, nothing trades
	PhaseMorning              // 09:30 to 11:30
	PhaseLunch                // 11:30 to 13:00: nothing changes but some providers' times
	PhaseAfternoon            // 13:00 to 14:57
	PhaseClosingAuction       // 14:57 to 15:00
	PhaseSettling             // 15:00 to 15:05: the close is fixed, the providers catch up
	PhaseAfterHours           // 15:05 to 15:30: only after-hours volume and amount move
	PhaseFinal                // 15:30 to 15:36: the last times of the day arrive
	// PhaseUnknown: 09:15 to 15:36 of a weekday past the calendar's horizon,
	// which may or may not trade.
	PhaseUnknown
)

var phaseNames = [...]string{"closed", "opening_auction", "auction_fixed", "morning", "lunch", "afternoon",
	"closing_auction", "settling", "after_hours", "final", "unknown"}

// String returns the name in lower case, such as opening_auction.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "invalid"
}

// ParsePhase reads what String writes.
func ParsePhase(text string) (Phase, bool) {
	for i, name := range phaseNames {
		if name == text {
			return Phase(i), true
		}
	}
	return 0, false
}

// Open reports whether a quote can change: in every phase but PhaseClosed and
// PhaseLunch. PhaseUnknown counts as open.
func (p Phase) Open() bool { return p != PhaseClosed && p != PhaseLunch }

// Bounds of the phases of a trading day.
const (
	auctionBegins  Clock = 9*60 + 15
	auctionEnds    Clock = 9*60 + 25
	morningBegins  Clock = 9*60 + 30
	morningEnds    Clock = 11*60 + 30
	afternoonBegin Clock = 13 * 60
	closingBegins  Clock = 14*60 + 57
	tradingEnds    Clock = 15 * 60
	fixedBegins    Clock = 15*60 + 5
	fixedEnds      Clock = 15*60 + 30
	dayIsFinal     Clock = 15*60 + 36
)

// phaseEnds lists where each phase of a trading day ends, PhaseOpeningAuction
// first.
var phaseEnds = [...]Clock{auctionEnds, morningBegins, morningEnds, afternoonBegin, closingBegins, tradingEnds, fixedBegins, fixedEnds, dayIsFinal}

// Moment is an instant as the market sees it.
type Moment struct {
	Phase Phase
	// Day is the trading day whose quotes are current: the last one whose
	// opening auction has begun. Past the horizon it is the last day known to
	// trade, or the weekday itself while Phase is PhaseUnknown. It is 0 before
	// the calendar begins.
	Day Day
	// Until is when Phase ends. After PhaseClosed that is 09:15 of the next
	// trading day, or of the next weekday that is not known to be closed.
	Until time.Time
}

// Moment tells what the market does at t.
func (c *Calendar) Moment(t time.Time) Moment {
	day := DayOf(t)
	status := c.Status(day)
	begins, final := auctionBegins.On(day), dayIsFinal.On(day)
	if status == Closed || day < c.First() || t.Before(begins) || !t.Before(final) {
		m := Moment{Phase: PhaseClosed, Day: c.currentDay(day, status == Open && !t.Before(final)), Until: begins}
		if status == Closed || day < c.First() || !t.Before(final) {
			m.Until = auctionBegins.On(c.nextPossible(day))
		}
		return m
	}
	if status == Unknown {
		return Moment{PhaseUnknown, day, final}
	}
	for i, end := range phaseEnds {
		if until := end.On(day); t.Before(until) {
			return Moment{PhaseOpeningAuction + Phase(i), day, until}
		}
	}
	panic("schedules: the phases do not cover the day")
}

// currentDay returns the last trading day before day, or day itself if it is
// over; 0 before the calendar begins.
func (c *Calendar) currentDay(day Day, over bool) Day {
	if over {
		return day
	}
	last, _ := c.lastOpen(min(day-1, c.last))
	return last
}

// nextPossible returns the first day after day that is not known to be closed.
func (c *Calendar) nextPossible(day Day) Day {
	d := max(day+1, c.First())
	for c.Status(d) == Closed {
		d++
	}
	return d
}
