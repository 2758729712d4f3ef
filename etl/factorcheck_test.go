package etl_test

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/recorded"
)

// rules lists the findings as symbol-less "date rule".
func rules(p etl.FactorProof) []string {
	var list []string
	for _, f := range p.Findings {
		list = append(list, f.Date.String()+" "+f.Rule)
	}
	return list
}

// TestFactorsOfRecordedBars proves the recorded factors of sh600000 against its
// recorded bars: all 24 ex-dates that the bars reach agree within the rounding to
// six decimals, no finding, and the two after them are unproven.
func TestFactorsOfRecordedBars(t *testing.T) {
	dir := filepath.Join(recorded.Dir(t), "baostock")
	bars, listed := recordedBars(t, filepath.Join(dir, "bars", "sh.600000.csv.gz"))
	s := etl.NewExDateScanner(schedules.Embedded().Days(bars[0].day, bars[len(bars)-1].day))
	for part := range slices.Chunk(bars, 500) {
		if err := s.Scan(batchOf(part...)); err != nil {
			t.Fatal(err)
		}
	}
	present := etl.NewCells(schedules.Embedded().Days(bars[0].day, bars[len(bars)-1].day))
	for _, b := range bars {
		present.Add(sym(t, b.symbol), b.day)
	}
	factors := recordedFactors(t, filepath.Join(dir, "reference", "adjust_factor_sh.600000_20260927.csv"))
	world := etl.Bars{Present: present, Listed: universe([]etl.Instrument{{Symbol: sym(t, "sh600000"), Kind: etl.Stock, Listed: listed}})}
	p := etl.CheckFactors(factors, s.Found(), world)
	if len(s.Found()) != 24 || p.Factors != 26 || p.Agreed != 24 || p.Unproven != 2 || len(p.Findings) != 0 {
		t.Errorf("%d ex-dates; %+v", len(s.Found()), p)
	}
	// Any factor that is off by more than its print shows, here by 3 millionths.
	for i := range 24 {
		changed := slices.Clone(factors)
		changed[i].Back += 3 + changed[i].Back/1_000_000
		if p := etl.CheckFactors(changed, s.Found(), world); len(p.Findings) == 0 {
			t.Errorf("the factor of %s is wrong, and nobody says so", changed[i].Date)
		}
	}
	if got := etl.StaleForward(versions(fetched, factors...)); len(got) != 0 {
		t.Errorf("stale: %v", got)
	}
	if got := etl.StaleForward(versions(fetched, append(slices.Clone(factors), factor(t, "sh600000", 30000, etl.One, 13500000))...)); len(got) != 1 {
		t.Errorf("after a new ex-date stale: %v", got)
	}
	plan, left := etl.PlanFactors(s.Found(), versions(fetched, factors[:20]...), world.Listed, etl.FactorMeans{Latest: 25000, Budget: 9})
	if left != 0 || len(plan) != 1 || plan[0].Symbol != sym(t, "sh600000") {
		t.Errorf("plan %v, left %d", plan, left)
	}
}

func recordedBars(t *testing.T, path string) (list []bar, listed schedules.Day) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		closing, _ := strconv.ParseFloat(r[5], 64)
		preclose, _ := strconv.ParseFloat(r[6], 64)
		list = append(list, bar{sym(t, r[1]).String(), day(t, r[0]), closing, preclose})
	}
	return list, list[0].day
}

func recordedFactors(t *testing.T, path string) (list []etl.Factor) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		c := strings.Split(line, ",")
		f := etl.Factor{Symbol: sym(t, c[0]), Date: day(t, c[1])}
		for i, to := range []*int64{&f.Fore, &f.Back, &f.Adjust} {
			*to, _ = strconv.ParseInt(strings.Replace(c[2+i], ".", "", 1), 10, 64)
		}
		list = append(list, f)
	}
	return list
}

