package simulator

import (
	"net/http"
	"slices"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// webFaultKinds lists all kinds of web faults, in the order of the help text.
// Source of most: specification of the quote sources, 2.8, 3.3, 9 and 13.
func webFaultKinds() []webFaultKind {
	return append(append(webRefusals(), webRowFaults()...), webBodyFaults()...)
}

// webRefusals are what comes in the place of an answer.
func webRefusals() []webFaultKind {
	status := func(n int) func(x *webExchange, f *activeFault) {
		return func(x *webExchange, f *activeFault) {
			if d := f.duration(); d > 0 {
				x.ban(n, d)
			}
			x.refuse(n)
		}
	}
	return []webFaultKind{
		{name: "403", text: "forbidden, as without the Referer; with a duration the address stays shut out", arg: pauseArg, play: status(http.StatusForbidden)},
		{name: "429", text: "too many requests; with a duration the address stays shut out", arg: pauseArg, play: status(http.StatusTooManyRequests)},
		{name: "456", text: "Sina's way of saying too many requests; with a duration the address stays shut out", arg: pauseArg, play: status(456)},
		{name: "502", text: "bad gateway, as for foreign addresses", play: status(http.StatusBadGateway)},
		{name: "closed", text: "the connection is closed without an answer; with a duration all of the address's are", arg: pauseArg, play: status(0)},
		{name: "slow", text: "the answer comes that much later", arg: forceArg,
			play: func(x *webExchange, f *activeFault) { x.wait += f.duration() }},
		{name: "empty", text: "status 200 and no byte",
			play: func(x *webExchange, _ *activeFault) { x.answer(http.StatusOK, "") }},
		{name: "garbage", text: "status 200 and a page of something else", arg: argument{usage: "html|binary|json", words: []string{"html", "binary", "json"}},
			play: playGarbage},
		{name: "failed", text: "Sina's body FAILED", about: func(e *webEndpoint) bool { return e == sinaList },
			play: func(x *webExchange, _ *activeFault) { x.answer(http.StatusOK, "FAILED") }},
	}
}

func playGarbage(x *webExchange, f *activeFault) {
	switch f.Arg {
	case "binary":
		noise := make([]byte, 4096)
		for i := range noise {
			noise[i] = byte(scatter(etl.Symbol(i), uint64(f.seen)))
		}
		x.answer(http.StatusOK, string(noise))
	case "json":
		x.answer(http.StatusOK, `{"rc":0,"code":0,"data":{"diff":[{"f2":{}},7],"rank_list":"none","total":-1}}`)
	default:
		x.answer(http.StatusOK, "<!DOCTYPE html><html><body><h1>The page is being maintained</h1></body></html>\n")
	}
	x.contentType = ""
}

// hasRows reports whether n items of an answer have a row.
func hasRows(n int, fits func(r *webRow) bool) func(x *webExchange) bool {
	return func(x *webExchange) bool {
		found := 0
		for _, item := range x.items {
			if item.row != nil && (fits == nil || fits(item.row)) {
				found++
			}
		}
		return found >= n
	}
}

// webRowFaults are what is wrong with the rows of an answer.
func webRowFaults() []webFaultKind {
	return []webFaultKind{
		{name: "stale", text: "rows of the trading day before, or as old as the duration", arg: pauseArg, stage: onMoment, play: playStale},
		{name: "half", text: "every second row is left out; what comes is complete", stage: onRows, possible: hasRows(2, nil),
			play: func(x *webExchange, _ *activeFault) {
				kept := x.items[:0]
				for i, item := range x.items {
					if i%2 == 0 {
						kept = append(kept, item)
					}
				}
				x.items = kept
			}},
		{name: "swapped", text: "two rows stand under each other's symbol", stage: onRows, possible: hasRows(2, nil), play: playSwapped},
		{name: "unasked", text: "a row of a security that was not asked in the place of one that was", stage: onRows, possible: hasRows(1, nil), play: playUnasked},
		{name: "unit", text: "volumes in the wrong unit: shares where lots belong, and the other way round", stage: onRows, possible: hasRows(1, (*webRow).traded),
			play: func(x *webExchange, _ *activeFault) {
				for _, item := range x.items {
					if item.row != nil {
						item.row.wrongUnit = true
					}
				}
			}},
		{name: "impossible", text: "a last price far above the high and the limit in one row, or in as many", arg: argument{usage: "ROWS", kind: "number"},
			stage: onRows, possible: hasRows(1, (*webRow).traded), play: playImpossible},
	}
}

// playStale shows an earlier moment.
func playStale(x *webExchange, f *activeFault) {
	if d := f.duration(); d > 0 {
		x.at = x.at.Add(-d)
		return
	}
	if day, ok := x.web.calendar.Prev(x.web.calendar.Moment(x.at).Day); ok {
		x.at = schedules.Day(day).At(18, 0)
		return
	}
	x.at = x.at.Add(-24 * time.Hour)
}

func playSwapped(x *webExchange, _ *activeFault) {
	first := -1
	for i := range x.items {
		switch {
		case x.items[i].row == nil:
		case first < 0:
			first = i
		case x.items[i].symbol != x.items[first].symbol:
			x.items[i].row, x.items[first].row = x.items[first].row, x.items[i].row
			return
		}
	}
}

func playUnasked(x *webExchange, _ *activeFault) {
	place := slices.IndexFunc(x.items, func(i webItem) bool { return i.row != nil })
	asked := map[etl.Symbol]bool{}
	for _, item := range x.items {
		asked[item.symbol] = true
	}
	for _, s := range x.web.tape.Symbols(x.at) {
		if asked[s] {
			continue
		}
		if row := x.lookup(s); row != nil {
			x.items[place] = webItem{text: s.String(), symbol: s, row: row}
			return
		}
	}
	x.items = slices.Delete(x.items, place, place+1) // the market has no other one
}

func playImpossible(x *webExchange, f *activeFault) {
	left := max(f.number(), 1)
	for _, item := range x.items {
		if item.row != nil && item.row.traded() && left > 0 {
			item.row.last = 2 * max(item.row.high, item.row.up)
			left--
		}
	}
}

// webBodyFaults are what is wrong with the bytes.
func webBodyFaults() []webFaultKind {
	return []webFaultKind{
		{name: "charset", text: "the body in the other charset (GB18030 or UTF-8) under the usual label, or the other label on the usual body",
			arg: argument{usage: "body|label", words: []string{"body", "label"}}, stage: onBody, possible: hasRows(1, nil),
			play: func(x *webExchange, f *activeFault) {
				x.swapCharset = "body"
				if f.Arg != "" {
					x.swapCharset = f.Arg
				}
			}},
		{name: "cut", text: "the connection is closed in the middle of the body, or after that many bytes", arg: bytesArg, stage: onSending,
			possible: func(x *webExchange) bool { return len(x.body) > 1 },
			play: func(x *webExchange, f *activeFault) {
				x.cut = len(x.body) / 2
				if n := f.number(); n > 0 {
					x.cut = n
				}
			}},
	}
}
