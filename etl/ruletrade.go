package etl

import "math"

// The rules that compute: prices, volume and amount of one row against each
// other, against the tick, and against the limit prices.

var (
	offTick     = &sentence{"a price is no multiple of the tick", "low $a, close $b, preclose $c"}
	wrongScale  = &sentence{"amount and volume are not in yuan and shares", "amount / volume $a, low $b, high $c"}
	noShares    = &sentence{"an amount was paid for no shares", "amount $a"}
	noAverage   = &sentence{"amount / volume is no average price", "amount / volume $a, low $b, high $c"}
	wrongPct    = &sentence{"pct_chg is not the change from preclose to close", "pct_chg $a, close $b, preclose $c"}
	aboveLimit  = &sentence{"high is above the limit price", "high $a, limit $b, preclose $c"}
	belowLimit  = &sentence{"low is below the limit price", "low $a, limit $b, preclose $c"}
	ticksInYuan = [classes]float64{
		classMain: 100, classChiNext: 100, classSTAR: 100, classBSE: 100,
		classB: 1000, classBHKD: 100, classFund: 1000,
	}
)

// tick wants prices that can be quoted. Source: market rules, 5.
func (s *scan) tick() (checked int) {
	off := func(x float64) float64 { return math.Abs(x - math.RoundToEven(x)) }
	const most = 0.005 // of a tick: vendors print 4 decimals, or 10 of adjusted prices
	for i, c := range s.class {
		per := ticksInYuan[c]
		if per == 0 {
			continue
		}
		checked++
		if off(s.opening[i]*per) < most && off(s.high[i]*per) < most && off(s.low[i]*per) < most && off(s.closing[i]*per) < most {
			if off(s.preclose[i]*per) < most {
				continue
			}
			if at := s.at[i]; at < 0 || s.securities[at].listed == 0 || s.days[i] <= s.securities[at].listed {
				continue // an offer price has no tick
			}
		}
		s.note(i, offTick, s.low[i], s.closing[i], s.preclose[i], 0)
	}
	return checked
}

// scale wants an average price that is at least of the right size.
func (s *scan) scale() (checked int) {
	factor, least := s.config.ScaleFactor, s.config.AmountTolerance
	for i, c := range s.class {
		if !c.inYuan() || s.flags[i]&flagTraded == 0 {
			continue
		}
		checked++
		v, amount := float64(s.volume[i]), s.amount[i]
		if amount*factor+least >= s.low[i]*v && amount <= s.high[i]*v*factor+least {
			continue
		}
		if v == 0 {
			s.note(i, noShares, amount, 0, 0, 0)
		} else {
			s.note(i, wrongScale, round4(amount/v), s.low[i], s.high[i], 0)
		}
	}
	return checked
}

// averagePrice wants an average price between low and high. Sources: market
// rules, 6; the recorded rows need 20 CNY at most, where one price was traded
// all day and the amount has the 24 bits of a single-precision number.
func (s *scan) averagePrice() (checked int) {
	fixed, relative := s.config.AmountTolerance, s.config.AmountRelative
	for i, c := range s.class {
		if !c.inYuan() || s.flags[i]&flagTraded == 0 {
			continue
		}
		checked++
		v, amount := float64(s.volume[i]), s.amount[i]
		slack := fixed + relative*amount
		if amount < s.low[i]*v-slack || amount > s.high[i]*v+slack {
			s.note(i, noAverage, round4(amount/max(v, 1)), s.low[i], s.high[i], 0)
		}
	}
	return checked
}

// pctChg recomputes the change. Both forms that occur pass: four and six
// significant decimals, off by one in the fourth now and then, and two. Source:
// specification of Baostock, 8.2.
func (s *scan) pctChg() (checked int) {
	const two = 0.00501 // half of the last of two decimals
	tolerance := s.config.PctChgTolerance * 1.001
	closing, preclose, pct := s.closing[:len(s.flags)], s.preclose[:len(s.flags)], s.pct[:len(s.flags)]
	for i, f := range s.flags {
		if f&(flagTraded|flagPct) != flagTraded|flagPct || preclose[i] <= 0 {
			continue
		}
		checked++
		off := math.Abs((closing[i]/preclose[i]-1)*100 - pct[i])
		if off <= tolerance {
			continue
		}
		if x := pct[i] * 100; off <= two && math.Abs(x-math.Round(x)) < 1e-6 {
			continue
		}
		s.note(i, wrongPct, pct[i], closing[i], preclose[i], 0)
	}
	return checked
}

func round4(x float64) float64 { return math.Round(x*1e4) / 1e4 }
