package simulator

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// eastmoneyValue is one value of a row.
type eastmoneyValue struct {
	kind eastmoneyKind
	n    int64 // in 10^-decimals
	text string
}

// eastmoneyKind is how a value is written.
type eastmoneyKind uint8

const (
	emAbsent  eastmoneyKind = iota // "-"
	emWhole                        // an integer
	emPriced                       // in 1e-4: decimal, or 10^f1 times as much
	emPercent                      // in 1e-2: decimal, or 100 times as much
	emMoney                        // in 1e-4, always decimal
	emText
)

// eastmoneyColumn is one f-number.
type eastmoneyColumn struct {
	key   string
	value func(r *webRow, label etl.Symbol) eastmoneyValue
}

// eastmoneyColumns are in the server's order, whatever was asked. Source:
// specification of the quote sources, 6.2 and 6.3.
var eastmoneyColumns = []eastmoneyColumn{
	{"f1", func(r *webRow, _ etl.Symbol) eastmoneyValue { return intValue(int64(r.decimals())) }},
	{"f2", live(func(r *webRow) eastmoneyValue { return priceValue(r.last) })},
	{"f3", live(func(r *webRow) eastmoneyValue { return percentValue(r.eastmoneyPercent()) })},
	{"f4", live(func(r *webRow) eastmoneyValue { return eastmoneyValue{kind: emPriced, n: r.shownChange()} })},
	{"f5", live(func(r *webRow) eastmoneyValue { return intValue(r.eastmoneyVolume()) })},
	{"f6", live(func(r *webRow) eastmoneyValue { return eastmoneyValue{kind: emMoney, n: r.amount} })},
	{"f7", live(func(r *webRow) eastmoneyValue { return percentValue(ratio(r.high-r.low, 10_000, r.preclose)) })},
	{"f8", func(r *webRow, _ etl.Symbol) eastmoneyValue {
		return percentValue(ratio(r.shownVolume(), 10_000, r.float))
	}},
	{"f9", known(func(r *webRow) int64 { return r.peDynamic })},
	{"f10", live(func(r *webRow) eastmoneyValue { return percentValue(r.volumeRatio) })},
	{"f11", made(11, -120, 120)},
	{"f12", func(_ *webRow, label etl.Symbol) eastmoneyValue { return textValue(label.String()[2:]) }},
	{"f13", func(_ *webRow, label etl.Symbol) eastmoneyValue { return intValue(eastmoneyMarket(label)) }},
	{"f14", func(r *webRow, _ etl.Symbol) eastmoneyValue { return textValue(r.name) }},
	{"f15", live(func(r *webRow) eastmoneyValue { return priceValue(r.high) })},
	{"f16", live(func(r *webRow) eastmoneyValue { return priceValue(r.low) })},
	{"f17", live(func(r *webRow) eastmoneyValue { return priceValue(r.open) })},
	{"f18", func(r *webRow, _ etl.Symbol) eastmoneyValue { return priceValue(r.preclose) }},
	{"f20", func(r *webRow, _ etl.Symbol) eastmoneyValue { return r.worth(r.total) }},
	{"f21", func(r *webRow, _ etl.Symbol) eastmoneyValue { return r.worth(r.float) }},
	{"f22", made(22, -90, 90)},
	{"f23", known(func(r *webRow) int64 { return r.pb })},
	{"f24", made(24, -3500, 6000)},
	{"f25", made(25, -4500, 9000)},
	{"f26", func(r *webRow, _ etl.Symbol) eastmoneyValue { return dayValue(r.listed) }},
	{"f62", live(func(r *webRow) eastmoneyValue { return eastmoneyValue{kind: emMoney, n: r.inflow()} })},
	{"f100", func(r *webRow, _ etl.Symbol) eastmoneyValue { return textValue(industryOf(r)) }},
	{"f114", known(func(r *webRow) int64 { return r.peStatic })},
	{"f115", known(func(r *webRow) int64 { return r.pe })},
	{"f124", func(r *webRow, _ etl.Symbol) eastmoneyValue { return intValue(r.eastmoneyTime().Unix()) }},
	{"f128", nothing}, {"f140", nothing}, {"f141", nothing}, {"f136", nothing},
	{"f152", func(*webRow, etl.Symbol) eastmoneyValue { return intValue(2) }},
	{"f184", live(func(r *webRow) eastmoneyValue { return percentValue(ratio(r.inflow(), 10_000, r.amount)) })},
	{"f297", func(r *webRow, _ etl.Symbol) eastmoneyValue { return dayValue(r.day) }},
}

func intValue(n int64) eastmoneyValue     { return eastmoneyValue{kind: emWhole, n: n} }
func percentValue(n int64) eastmoneyValue { return eastmoneyValue{kind: emPercent, n: n} }
func textValue(t string) eastmoneyValue   { return eastmoneyValue{kind: emText, text: t} }

func nothing(*webRow, etl.Symbol) eastmoneyValue { return eastmoneyValue{} }

func priceValue(n int64) eastmoneyValue {
	if n == 0 {
		return eastmoneyValue{}
	}
	return eastmoneyValue{kind: emPriced, n: n}
}

func dayValue(d schedules.Day) eastmoneyValue {
	year, month, day := d.Date()
	return intValue(int64(year*10_000 + int(month)*100 + day))
}

// live is a value that only a security with a price has.
func live(value func(r *webRow) eastmoneyValue) func(*webRow, etl.Symbol) eastmoneyValue {
	return func(r *webRow, _ etl.Symbol) eastmoneyValue {
		if r.last == 0 || r.shell != market.NoShell {
			return eastmoneyValue{}
		}
		return value(r)
	}
}

