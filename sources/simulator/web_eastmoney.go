package simulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"barkeep/etl"
	"barkeep/sources/simulator/market"
)

// collectEastmoneyPage finds a page of the filtered list. Source:
// specification of the quote sources, 6.1 and 6.4.
func collectEastmoneyPage(x *webExchange) {
	fits := eastmoneyFilter(x.ask.params["fs"])
	rows := x.market(func(r *webRow) bool { return r.status != etl.NotListed && fits(r) })
	x.total = len(rows)
	if f := eastmoneyField(x.ask.params["fid"]); f != nil && f.key != "f12" {
		sortRows(rows, x.ask.params["po"] != "0", func(r *webRow) int64 {
			v := f.value(r, r.symbol)
			if v.kind == emAbsent {
				return -1 << 62
			}
			return v.n
		})
	} else {
		slices.SortStableFunc(rows, func(a, b *webRow) int { return a.symbol.Code() - b.symbol.Code() })
		if x.ask.params["po"] == "1" && f != nil {
			slices.Reverse(rows)
		}
	}
	size := min(max(number(x.ask.params["pz"], 20), 1), x.web.config.Caps.EastmoneyPage)
	x.page(rows, (max(number(x.ask.params["pn"], 1), 1)-1)*size, size)
}

// eastmoneyFilter reads fs: terms separated by commas, any of which may fit;
// the conditions of a term are separated by blanks. What is not known fits
// nothing. Source: specification of the quote sources, 6.1.
func eastmoneyFilter(text string) func(r *webRow) bool {
	var terms []func(r *webRow) bool
	for term := range strings.SplitSeq(text, ",") {
		conditions := strings.Join(strings.FieldsFunc(term, func(c rune) bool { return c == ' ' || c == '+' }), " ")
		if fits := eastmoneyTerms[conditions]; fits != nil {
			terms = append(terms, fits)
		}
	}
	return func(r *webRow) bool {
		return slices.ContainsFunc(terms, func(fits func(r *webRow) bool) bool { return fits(r) })
	}
}

var eastmoneyTerms = map[string]func(r *webRow) bool{
	"m:0 t:6":         shareOf(etl.Shenzhen, "main"),
	"m:0 t:80":        shareOf(etl.Shenzhen, "chinext"),
	"m:1 t:2":         shareOf(etl.Shanghai, "main"),
	"m:1 t:23":        shareOf(etl.Shanghai, "star"),
	"m:0 t:81 s:2048": shareOf(etl.Beijing, "beijing"),
	"m:0 t:7":         func(r *webRow) bool { return r.foreign() && r.symbol.Exchange() == etl.Shenzhen },
	"m:1 t:3":         func(r *webRow) bool { return r.foreign() && r.symbol.Exchange() == etl.Shanghai },
	"m:0 f:4":         func(r *webRow) bool { return r.warned() && eastmoneyMarket(r.symbol) == 0 },
	"m:1 f:4":         func(r *webRow) bool { return r.warned() && eastmoneyMarket(r.symbol) == 1 },
	"m:0 f:8":         func(r *webRow) bool { return r.fresh() && eastmoneyMarket(r.symbol) == 0 },
	"m:1 f:8":         func(r *webRow) bool { return r.fresh() && eastmoneyMarket(r.symbol) == 1 },
	"m:0 s:3":         func(r *webRow) bool { return r.share() && strings.HasSuffix(r.name, "退") },
	"m:1 s:2":         func(r *webRow) bool { return r.kind == market.Index && eastmoneyMarket(r.symbol) == 1 },
	"m:0 t:5":         func(r *webRow) bool { return r.kind == market.Index && eastmoneyMarket(r.symbol) == 0 },
	"b:MK0021":        func(r *webRow) bool { return r.kind == market.Fund },
}

func shareOf(e etl.Exchange, board string) func(r *webRow) bool {
	return func(r *webRow) bool { return r.symbol.Exchange() == e && r.board == board && r.share() && !r.foreign() }
}

