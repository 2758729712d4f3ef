package market

import (
	"iter"

	"barkeep/schedules"
)

// Kind is the vendor's number for a kind of security.
type Kind uint8

// The kinds a market holds. Source: specification of Baostock, 8.7.
const (
	Stock Kind = 1
	Index Kind = 2
	Fund  Kind = 5 // exchange-traded
)

// Security is what is known of a security apart from its bars.
type Security struct {
	Code     string // in the vendor's form, such as sh.600000
	Kind     Kind
	Industry string // such as J66货币金融服务; empty when unknown or no stock
	Size     int64  // yuan: about the value of a stock's floating shares, to rank by
	Listed   schedules.Day
	Delisted schedules.Day // the vendor's outDate, the first day that is past its life; 0: never
	First    schedules.Day // first day with a row; after Listed where the vendor's history begins late
	Last     schedules.Day // last day with a row
}

// ExDate is one ex-right day of a security.
type ExDate struct {
	Day    schedules.Day
	Back   int64 // back-adjust factor from this day on, in 1e-6, rounded
	Cash   int64 // dividend per share in 1e-4 yuan; 0 when none or unknown
	Bonus  int64 // bonus shares per 1000 held; 0 when none or unknown
	Before int64 // close of the day before in 1e-4 yuan
}

// Market is a set of securities and their daily bars, for all time: it knows
// nothing of today, the server decides what is already published. It is
// immutable and safe for concurrent use.
type Market interface {
	// Securities returns all securities, ascending by code. The caller does
	// not change them. A security's position in it is its number elsewhere.
	Securities() []Security
	// Name returns the short name a security had on a day; after its life the
	// last one.
	Name(security int, day schedules.Day) string
	// Bars yields the bars of one security within [from, to], ascending. The
	// row is valid until the next one.
	Bars(security int, from, to schedules.Day) iter.Seq[*Row]
	// Day yields one row for every security that has one on the day, ascending
	// by code. The row is valid until the next one.
	Day(day schedules.Day) iter.Seq[*Row]
	// ExDates returns the ex-dates of a security, ascending.
	ExDates(security int) []ExDate
}

// Find returns the number of the security with the code, or -1.
func Find(securities []Security, code string) int {
	lo, hi := 0, len(securities)
	for lo < hi {
		mid := (lo + hi) / 2
		if securities[mid].Code < code {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(securities) && securities[lo].Code == code {
		return lo
	}
	return -1
}
