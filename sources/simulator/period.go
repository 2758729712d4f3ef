package simulator

import (
	"math/bits"
	"strconv"
	"time"

	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// period is a week or a month of daily bars in one. Prices are in 1e-4 yuan,
// or 1e-10 when adjusted.
type period struct {
	day                    schedules.Day // the last trading day, which dates the row
	code                   []byte
	open, high, low, close int64
	volume, amount, turn   int64 // shares, 1e-4 yuan, 1e-6 per cent
	growth                 int64 // product of close/preclose in 1e-12
	traded                 int   // days
	rows                   int
}

// bounds returns the calendar period that a day lies in.
func bounds(d schedules.Day, frequency string) (first, last schedules.Day) {
	if frequency == "w" {
		first = monday(d)
		return first, first + 6
	}
	y, m, _ := d.Date()
	return schedules.MakeDay(y, m, 1), schedules.MakeDay(y, m+1, 1) - 1
}

func monday(d schedules.Day) schedules.Day {
	return d - schedules.Day((int(d.Weekday())+6)%7)
}

// ready returns when a period's bar is published: Saturday 17:30, the first of
// the next month 17:30. Source: specification of Baostock, 9.
func ready(last schedules.Day, frequency string) time.Time {
	if frequency == "w" {
		return last.At(0, 0).Add(-24*time.Hour + (17*60+30)*time.Minute)
	}
	return (last + 1).At(17, 30)
}

// periodRows appends weekly or monthly bars made of daily ones. A period
// counts whole, whatever part of it was asked for; its row is in the answer
// when its date is.
func (e *exchange) periodRows(q kLineQuery) {
	factor := e.factorsOf(q)
	begin, _ := bounds(q.from, q.frequency)
	_, end := bounds(min(q.to, e.published), q.frequency)
	var p period
	var last schedules.Day // of the period being collected
	flush := func() {
		if p.rows > 0 && p.day >= q.from && p.day <= q.to && !e.now.Before(ready(last, q.frequency)) && e.rows.want() {
			e.rows.json = p.appendRow(e.rows.json, q, factor.raw)
		}
		p = period{code: p.code[:0], growth: 1e12}
	}
	for row := range e.server.market.Bars(q.security, begin, min(end, e.published)) {
		if _, l := bounds(row.Day, q.frequency); l != last {
			flush()
			last = l
		}
		p.add(row, factor)
	}
	flush()
}

func (p *period) add(row *market.Row, factor *factorCursor) {
	scale := int64(1)
	if !factor.raw {
		scale = factor.on(row.Day)
	}
	number := func(c, decimals int) int64 {
		v, _ := market.ParseFixed(row.Cell(c), decimals)
		return v
	}
	closing := number(market.Close, 4)
	p.code = append(p.code[:0], row.Cell(market.Code)...)
	p.day, p.close = row.Day, closing*scale
	p.rows++
	if !row.Traded() {
		if p.traded == 0 {
			p.open, p.high, p.low = p.close, p.close, p.close
		}
		return
	}
	high, low := number(market.High, 4)*scale, number(market.Low, 4)*scale
	if p.traded == 0 {
		p.open, p.high, p.low = number(market.Open, 4)*scale, high, low
	}
	p.traded++
	p.high, p.low = max(p.high, high), min(p.low, low)
	p.volume += number(market.Volume, 0)
	p.amount += number(market.Amount, 4)
	p.turn += number(market.Turn, 6)
	if preclose := number(market.PreClose, 4); preclose > 0 {
		hi, lo := bits.Mul64(uint64(p.growth), uint64(closing))
		if hi < uint64(preclose) {
			g, _ := bits.Div64(hi, lo, uint64(preclose))
			p.growth = int64(g)
		}
	}
}

func (p *period) appendRow(dst []byte, q kLineQuery, raw bool) []byte {
	dst = append(dst, '[')
	for i, c := range q.columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = p.appendCell(dst, c, q.flag, raw)
		dst = append(dst, '"')
	}
	return append(dst, ']')
}

// appendCell writes one cell in the text form of daily bars; a period without
// a traded day looks like a suspended day.
func (p *period) appendCell(dst []byte, column int, flag byte, raw bool) []byte {
	decimals := 10
	if raw {
		decimals, flag = 4, '3'
	}
	switch column {
	case market.Date:
		return append(dst, p.day.String()...)
	case market.Code:
		return append(dst, p.code...)
	case market.Open:
		return market.AppendFixed(dst, p.open, decimals)
	case market.High:
		return market.AppendFixed(dst, p.high, decimals)
	case market.Low:
		return market.AppendFixed(dst, p.low, decimals)
	case market.Close:
		return market.AppendFixed(dst, p.close, decimals)
	case market.AdjustFlag:
		return append(dst, flag)
	case market.Volume:
		return strconv.AppendInt(dst, p.volume, 10)
	case market.Amount:
		return market.AppendFixed(dst, p.amount, 4)
	case market.Turn:
		if p.traded == 0 {
			return dst
		}
		return market.AppendFixed(dst, p.turn, 6)
	}
	return market.AppendFixed(dst, percentage(p.growth), 6)
}

// percentage turns a growth in 1e-12 into per cent in 1e-6, rounded half away
// from zero.
func percentage(growth int64) int64 {
	change := growth - 1e12
	if change < 0 {
		return -((-change + 5e3) / 1e4)
	}
	return (change + 5e3) / 1e4
}
