package etl

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// chain proves the steps of one security: of holds its factors, detected its
// ex-dates in the bars, both ascending.
func (c *factorCheck) chain(s Symbol, of []Factor, detected []ExDate) {
	before, known := int64(One), c.sinceListing(s)
	c.filled = c.filled[:0]
	gaps := slices.DeleteFunc(slices.Clone(detected), func(e ExDate) bool { return !e.Gap })
	for len(of) > 0 || len(detected) > 0 {
		if len(of) == 0 || len(detected) > 0 && detected[0].Day < of[0].Date {
			e := detected[0]
			detected = detected[1:]
			switch {
			case c.settled(e):
				continue
			case e.Gap: // over missing days a price moves without any ex-date
				c.Unproven++
			default:
				c.report(RuleFactorMissing, Factor{Symbol: s, Date: e.Day}, e.ratioText(), "", e.String())
			}
			known = false // whether the next factor holds this step too, nobody can tell
			continue
		}
		f := of[0]
		of = of[1:]
		var at *ExDate
		if len(detected) > 0 && detected[0].Day == f.Date {
			at, detected = &detected[0], detected[1:]
		}
		inGap := slices.ContainsFunc(gaps, func(e ExDate) bool { return e.After < f.Date && f.Date <= e.Day })
		switch {
		case inGap:
			c.filled = append(c.filled, FactorKey{s, f.Date})
			c.Unproven++
		case at != nil && known:
			c.step(before, f, *at)
		case at == nil && c.seen(f):
			c.report(RuleFactorUnseen, f, "", FactorText(f.Back), f.String()+"; the reference price of that day is the close before")
		default:
			c.Unproven++
		}
		before, known = f.Back, true
	}
}

// settled reports whether a factor lies where an uncertain ex-date may be.
func (c *factorCheck) settled(e ExDate) bool {
	return e.Gap && slices.ContainsFunc(c.filled, func(k FactorKey) bool {
		return k.Symbol == e.Symbol && e.After < k.Date && k.Date <= e.Day
	})
}

// step compares the step to a factor with the prices.
func (c *factorCheck) step(before int64, f Factor, e ExDate) {
	// Twice the difference of before*C and f*P, against the slack of both prints.
	off := product(before, e.Close)
	off.Sub(off, product(f.Back, e.Preclose))
	off.Lsh(off, 1)
	slack := big.NewInt(e.Close + e.Preclose)
	if off.CmpAbs(slack) <= 0 {
		c.Agreed++
		return
	}
	rule := RuleFactorStep
	tick := product(f.Back, c.tick(e.Symbol)) // twice half a tick
	if slack.Add(slack, tick); off.CmpAbs(slack) <= 0 {
		rule = RuleFactorTick
	}
	want := new(big.Rat).SetFrac(product(before, e.Close), big.NewInt(e.Preclose*One))
	c.report(rule, f, want.FloatString(6), FactorText(f.Back), "after back "+FactorText(before)+"; "+e.String()+"; "+f.String())
}

// tick returns the step of prices in 1e-4 yuan: funds and the B shares of
// Shanghai have three decimals.
func (c *factorCheck) tick(s Symbol) int64 {
	if in, ok := c.bars.Listed.Find(s); ok && in.Kind == ETF || s.Exchange() == Shanghai && s.Code()/1000 == 900 {
		return 10
	}
	return 100
}

// sinceListing reports whether the bars reach back to the security's first day,
// so that the factor before its first ex-date is 1.
func (c *factorCheck) sinceListing(s Symbol) bool {
	in, ok := c.bars.Listed.Find(s)
	return ok && in.Listed != 0 && c.bars.Present != nil && c.bars.Present.Has(s, in.Listed)
}

// seen reports whether the bars of the factor's day and of the trading day
// before are there: their prices would have shown an ex-date.
func (c *factorCheck) seen(f Factor) bool {
	cells := c.bars.Present
	if cells == nil || !cells.Has(f.Symbol, f.Date) {
		return false
	}
	at := cells.column(f.Date)
	return at > 0 && cells.Has(f.Symbol, cells.days[at-1])
}

// ratioText is close before / reference price, with six decimals.
func (e ExDate) ratioText() string {
	if e.Preclose <= 0 {
		return ""
	}
	return new(big.Rat).SetFrac64(e.Close, e.Preclose).FloatString(6)
}

// String writes the two rows that show the ex-date.
func (e ExDate) String() string {
	var b strings.Builder
	price := func(v int64) string { return string(appendDecimal(nil, v, 4)) }
	fmt.Fprintf(&b, "bars: %s close %s, %s preclose %s", e.After, price(e.Close), e.Day, price(e.Preclose))
	if e.Suspended {
		b.WriteString(", suspended")
	}
	if e.Gap {
		b.WriteString(", days between are missing")
	}
	return b.String()
}
