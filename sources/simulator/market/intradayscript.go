package market

import (
	"math"

	"barkeep/etl"
	"barkeep/schedules"
)

// script is what is fixed about one security's trading day: its bar, its
// rules and the plan of its path. Prices are in 1e-4 yuan, volumes in shares.
type script struct {
	symbol   etl.Symbol
	security int32
	status   etl.QuoteStatus // of the whole day: Trading, Suspended, Delisted or NotListed
	shell    Shell
	kind     Kind
	board    string
	industry string
	name     string
	day      schedules.Day // of the bar
	listed   schedules.Day

	bar
	close, preclose int64
	up, down        int64 // limit prices, both 0 for none
	tick            int64
	floating, total int64 // shares, 0 unknown

	pe, pb              float64 // at the close, NaN for none
	peStatic, peDynamic float64 // against pe

	since int64 // Unix seconds: when a shell or a coming share took its form
	oddly int64 // Unix seconds: when an EmptyShell changed once more

	life uint64 // the security's stream of chance, the same every day
	key  uint64 // that of its day
	plot
	fixedVolume int64 // after-hours volume of the whole day
}

// blank returns a script with what does not come from a bar.
func (t *Tape) blank(i int, day schedules.Day) script {
	sec := &t.market.Securities()[i]
	s := script{symbol: t.symbols[i], security: int32(i), kind: sec.Kind, industry: sec.Industry, day: day, listed: sec.Listed,
		pe: math.NaN(), pb: math.NaN(), name: t.market.Name(i, day)}
	s.life = mix(t.seed^0x5ca1ab1e, uint64(s.symbol))
	s.key = mix(s.life, uint64(day))
	_, s.board = boardOf(s.symbol, s.kind)
	return s
}

// script reads a bar and plans the day.
func (t *Tape) script(row *Row, day schedules.Day) script {
	s := t.blank(row.Security, day)
	b, _ := boardOf(s.symbol, s.kind)
	s.read(row)
	s.tick = tickOf(s.symbol, b, s.open, s.high, s.low, s.close, s.preclose)
	s.name = t.nameOf(&s, b)
	s.up, s.down = t.limits(&s, b, row.Warned())
	s.floating = t.floatShares(row, &s)
	s.total = s.floating + s.floating/1000*int64(s.life%2*(s.life>>8%800)) // half of them float wholly
	if s.kind == Fund {
		s.total = s.floating
	}
	s.peStatic = 0.8 + float64(s.life>>20&1023)/2048
	s.peDynamic = 0.75 + float64(s.life>>30&1023)/2048
	if s.status != etl.Trading {
		return s
	}
	s.plan(closesByAuction(s.symbol, s.kind, day))
	if h := mix(s.key, 21); afterHours(s.symbol, s.kind, b, day) && h%10 < 6 {
		s.fixedVolume = s.volume / 1000 * int64(h>>8%8) / 2
		if b == star && s.fixedVolume < 200 {
			s.fixedVolume = 0
		}
	}
	return s
}

// read takes the figures of a row. A traded row whose prices cannot be is
// shown as suspended; one whose range does not hold its open and close gets
// the range that does.
func (s *script) read(row *Row) {
	prices := [5]int64{}
	good := row.Traded()
	for i := range prices {
		v, ok := ParseFixed(row.Cell(Open+i), priceDecimals)
		good = good && ok && v > 0
		prices[i] = max(v, 0)
	}
	s.open, s.close, s.preclose = prices[0], prices[3], prices[4]
	s.high, s.low = max(prices[1], s.open, s.close), min(prices[2], s.open, s.close)
	volume, ok := ParseFixed(row.Cell(Volume), 0)
	amount, ok2 := ParseFixed(row.Cell(Amount), priceDecimals)
	s.volume, s.amount = max(volume, 0), max(amount, 0)
	if !good || !ok || !ok2 || volume <= 0 || amount < 0 {
		s.status = etl.Suspended
	}
	if s.kind == Stock {
		s.pe, s.pb = ratio(row.Cell(PeTTM)), ratio(row.Cell(PbMRQ))
	}
}

// ratio reads a valuation; NaN when it is empty.
func ratio(cell []byte) float64 {
	v, ok := ParseFixed(cell, 6)
	if !ok {
		return math.NaN()
	}
	return float64(v) / 1e6
}

// floatShares returns the floating shares on a row's day, 0 when they are not
// known. A generated market knows them; recorded rows tell them by their
// turnover, on suspended days by that of the last day before.
func (t *Tape) floatShares(row *Row, s *script) int64 {
	if s.kind == Index {
		return 0
	}
	if g, ok := t.market.(*Generated); ok {
		return g.floatShares(row.Security, row.Day)
	}
	if s.status != etl.Trading {
		last, ok := t.lastRow(row.Security, row.Day, true)
		if !ok {
			return 0
		}
		row = &last
	}
	volume, _ := ParseFixed(row.Cell(Volume), 0)
	turn, ok := ParseFixed(row.Cell(Turn), 6)
	if !ok || turn <= 0 || volume <= 0 {
		return 0
	}
	return mulDiv(volume, 1e8, turn)
}
