package etl

import (
	"slices"
	"strings"

	"barkeep/schedules"
)

// Kind tells what an instrument is.
type Kind uint8

// The kinds, in the vendor's numbering. Source: specification of Baostock, 8.7.
const (
	Other Kind = 3
	Stock Kind = 1
	Index Kind = 2
	Bond  Kind = 4
	ETF   Kind = 5
)

// String returns stock, index, etf, bond or other.
func (k Kind) String() string {
	switch k {
	case Stock:
		return "stock"
	case Index:
		return "index"
	case Bond:
		return "bond"
	case ETF:
		return "etf"
	}
	return "other"
}

// ParseKind is the inverse of Kind.String; what it does not know is Other.
func ParseKind(s string) Kind {
	for _, k := range []Kind{Stock, Index, Bond, ETF} {
		if s == k.String() {
			return k
		}
	}
	return Other
}

// Instrument is one entry of the vendor's list of securities and indices.
type Instrument struct {
	Symbol   Symbol
	Name     string
	Kind     Kind
	Listed   schedules.Day // first day; 0 when the vendor does not say
	Delisted schedules.Day // the vendor's outDate; 0 while listed
}

// Board returns the market segment of a stock: main, chinext, star or bse.
// For everything else it is empty.
func (i Instrument) Board() string {
	if i.Kind != Stock {
		return ""
	}
	head := i.Symbol.Code() / 1000
	switch {
	case i.Symbol.Exchange() == Beijing:
		return "bse"
	case i.Symbol.Exchange() == Shanghai && (head == 688 || head == 689):
		return "star"
	case i.Symbol.Exchange() == Shenzhen && head >= 300 && head < 310:
		return "chinext"
	}
	return "main"
}

// Universe is a list of instruments sorted by symbol, without repetitions.
type Universe []Instrument

// MakeUniverse sorts the list and refuses one that names a symbol twice.
func MakeUniverse(list []Instrument) (Universe, error) {
	u := slices.Clone(list)
	slices.SortFunc(u, func(a, b Instrument) int { return int(a.Symbol) - int(b.Symbol) })
	for i := 1; i < len(u); i++ {
		if u[i].Symbol == u[i-1].Symbol {
			return nil, &DataError{"the list of instruments", "names " + u[i].Symbol.String() + " twice"}
		}
	}
	return u, nil
}

// Find returns the instrument with the symbol.
func (u Universe) Find(s Symbol) (Instrument, bool) {
	i, ok := slices.BinarySearchFunc(u, s, func(in Instrument, s Symbol) int { return int(in.Symbol) - int(s) })
	if !ok {
		return Instrument{}, false
	}
	return u[i], true
}

// Like returns up to n symbols that share the code of s on another exchange, to
// help somebody who mistyped.
func (u Universe) Like(s Symbol, n int) []string {
	var names []string
	for _, in := range u {
		if in.Symbol.Code() == s.Code() && len(names) < n {
			names = append(names, strings.TrimSpace(in.Symbol.String()+" "+in.Name))
		}
	}
	return names
}