func day(t testing.TB, text string) schedules.Day {
	t.Helper()
	d, err := schedules.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// world is a security listed on the first day of June 2026 with ex-dates on the
// days 5 and 10 that halve its price, and their factors.
func world(t *testing.T) (factors []etl.Factor, found []etl.ExDate, bars etl.Bars) {
	s := sym(t, "sh600000")
	ex := func(i int) etl.ExDate {
		return etl.ExDate{Symbol: s, Day: june[i], After: june[i-1], Close: 100_000, Preclose: 50_000}
	}
	present := etl.NewCells(june)
	present.AddRange(s, june[0], june[len(june)-1])
	return []etl.Factor{factor(t, "sh600000", june[5], 500_000, 2_000_000), factor(t, "sh600000", june[10], etl.One, 4_000_000)},
		[]etl.ExDate{ex(5), ex(10)},
		etl.Bars{Present: present, Listed: universe([]etl.Instrument{{Symbol: s, Kind: etl.Stock, Listed: june[0]}})}
}

func TestCheckFactors(t *testing.T) {
	d5, d8, d10 := june[5].String()+" ", june[8].String()+" ", june[10].String()+" "
	type state struct {
		factors []etl.Factor
		found   []etl.ExDate
		bars    etl.Bars
	}
	for name, tc := range map[string]struct {
		change   func(*state)
		want     []string
		agreed   int
		unproven int
	}{
		"true":    {func(*state) {}, nil, 2, 0},
		"rounded": {func(s *state) { s.factors[1].Back, s.factors[1].Adjust = 4_000_001, 4_000_001 }, nil, 2, 0},
		"off by the tick": {func(s *state) {
			s.factors[1].Back, s.factors[1].Adjust = 4_003_990, 4_003_990
			s.factors[0].Fore = 499_502
		}, []string{d10 + etl.RuleFactorTick}, 1, 0},
		"off": {func(s *state) {
			s.factors[1].Back, s.factors[1].Adjust = 4_004_100, 4_004_100
			s.factors[0].Fore = 499_488
		}, []string{d10 + etl.RuleFactorStep}, 1, 0},
		"first one off":     {func(s *state) { s.found[0].Preclose = 60_000 }, []string{d5 + etl.RuleFactorStep}, 1, 0},
		"bars begin later":  {func(s *state) { s.bars.Listed[0].Listed-- }, nil, 1, 1},
		"no list":           {func(s *state) { s.bars = etl.Bars{} }, nil, 1, 1},
		"late":              {func(s *state) { s.factors = s.factors[:1]; s.factors[0].Fore = etl.One }, []string{d10 + etl.RuleFactorMissing}, 1, 0},
		"early one missing": {func(s *state) { s.factors = s.factors[1:] }, []string{d5 + etl.RuleFactorMissing}, 0, 1},
		"none":              {func(s *state) { s.factors = nil }, []string{d5 + etl.RuleFactorMissing, d10 + etl.RuleFactorMissing}, 0, 0},
		"unseen":            {func(s *state) { s.found = s.found[1:] }, []string{d5 + etl.RuleFactorUnseen}, 1, 0},
		"no bars":           {func(s *state) { s.found, s.bars.Present = nil, nil }, nil, 0, 2},
		"zero":              {func(s *state) { s.factors[1].Back = 0 }, []string{d5 + etl.RuleFactorNewest, d10 + etl.RuleFactorMissing, d10 + etl.RuleFactorValue}, 1, 0},
		"negative":          {func(s *state) { s.factors[0].Fore = -1 }, []string{d5 + etl.RuleFactorMissing, d5 + etl.RuleFactorValue}, 0, 1},
		"repeat":            {func(s *state) { s.factors[0].Adjust++ }, []string{d5 + etl.RuleFactorRepeat}, 2, 0},
		"newest":            {func(s *state) { s.factors[1].Fore-- }, []string{d10 + etl.RuleFactorNewest}, 2, 0},
		"fore":              {func(s *state) { s.factors[0].Fore -= 2 }, []string{d5 + etl.RuleFactorFore}, 2, 0},
		"fore off by one":   {func(s *state) { s.factors[0].Fore-- }, nil, 2, 0},
		"order":             {func(s *state) { slices.Reverse(s.factors) }, []string{d5 + etl.RuleFactorOrder}, 2, 0},
		"twice":             {func(s *state) { s.factors = append(s.factors, s.factors[1]) }, []string{d10 + etl.RuleFactorTwice}, 2, 0},
		"gap": {func(s *state) {
			s.found[1].After, s.found[1].Gap, s.factors[1].Date = june[6], true, june[8]
		}, nil, 1, 1},
		"gap without a factor": {func(s *state) { s.found[0].After, s.found[0].Gap, s.factors = june[2], true, s.factors[1:] }, nil, 0, 2},
		"wrong day": {func(s *state) { s.factors[1].Date = june[8] },
			[]string{d8 + etl.RuleFactorUnseen, d10 + etl.RuleFactorMissing}, 1, 0},
	} {
		s := state{}
		s.factors, s.found, s.bars = world(t)
		tc.change(&s)
		p := etl.CheckFactors(s.factors, s.found, s.bars)
		if got := rules(p); !slices.Equal(got, tc.want) || p.Agreed != tc.agreed || p.Unproven != tc.unproven {
			t.Errorf("%s: %v, agreed %d, unproven %d; want %v, %d, %d", name, p.Findings, p.Agreed, p.Unproven, tc.want, tc.agreed, tc.unproven)
		}
		for _, f := range p.Findings {
			if f.Evidence == "" || f.Symbol != sym(t, "sh600000") {
				t.Errorf("%s: no evidence: %s", name, f)
			}
		}
	}
	factors, found, bars := world(t)
	found[1].Preclose = 60_000
	got := etl.CheckFactors(factors, found, bars).Findings[0].String()
	want := "sh600000 " + d10 + "factor_step: want 3.333333 got 4.000000 (after back 2.000000; bars: " + june[9].String() +
		" close 10.0000, " + d10 + "preclose 6.0000; sh600000 " + d10 + "fore 1.000000 back 4.000000 adjust 4.000000)"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPlanFactors(t *testing.T) {
	ex := func(symbol string, days ...int) (list []etl.ExDate) {
		for _, i := range days {
			list = append(list, etl.ExDate{Symbol: sym(t, symbol), Day: june[i], After: june[i-1], Close: 2, Preclose: 1})
		}
		return list
	}
	found := slices.Concat(ex("sh600000", 1, 9), ex("sh600001", 9), ex("sh600002", 9), ex("sh600003", 2, 3, 4), ex("sh000001", 9), ex("sh600004", 12))
	u := universe([]etl.Instrument{{Symbol: sym(t, "sh000001"), Kind: etl.Index}})
	text := func(plan []etl.FactorRequest) string {
		var names []string
		for _, r := range plan {
			if r.Symbol == 0 {
				names = append(names, "day "+strconv.Itoa(slices.Index(june, r.From)))
			} else if r.From == schedules.MakeDay(1990, 12, 19) && r.To == june[10] {
				names = append(names, r.Symbol.String()[2:])
			} else {
				names = append(names, r.String())
			}
		}
		return strings.Join(names, ", ")
	}
	known := versions(fetched, factor(t, "sh600000", june[1], etl.One, 2*etl.One))
	stale := versions(fetched, factor(t, "sz000001", june[1], etl.One, 2*etl.One), factor(t, "sz000001", june[2], etl.One, 3*etl.One))
	for name, tc := range map[string]struct {
		known []etl.FactorVersion
		means etl.FactorMeans
		want  string
		left  int
	}{
		"all series":    {nil, etl.FactorMeans{Budget: 4}, "600000, 600001, 600002, 600003", 0},
		"backs first":   {known, etl.FactorMeans{Budget: 2}, "day 9, 600003", 3},
		"one request":   {known, etl.FactorMeans{Budget: 1}, "day 9", 4},
		"no budget":     {known, etl.FactorMeans{}, "", 5},
		"no days":       {known, etl.FactorMeans{Budget: 3, NoDay: true}, "600000, 600001, 600002", 1},
		"forward after": {known, etl.FactorMeans{Budget: 3}, "day 9, 600003, 600000", 2},
		"asked in vain": {nil, etl.FactorMeans{Budget: 9, Asked: map[etl.FactorKey]bool{{Symbol: sym(t, "sh600001"), Date: june[9]}: true}}, "600000, 600002, 600003", 0},
		"stale forward": {stale, etl.FactorMeans{Budget: 9}, "600000, 600001, 600002, 600003, 000001", 0},
	} {
		tc.means.Latest = june[10]
		plan, left := etl.PlanFactors(found, tc.known, u, tc.means)
		if got := text(plan); got != tc.want || left != tc.left {
			t.Errorf("%s: %q, left %d; want %q, %d", name, got, left, tc.want, tc.left)
		}
	}
	gap := []etl.ExDate{{Symbol: sym(t, "sh600000"), Day: june[9], After: june[3], Gap: true}}
	for date, want := range map[schedules.Day]int{june[3]: 1, june[4]: 0, june[9]: 0, june[10]: 1} {
		at := versions(fetched, factor(t, "sh600000", date, etl.One, 2*etl.One))
		if plan, _ := etl.PlanFactors(gap, at, nil, etl.FactorMeans{Latest: june[10], Budget: 9}); len(plan) != want {
			t.Errorf("a gap with a factor on %s: %v", date, plan)
		}
	}
	if got := etl.NewestFactors(nil, time.Time{}); len(got) != 0 {
		t.Error(got)
	}
}
