package simulator

import (
	"strconv"
	"strings"

	"barkeep/etl"
)

// eastmoneyStockColumns are the fields of stock/get, the only Eastmoney answer
// with an order book. Only f47, the volume in lots, is in the specification of
// the quote sources (15); the other numbers are those that programs use.
var eastmoneyStockColumns = []eastmoneyColumn{
	{"f43", live(func(r *webRow) eastmoneyValue { return priceValue(r.last) })},
	{"f44", live(func(r *webRow) eastmoneyValue { return priceValue(r.high) })},
	{"f45", live(func(r *webRow) eastmoneyValue { return priceValue(r.low) })},
	{"f46", live(func(r *webRow) eastmoneyValue { return priceValue(r.open) })},
	{"f47", live(func(r *webRow) eastmoneyValue { return intValue(r.eastmoneyVolume()) })},
	{"f48", live(func(r *webRow) eastmoneyValue { return eastmoneyValue{kind: emMoney, n: r.amount} })},
	{"f50", live(func(r *webRow) eastmoneyValue { return percentValue(r.volumeRatio) })},
	{"f51", func(r *webRow, _ etl.Symbol) eastmoneyValue { return priceValue(r.up) }},
	{"f52", func(r *webRow, _ etl.Symbol) eastmoneyValue { return priceValue(r.down) }},
	{"f57", func(_ *webRow, label etl.Symbol) eastmoneyValue { return textValue(label.String()[2:]) }},
	{"f58", func(r *webRow, _ etl.Symbol) eastmoneyValue { return textValue(r.name) }},
	{"f59", func(r *webRow, _ etl.Symbol) eastmoneyValue { return intValue(int64(r.decimals())) }},
	{"f60", func(r *webRow, _ etl.Symbol) eastmoneyValue { return priceValue(r.preclose) }},
	{"f84", func(r *webRow, _ etl.Symbol) eastmoneyValue { return intValue(r.total) }},
	{"f85", func(r *webRow, _ etl.Symbol) eastmoneyValue { return intValue(r.float) }},
	{"f86", func(r *webRow, _ etl.Symbol) eastmoneyValue { return intValue(r.eastmoneyTime().Unix()) }},
	{"f107", func(_ *webRow, label etl.Symbol) eastmoneyValue { return intValue(eastmoneyMarket(label)) }},
	{"f116", func(r *webRow, _ etl.Symbol) eastmoneyValue { return r.worth(r.total) }},
	{"f117", func(r *webRow, _ etl.Symbol) eastmoneyValue { return r.worth(r.float) }},
	{"f152", func(*webRow, etl.Symbol) eastmoneyValue { return intValue(2) }},
	{"f162", known(func(r *webRow) int64 { return r.peDynamic })},
	{"f167", known(func(r *webRow) int64 { return r.pb })},
	{"f168", func(r *webRow, _ etl.Symbol) eastmoneyValue {
		return percentValue(ratio(r.shownVolume(), 10_000, r.float))
	}},
	{"f169", live(func(r *webRow) eastmoneyValue { return eastmoneyValue{kind: emPriced, n: r.shownChange()} })},
	{"f170", live(func(r *webRow) eastmoneyValue { return percentValue(r.eastmoneyPercent()) })},
}

// eastmoneyBook returns the fields of the order book: bids from f19 down to
// f11, asks from f39 down to f31, each a price and then its lots.
func eastmoneyBook() []eastmoneyColumn {
	var out []eastmoneyColumn
	for level := 4; level >= 0; level-- {
		for _, first := range []int{11, 31} {
			at := first + 2*(4-level)
			side := func(r *webRow) *webLevel {
				if first == 11 {
					return &r.bids[level]
				}
				return &r.asks[level]
			}
			out = append(out,
				eastmoneyColumn{"f" + strconv.Itoa(at), live(func(r *webRow) eastmoneyValue { return priceValue(side(r).price) })},
				eastmoneyColumn{"f" + strconv.Itoa(at+1), live(func(r *webRow) eastmoneyValue {
					if side(r).quantity == 0 {
						return eastmoneyValue{}
					}
					return intValue(lots(side(r).quantity))
				})})
		}
	}
	return out
}

// renderEastmoneyStock writes one security with its book.
func renderEastmoneyStock(x *webExchange) []byte {
	if len(x.items) == 0 {
		return []byte(`{"rc":0,"rt":4,"svr":177622153,"lt":1,"full":1,"dlmkts":"","data":null}`)
	}
	item := x.items[0]
	var fields []eastmoneyColumn
	asked := "," + x.ask.params["fields"] + ","
	for _, c := range append(eastmoneyBook(), eastmoneyStockColumns...) {
		if asked == ",," || strings.Contains(asked, ","+c.key+",") {
			fields = append(fields, c)
		}
	}
	b := []byte(`{"rc":0,"rt":4,"svr":177622153,"lt":1,"full":1,"dlmkts":"","data":`)
	b = item.row.eastmoney(b, item.symbol, fields, x.ask.params["fltt"] != "2")
	x.body = append(b, '}')
	x.wrap()
	return x.body
}
