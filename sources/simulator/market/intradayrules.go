package market

import (
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// The days on which the course of a trading day changed. Source: specification
// of the market, 2.
var (
	closingShenzhen = schedules.MakeDay(2006, time.July, 1)
	closingShanghai = schedules.MakeDay(2018, time.August, 20)
	afterHoursAll   = schedules.MakeDay(2026, time.July, 6) // and the closing auction of Shanghai funds
)

// boardOf tells where a security trades from its code, and the board's name.
// Source: specification of the quote sources, 8.
func boardOf(s etl.Symbol, k Kind) (board, string) {
	head := s.Code() / 1000
	switch {
	case k == Index:
		return indexBoard, "index"
	case k == Fund:
		return fundBoard, "fund"
	case s.Exchange() == etl.Beijing:
		return mainBoard, "beijing"
	case s.Exchange() == etl.Shanghai && head >= 685 && head <= 689:
		return star, "star"
	case s.Exchange() == etl.Shenzhen && head >= 300 && head < 310:
		return chiNext, "chinext"
	}
	return mainBoard, "main"
}

// foreign reports whether a share is traded in another currency (a B share).
func foreign(s etl.Symbol) bool {
	head := s.Code() / 1000
	return s.Exchange() == etl.Shanghai && head == 900 || s.Exchange() == etl.Shenzhen && head == 200
}

// tickOf returns the tick of a security, 1e-4 yuan. Where a recorded price is
// on no such grid it is the finest one that the bar needs.
func tickOf(s etl.Symbol, b board, prices ...int64) int64 {
	tick := b.tick()
	if foreign(s) && s.Exchange() == etl.Shanghai {
		tick = 10
	}
	for _, p := range prices {
		for p%tick != 0 {
			tick /= 10
		}
	}
	return tick
}

// closesByAuction reports whether a security's close was found in a closing
// auction on a day.
func closesByAuction(s etl.Symbol, k Kind, day schedules.Day) bool {
	switch {
	case s.Exchange() == etl.Shenzhen:
		return day >= closingShenzhen
	case s.Exchange() == etl.Shanghai && k == Fund:
		return day >= afterHoursAll
	case s.Exchange() == etl.Shanghai:
		return day >= closingShanghai
	}
	return true
}

// afterHours reports whether a security could be traded at the close after
// 15:05 of a day. Beijing is not known to take part.
func afterHours(s etl.Symbol, k Kind, b board, day schedules.Day) bool {
	switch {
	case k == Index || s.Exchange() == etl.Beijing || foreign(s):
		return false
	case b == star:
		return day >= starBegin
	case b == chiNext:
		return day >= chiNextReform
	}
	return day >= afterHoursAll
}

// limits returns the limit prices of a security's day, 1e-4 yuan; both 0 when
// there are none. A day whose prices went past them had none, whatever the
// rules say: such as the first day after some suspensions.
func (t *Tape) limits(s *script, b board, warned bool) (up, down int64) {
	age := t.calendar.Count(s.listed, s.day) - 1
	r, f, ok := b.limitRates(s.listed, s.day, int32(age), warned && s.kind == Stock)
	if s.symbol.Exchange() == etl.Beijing && s.kind == Stock {
		r, f, ok = 300, 300, age > 0
	}
	if !ok || s.preclose <= 0 || t.leaves(s) {
		return 0, 0
	}
	up, down = limitPrices(s.preclose, r, f, s.tick)
	if s.status == etl.Trading && (s.high > up || s.low < down) {
		return 0, 0
	}
	return up, down
}

// leaves reports whether the day is the first one of the delisting period,
// when the name gets its ending.
func (t *Tape) leaves(s *script) bool {
	if s.kind != Stock || !strings.HasSuffix(t.market.Name(int(s.security), s.day), leaving) {
		return false
	}
	before, ok := t.calendar.Prev(s.day)
	return ok && !strings.HasSuffix(t.market.Name(int(s.security), before), leaving)
}

// leaving ends the name of a share in its delisting period.
const leaving = "退"
