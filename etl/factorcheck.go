package etl

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"barkeep/schedules"
)

// The rules of CheckFactors.
const (
	RuleFactorValue   = "factor_value"   // a factor is 0, negative or empty
	RuleFactorOrder   = "factor_order"   // the vendor's rows are not in ascending order of ex-dates
	RuleFactorTwice   = "factor_twice"   // an ex-date has two rows
	RuleFactorRepeat  = "factor_repeat"  // adjust_factor is not back_factor
	RuleFactorNewest  = "factor_newest"  // fore_factor of the newest ex-date is not 1.000000
	RuleFactorFore    = "factor_fore"    // fore_factor is not back_factor / the newest back_factor
	RuleFactorStep    = "factor_step"    // back_factor's step is not close[t-1] / preclose[t], whatever was rounded
	RuleFactorTick    = "factor_tick"    // the same, but the rounding of preclose to the tick explains it
	RuleFactorMissing = "factor_missing" // an ex-date in the bars without a factor
	RuleFactorUnseen  = "factor_unseen"  // a factor on a day that is no ex-date in the bars
)

// FactorFinding is one thing that is wrong with the factors of a security, with
// its evidence.
type FactorFinding struct {
	Rule     string
	Symbol   Symbol
	Date     schedules.Day
	Want     string // what follows from the bars or the other factors; empty when nothing does
	Got      string // what the vendor says; empty when he says nothing
	Evidence string // the rows that the two were made of
}

// String writes the finding in one line.
func (f FactorFinding) String() string {
	text := fmt.Sprintf("%s %s %s:", f.Symbol, f.Date, f.Rule)
	if f.Want != "" {
		text += " want " + f.Want
	}
	if f.Got != "" {
		text += " got " + f.Got
	}
	return text + " (" + f.Evidence + ")"
}

// FactorProof says what CheckFactors could prove.
type FactorProof struct {
	Factors  int // rows looked at
	Agreed   int // steps re-derived from the bars within the rounding to six decimals
	Unproven int // steps that the bars at hand say nothing of
	Findings []FactorFinding
}

// Bars is what the check knows of the bars besides the ex-dates in them.
type Bars struct {
	Present *Cells // the bars there are, over the trading days; nil when unknown
	Listed  Universe
}

// CheckFactors proves factors against the ex-dates found in the bars and against
// each other. factors are the newest versions, or the rows of one answer in the
// vendor's order; detected is what an ExDateScanner has found, of the securities
// to be proven. The findings are sorted by symbol, date and rule.
//
// A step is proven by exact integers. The vendor's chain of back factors is not
// rounded between ex-dates, his print is, to half a millionth: with the prices C
// before and P on the ex-date, the printed factors B before and F on it agree if
//
//	|B*C - F*P| <= (C + P) / 2     in millionths and 1e-4 yuan
//
// P is itself rounded, to half a tick h by the exchange. A vendor who divides by
// the price before that rounding may leave up to F*h more: such a step is a
// finding of the milder rule factor_tick. Before the first ex-date the factor is
// 1, if the bars reach back to the listing. A step over an ex-date without a
// factor or over missing days proves nothing.
//
// Source: specification of Baostock, 8.4; of the market, the tick.
func CheckFactors(factors []Factor, detected []ExDate, bars Bars) FactorProof {
	c := factorCheck{bars: bars}
	sorted := c.sorted(factors)
	detected = slices.Clone(detected)
	slices.SortFunc(detected, compareExDates)
	for len(sorted) > 0 || len(detected) > 0 {
		var s Symbol
		switch {
		case len(detected) == 0 || len(sorted) > 0 && sorted[0].Symbol <= detected[0].Symbol:
			s = sorted[0].Symbol
		default:
			s = detected[0].Symbol
		}
		n, k := 0, 0
		for n < len(sorted) && sorted[n].Symbol == s {
			n++
		}
		for k < len(detected) && detected[k].Symbol == s {
			k++
		}
		c.forward(sorted[:n])
		c.chain(s, sorted[:n], detected[:k])
		sorted, detected = sorted[n:], detected[k:]
	}
	slices.SortStableFunc(c.Findings, func(a, b FactorFinding) int {
		return cmp.Or(int(a.Symbol)-int(b.Symbol), int(a.Date)-int(b.Date), cmp.Compare(a.Rule, b.Rule))
	})
	return c.FactorProof
}

type factorCheck struct {
	FactorProof
	bars   Bars
	filled []FactorKey // factors on days that the bars have a gap over
}

func (c *factorCheck) report(rule string, f Factor, want, got, evidence string) {
	c.Findings = append(c.Findings, FactorFinding{Rule: rule, Symbol: f.Symbol, Date: f.Date, Want: want, Got: got, Evidence: evidence})
}

// sorted judges each row by itself and returns those that the rest of the check
// can work with: sorted, without repetitions, positive.
func (c *factorCheck) sorted(factors []Factor) []Factor {
	c.Factors = len(factors)
	last := map[Symbol]Factor{}
	usable := make([]Factor, 0, len(factors))
	for _, f := range factors {
		if before, ok := last[f.Symbol]; ok && before.Date > f.Date {
			c.report(RuleFactorOrder, f, "", "", f.String()+" comes after "+before.String())
		}
		last[f.Symbol] = f
		if flaw := f.flaw(); flaw != "" {
			c.report(RuleFactorValue, f, "", "", flaw)
			continue
		}
		if f.Adjust != f.Back {
			c.report(RuleFactorRepeat, f, FactorText(f.Back), FactorText(f.Adjust), f.String())
		}
		usable = append(usable, f)
	}
	slices.SortStableFunc(usable, compareFactors)
	n := 0
	for i, f := range usable {
		if i > 0 && compareFactors(usable[i-1], f) == 0 {
			c.report(RuleFactorTwice, f, "", "", usable[i-1].String()+" and "+f.String())
			continue
		}
		usable[n] = f
		n++
	}
	return usable[:n]
}

// forward proves the forward factors of one security against the back factors.
func (c *factorCheck) forward(of []Factor) {
	if len(of) == 0 {
		return
	}
	newest := of[len(of)-1]
	if newest.Fore != One {
		c.report(RuleFactorNewest, newest, FactorText(One), FactorText(newest.Fore), newest.String())
	}
	for _, f := range of[:len(of)-1] {
		if !foreAgrees(f, newest.Back) {
			want := new(big.Rat).SetFrac64(f.Back, newest.Back)
			c.report(RuleFactorFore, f, want.FloatString(6), FactorText(f.Fore), f.String()+"; "+newest.String())
		}
	}
}

// foreAgrees reports whether a forward factor is Back/newest within less than two
// millionths: all three are rounded to half of one, and the vendor's quotients
// are off by one more at times.
func foreAgrees(f Factor, newest int64) bool {
	d := product(f.Back, One)
	d.Sub(d, product(f.Fore, newest))
	return d.CmpAbs(product(2, newest)) < 0
}

func product(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }
