package market

import (
	"strconv"
	"time"

	"barkeep/schedules"
)

// blankDay is the day on which the vendor's valuations are empty for the whole
// market. Source: specification of Baostock, 8.2.
var blankDay = schedules.MakeDay(2023, time.December, 11)

// render writes a trading day of a security as the vendor's text.
func (g *Generated) render(row *Row, p *profile, s *state, x *session, day int32) {
	row.Day = g.days[day]
	row.text = row.text[:0]
	row.text = append(row.text, g.text[day*10:day*10+10]...)
	row.endCell(Date)
	row.text = append(row.text, g.securities[row.Security].Code...)
	row.endCell(Code)
	var b bar
	if x.halted {
		b = bar{open: x.close, high: x.close, low: x.close}
	} else {
		b = p.bar(s, x)
	}
	for i, price := range [...]int64{b.open, b.high, b.low, x.close, x.preclose} {
		row.text = AppendFixed(row.text, price, priceDecimals)
		row.endCell(Open + i)
	}
	g.renderTrading(row, s, x, b)
	g.renderValuation(row, p, x, day)
	// The vendor marks funds as 1.
	row.text = append(row.text, digit(x.warned || p.kind == Fund))
	row.endCell(IsST)
}

func digit(b bool) byte {
	if b {
		return '1'
	}
	return '0'
}

// renderTrading writes the columns from volume to pctChg. Source of the forms:
// specification of Baostock, 8.2 and 8.3.
func (g *Generated) renderTrading(row *Row, s *state, x *session, b bar) {
	if x.halted {
		volume, amount, change := "0", "0.0000", "0.000000"
		if row.Day >= emptySuspended {
			volume, amount, change = "", "", ""
		}
		for c, text := range [...]string{volume, amount, "3", "", "0", change} {
			row.text = append(row.text, text...)
			row.endCell(Volume + c)
		}
		return
	}
	scale, pad := int64(1), ""
	if row.Day >= shortDecimals {
		scale, pad = 100, "00"
	}
	row.text = strconv.AppendInt(row.text, b.volume, 10)
	row.endCell(Volume)
	row.text = AppendFixed(row.text, b.amount, priceDecimals)
	row.endCell(Amount)
	row.text = append(row.text, '3')
	row.endCell(AdjustFlag)
	row.text = AppendFixed(row.text, mulDiv(b.volume, 1e8/scale, s.float), 6-len(pad))
	row.text = append(row.text, pad...)
	row.endCell(Turn)
	row.text = append(row.text, '1')
	row.endCell(TradeStatus)
	row.text = AppendFixed(row.text, percent(x.close-x.preclose, 1e8/scale, x.preclose), 6-len(pad))
	row.text = append(row.text, pad...)
	row.endCell(PctChg)
}

// percent returns a*b/c rounded half away from zero.
func percent(a, b, c int64) int64 {
	if a < 0 {
		return -((-a*b + c/2) / c)
	}
	return (a*b + c/2) / c
}

// renderValuation writes the four ratios. A ratio follows the price against a
// yearly figure of the company, which is a loss in some years.
func (g *Generated) renderValuation(row *Row, p *profile, x *session, day int32) {
	empty := p.kind == Fund || p.kind == Stock && (x.age < 3 || row.Day == blankDay)
	year := mix(p.key, uint64(1)<<32|uint64(day/242))
	for i, base := range [...]int64{p.priceEarnings, p.priceBook, p.priceSales, p.priceCash} {
		h := year >> (16 * i)
		switch {
		case empty:
		case p.kind == Index:
			row.text = append(row.text, "0.000000"...)
		default:
			v := mulDiv(x.close, base*10000, p.target) * int64(700+h&511) / 1000
			if i == 0 && (int(h&1023) < p.loss || x.warned) || i == 3 && h&1023 < 380 {
				v = -v
			}
			row.text = AppendFixed(row.text, v, 6)
		}
		row.endCell(PeTTM + i)
	}
}
