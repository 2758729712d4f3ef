package simulator

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

var codeForm = regexp.MustCompile(`^[a-z]{2}\.[0-9]{6}$`)

func decimal(n int) string { return strconv.Itoa(n) }

// The columns of each frequency. Source: specification of Baostock, 4.5.
var (
	dayColumns    = strings.Split(market.Header, ",")
	periodColumns = []int{market.Date, market.Code, market.Open, market.High, market.Low, market.Close,
		market.Volume, market.Amount, market.AdjustFlag, market.Turn, market.PctChg}
	minuteColumns = []string{"date", "time", "code", "open", "high", "low", "close", "volume", "amount", "adjustflag"}
)

// kLineQuery is what a K-line request asks.
type kLineQuery struct {
	security  int // -1: not known
	columns   []int
	from, to  schedules.Day
	frequency string
	flag      byte
}

// kLine answers query_history_k_data_plus.
func (e *exchange) kLine() *failure {
	q, f := e.parseKLine()
	if f != nil || q.security < 0 {
		return f
	}
	switch q.frequency {
	case "d":
		e.dailyRows(q)
	case "w", "m":
		e.periodRows(q)
	} // minutes are known, but this market has none
	return nil
}

// parseKLine checks the arguments. Source: specification of Baostock, 4.5 and
// 7; an unknown code is no error.
func (e *exchange) parseKLine() (q kLineQuery, f *failure) {
	code, fields, start, end, frequency, flag := e.args[0], e.args[1], e.args[2], e.args[3], e.args[4], e.args[5]
	if !codeForm.MatchString(code) {
		return q, badCode
	}
	var err error
	if q.from, err = day(start); err != nil {
		return q, badStart
	}
	if q.to, err = day(end); err != nil {
		return q, badEnd
	}
	if q.from > q.to {
		return q, startAfterEnd
	}
	if flag != "1" && flag != "2" && flag != "3" {
		return q, badAdjustFlag
	}
	q.frequency, q.flag = frequency, flag[0]
	q.security = market.Find(e.server.market.Securities(), code)
	q.columns, f = parseColumns(fields, frequency)
	return q, f
}

// parseColumns finds the columns asked for, without regard to case.
func parseColumns(fields, frequency string) ([]int, *failure) {
	word := "日线"
	allowed := func(c int) bool { return c >= 0 }
	switch frequency {
	case "d":
	case "w", "m":
		word = map[string]string{"w": "周线", "m": "月线"}[frequency]
		allowed = func(c int) bool { return slices.Contains(periodColumns, c) }
	case "5", "15", "30", "60":
		word = "分钟线"
	default:
		return nil, badFrequency
	}
	var columns []int
	for name := range strings.SplitSeq(fields, ",") {
		same := func(known string) bool { return strings.EqualFold(known, name) }
		c := slices.IndexFunc(dayColumns, same)
		if word == "分钟线" {
			c = slices.IndexFunc(minuteColumns, same)
		}
		if !allowed(c) {
			return nil, &failure{badAdjustFlag.code, word + "指标参数传入错误:" + name}
		}
		if slices.Contains(columns, c) {
			return nil, &failure{10004018, "指标重复:" + name}
		}
		columns = append(columns, c)
	}
	return columns, nil
}

// dailyRows appends daily bars.
func (e *exchange) dailyRows(q kLineQuery) {
	factor := e.factorsOf(q)
	for row := range e.server.market.Bars(q.security, q.from, min(q.to, e.published)) {
		if e.rows.full() {
			return
		}
		if !e.rows.want() {
			continue
		}
		e.rows.json = appendDaily(e.rows.json, row, q, factor)
	}
}

// appendDaily appends the columns asked for of one bar as a JSON array.
func appendDaily(dst []byte, row *market.Row, q kLineQuery, factor *factorCursor) []byte {
	dst = append(dst, '[')
	for i, c := range q.columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		switch {
		case factor.raw:
			dst = append(dst, row.Cell(c)...)
		case c >= market.Open && c <= market.PreClose:
			dst = market.AppendAdjusted(dst, row.Cell(c), factor.on(row.Day))
		case c == market.AdjustFlag:
			dst = append(dst, q.flag)
		default:
			dst = append(dst, row.Cell(c)...)
		}
		dst = append(dst, '"')
	}
	return append(dst, ']')
}

// factorCursor gives the adjust factor in force on ascending days. Source:
// specification of Baostock, 8.4.
type factorCursor struct {
	raw     bool // no adjustment: prices stay as they are
	forward bool
	rights  []market.ExDate // published ones
	next    int
	factor  int64 // in 1e-6
	newest  int64
}

// factorsOf prepares the factors of a query. Index rows are never adjusted.
func (e *exchange) factorsOf(q kLineQuery) *factorCursor {
	index := e.server.market.Securities()[q.security].Kind == market.Index
	f := &factorCursor{raw: q.flag == '3' || index, forward: q.flag == '2', factor: 1e6, newest: 1e6}
	if f.raw {
		return f
	}
	f.rights = e.publishedRights(q.security)
	if n := len(f.rights); n > 0 {
		f.newest = f.rights[n-1].Back
	}
	if f.forward {
		f.factor = market.ForeFactor(1e6, f.newest)
	}
	return f
}

func (f *factorCursor) on(d schedules.Day) int64 {
	for f.next < len(f.rights) && f.rights[f.next].Day <= d {
		f.factor = f.rights[f.next].Back
		if f.forward {
			f.factor = market.ForeFactor(f.factor, f.newest)
		}
		f.next++
	}
	return f.factor
}

// publishedRights returns the ex-dates whose factors are out.
func (e *exchange) publishedRights(security int) []market.ExDate {
	rights := e.server.market.ExDates(security)
	n := 0
	for n < len(rights) && rights[n].Day <= e.factors {
		n++
	}
	return rights[:n]
}
