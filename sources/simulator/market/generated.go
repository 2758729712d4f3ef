package market

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"barkeep/schedules"
)

// stride is how many trading days lie between two kept states of a security.
const stride = 32

// Generated is a made-up market; see the package documentation.
type Generated struct {
	seed       uint64
	days       []schedules.Day
	text       []byte // every day as YYYY-MM-DD, one after the other
	returns    sectorReturns
	profiles   []profile
	securities []Security
	first      []int32 // per security: index of the first day with a row
	kept       [][]state
	exDates    [][]ExDate

	// ahead holds the states after the day that was asked last, so that days
	// asked in ascending order need one step each. Who uses it takes it out.
	ahead atomic.Pointer[states]
}

// states are all securities' states after the trading day with index day.
type states struct {
	day int32
	at  []state
}

var _ Market = (*Generated)(nil)

// Generate makes a market over the trading days of a calendar. It walks every
// security's life once: about 0.1 s for 300 stocks, 1 s for 5,200.
func Generate(c Config, calendar *schedules.Calendar) (*Generated, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	days := calendar.Days(calendar.First(), calendar.Horizon())
	if len(days) < 300 {
		return nil, errors.New("generate a market: the calendar has fewer than 300 trading days; use one that begins years before its horizon")
	}
	g := &Generated{seed: c.Seed, days: days, returns: returnsOf(c.Seed, days, len(sectors))}
	for _, d := range days {
		g.text = append(g.text, d.String()...)
	}
	g.populate(c)
	g.walk()
	return g, nil
}

// populate plans all securities and puts them in the order of their codes.
func (g *Generated) populate(c Config) {
	p := &planner{seed: c.Seed, days: g.days, name: namer{used: map[string]bool{}, d: dice{key: mix(c.Seed, 2)}}}
	type member struct {
		profile
		code string
		from schedules.Day // history begins
	}
	var all []member
	for n, l := range drawListings(&dice{key: mix(c.Seed, 3)}, g.days, c.Stocks) {
		all = append(all, member{profile: p.stock(l, n), code: l.code})
	}
	for n, ip := range indexPlans {
		if s, ok := p.indexOf(ip, n); ok {
			m := member{profile: s, code: ip.code}
			if n > 0 {
				m.from = c.IndexHistory
			}
			all = append(all, m)
		}
	}
	for n := range c.Funds {
		s, code := p.fund(n, c.Funds)
		all = append(all, member{profile: s, code: code, from: c.FundHistory})
	}
	slices.SortFunc(all, func(a, b member) int {
		if a.code < b.code {
			return -1
		}
		return 1
	})
	for _, m := range all {
		g.profiles = append(g.profiles, m.profile)
		first := max(m.profile.from, p.index(m.from))
		g.first = append(g.first, first)
		g.securities = append(g.securities, g.security(m.profile, m.code, first))
	}
}

// security describes a planned security.
func (g *Generated) security(p profile, code string, first int32) Security {
	s := Security{Code: code, Kind: p.kind, Listed: p.listed}
	last := min(p.to, int32(len(g.days))) - 1
	if int(p.to) < len(g.days) {
		s.Delisted = g.days[p.to]
	}
	if first <= last {
		s.First, s.Last = g.days[first], g.days[last]
	} else { // its history has not begun by the end of the calendar
		s.First, s.Last = g.days[last]+1, g.days[last]
	}
	if p.kind == Stock {
		s.Industry, s.Size = sectors[p.sector].name, p.float*p.target/yuan
	}
	return s
}

// walk lives every security's life once, keeping a state before every
// stride-th day and the ex-dates on the way.
func (g *Generated) walk() {
	g.kept = make([][]state, len(g.profiles))
	g.exDates = make([][]ExDate, len(g.profiles))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 8) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(g.profiles); i = int(next.Add(1)) - 1 {
				g.live(i)
			}
		})
	}
	wg.Wait()
}

func (g *Generated) live(i int) {
	p := &g.profiles[i]
	end := min(p.to, int32(len(g.days)))
	kept := make([]state, 0, (end-p.from)/stride+1)
	s := p.begin()
	var x session
	for day := p.from; day < end; day++ {
		if (day-p.from)%stride == 0 {
			kept = append(kept, s)
		}
		before := int64(s.close)
		g.step(p, &s, day, &x)
		if x.preclose != before && day >= g.first[i] {
			g.exDates[i] = append(g.exDates[i], ExDate{
				Day: g.days[day], Back: s.factor.published(), Cash: x.cash, Bonus: x.bonus, Before: before,
			})
		}
	}
	g.kept[i] = kept
}
