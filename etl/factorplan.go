package etl

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"barkeep/schedules"
)

// FactorRequest asks for adjust factors: without a Symbol for those of every
// security with its ex-date on From, which is To; with one for the whole series
// of that security from From to To.
type FactorRequest struct {
	Symbol   Symbol
	From, To schedules.Day
}

// String names the request as messages and the quarantine table show it.
func (r FactorRequest) String() string {
	if r.Symbol == 0 {
		return fmt.Sprintf("factors of %s", r.From)
	}
	return fmt.Sprintf("factors of %s %s..%s", r.Symbol, r.From, r.To)
}

// FactorMeans says what may be asked for.
type FactorMeans struct {
	Latest schedules.Day // the last day whose factors are published; nothing later is asked for
	Budget int           // requests that may be sent; 0 or less for none
	NoDay  bool          // the source does not know whole-market requests of factors
	// Asked holds the ex-dates that the vendor has been asked for after their
	// publication and has no factor for. They are findings, and not asked again.
	Asked map[FactorKey]bool
	// Final holds the securities whose series was read after their newest ex-date.
	// Where it contradicts itself that is a finding, and not asked again.
	Final map[Symbol]bool
}

// FactorKey is one ex-date of one security.
type FactorKey struct {
	Symbol Symbol
	Date   schedules.Day
}

// PlanFactors returns the requests that bring what is missing: a factor for each
// ex-date detected in the bars, and the forward series of each security that has
// a new one, since the vendor rewrites it whole. known is what NewestFactors
// returns. Indices have no factors.
//
// The series of a security brings both, so where the budget allows, one series
// for each security concerned is the plan with the fewest requests. A smaller
// budget buys the backward factors first, which never change again and suffice
// for backward-adjusted prices: days that many securities share, series for the
// others, a minimum vertex cover as Plan makes it of bars. The forward series
// that those days leave stale follow. Everything goes newest first and ends with
// the budget; the next plan has the rest, because it starts from what is missing
// then. left is the number of requests that the budget has cut off.
func PlanFactors(detected []ExDate, known []FactorVersion, u Universe, m FactorMeans) (plan []FactorRequest, left int) {
	p := factorPlan{means: m, newest: map[Symbol]schedules.Day{}}
	p.missing(detected, known, u)
	for _, s := range StaleForward(known) {
		if _, ok := p.newest[s]; !ok && !m.Final[s] {
			of := FactorsOf(known, s)
			p.newest[s] = of[len(of)-1].Date
		}
	}
	all := p.series(p.securities())
	if len(all) > m.Budget {
		all = p.covered()
	}
	budget := min(max(m.Budget, 0), len(all))
	return all[:budget], len(all) - budget
}

// factorPlan is what one plan is made of.
type factorPlan struct {
	means  FactorMeans
	cells  []ExDate                 // ex-dates without a factor that a day request brings
	whole  map[Symbol]bool          // securities that only their series can settle
	newest map[Symbol]schedules.Day // of each security whose series is wanted: its newest ex-date
}

// missing sorts the ex-dates that lack their factor by what brings it.
func (p *factorPlan) missing(detected []ExDate, known []FactorVersion, u Universe) {
	p.whole = map[Symbol]bool{}
	for _, e := range WithoutFactor(detected, known, u) {
		if e.Day > p.means.Latest || p.means.Asked[FactorKey{e.Symbol, e.Day}] {
			continue
		}
		if e.Gap {
			p.whole[e.Symbol] = true // which day it is, is not known
		} else {
			p.cells = append(p.cells, e)
		}
		p.newest[e.Symbol] = max(p.newest[e.Symbol], e.Day)
	}
}

// WithoutFactor returns the ex-dates that should have a factor and have none among
// the known ones, which are what NewestFactors returns. Indices have no factors.
func WithoutFactor(detected []ExDate, known []FactorVersion, u Universe) (list []ExDate) {
	for _, e := range detected {
		if in, ok := u.Find(e.Symbol); ok && in.Kind == Index {
			continue
		}
		if _, ok := findFactor(known, e.Symbol, e.Day); ok || e.Gap && hasFactor(known, e.Symbol, e.After+1, e.Day) {
			continue
		}
		list = append(list, e)
	}
	return list
}

