package etl

import "barkeep/schedules"

// class is what the rules must know of a security: its board when it is an A
// share, or what else it is.
type class uint8

const (
	classNone    class = 0 // unknown, or a bond
	classMain          = class(schedules.MainBoard)
	classChiNext       = class(schedules.ChiNext)
	classSTAR          = class(schedules.STAR)
	classBSE           = class(schedules.BSE)
)

// The classes that are no boards of A shares.
const (
	classB     class = 8 + iota // Shanghai, USD
	classBHKD                   // Shenzhen, HKD
	classFund                   // exchange-traded
	classIndex                  //
	classes
)

// share reports whether a security is an A share.
func (c class) share() bool { return c >= classMain && c <= classBSE }

// inYuan reports whether amount / volume is a price per share in CNY.
func (c class) inYuan() bool { return c.share() || c == classFund }

// classOf tells what a security is by its kind and code; by the code alone with
// kind 0.
func classOf(s Symbol, k Kind) class {
	if k == 0 {
		k = kindOf(s)
	}
	head := s.Code() / 1000
	switch {
	case k == Index:
		return classIndex
	case k == ETF:
		return classFund
	case k != Stock:
		return classNone
	case s.Exchange() == Shanghai && head >= 900 && head < 910:
		return classB
	case s.Exchange() == Shenzhen && head >= 200 && head < 210:
		return classBHKD
	}
	switch (Instrument{Symbol: s, Kind: Stock}).Board() {
	case "bse":
		return classBSE
	case "star":
		return classSTAR
	case "chinext":
		return classChiNext
	}
	return classMain
}

// kindOf guesses the kind from the code; 0 when the code is nothing usual.
func kindOf(s Symbol) Kind {
	head := s.Code() / 1000
	switch {
	case s.Index():
		return Index
	case s.Exchange() == Shanghai && head >= 500 && head < 600, s.Exchange() == Shenzhen && head >= 150 && head < 190:
		return ETF
	case s.InYuan():
		return Stock
	}
	return 0
}
