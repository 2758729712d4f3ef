package market

import "barkeep/schedules"

// profile is what is fixed about a generated security: its character and the
// plan of its life. Days are indices into the market's trading days; prices
// are in 1e-4 yuan, rates in ppm.
type profile struct {
	key      uint64 // its stream of chance
	board    board
	kind     Kind
	sector   int
	listed   schedules.Day
	from, to int32 // life: first trading day, and the day after the last; to is past the calendar while listed

	offer   int64 // preclose of the first day
	pop     int64 // how the first day moves
	streak  int32 // limit-up days after the first, under the rule of 2014
	target  int64 // the level that the price is pulled to
	slope   int64 // growth of the target per 1000 trading days
	float   int64 // floating shares at listing
	beta    int64 // weight of the market's move, per mille
	gamma   int64 // weight of the sector's move, per mille
	sigma   int64 // spread of its own moves
	turn    int64 // usual daily turnover, ppm of the floating shares
	decline int32 // first day of the run-up to a delisting; past the calendar for none
	closing int32 // first day of the delisting period

	priceEarnings, priceBook, priceSales, priceCash int64 // at the target, in 1e-2
	loss                                            int   // how often a year ends in a loss, per mille

	risks  []span // under risk warning, ascending, disjoint
	halts  []span // suspended, ascending, disjoint
	rights []right

	name  string // without a prefix
	short string // its first two characters, for names with a prefix
}

// span is a time of a security's life: [from, to) in day indices.
type span struct {
	from, to int32
	star     bool // *ST, for a risk span
}

// right is a planned ex-date: cash per share in 1e-4 yuan, and bonus shares
// per 1000.
type right struct {
	day   int32
	cash  int32
	bonus int32
}

// within moves the cursor to the first span that ends after day and reports
// whether the day lies in it.
func within(spans []span, cursor *uint16, day int32) bool {
	for int(*cursor) < len(spans) && spans[*cursor].to <= day {
		*cursor++
	}
	return int(*cursor) < len(spans) && spans[*cursor].from <= day
}

// onDay finds the span that holds the day.
func onDay(spans []span, day int32) (span, bool) {
	for _, s := range spans {
		if s.from <= day && day < s.to {
			return s, true
		}
	}
	return span{}, false
}
