package schedules

import (
	"math"
	"time"
)

// Board is a market segment as far as price limits go. The zero Board is none
// that has rules here: funds, indices, B shares and bonds.
type Board uint8

// The boards of A shares.
const (
	MainBoard Board = iota + 1 // Shanghai and Shenzhen, the former SME board included
	ChiNext                    // Shenzhen, sz300 to sz309
	STAR                       // Shanghai, sh688 and sh689
	BSE                        // Beijing
	boards
)

// Limit is how far prices may move from preclose within a session, in per mille
// of preclose.
type Limit struct {
	Up, Down int // 100 is 10 %
}

// Every price has a limit of this size at most: no price is below zero, and the
// largest step up stands for none.
var noLimit = Limit{Up: math.MaxInt32, Down: 1000}

// None reports whether prices are free.
func (l Limit) None() bool { return l == noLimit }

// regime is a limit from a day on, until the next of the same board.
type regime struct {
	from          Day
	plain, warned Limit // warned: shares under risk warning
}

// regimes are ascending by day. Sources: market rules, 4.1; risk warnings exist
// since 1998-04-22.
var regimes = [boards][]regime{
	MainBoard: {
		{MakeDay(1996, time.December, 16), Limit{100, 100}, Limit{100, 100}},
		{MakeDay(1998, time.April, 22), Limit{100, 100}, Limit{50, 50}},
		{MakeDay(2026, time.July, 6), Limit{100, 100}, Limit{100, 100}},
	},
	ChiNext: {
		{MakeDay(2009, time.October, 30), Limit{100, 100}, Limit{100, 100}},
		{MakeDay(2020, time.August, 24), Limit{200, 200}, Limit{200, 200}},
	},
	STAR: {{MakeDay(2019, time.July, 22), Limit{200, 200}, Limit{200, 200}}},
	BSE:  {{MakeDay(2021, time.November, 15), Limit{300, 300}, Limit{300, 300}}},
}

// debut is the rule of a share's first sessions, by its day of listing.
type debut struct {
	listed   Day // from this day of listing on
	sessions int
	limit    Limit
}

// debuts are ascending by day. Source: market rules, 4.1.
var debuts = [boards][]debut{
	MainBoard: {
		{0, 1, noLimit},
		{MakeDay(2014, time.January, 1), 1, Limit{440, 360}},
		{MakeDay(2023, time.April, 10), 5, noLimit},
	},
	ChiNext: {
		{MakeDay(2009, time.October, 30), 1, noLimit},
		{MakeDay(2014, time.January, 1), 1, Limit{440, 360}},
		{MakeDay(2020, time.August, 24), 5, noLimit},
	},
	STAR: {{MakeDay(2019, time.July, 22), 5, noLimit}},
	BSE:  {{MakeDay(2021, time.November, 15), 1, noLimit}},
}

// LimitOn returns the limit of a board on a day, of shares whose first sessions
// are over; warned tells of shares under risk warning (ST, *ST). It is false
// where no rule is known: before the board's first regime and for what is no
// board of A shares.
//
// What it cannot know: sessions without a limit that are announced security by
// security, such as the first of a delisting period and some after a long
// suspension.
func LimitOn(b Board, d Day, warned bool) (Limit, bool) {
	if b >= boards {
		return Limit{}, false
	}
	for i := len(regimes[b]) - 1; i >= 0; i-- {
		if r := &regimes[b][i]; d >= r.from {
			if warned {
				return r.warned, true
			}
			return r.plain, true
		}
	}
	return Limit{}, false
}

// DebutLimit returns the limit of one of a share's first sessions, counted from
// 1 on the day of listing. It is false when the session is none of them, and
// LimitOn holds.
func DebutLimit(b Board, listed Day, session int) (Limit, bool) {
	if b >= boards || session < 1 {
		return Limit{}, false
	}
	for i := len(debuts[b]) - 1; i >= 0; i-- {
		if r := &debuts[b][i]; listed >= r.listed {
			return r.limit, session <= r.sessions
		}
	}
	return Limit{}, false
}

// Prices returns the highest and the lowest price allowed, in CNY: preclose x
// (1 + r), rounded half up to 0.01. With warned, and preclose of 0.1 CNY or
// less, the move is 0.01 CNY. Without a limit they are +Inf and 0.
//
// Because of the rounding a change can exceed the percentage: compare prices
// with these, never percentages. Source: market rules, 4.2.
func (l Limit) Prices(preclose float64, warned bool) (up, down float64) {
	if l.None() {
		return math.Inf(1), 0
	}
	base := int64(math.Round(preclose * 1e4)) // vendors print 4 decimals
	high := (base*int64(1000+l.Up) + 50_000) / 100_000
	low := (base*int64(1000-l.Down) + 50_000) / 100_000
	if warned && base <= 1000 {
		high, low = (base+100)/100, (base-100)/100
	}
	return float64(high) / 100, float64(max(low, 1)) / 100
}