// eastmoneyMarket returns f13: Shenzhen and Beijing are both 0.
func eastmoneyMarket(s etl.Symbol) int64 {
	if s.Exchange() == etl.Shanghai {
		return 1
	}
	return 0
}

// collectEastmoneyBatch reads secids=1.600000,0.000001. Source: specification
// of the quote sources, 7.
func collectEastmoneyBatch(x *webExchange) {
	x.secids(x.ask.params["secids"], x.web.config.Caps.EastmoneySecids)
}

func collectEastmoneyStock(x *webExchange) { x.secids(x.ask.params["secid"], 1) }

// secids finds the rows of a list of ids; none of them known is rc 102.
func (x *webExchange) secids(list string, most int) {
	ids := strings.Split(strings.Trim(list, ","), ",")
	x.seen.Symbols = len(ids)
	for _, id := range ids[:min(len(ids), most)] {
		if s, row := x.secid(id); row != nil && row.status != etl.NotListed {
			x.items = append(x.items, webItem{text: id, symbol: s, row: row})
		}
	}
	if len(x.items) == 0 {
		x.answer(http.StatusOK, `{"rc":102,"rt":1,"svr":177622402,"lt":1,"full":1,"dlmkts":"8,10,128","dsc":"0","data":null}`)
		x.wrap()
	}
}

// secid finds the security of one id. Market 0 is Shenzhen or Beijing.
func (x *webExchange) secid(id string) (etl.Symbol, *webRow) {
	exchange, code, _ := strings.Cut(id, ".")
	n, err := strconv.Atoi(code)
	if err != nil || len(code) != 6 || n < 0 {
		return 0, nil
	}
	candidates := map[string][]etl.Exchange{"1": {etl.Shanghai}, "0": {etl.Shenzhen, etl.Beijing}}[exchange]
	for _, e := range candidates {
		s := etl.MakeSymbol(e, n)
		if row := x.lookup(s); row != nil {
			return s, row
		}
	}
	return 0, nil
}

// renderEastmoney writes a page or a batch.
func renderEastmoney(x *webExchange) []byte {
	fields := eastmoneyAsked(x.ask.params["fields"])
	scaledUp := x.ask.params["fltt"] != "2"
	object := x.ask.endpoint.paged && x.ask.params["np"] != "1"
	b := append(make([]byte, 0, 400*len(x.items)+128), `{"rc":0,"rt":6,"svr":177622153,"lt":1,"full":1,"dlmkts":"","data":`...)
	if len(x.items) == 0 {
		x.body = append(b, "null}"...)
		x.wrap()
		return x.body
	}
	total := x.total
	if total == 0 {
		total = len(x.items)
	}
	b = append(strconv.AppendInt(append(b, `{"total":`...), int64(total), 10), `,"diff":`...)
	b = append(b, map[bool]byte{true: '{', false: '['}[object])
	for i, item := range x.items {
		if i > 0 {
			b = append(b, ',')
		}
		if object {
			b = append(strconv.AppendQuote(b, strconv.Itoa(i)), ':')
		}
		b = item.row.eastmoney(b, item.symbol, fields, scaledUp)
	}
	b = append(b, map[bool]byte{true: '}', false: ']'}[object])
	x.body = append(b, "}}"...)
	x.wrap()
	return x.body
}

// wrap calls the function that cb names, as JSONP does, with the headers that
// were recorded. Source: specification of the quote sources, 6.2.
func (x *webExchange) wrap() {
	name := x.ask.params["cb"]
	if name == "" || len(name) > 100 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.") != "" {
		return
	}
	x.body = []byte(name + "(" + string(x.body) + ");")
	x.contentType = "application/javascript; charset=UTF-8"
	x.header = http.Header{"Access-Control-Allow-Methods": {"GET, POST, OPTIONS"}, "Access-Control-Allow-Origin": {"*"},
		"Access-Control-Allow-Credentials": {"true"}, "Connection": {"close"}, "Cache-Control": {"no-cache"}}
}
