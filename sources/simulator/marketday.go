package simulator

import (
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// marketDay answers the whole-market queries of one day: every stock or every
// fund that has a bar. Source: specification of Baostock, 4.4.
func (e *exchange) marketDay(kind market.Kind) *failure {
	d, err := day(e.args[0])
	if err != nil {
		return badDate
	}
	if d > e.published {
		return nil
	}
	securities := e.server.market.Securities()
	for row := range e.server.market.Day(d) {
		if securities[row.Security].Kind != kind {
			continue
		}
		if d == e.published && e.partial >= 0 && e.rows.rows >= e.partial {
			break
		}
		if e.rows.want() {
			e.rows.json = row.AppendJSON(e.rows.json)
		}
	}
	return nil
}

// factorDay answers query_daily_adjust_factor: the securities that go ex on
// the day.
func (e *exchange) factorDay() *failure {
	d, err := day(e.args[0])
	if err != nil {
		return badDate
	}
	if d > e.factors {
		return nil
	}
	for i := range e.server.market.Securities() {
		e.factorRows(i, d, d)
	}
	return nil
}

// adjustFactor answers query_adjust_factor.
func (e *exchange) adjustFactor() *failure {
	if !codeForm.MatchString(e.args[0]) {
		return badCode
	}
	from, to, f := e.days(e.args[1], e.args[2])
	if f != nil {
		return f
	}
	if i := market.Find(e.server.market.Securities(), e.args[0]); i >= 0 {
		e.factorRows(i, from, to)
	}
	return nil
}

// factorRows appends the published ex-dates of a security within a range.
// adjustFactor repeats the back factor, and the newest forward factor is 1.
// Source: specification of Baostock, 8.4.
func (e *exchange) factorRows(security int, from, to schedules.Day) {
	rights := e.publishedRights(security)
	for _, r := range rights {
		if r.Day < from || r.Day > to {
			continue
		}
		newest := rights[len(rights)-1].Back
		back := factorText(r.Back)
		e.rows.add(e.server.market.Securities()[security].Code, r.Day.String(),
			factorText(market.ForeFactor(r.Back, newest)), back, back)
	}
}

func factorText(v int64) string { return string(market.AppendFixed(nil, v, 6)) }
