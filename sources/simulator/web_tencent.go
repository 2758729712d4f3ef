package simulator

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// collectTencent reads the symbols of q=. Unknown ones, and shares that have
// left the market, have no row. Source: specification of the quote sources,
// 2.4, 4.1 and 4.2.
func collectTencent(x *webExchange) {
	list := x.ask.list
	if decoded, err := url.PathUnescape(list); err == nil {
		list = decoded
	}
	texts := strings.Split(strings.TrimSuffix(list, ","), ",")
	x.seen.Symbols = len(texts)
	for _, text := range texts {
		if len(x.items) == x.web.config.Caps.TencentList {
			break
		}
		item := webItem{text: text}
		code := text
		if rest, ok := strings.CutPrefix(text, "s_"); ok {
			item.form, code = shortRow, rest
		}
		if s, ok := exactSymbol(code); ok {
			item.symbol = s
			item.row = x.lookup(s)
			if item.row != nil && item.row.shell == market.FullShell {
				item.row = nil
			}
		}
		x.items = append(x.items, item)
	}
}

// renderTencent writes one statement per known symbol, in the asked order, or
// none_match; with fmt=json an object of arrays.
func renderTencent(x *webExchange) []byte {
	b := make([]byte, 0, 600*len(x.items)+32)
	object := x.ask.params["fmt"] == "json"
	found := false
	for _, item := range x.items {
		if item.row == nil {
			continue
		}
		cells := item.row.tencent()
		if item.form == shortRow {
			cells = item.row.tencentShort()
		}
		if object {
			b = appendCells(b, item.text, cells, found)
		} else {
			b = append(append(append(b, "v_"...), item.text...), `="`...)
			b = append(append(b, strings.Join(cells, "~")...), "\";\n"...)
		}
		found = true
	}
	switch {
	case object && !found:
		return []byte("{}")
	case object:
		return append(b, '}')
	case !found:
		return append(b, "v_pv_none_match=\"1\";\n"...)
	}
	return b
}

func appendCells(b []byte, key string, cells []string, more bool) []byte {
	open := byte('{')
	if more {
		open = ','
	}
	b = append(append(append(b, open), jsonText(key)...), ":["...)
	for i, cell := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, jsonText(cell)...)
	}
	return append(b, ']')
}

// tencentTime returns the time in the row: it moves through the lunch break
// and on suspended days, until some minutes before or after 16:00. Source:
// specification of the quote sources, 4.6.
func (r *webRow) tencentTime() string {
	day := r.moment.Day
	if r.status == etl.Delisted || r.status == etl.NotListed {
		return strings.ReplaceAll(day.String(), "-", "") + "090000"
	}
	end := r.day.At(15, 50).Add(time.Duration(between(r.symbol, 10, 0, 24*60+59)) * time.Second)
	stamp := r.time
	if !r.at.Before(r.day.At(9, 15)) {
		stamp = earlier(later(stamp, r.at.Add(-time.Duration(between(r.symbol, 11, 0, 3))*time.Second)), end)
	}
	return stamp.In(schedules.Shanghai).Format("20060102150405")
}

// tencentVolume returns shares in the unit of Tencent: lots, but shares on the
// STAR market. Source: specification of the quote sources, 4.4.
func (r *webRow) tencentVolume(shares int64) int64 {
	if r.star() != r.wrongUnit {
		return shares
	}
	return lots(shares)
}

// tencentMarket returns the market id.
func tencentMarket(s etl.Symbol) string {
	switch s.Exchange() {
	case etl.Shanghai:
		return "1"
	case etl.Shenzhen:
		return "51"
	}
	return "62"
}

// tencentType returns the type of field 61.
func (r *webRow) tencentType() string {
	switch {
	case r.kind == market.Index:
		return "ZS"
	case r.kind == market.Fund && r.symbol.Exchange() == etl.Shenzhen && r.symbol.Code()/10_000 == 16:
		return "LOF"
	case r.kind == market.Fund:
		return "ETF"
	case r.star():
		return "GP-A-KCB"
	case r.board == "chinext":
		return "GP-A-CYB"
	case r.foreign():
		return "GP-B"
	}
	return "GP-A"
}

// tencentShort returns the 11 fields of an s_ row. Source: specification of
// the quote sources, 4.7.
func (r *webRow) tencentShort() []string {
	whole := r.tencent()
	return []string{whole[0], whole[1], whole[2], whole[3], whole[31], whole[32], whole[6], whole[37], "", whole[45], whole[61]}
}

// fixed returns n / 10^decimals as text.
func fixed(n int64, decimals int) string { return string(market.AppendFixed(nil, n, decimals)) }

func integer(n int64) string { return strconv.FormatInt(n, 10) }
