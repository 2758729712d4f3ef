package simulator

import (
	"cmp"
	"slices"
	"strconv"

	"barkeep/etl"
	"barkeep/sources/simulator/market"
)

// sinaNodes tells which securities a node of Sina's market pages holds. Source:
// specification of the quote sources, 3.1.
var sinaNodes = map[string]func(r *webRow) bool{
	"hs_a": func(r *webRow) bool { return r.share() && !r.foreign() },
	"hs_b": (*webRow).foreign,
	"sh_a": func(r *webRow) bool {
		return r.share() && !r.foreign() && r.symbol.Exchange() == etl.Shanghai
	},
	"sz_a": func(r *webRow) bool {
		return r.share() && !r.foreign() && r.symbol.Exchange() == etl.Shenzhen
	},
	"bj":           func(r *webRow) bool { return r.share() && r.beijing() },
	"cyb":          func(r *webRow) bool { return r.board == "chinext" },
	"kcb":          (*webRow).star,
	"hs_s":         func(r *webRow) bool { return r.kind == market.Index },
	"etf_hq_fund":  func(r *webRow) bool { return r.kind == market.Fund },
	"shfxjs":       func(r *webRow) bool { return r.warned() },
	"new_stock":    func(r *webRow) bool { return r.fresh() },
	"hs_z":         nobody,
	"hskzz_z":      nobody,
	"lof_hq_fund":  nobody,
	"close_fund":   nobody,
	"gem_hs_b_all": nobody,
}

func nobody(*webRow) bool { return false }

// collectSinaNode finds the rows of a page, or the count of a node.
func collectSinaNode(x *webExchange) {
	fits := sinaNodes[x.ask.params["node"]]
	if fits == nil {
		fits = nobody
	}
	rows := x.market(func(r *webRow) bool { return r.current() && fits(r) })
	x.total = len(rows)
	if x.ask.count {
		return
	}
	order, ok := sinaOrders[x.ask.params["sort"]]
	if ok {
		sortRows(rows, x.ask.params["asc"] == "0", order)
	}
	size := min(max(number(x.ask.params["num"], 20), 1), x.web.config.Caps.SinaNode)
	x.page(rows, (max(number(x.ask.params["page"], 1), 1)-1)*size, size)
}

// sinaOrders are what a page can be sorted by; other words mean symbol.
var sinaOrders = map[string]func(r *webRow) int64{
	"trade":         func(r *webRow) int64 { return r.nodeLast() },
	"pricechange":   (*webRow).change,
	"changepercent": func(r *webRow) int64 { return r.percent(3) },
	"volume":        func(r *webRow) int64 { return r.volume },
	"amount":        func(r *webRow) int64 { return r.amount },
	"turnoverratio": func(r *webRow) int64 { return ratio(r.volume, 10_000_000, r.float) },
}

// market returns the rows of everything that fits, ascending by symbol.
func (x *webExchange) market(fits func(r *webRow) bool) []*webRow {
	var rows []*webRow
	moment := x.web.calendar.Moment(x.at)
	for instant := range x.web.tape.All(x.at) {
		if r := rowOf(instant, moment, x.at); fits(r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// page takes size rows from an offset on as the items of the answer.
func (x *webExchange) page(rows []*webRow, from, size int) {
	from = min(from, len(rows))
	for _, r := range rows[from:min(from+size, len(rows))] {
		x.items = append(x.items, webItem{text: r.symbol.String(), symbol: r.symbol, row: r})
	}
}

// sortRows sorts by a figure; rows with the same one keep their order.
func sortRows(rows []*webRow, descending bool, by func(r *webRow) int64) {
	slices.SortStableFunc(rows, func(a, b *webRow) int {
		if descending {
			a, b = b, a
		}
		return cmp.Compare(by(a), by(b))
	})
}

// number reads a parameter; the default where there is none or no number.
func number(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1_000_000 {
		return otherwise
	}
	return n
}

// renderSinaNode writes a JSON array of objects with 20 keys, or the count as
// a JSON string. Past the end it is []; an unknown node gives null. Source:
// specification of the quote sources, 3.1 and 3.2.
func renderSinaNode(x *webExchange) []byte {
	if x.ask.count {
		return strconv.AppendQuote(nil, strconv.Itoa(x.total))
	}
	if sinaNodes[x.ask.params["node"]] == nil {
		return []byte("null")
	}
	b := append(make([]byte, 0, 400*len(x.items)), '[')
	for i, item := range x.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = item.row.sinaNode(b, item.symbol)
	}
	return append(b, ']')
}

// nodeLast returns the last price of a page: none in an opening auction.
func (r *webRow) nodeLast() int64 {
	if r.status == etl.CallAuction {
		return 0
	}
	return r.last
}

// sinaNode appends the object of a row under a symbol.
func (r *webRow) sinaNode(b []byte, label etl.Symbol) []byte {
	price := func(key string, n int64) {
		b = append(append(append(b, `,"`...), key...), `":"`...)
		b = append(market.AppendFixed(b, round(n, 4, 3), 3), '"')
	}
	figure := func(key string, n int64, decimals int) {
		b = append(append(append(b, `,"`...), key...), `":`...)
		b = appendTrimmed(b, n, decimals)
	}
	text := label.String()
	b = append(append(append(b, `{"symbol":"`...), text...), `","code":"`...)
	b = append(append(append(b, text[2:]...), `","name":`...), jsonText(r.name)...)
	last, change := r.nodeLast(), r.change()
	if last == 0 {
		change = 0
	}
	price("trade", last)
	figure("pricechange", round(change, 4, 3), 3)
	figure("changepercent", ratio(change, 100_000, r.preclose), 3)
	price("buy", r.bids[0].price)
	price("sell", r.asks[0].price)
	price("settlement", r.preclose)
	price("open", r.open)
	price("high", r.high)
	price("low", r.low)
	figure("volume", r.sinaVolume(), 0)
	figure("amount", wholeYuan(r.amount), 0)
	b = r.sinaTime().AppendFormat(append(b, `,"ticktime":"`...), "15:04:05")
	b = append(b, '"')
	figure("per", r.pe, 2)
	figure("pb", r.pb, 2)
	figure("mktcap", ratio(last, r.total, 10_000), 4)
	figure("nmc", ratio(last, r.float, 10_000), 4)
	figure("turnoverratio", ratio(r.volume, 10_000_000, r.float), 5)
	return append(b, '}')
}
