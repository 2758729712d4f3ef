package market

import (
	"time"

	"barkeep/schedules"
)

// board is where a security trades, as far as price limits and lots go.
type board uint8

const (
	mainBoard board = iota
	chiNext
	star
	fundBoard
	indexBoard
)

// The days on which rules changed. Source: specification of the market, 4.1;
// risk warnings exist since 1998-04-22.
var (
	limitsBegin   = schedules.MakeDay(1996, time.December, 16)
	warningsBegin = schedules.MakeDay(1998, time.April, 22)
	chiNextBegin  = schedules.MakeDay(2009, time.October, 30)
	firstDayRule  = schedules.MakeDay(2014, time.January, 1)
	starBegin     = schedules.MakeDay(2019, time.July, 22)
	chiNextReform = schedules.MakeDay(2020, time.August, 24)
	mainReform    = schedules.MakeDay(2023, time.April, 10)
	warningReform = schedules.MakeDay(2026, time.July, 6)
	// From here on turn and pctChg have 4 significant decimals, and suspended
	// days are empty instead of zero. Source: specification of Baostock, 8.2,
	// 8.3; nothing is recorded between 2021-10-27 and 2021-11-23.
	shortDecimals  = schedules.MakeDay(2019, time.July, 30)
	emptySuspended = schedules.MakeDay(2021, time.October, 27)
)

// registered reports whether a share was listed under the registration
// system.
func (b board) registered(listed schedules.Day) bool {
	switch b {
	case star:
		return true
	case chiNext:
		return listed >= chiNextReform
	case mainBoard:
		return listed >= mainReform
	}
	return false
}

// tick returns the price tick in 1e-4 yuan.
func (b board) tick() int64 {
	switch b {
	case fundBoard:
		return 10
	case indexBoard:
		return 1
	}
	return 100
}

// limitRates returns how far a price may rise and fall in a day, per mille of
// preclose; false when there is no limit. age counts the trading days since
// the listing, which is day 0.
func (b board) limitRates(listed, day schedules.Day, age int32, warned bool) (up, down int64, ok bool) {
	switch {
	case b == indexBoard || day < limitsBegin:
		return 0, 0, false
	case b == fundBoard:
		return 100, 100, true
	case b.registered(listed) && age < 5:
		return 0, 0, false
	case age == 0 && listed >= firstDayRule:
		return 440, 360, true
	case age == 0:
		return 0, 0, false
	case b == star, b == chiNext && day >= chiNextReform:
		return 200, 200, true
	case warned && b == mainBoard && day < warningReform:
		return 50, 50, true
	}
	return 100, 100, true
}

// limitPrices applies the rates to preclose, rounded half up to the tick.
func limitPrices(preclose, up, down, tick int64) (high, low int64) {
	high = roundTo((preclose*(1000+up)+500)/1000, tick)
	low = roundTo((preclose*(1000-down)+500)/1000, tick)
	return high, max(low, tick)
}
