package simulator

import (
	"strconv"
	"strings"

	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// dividends answers query_dividend_data from the market's ex-dates. Its rows
// have the dates that a distribution of that ex-date would have. Source of the
// columns and their forms: specification of Baostock, 4.6 and 4.8.
func (e *exchange) dividends() *failure {
	if !codeForm.MatchString(e.args[0]) {
		return badCode
	}
	year, err := strconv.Atoi(e.args[1])
	if err != nil || len(e.args[1]) != 4 {
		return badDate
	}
	if kind := e.args[2]; kind != "report" && kind != "operate" {
		return &failure{fieldCount.code, "年份类别不正确"}
	}
	i := market.Find(e.server.market.Securities(), e.args[0])
	if i < 0 {
		return nil
	}
	for _, r := range e.publishedRights(i) {
		if r.Day.Year() == year && (r.Cash > 0 || r.Bonus > 0) {
			e.dividendRow(r)
		}
	}
	return nil
}

func (e *exchange) dividendRow(r market.ExDate) {
	record, ok := e.server.calendar.Prev(r.Day)
	if !ok {
		record = r.Day - 1
	}
	before := func(days int) string { return (r.Day - schedules.Day(days)).String() }
	cash, after, pay, listed, stocks := "", "", "", "", "0.000000"
	var plan strings.Builder
	plan.WriteString("10")
	if r.Bonus > 0 {
		stocks, listed = trimmed(r.Bonus*1000, 6, 6), r.Day.String()
		plan.WriteString("送" + trimmed(r.Bonus*100, 4, 0) + "股")
	}
	if r.Cash > 0 {
		cash, pay = trimmed(r.Cash, 4, 0), r.Day.String()
		after = trimmed(r.Cash*9, 5, 0) + "或" + cash
		plan.WriteString("派" + trimmed(r.Cash*10, 4, 0) + "元（含税，扣税后" + trimmed(r.Cash*9, 4, 0) + "或" + trimmed(r.Cash*10, 4, 0) + "元）")
	}
	e.rows.add(e.args[0], "", before(22), before(93), before(8), record.String(), r.Day.String(), pay, listed,
		cash, after, stocks, plan.String(), "")
}

// trimmed writes v / 10^decimals without trailing zeros, but with at least
// keep decimals.
func trimmed(v int64, decimals, keep int) string {
	s := string(market.AppendFixed(nil, v, decimals))
	for end := len(s) - decimals + keep; len(s) > end && s[len(s)-1] == '0'; {
		s = s[:len(s)-1]
	}
	return strings.TrimSuffix(s, ".")
}
