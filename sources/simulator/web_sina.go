package simulator

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// trailersBegin is the first day with after-hours trading on every board, and
// with a trailer in Sina's rows. Source: specification of the market, 2.
var trailersBegin = schedules.MakeDay(2026, time.July, 6)

// collectSinaList reads the symbols of list=. Source: specification of the
// quote sources, 2.1 and 2.8. Commas are raw: %2C is part of a symbol's text,
// which nobody knows.
func collectSinaList(x *webExchange) {
	if !fromSina(x.request.Referer()) {
		x.refuse(http.StatusForbidden)
		return
	}
	texts := strings.Split(x.ask.list, ",")
	x.seen.Symbols = len(texts)
	for _, text := range texts {
		if text == "" && len(texts) > 1 { // a trailing comma
			x.seen.Symbols--
			continue
		}
		if len(x.items) == x.web.config.Caps.SinaList {
			break
		}
		if len(text) > 40 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.%-") != "" {
			x.answer(http.StatusOK, "FAILED")
			return
		}
		item := webItem{text: text}
		code := text
		if rest, ok := strings.CutPrefix(text, "s_"); ok {
			item.form, code = shortRow, rest
		} else if rest, ok := strings.CutSuffix(text, "_i"); ok {
			item.form, code = profileRow, rest
		}
		if s, ok := exactSymbol(code); ok {
			item.symbol = s
			item.row = x.lookup(s)
		}
		x.items = append(x.items, item)
	}
}

// fromSina reports whether a Referer is a page of finance.sina.com.cn.
func fromSina(referer string) bool {
	u, err := url.Parse(referer)
	return err == nil && (u.Hostname() == "finance.sina.com.cn" || strings.HasSuffix(u.Hostname(), ".finance.sina.com.cn"))
}

// renderSinaList writes one statement per asked symbol, in the asked order.
func renderSinaList(x *webExchange) []byte {
	b := make([]byte, 0, 280*len(x.items))
	for _, item := range x.items {
		b = append(b, "var hq_str_"...)
		b = append(b, item.text...)
		b = append(b, `="`...)
		if item.row != nil {
			switch item.form {
			case shortRow:
				b = item.row.sinaShort(b)
			case profileRow:
				b = item.row.sinaProfile(b)
			default:
				b = item.row.sina(b)
			}
		}
		b = append(b, "\";\n"...)
	}
	return b
}

// comma appends a comma and a price or an amount with 3 decimals.
func comma3(b []byte, n int64) []byte {
	return market.AppendFixed(append(b, ','), round(n, 4, 3), 3)
}

func commaInt(b []byte, n int64) []byte { return strconv.AppendInt(append(b, ','), n, 10) }

// sina appends the fields of a whole row. Source: specification of the quote
// sources, 2.3 to 2.6.
func (r *webRow) sina(b []byte) []byte {
	b = append(b, r.name...)
	if r.kind == market.Index {
		return r.sinaIndex(b)
	}
	last := r.last
	if r.status == etl.CallAuction {
		last = 0
	}
	preclose := r.preclose
	if r.shell == market.EmptyShell || r.status == etl.NotListed {
		preclose = 0
	}
	for _, price := range []int64{r.open, preclose, last, r.high, r.low, r.bids[0].price, r.asks[0].price} {
		b = comma3(b, price)
	}
	b = commaInt(b, r.sinaVolume())
	b = comma3(b, r.amount)
	for _, side := range []*[5]webLevel{&r.bids, &r.asks} {
		for _, level := range side {
			b = comma3(commaInt(b, level.quantity), level.price)
		}
	}
	b = r.sinaTail(b)
	return r.sinaTrailer(b)
}

// sinaVolume returns shares, and lots of an index.
func (r *webRow) sinaVolume() int64 {
	if (r.kind == market.Index) != r.wrongUnit {
		return lots(r.volume)
	}
	return r.volume
}

