package eastmoney

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"barkeep/etl"
)

// row is one security, read by the names of its fields: the vendor chooses their
// order. Source: specification of the quote sources, 6.3.
type row struct {
	Decimals      cell `json:"f1"`   // of prices
	Last          cell `json:"f2"`   // CNY/share
	Percent       cell `json:"f3"`   // change in % of the previous close
	Change        cell `json:"f4"`   // CNY/share
	Volume        cell `json:"f5"`   // lots
	Amount        cell `json:"f6"`   // CNY
	Turn          cell `json:"f8"`   // %
	Code          cell `json:"f12"`  // six digits
	Market        cell `json:"f13"`  // 1 Shanghai, 0 Shenzhen and Beijing
	Name          cell `json:"f14"`  //
	High          cell `json:"f15"`  // CNY/share
	Low           cell `json:"f16"`  //
	Open          cell `json:"f17"`  //
	Preclose      cell `json:"f18"`  //
	MarketCap     cell `json:"f20"`  // CNY
	FloatCap      cell `json:"f21"`  // CNY
	PB            cell `json:"f23"`  //
	Listed        cell `json:"f26"`  // YYYYMMDD
	PeTTM         cell `json:"f115"` //
	Time          cell `json:"f124"` // Unix seconds
	RatioDecimals cell `json:"f152"` // of percentages and ratios
	Traded        cell `json:"f297"` // latest trading day, YYYYMMDD

	raw json.RawMessage
}

// wantedFields names the fields of row in a request.
const wantedFields = "f1,f2,f3,f4,f5,f6,f8,f12,f13,f14,f15,f16,f17,f18,f20,f21,f23,f26,f115,f124,f152,f297"

// parse reads the rows of a list that are objects. The others name no security:
// what they stood for is missing.
func parse(raw []json.RawMessage) []row {
	parsed := make([]row, 0, len(raw))
	for _, text := range raw {
		r := row{raw: text}
		if json.Unmarshal(text, &r) == nil && r.Code != "" {
			parsed = append(parsed, r)
		}
	}
	return parsed
}

// symbol returns the security a row names. One without a market is the only
// security in scope with its code; when there are two, or none, it is nobody's.
func (r *row) symbol(inScope func(etl.Symbol) bool) (etl.Symbol, bool) {
	code, ok := r.code()
	if !ok {
		return 0, false
	}
	if r.Market.text() != "" {
		number, ok := r.Market.integer()
		if !ok || number != shanghaiMarket && number != otherMarket {
			return 0, false
		}
		s, ok := symbolOf(int(number), code)
		return s, ok && inScope(s)
	}
	one, _ := symbolOf(shanghaiMarket, code)
	other, _ := symbolOf(otherMarket, code)
	switch {
	case inScope(one) && !inScope(other):
		return one, true
	case inScope(other) && !inScope(one):
		return other, true
	}
	return 0, false
}

// code reads six digits, or a number that lost its leading zeros.
func (r *row) code() (int, bool) {
	text := r.Code.text()
	if r.Code[0] != '"' && text != "" {
		text = strings.Repeat("0", max(0, 6-len(text))) + text
	}
	if len(text) != 6 || strings.ContainsFunc(text, func(c rune) bool { return c < '0' || c > '9' }) {
		return 0, false
	}
	code, err := strconv.Atoi(text)
	return code, err == nil
}

// form is how numbers are written.
type form uint8

const (
	formUnknown  form = iota // nothing in the rows tells
	formDecimal              // as asked for, fltt=2
	formIntegers             // to be divided by powers of ten
)

// formOf finds out how the numbers of an answer are written: the vendor may not
// do as fltt=2 says. A decimal point tells; without one the change in per cent
// does, because it is 100 times larger when it is an integer.
func formOf(rows []row) form {
	found := formUnknown
	for i := range rows {
		r := &rows[i]
		for _, c := range [...]cell{r.Last, r.Percent, r.Change, r.Turn, r.High, r.Low, r.Open, r.Preclose, r.PB, r.PeTTM} {
			if c.pointed() {
				return formDecimal
			}
		}
		percent, ok1 := r.Percent.number()
		change, ok2 := r.Change.number()
		preclose, ok3 := r.Preclose.number()
		if !ok1 || !ok2 || !ok3 || !(preclose > 0) || found != formUnknown {
			continue
		}
		switch plain := 100 * change / preclose; {
		case percent == 0:
		case math.Abs(percent-plain) <= 0.0051:
			found = formDecimal
		case math.Abs(percent-100*plain) <= 1:
			found = formIntegers
		}
	}
	return found
}
