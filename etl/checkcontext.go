package etl

import "barkeep/schedules"

// CheckContext knows bars and ex-dates that do not pass through a Checker, such
// as those that are stored already. What it does not know, or cannot read, it
// leaves out, and the rules leave those rows alone; it reports its own errors.
type CheckContext interface {
	// Bars sets bars[i] to the bar of keys[i] where it is known; bars come as
	// zero values. It is asked once for each batch, with at most two keys a row.
	Bars(keys []BarKey, bars []StoredBar)
	// ExDate reports whether a day is an ex-date of a security; known is false
	// when the security's ex-dates have not been read up to that day.
	ExDate(s Symbol, d schedules.Day) (is, known bool)
}

// BarKey names a bar.
type BarKey struct {
	Symbol Symbol
	Day    schedules.Day
}

// StoredBar is what the rules need of a bar outside of the batch.
type StoredBar struct {
	Known           bool
	Close, Preclose float64 // CNY/share
	Volume          int64   // shares
	Turn            float64 // %; 0 when there is none
}