// hasFactor reports whether a factor of the security is known in [from, to].
func hasFactor(known []FactorVersion, s Symbol, from, to schedules.Day) bool {
	v, ok := FactorOn(known, s, to)
	return ok && v.Date >= from
}

// securities returns those whose series is wanted.
func (p *factorPlan) securities() []Symbol {
	list := make([]Symbol, 0, len(p.newest))
	for s := range p.newest {
		list = append(list, s)
	}
	return list
}

// firstFactor is the first day the vendor can have a factor for: trading began.
var firstFactor = schedules.MakeDay(1990, 12, 19)

// series asks for the series of securities, those with the newest ex-dates first.
func (p *factorPlan) series(of []Symbol) []FactorRequest {
	slices.SortFunc(of, func(a, b Symbol) int {
		return cmp.Or(int(p.newest[b])-int(p.newest[a]), int(a)-int(b))
	})
	list := make([]FactorRequest, len(of))
	for i, s := range of {
		list[i] = FactorRequest{Symbol: s, From: firstFactor, To: p.means.Latest}
	}
	return list
}

// covered brings every missing factor with the fewest requests, newest first,
// and then the forward series that those leave stale.
func (p *factorPlan) covered() []FactorRequest {
	chosen := p.cover()
	var first []FactorRequest
	for _, d := range chosen {
		first = append(first, FactorRequest{From: d, To: d})
	}
	now := map[Symbol]bool{}
	for s := range p.whole {
		now[s] = true
	}
	for _, e := range p.cells {
		if _, byDay := slices.BinarySearch(chosen, e.Day); !byDay {
			now[e.Symbol] = true
		}
	}
	var series, stale []Symbol
	for _, s := range p.securities() {
		if now[s] {
			series = append(series, s)
		} else {
			stale = append(stale, s)
		}
	}
	first = append(first, p.series(series)...)
	slices.SortStableFunc(first, func(a, b FactorRequest) int { return int(p.date(b)) - int(p.date(a)) })
	return append(first, p.series(stale)...)
}

// date is the newest ex-date that a request is about.
func (p *factorPlan) date(r FactorRequest) schedules.Day {
	if r.Symbol == 0 {
		return r.From
	}
	return p.newest[r.Symbol]
}

// cover returns the days, ascending, to ask for the factors of all securities.
func (p *factorPlan) cover() []schedules.Day {
	if p.means.NoDay || len(p.cells) == 0 {
		return nil
	}
	days := make([]schedules.Day, 0, len(p.cells))
	for _, e := range p.cells {
		days = append(days, e.Day)
	}
	slices.Sort(days)
	days = slices.Compact(days)
	missing, allowed := NewCells(days), make([]uint64, (len(days)+63)/64)
	for i := range days {
		allowed[i/64] |= 1 << (i % 64)
	}
	for _, e := range p.cells {
		if !p.whole[e.Symbol] { // its series is asked for anyway
			missing.Add(e.Symbol, e.Day)
		}
	}
	symbols := missing.Symbols()
	rows, cost := make([][]uint64, len(symbols)), make([]int, len(symbols))
	for i, s := range symbols {
		rows[i], cost[i] = missing.rows[s], 1
	}
	var chosen []schedules.Day
	for w, left := range coverDays(rows, cost, allowed) {
		for ; left != 0; left &= left - 1 {
			chosen = append(chosen, days[w*64+bits.TrailingZeros64(left)])
		}
	}
	return chosen
}

// StaleForward returns the securities, ascending, whose known forward factors do
// not belong together: their newest ex-date is not 1.000000, an older one is
// though its backward factor differs, or one is not its backward factor divided
// by the newest one. known is what NewestFactors returns. The
// vendor's own quotients are off by a millionth at times. Source: specification
// of Baostock, 8.4.
func StaleForward(known []FactorVersion) []Symbol {
	var stale []Symbol
	for begin := 0; begin < len(known); {
		end := begin + 1
		for end < len(known) && known[end].Symbol == known[begin].Symbol {
			end++
		}
		newest := known[end-1]
		if slices.ContainsFunc(known[begin:end], func(v FactorVersion) bool {
			return v.Fore == One && v.Back != newest.Back || !foreAgrees(v.Factor, newest.Back)
		}) {
			stale = append(stale, newest.Symbol)
		}
		begin = end
	}
	return stale
}