// known is a ratio that is missing where it is 0.
func known(value func(r *webRow) int64) func(*webRow, etl.Symbol) eastmoneyValue {
	return func(r *webRow, _ etl.Symbol) eastmoneyValue {
		if n := value(r); n != 0 {
			return percentValue(n)
		}
		return eastmoneyValue{}
	}
}

// made is a percentage that no market knows.
func made(field uint64, lo, hi int64) func(*webRow, etl.Symbol) eastmoneyValue {
	return func(r *webRow, _ etl.Symbol) eastmoneyValue {
		if r.last == 0 || r.shell != market.NoShell {
			return eastmoneyValue{}
		}
		return percentValue(between(r.symbol, 700+field, lo, hi))
	}
}

// inflow makes up the net inflow of large orders, 1e-4 CNY.
func (r *webRow) inflow() int64 { return ratio(r.amount, between(r.symbol, 20, -150, 150), 1000) }

// shownVolume returns shares, none of a shell.
func (r *webRow) shownVolume() int64 {
	if r.shell != market.NoShell {
		return 0
	}
	return r.volume
}

// eastmoneyVolume returns lots, of STAR shares too.
func (r *webRow) eastmoneyVolume() int64 {
	if r.wrongUnit {
		return r.volume
	}
	return lots(r.volume)
}

// shownChange returns the change between the shown prices, 1e-4 CNY.
func (r *webRow) shownChange() int64 {
	if r.last == 0 || r.preclose == 0 {
		return 0
	}
	d := r.decimals()
	return (round(r.last, 4, d) - round(r.preclose, 4, d)) * powers[4-d]
}

// eastmoneyPercent returns that change in per cent.
func (r *webRow) eastmoneyPercent() int64 {
	d := r.decimals()
	return ratio(r.shownChange(), 10_000, round(r.preclose, 4, d)*powers[4-d])
}

// worth returns a market value in whole yuan, at preclose without a price.
func (r *webRow) worth(shares int64) eastmoneyValue {
	if shares == 0 {
		return eastmoneyValue{}
	}
	return intValue(ratio(r.rankLast(), shares, 10_000))
}

// eastmoneyTime returns f124. Rows without trading carry 08:00 of the day.
// Source: specification of the quote sources, 6.3.
func (r *webRow) eastmoneyTime() time.Time {
	switch {
	case r.status == etl.Suspended || r.status == etl.Delisted:
		return r.moment.Day.At(8, 0)
	case r.at.Before(r.day.At(9, 15)):
		return r.time
	case r.at.Before(r.day.At(15, 0)):
		if lunch := r.day.At(11, 30); !r.at.Before(lunch) && r.at.Before(r.day.At(13, 0)) {
			return lunch
		}
		return later(r.time, r.at.Add(-time.Duration(between(r.symbol, 12, 0, 4))*time.Second))
	}
	return earlier(r.at, r.day.At(15, 34).Add(time.Duration(between(r.symbol, 13, 40, 59))*time.Second))
}

// eastmoneyField finds a column; nil for none.
func eastmoneyField(key string) *eastmoneyColumn {
	for i := range eastmoneyColumns {
		if eastmoneyColumns[i].key == key {
			return &eastmoneyColumns[i]
		}
	}
	return nil
}

// eastmoneyAsked returns the asked columns in the server's order, then the
// ones that the server has never heard of; f128 brings f140 and f141 along.
// Nothing asked: all.
func eastmoneyAsked(list string) []eastmoneyColumn {
	if list == "" {
		return eastmoneyColumns
	}
	asked := strings.Split(list, ",")
	if slices.Contains(asked, "f128") {
		asked = append(asked, "f140", "f141")
	}
	var out []eastmoneyColumn
	for _, c := range eastmoneyColumns {
		if slices.Contains(asked, c.key) {
			out = append(out, c)
		}
	}
	for _, key := range asked[:min(len(asked), 300)] {
		n, err := strconv.Atoi(strings.TrimPrefix(key, "f"))
		if err == nil && n > 0 && key == "f"+strconv.Itoa(n) && !slices.ContainsFunc(out, func(c eastmoneyColumn) bool { return c.key == key }) {
			out = append(out, eastmoneyColumn{key, nothing})
		}
	}
	return out
}

// eastmoney appends the object of a row under a symbol.
func (r *webRow) eastmoney(b []byte, label etl.Symbol, fields []eastmoneyColumn, scaledUp bool) []byte {
	b = append(b, '{')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), f.key...), `":`...)
		b = f.value(r, label).append(b, r.decimals(), scaledUp)
	}
	return append(b, '}')
}

// append writes a value: with fltt=2 as a decimal number, or else scaled to an
// integer.
func (v eastmoneyValue) append(b []byte, decimals int, scaledUp bool) []byte {
	switch {
	case v.kind == emAbsent:
		return append(b, `"-"`...)
	case v.kind == emText:
		return append(b, jsonText(v.text)...)
	case v.kind == emWhole, v.kind == emPercent && scaledUp:
		return strconv.AppendInt(b, v.n, 10)
	case v.kind == emPercent:
		return appendFloat(b, v.n, 2)
	case v.kind == emMoney:
		return appendFloat(b, round(v.n, 4, 2), 2)
	case scaledUp:
		return strconv.AppendInt(b, round(v.n, 4, decimals), 10)
	}
	return appendFloat(b, round(v.n, 4, decimals), decimals)
}
