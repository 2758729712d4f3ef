package simulator

import (
	"strconv"

	"barkeep/sources/simulator/market"
)

// sinaProfile appends an _i row: class, initials, figures per share, shares in
// 10,000, limits at item 24, industry at item 34. The figures that no market
// knows are made up. Source: specification of the quote sources, 2.7.
func (r *webRow) sinaProfile(b []byte) []byte {
	text := func(s string) { b = append(append(b, s...), ',') }
	number := func(n int64, decimals int) { b = append(market.AppendFixed(b, n, decimals), ',') }
	pair := func(x, y int64, decimals int) {
		b = market.AppendFixed(append(market.AppendFixed(b, x, decimals), '|'), y, decimals)
	}
	drawn := func(n uint64, lo, hi int64) int64 { return between(r.symbol, n, lo, hi) }
	class := "A"
	if r.foreign() {
		class = "B"
	}
	text(class)
	for n := range uint64(4) {
		b = append(b, byte('a'+drawn(100+n, 0, 25)))
	}
	b = append(b, ',')
	earnings := int64(0)
	if r.pe != 0 {
		earnings = r.last * 100 / r.pe
	}
	worth := int64(0)
	if r.pb != 0 {
		worth = r.last * 100 / r.pb
	}
	for _, n := range []int64{earnings, earnings * 11 / 10, earnings / 2, worth, drawn(104, 1, 900_000)} { // 2 to 6
		number(n, 4)
	}
	text(strconv.FormatInt(r.total/10_000, 10))
	number(r.float, 4)
	number(r.float, 4)
	text("0,CNY")
	for n := range uint64(2) {
		number(drawn(105+n, -50_000, 90_000), 4)
	}
	number(drawn(107, 50_000, 900_000), 4)
	text("1") // 15
	for n := range uint64(3) {
		number(drawn(108+n, -90_000, 90_000), 4)
	}
	number(round(max(r.high, r.last), 4, 2), 2)
	number(round(max(r.low, 0), 4, 2), 2)
	text("0.2")
	text(r.name) // 22
	text("K|D|0|" + strconv.FormatInt(r.total/10_000, 10) + "|" + strconv.FormatInt(r.float/10_000, 10))
	pair(round(r.up, 4, 2), round(r.down, 4, 2), 2) // 24
	b = append(b, ',')
	text("20260630|" + string(market.AppendFixed(nil, drawn(111, -9_000_000, 90_000_000), 2)))
	pair(drawn(112, 10_000, 9_000_000), drawn(113, 10_000, 9_000_000), 4)
	text(",|,,1/1,EQA,,0.00") // 27 to 32
	pair(round(r.last, 4, 3), round(r.up, 4, 3), 3)
	b = append(market.AppendFixed(append(b, '|'), round(r.preclose, 4, 3), 3), ',')
	text(industryOf(r)) // 34
	text(r.name)
	text("7")
	return market.AppendFixed(b, round(r.amount, 4, 2), 2)
}

// industryOf returns the industry without its letter and number.
func industryOf(r *webRow) string {
	text := r.industry
	for len(text) > 0 && text[0] < 0x80 {
		text = text[1:]
	}
	if text == "" {
		return "-"
	}
	return text
}
