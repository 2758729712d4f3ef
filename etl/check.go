package etl

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
)

// Check finds the rows of a batch that cannot be true and returns them, with the
// flaws the decoder has found, in ascending order of row. A row is reported once,
// by the first rule it breaks:
//
//   - an empty cell in a column that must have a value
//   - a price that is not positive, high below low, open or close outside low..high
//   - negative volume or amount
//   - shares traded on a suspended day
//   - a date that the calendar knows to be no trading day
//
// Sources: specification of Baostock, 8.2 and 8.3; market rules, section 6.
func Check(b Batch, calendar *schedules.Calendar) []Flaw {
	column := func(i int) []float64 { return b.Record.Column(i).(*array.Float64).Float64Values() }
	open, high, low, closing, preclose := column(2), column(3), column(4), column(5), column(6)
	volume, amount := b.Record.Column(7).(*array.Int64).Int64Values(), column(8)
	traded := b.Record.Column(10).(*array.Boolean)

	flaws := slices.Clip(b.Flaws) // the batch keeps its own
	last, closed := schedules.Day(0), false
	for i, day := range b.Days {
		if day != last {
			last, closed = day, calendar.Status(day) == schedules.Closed
		}
		fine := low[i] > 0 && preclose[i] > 0 && low[i] <= open[i] && open[i] <= high[i] &&
			low[i] <= closing[i] && closing[i] <= high[i] && volume[i] >= 0 && amount[i] >= 0 && !closed
		if fine && (volume[i] == 0 || traded.Value(i)) {
			continue
		}
		if slices.ContainsFunc(b.Flaws, func(f Flaw) bool { return f.Row == i }) {
			continue
		}
		reason := "shares traded on a suspended day"
		switch {
		case closed:
			reason = day.String() + " is no trading day"
		case high[i] < low[i]:
			reason = "high is below low"
		case low[i] <= 0 || preclose[i] <= 0:
			reason = "a price is not positive"
		case open[i] < low[i] || open[i] > high[i]:
			reason = "open lies outside low..high"
		case closing[i] < low[i] || closing[i] > high[i]:
			reason = "close lies outside low..high"
		case volume[i] < 0:
			reason = "volume is negative"
		case amount[i] < 0:
			reason = "amount is negative"
		}
		flaws = append(flaws, Flaw{i, reason})
	}
	slices.SortFunc(flaws, func(a, b Flaw) int { return a.Row - b.Row })
	return flaws
}

// unlisted adds the rows of securities that are not in the universe: a bar of a
// security that the vendor does not list is somebody else's, or the list is
// older than the bar; either way the next run tells. Whole-market answers are
// sorted by symbol, as the universe is, so both are walked through once.
func unlisted(b Batch, u Universe, flaws []Flaw) []Flaw {
	at, n := 0, len(flaws)
	for i, s := range b.Symbols {
		for at < len(u) && u[at].Symbol < s {
			at++
		}
		if at < len(u) && u[at].Symbol == s || slices.ContainsFunc(flaws[:n], func(f Flaw) bool { return f.Row == i }) {
			continue
		}
		flaws = append(flaws, Flaw{i, s.String() + " is not in the vendor's list of securities"})
	}
	slices.SortFunc(flaws, func(a, b Flaw) int { return a.Row - b.Row })
	return flaws
}
