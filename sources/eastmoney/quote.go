package eastmoney

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"barkeep/etl"
	"barkeep/schedules"
)

// numbers reads the cells of one row and keeps the first that is bad.
type numbers struct {
	price, ratio float64 // what prices and ratios are divided by
	bad          string
}

func (n *numbers) fail(field string, c cell, want string) {
	if n.bad == "" {
		n.bad = fmt.Sprintf("%s is %.40s, not %s", field, c, want)
	}
}

// number returns NaN for a value that does not exist.
func (n *numbers) number(field string, c cell) float64 {
	f, ok := c.number()
	if !ok {
		n.fail(field, c, "a number")
	}
	return f
}

// positive is number without negative ones, in which 0 means that there is none.
func (n *numbers) positive(field string, c cell, divisor float64) float64 {
	f := n.number(field, c)
	if f < 0 {
		n.fail(field, c, "0 or more")
	}
	if f == 0 {
		return math.NaN()
	}
	return f / divisor
}

// signed reads a number that may be negative and in which 0 means none.
func (n *numbers) signed(field string, c cell) float64 {
	f := n.number(field, c)
	if f == 0 {
		return math.NaN()
	}
	return f / n.ratio
}

// integer returns 0 for a value that does not exist.
func (n *numbers) integer(field string, c cell) int64 {
	i, ok := c.integer()
	if !ok || i < 0 {
		n.fail(field, c, "a whole number of 0 or more")
	}
	return i
}

// date returns 0 for one that does not exist.
func (n *numbers) date(field string, c cell) schedules.Day {
	i := n.integer(field, c)
	if i == 0 {
		return 0
	}
	day, err := schedules.ParseDay(fmt.Sprintf("%08d", i))
	if err != nil {
		n.fail(field, c, "a date YYYYMMDD")
	}
	return day
}

// time returns the zero time for one that does not exist.
func (n *numbers) time(field string, c cell) time.Time {
	seconds := n.integer(field, c)
	if seconds == 0 {
		return time.Time{}
	}
	if seconds < 6e8 || seconds > 5e9 { // 1989 to 2128
		n.fail(field, c, "a time in Unix seconds")
	}
	return time.Unix(seconds, 0).UTC()
}

// divisor returns the power of ten that integers with so many decimals are
// divided by.
func (n *numbers) divisor(field string, c cell) float64 {
	decimals := n.integer(field, c)
	if decimals > 6 {
		n.fail(field, c, "a number of decimals")
		return 1
	}
	return math.Pow10(int(decimals))
}

// newNumbers finds out what a row's integers are divided by. Source:
// specification of the quote sources, 6.1, parameter fltt.
func newNumbers(r *row, f form) *numbers {
	n := &numbers{price: 1, ratio: 1}
	if f != formIntegers {
		return n
	}
	price, ratio := r.Decimals, r.RatioDecimals
	if price.text() == "" {
		price = ratio
	}
	if price.text() == "" {
		n.fail("f1", r.Decimals, "the number of decimals that integers need")
	}
	n.price, n.ratio = n.divisor("f1", price), 100
	if ratio.text() != "" {
		n.ratio = n.divisor("f152", ratio)
	}
	return n
}

// read turns the row of s into a quote, or says why it must not be served.
func (r *row) read(s etl.Symbol, f form, received time.Time) (q etl.Quote, reason string) {
	n := newNumbers(r, f)
	q = etl.NoQuote(s)
	q.Name, q.Source, q.Fetched = r.Name.text(), "eastmoney", received
	if strings.ContainsRune(q.Name, utf8.RuneError) {
		n.fail("f14", r.Name, "UTF-8")
	}
	q.Last, q.Preclose = n.positive("f2", r.Last, n.price), n.positive("f18", r.Preclose, n.price)
	q.High, q.Low, q.Open = n.positive("f15", r.High, n.price), n.positive("f16", r.Low, n.price), n.positive("f17", r.Open, n.price)
	lots := n.integer("f5", r.Volume)
	if q.Amount = n.positive("f6", r.Amount, 1); math.IsNaN(q.Amount) {
		q.Amount = 0
	}
	q.Time = n.time("f124", r.Time)
	q.MarketCap, q.FloatCap = n.positive("f20", r.MarketCap, 1), n.positive("f21", r.FloatCap, 1)
	q.PeTTM, q.PB = n.signed("f115", r.PeTTM), n.signed("f23", r.PB)
	turn := n.number("f8", r.Turn) / n.ratio
	if turn < 0 {
		n.fail("f8", r.Turn, "0 or more")
	}
	change := n.number("f4", r.Change) / n.price
	q.Volume = shares(&q, lots)
	q.Status = r.status(&q, n)
	if q.Status == etl.Trading && !math.IsNaN(q.Last) {
		q.Turn = turn
	}
	if n.bad != "" {
		return q, n.bad
	}
	if q.Time.IsZero() && !math.IsNaN(q.Last) {
		return q, "f124 is missing: nobody can tell how old the row is"
	}
	return q, contradiction(&q, change, n.tick(r))
}

// tick returns the last decimal of prices, CNY/share.
func (n *numbers) tick(r *row) float64 {
	if decimals, ok := r.Decimals.integer(); ok && r.Decimals.text() != "" && decimals >= 0 && decimals <= 6 {
		return math.Pow10(-int(decimals))
	}
	return 0.01
}

// shares returns the volume in the unit in which it fits the amount: lots as a
// rule, and single shares if only those give an average price between low and
// high. The volume of an index does not compare with its points. Source:
// specification of the quote sources, 4.4, 10 and 15.
func shares(q *etl.Quote, lots int64) int64 {
	const lot = 100
	if !q.Symbol.Index() && !q.Averages(lot*lots, lot/2) && q.Averages(lots, 0.5) {
		return lots
	}
	return lot * lots
}

// contradiction names what the row says twice and differently, or the identity
// it breaks.
func contradiction(q *etl.Quote, change, tick float64) string {
	// Both prices of an index are rounded, so the change may be off by one.
	if math.Abs(q.Last-q.Preclose-change) > 1.01*tick {
		return fmt.Sprintf("change %v is not last %v less preclose %v", change, q.Last, q.Preclose)
	}
	if c := clock(q.Time); c < 14*60+57 || c >= 15*60 || math.IsNaN(q.Last) {
		return q.Problem()
	}
	// In the closing auction the last price may be virtual and leave the day's
	// range; without a book nothing else tells.
	inside := *q
	inside.Last = min(max(q.Last, q.Low), q.High)
	if math.IsNaN(inside.Last) {
		return q.Problem()
	}
	return inside.Problem()
}

// clock returns the minutes since midnight in Shanghai; -1 of no time.
func clock(t time.Time) int {
	if t.IsZero() {
		return -1
	}
	local := t.In(schedules.Shanghai)
	return local.Hour()*60 + local.Minute()
}
