package eastmoney

import "barkeep/etl"

// The vendor's numbers of the markets. Source: specification of the quote
// sources, 6.3.
const (
	shanghaiMarket = 1
	otherMarket    = 0 // Shenzhen and Beijing
)

// market returns the vendor's number of the market of s.
func market(s etl.Symbol) int {
	if s.Exchange() == etl.Shanghai {
		return shanghaiMarket
	}
	return otherMarket
}

// symbolOf returns the symbol that a market and a code of 0..999999 name. The
// codes tell Shenzhen from Beijing: 4, 8 and 92 are Beijing's, its indices
// included. Other markets are not mainland exchanges.
func symbolOf(market, code int) (s etl.Symbol, ok bool) {
	switch {
	case market == shanghaiMarket:
		return etl.MakeSymbol(etl.Shanghai, code), true
	case market != otherMarket:
		return 0, false
	case code/100_000 == 4, code/100_000 == 8, code/10_000 == 92:
		return etl.MakeSymbol(etl.Beijing, code), true
	}
	return etl.MakeSymbol(etl.Shenzhen, code), true
}

// possible reports whether the vendor can name s at all: sz920000 would be asked
// for as bj920000 is.
func possible(s etl.Symbol) bool {
	named, ok := symbolOf(market(s), s.Code())
	return ok && named == s
}

// share reports whether s is an A share, which the pages of the market list.
// Source: specification of the quote sources, 8.
func share(s etl.Symbol) bool {
	head := s.Code() / 1000
	switch s.Exchange() {
	case etl.Shanghai:
		return head >= 600 && head < 610 || head == 688 || head == 689
	case etl.Shenzhen:
		return head < 5 || head >= 300 && head < 310
	case etl.Beijing:
		return !s.Index()
	}
	return false
}
