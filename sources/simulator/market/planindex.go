package market

import (
	"fmt"
	"time"

	"barkeep/schedules"
)

// indexPlan is an index: its public code and name, its first day, and the
// level it starts from and grows to, in points.
type indexPlan struct {
	code, name  string
	year        int
	month       time.Month
	day         int
	start, goal int64
}

var indexPlans = []indexPlan{
	{"sh.000001", "上证综合指数", 1990, time.December, 19, 400, 3600},
	{"sh.000016", "上证50指数", 2004, time.January, 2, 1000, 2900},
	{"sh.000300", "沪深300指数", 2005, time.April, 8, 1000, 4300},
	{"sh.000688", "上证科创板50成份指数", 2020, time.July, 23, 1000, 1300},
	{"sh.000905", "中证小盘500指数", 2007, time.January, 15, 1900, 6200},
	{"sz.399001", "深证成份指数", 1995, time.January, 23, 1100, 11500},
	{"sz.399006", "创业板指数(价格)", 2010, time.June, 1, 1000, 2300},
}

// indexOf plans an index: it moves with the market and has little of its own.
func (p *planner) indexOf(ip indexPlan, n int) (profile, bool) {
	listed := schedules.MakeDay(ip.year, ip.month, ip.day)
	from := p.index(listed)
	if int(from) >= len(p.days) || p.days[0] > listed {
		return profile{}, false
	}
	span := max(int64(len(p.days))-int64(from), 1)
	return profile{
		key: mix(p.seed, uint64(500000+n)), board: indexBoard, kind: Index, sector: n % len(sectors),
		listed: listed, from: from, to: never, decline: never, closing: never,
		offer: ip.start * yuan, target: ip.start * yuan, slope: (ip.goal - ip.start) * yuan * 1000 / span,
		float: int64(4e11), beta: 1000, gamma: int64(n%3) * 120, sigma: 2500, turn: 9000, name: ip.name,
	}, true
}

// fund plans an exchange-traded fund of the years since 2005.
func (p *planner) fund(n, of int) (profile, string) {
	d := &dice{key: mix(p.seed, uint64(700000+n))}
	lo := int(p.index(schedules.MakeDay(2005, time.February, 23)))
	from := int32(min(lo, len(p.days)-1))
	if room := len(p.days) - int(from) - 260; room > 0 {
		from += int32(room - d.skewed(1, room+1))
	}
	s := profile{
		key: d.next(), board: fundBoard, kind: Fund, sector: d.below(len(sectors)),
		listed: p.days[from], from: from, to: never, decline: never, closing: never,
		offer: yuan, target: int64(d.skewed(6, 40)) * 1000, float: int64(d.skewed(5, 3000)) * 10000000,
		beta: int64(d.between(800, 1100)), gamma: int64(d.between(0, 900)), sigma: 3000, turn: int64(d.skewed(3000, 90000)),
		name: p.name.fund(),
	}
	if n%2 == 0 {
		return s, fmt.Sprintf("sh.51%04d", 10+n*max(min(4000/max(of, 1), 20), 2))
	}
	return s, fmt.Sprintf("sz.159%03d", n*998/max(of, 1)+1)
}
