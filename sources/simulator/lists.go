package simulator

import (
	"strings"
	"time"

	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// tradeDates answers query_trade_dates: every calendar day from the first
// trading day to the end of this year, as far as the calendar reaches. Source:
// specification of Baostock, 9.
func (e *exchange) tradeDates() *failure {
	from, to, f := e.days(e.args[0], e.args[1])
	if f != nil {
		return f
	}
	calendar := e.server.calendar
	last := schedules.MakeDay(e.today.Year(), time.December, 31)
	if e.server.config.CalendarEndsToday {
		last = e.today
	}
	last = min(last, calendar.Horizon(), to)
	for d := max(from, calendar.First()); d <= last; d++ {
		open := "0"
		if calendar.Status(d) == schedules.Open {
			open = "1"
		}
		e.rows.add(d.String(), open)
	}
	return nil
}

// allStock answers query_all_stock: stocks and indices that have a bar on the
// day. Source: specification of Baostock, 8.7.
func (e *exchange) allStock() *failure {
	d := e.today
	if e.args[0] != "" {
		var err error
		if d, err = day(e.args[0]); err != nil {
			return badDate
		}
	}
	if d > e.published {
		return nil
	}
	m := e.server.market
	securities := m.Securities()
	for row := range m.Day(d) {
		if s := securities[row.Security]; s.Kind != market.Fund {
			e.rows.add(s.Code, string(row.Cell(market.TradeStatus)), m.Name(row.Security, d))
		}
	}
	return nil
}

// stockBasic answers query_stock_basic: everything listed so far, delisted
// securities included. The name is a substring match.
func (e *exchange) stockBasic() *failure {
	code, name := e.args[0], e.args[1]
	if code != "" && !codeForm.MatchString(code) {
		return badCode
	}
	m := e.server.market
	for i, s := range m.Securities() {
		if s.Listed > e.today || code != "" && code != s.Code {
			continue
		}
		called := m.Name(i, e.today)
		if !strings.Contains(called, name) {
			continue
		}
		out, status := "", "1"
		if s.Delisted != 0 && s.Delisted <= e.today {
			out, status = s.Delisted.String(), "0"
		}
		e.rows.add(s.Code, called, s.Listed.String(), out, decimal(int(s.Kind)), status)
	}
	return nil
}

// industry answers query_stock_industry for the stocks listed on the day.
func (e *exchange) industry() *failure {
	code := e.args[0]
	if code != "" && !codeForm.MatchString(code) {
		return badCode
	}
	update, f := e.updateDay(e.args[1])
	if f != nil {
		return f
	}
	m := e.server.market
	for i, s := range m.Securities() {
		if s.Kind != market.Stock || !living(s, update) || code != "" && code != s.Code {
			continue
		}
		e.rows.add(update.String(), s.Code, m.Name(i, update), s.Industry, "证监会行业分类")
	}
	return nil
}

// updateDay returns the Monday on which a list was made that is valid on the
// day asked: no list is made for the future.
func (e *exchange) updateDay(text string) (schedules.Day, *failure) {
	d := e.today
	if text != "" {
		var err error
		if d, err = day(text); err != nil {
			return 0, badDate
		}
	}
	return monday(min(d, e.today)), nil
}

// living reports whether a security is listed on a day.
func living(s market.Security, d schedules.Day) bool {
	return s.Listed <= d && (s.Delisted == 0 || d < s.Delisted)
}
