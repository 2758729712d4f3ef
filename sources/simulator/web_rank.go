package simulator

import "barkeep/etl"

// rankBoards tells what a board of Tencent's rank list holds. Source:
// specification of the quote sources, 5.
var rankBoards = map[string]func(r *webRow) bool{
	"aStock": func(r *webRow) bool { return r.share() && !r.foreign() },
	"cyb":    func(r *webRow) bool { return r.board == "chinext" },
	"ksh":    (*webRow).star,
}

// rankOrders are what the list can be sorted by.
var rankOrders = map[string]func(r *webRow) int64{
	"price":      func(r *webRow) int64 { return r.rankLast() },
	"priceRatio": func(r *webRow) int64 { return r.percent(2) },
	"volume":     func(r *webRow) int64 { return r.volume },
	"turnover":   func(r *webRow) int64 { return r.amount },
	"exchange":   func(r *webRow) int64 { return ratio(r.volume, 1_000_000, r.float) },
}

// collectRank finds a part of the list. It is sorted anew for every request,
// so that rows move between the parts while prices move.
func collectRank(x *webExchange) {
	fits := rankBoards[x.ask.params["board_code"]]
	if fits == nil {
		x.answer(200, `{"code":-1,"msg":"board_code","data":null}`)
		return
	}
	rows := x.market(func(r *webRow) bool { return r.current() && fits(r) })
	x.total = len(rows)
	order := rankOrders[x.ask.params["sort_type"]]
	if order == nil {
		order = rankOrders["price"]
	}
	sortRows(rows, x.ask.params["direct"] != "up", order)
	size := min(number(x.ask.params["count"], 20), x.web.config.Caps.TencentRank)
	x.page(rows, number(x.ask.params["offset"], 0), size)
}

// rankLast returns the last price, or preclose as Tencent shows it.
func (r *webRow) rankLast() int64 {
	if r.last == 0 {
		return r.preclose
	}
	return r.last
}

func renderRank(x *webExchange) []byte {
	b := append(make([]byte, 0, 400*len(x.items)+64), `{"code":0,"msg":"","data":{"rank_list":[`...)
	for i, item := range x.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = item.row.rank(b, item.symbol)
	}
	b = append(b, `],"offset":`...)
	b = append(b, integer(int64(number(x.ask.params["offset"], 0)))...)
	return append(append(append(b, `,"total":`...), integer(int64(x.total))...), "}}"...)
}

// rank appends the object of a row under a symbol; all values are texts.
func (r *webRow) rank(b []byte, label etl.Symbol) []byte {
	whole := r.tencent()
	for i, pair := range [][2]string{
		{"code", label.String()}, {"hsl", whole[38]}, {"lb", whole[49]}, {"ltsz", whole[44]}, {"name", r.name},
		{"pe_ttm", whole[39]}, {"pn", whole[46]}, {"speed", fixed(between(r.symbol, 21, -80, 80), 2)},
		{"state", whole[40]}, {"stock_type", whole[61]}, {"turnover", integer(round(r.amount, 8, 0))},
		{"volume", whole[6]}, {"zd", whole[31]}, {"zdf", whole[32]}, {"zf", whole[43]},
		{"zljlr", fixed(round(r.inflow(), 8, 2), 2)}, {"zsz", whole[45]}, {"zxj", whole[3]},
	} {
		open := byte(',')
		if i == 0 {
			open = '{'
		}
		b = append(append(append(b, open), jsonText(pair[0])...), ':')
		b = append(b, jsonText(pair[1])...)
	}
	return append(b, '}')
}