// sinaIndex appends the fields of an index after its name: 4 decimals, lots,
// whole yuan and no book.
func (r *webRow) sinaIndex(b []byte) []byte {
	for _, price := range []int64{r.open, r.preclose, r.last, r.high, r.low} {
		b = market.AppendFixed(append(b, ','), price, 4)
	}
	b = append(b, ",0,0"...)
	b = commaInt(commaInt(b, r.sinaVolume()), wholeYuan(r.amount))
	b = append(b, strings.Repeat(",0", 20)...)
	b = r.sinaTail(b)
	if r.day >= trailersBegin {
		b = append(b, ',')
	}
	return b
}

// sinaTail appends date, time and status.
func (r *webRow) sinaTail(b []byte) []byte {
	b = append(b, ',')
	b = r.sinaTime().AppendFormat(b, "2006-01-02,15:04:05")
	switch {
	case r.status == etl.Suspended:
		return append(b, ",03"...)
	case r.shell == market.EmptyShell:
		return append(b, ",-3"...)
	case r.status == etl.NotListed:
		return append(b, ",-2"...)
	}
	return append(b, ",00"...)
}

// sinaTime returns the time in the row: that of the last snapshot, whether the
// security traded or not. It stands still through the lunch break and ends the
// day by exchange. Source: specification of the quote sources, 2.6.
func (r *webRow) sinaTime() time.Time {
	opened, lunch, afternoon, closed := r.day.At(9, 15), r.day.At(11, 30), r.day.At(13, 0), r.day.At(15, 0)
	stamp := r.time
	switch {
	case r.status == etl.Delisted || r.status == etl.NotListed || r.at.Before(opened):
	case r.at.Before(lunch), !r.at.Before(afternoon) && r.at.Before(closed):
		stamp = later(stamp, r.at.Add(-time.Duration(between(r.symbol, 4, 0, 2))*time.Second))
	case r.at.Before(afternoon):
		stamp = lunch
	default:
		stamp = earlier(r.at, r.sinaEnd())
	}
	return stamp.Truncate(time.Second).In(schedules.Shanghai)
}

// sinaEnd returns the last time of the row's day.
func (r *webRow) sinaEnd() time.Time {
	second := func(hour, minute, second int) time.Time {
		return r.day.At(hour, minute).Add(time.Duration(second) * time.Second)
	}
	switch {
	case r.day < trailersBegin:
		return second(15, 0, int(between(r.symbol, 1, 0, 1)*3)) // 15:00:00 or 15:00:03
	case r.kind == market.Index:
		return second(15, 30, 36)
	case r.symbol.Exchange() == etl.Shanghai:
		return second(15, 34, 59)
	case r.symbol.Exchange() == etl.Beijing:
		return second(15, 30, 2)
	}
	return second(15, 35, int(between(r.symbol, 1, 0, 60)))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// sinaTrailer appends what follows the status: the after-hours trading of
// Shanghai and Shenzhen, and six fields of unknown meaning in Beijing. Source:
// specification of the quote sources, 2.5.
func (r *webRow) sinaTrailer(b []byte) []byte {
	switch {
	case r.day < trailersBegin, r.status != etl.Trading && r.status != etl.CallAuction && r.shell != market.FullShell:
		return b
	case r.beijing():
		b = market.AppendFixed(append(b, ','), between(r.symbol, 2, 1000, 600_000), 4)
		b = append(b, ",0.0000,0"...)
		b = commaInt(b, between(r.symbol, 3, 1000, 90_000)*100)
		return append(b, ",B,T"...)
	}
	b = strconv.AppendInt(append(b, ",D|"...), r.lateVolume, 10)
	decimals := 2
	if r.symbol.Exchange() == etl.Shenzhen {
		decimals = 3
	}
	return market.AppendFixed(append(b, '|'), round(r.lateAmount, 4, decimals), decimals)
}

// sinaShort appends the six fields of an s_ row: lots and 10,000 CNY, in
// Beijing shares and CNY. Source: specification of the quote sources, 2.7.
func (r *webRow) sinaShort(b []byte) []byte {
	b = comma3(comma3(append(b, r.name...), r.last), r.change())
	b = market.AppendFixed(append(b, ','), r.percent(3), 3)
	if r.beijing() {
		return comma3(commaInt(b, r.volume), r.amount)
	}
	return commaInt(commaInt(b, lots(r.volume)), round(r.amount, 8, 0))
}
