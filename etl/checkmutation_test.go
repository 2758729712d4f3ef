package etl_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// window is how many rows of a security an answer of the mutation test holds.
const window = 60

// mutations spoil one answer each; they return what they did, or "" when it
// would change nothing.
var mutations = []struct {
	kind  string
	spoil func(r *rand.Rand, market *recording, b *etl.BarBuilder) string
}{
	{"swapped columns", swapColumns},
	{"shifted dates", shiftDates},
	{"prices x 10", timesTen},
	{"another symbol's row", otherRow},
	{"dropped rows", dropRows},
}

func swapColumns(r *rand.Rand, _ *recording, b *etl.BarBuilder) string {
	i := r.IntN(b.Len())
	if b.Traded[i] == 0 {
		return ""
	}
	if r.IntN(6) == 0 {
		v := b.Volume[i]
		b.Volume[i], b.Amount[i] = int64(math.Round(b.Amount[i])), float64(v)
		return "volume and amount"
	}
	columns := []*[]float64{&b.Open, &b.High, &b.Low, &b.Close, &b.Preclose, &b.Turn, &b.PctChg}
	names := []string{"open", "high", "low", "close", "preclose", "turn", "pct_chg"}
	order := r.Perm(5)
	x, y := order[0], order[1]
	if r.IntN(6) == 0 {
		x, y = 5, 6
	}
	p, q := &(*columns[x])[i], &(*columns[y])[i]
	if *p == *q {
		return ""
	}
	*p, *q = *q, *p
	return names[x] + " and " + names[y]
}

// shiftDates puts true rows under wrong dates. The answer is sorted by date all
// the same: a decoder refuses others.
func shiftDates(r *rand.Rand, _ *recording, b *etl.BarBuilder) string {
	defer sortByDay(b)
	n := 2 + r.IntN(10)
	i := r.IntN(b.Len() - n)
	switch r.IntN(3) {
	case 0:
		b.Days[i], b.Days[i+1] = b.Days[i+1], b.Days[i]
		return "two days exchanged"
	case 1: // the block moves one day on, the row behind it comes first
		first := b.Days[i]
		copy(b.Days[i:i+n], b.Days[i+1:i+n])
		b.Days[i+n-1] = first
		return fmt.Sprintf("%d trading days moved by one", n)
	}
	for j := i; j < i+n; j++ {
		b.Days[j]++
	}
	return fmt.Sprintf("%d dates moved by one calendar day", n)
}

func sortByDay(b *etl.BarBuilder) {
	from := copyOf(b)
	order := make([]int, b.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return int(from.Days[i] - from.Days[j]) })
	b.SetLen(0)
	for _, i := range order {
		take(b, from, i, i+1)
	}
}

func timesTen(r *rand.Rand, _ *recording, b *etl.BarBuilder) string {
	i := r.IntN(b.Len())
	prices := []*[]float64{&b.Open, &b.High, &b.Low, &b.Close, &b.Preclose}
	names := []string{"open", "high", "low", "close", "preclose"}
	if k := r.IntN(6); k < 5 {
		(*prices[k])[i] *= 10
		return names[k]
	}
	for _, p := range prices {
		(*p)[i] *= 10
	}
	return "all prices"
}

func otherRow(r *rand.Rand, market *recording, b *etl.BarBuilder) string {
	i := r.IntN(b.Len())
	other := market.securities[r.IntN(len(market.securities))]
	j, ok := slices.BinarySearch(other.Days, b.Days[i])
	if !ok || other.Symbols[j] == b.Symbols[i] {
		return ""
	}
	a, c := floats(b), floats(other)
	for k := range a {
		a[k][i] = c[k][j]
	}
	b.Volume[i], b.Traded[i], b.IsST[i] = other.Volume[j], other.Traded[j], other.IsST[j]
	return other.Symbols[j].String()
}

func dropRows(r *rand.Rand, _ *recording, b *etl.BarBuilder) string {
	n := 1 + r.IntN(5)
	i := r.IntN(b.Len() - n)
	rest := copyOf(b)
	b.SetLen(0)
	take(b, rest, 0, i)
	take(b, rest, i+n, rest.Len())
	return fmt.Sprintf("%d rows", n)
}

// TestCheckMutations spoils 200 answers of recorded rows and counts how many are
// noticed: a row is refused, a rule warns of what it does not warn of in the true
// rows, or a cell that should exist is missing.
func TestCheckMutations(t *testing.T) {
	const each, wanted = 40, 0.95
	market := recordedMarket(t)
	r := rand.New(rand.NewPCG(20240102, 1))
	all := 0
	for _, m := range mutations {
		by := map[string]int{}
		noticed := 0
		for done := 0; done < each; {
			s := market.securities[r.IntN(len(market.securities))]
			if s.Len() < window {
				continue
			}
			begin := r.IntN(s.Len() - window + 1)
			b := &etl.BarBuilder{}
			take(b, s, begin, begin+window)
			days := slices.Clone(b.Days)
			clean, _ := notice(market.universe, copyOf(b), days)
			what := m.spoil(r, market, b)
			if what == "" {
				continue
			}
			done++
			how, missing := notice(market.universe, b, days)
			how = slices.DeleteFunc(how, func(f found) bool { return slices.Contains(clean, f) })
			switch {
			case len(how) > 0:
				by[how[0].rule.String()]++
			case missing > 0:
				by["missing cells"]++
			default:
				t.Logf("not noticed: %s of %s around %s: %s", m.kind, s.Symbols[0], days[0], what)
				continue
			}
			noticed++
		}
		all += noticed
		t.Logf("%s: %d of %d noticed, first by %v", m.kind, noticed, each, by)
	}
	if share := float64(all) / float64(each*len(mutations)); share < wanted {
		t.Errorf("%.1f %% are noticed, want %.0f %%", share*100, wanted*100)
	} else {
		t.Logf("%d of %d noticed", all, each*len(mutations))
	}
}

// found is a finding that can be compared.
type found struct {
	rule etl.Rule
	text string
}

// notice returns what a Checker finds in an answer, and how many of the days
// have no row that is kept.
func notice(u etl.Universe, b *etl.BarBuilder, days []schedules.Day) (list []found, missing int) {
	c := etl.NewChecker(etl.DefaultCheckConfig(), schedules.Embedded(), u, nil)
	got := b.Batch("baostock", fetched)
	defer got.Record.Release()
	flaws := c.Check(got)
	for _, f := range c.Findings() {
		list = append(list, found{f.Rule, f.String()})
	}
	kept := map[schedules.Day]bool{}
	for i, d := range got.Days {
		if !slices.ContainsFunc(flaws, func(f etl.Flaw) bool { return f.Row == i }) {
			kept[d] = true
		}
	}
	for _, d := range days {
		if !kept[d] {
			missing++
		}
	}
	return list, missing
}
