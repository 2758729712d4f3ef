package etl_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// randomBars are bars of some securities over days, some of them missing, some with a
// reference price that is not the close before.
func randomBars(rng *rand.Rand, days []schedules.Day) (list []bar) {
	for s := range 12 {
		last := 10.0
		for _, d := range days {
			if rng.IntN(15) == 0 {
				continue
			}
			b := bar{etl.MakeSymbol(etl.Shanghai, 600000+s).String(), d, last + float64(rng.IntN(9))/100, last}
			if rng.IntN(20) == 0 {
				b.preclose -= 0.5
			}
			list, last = append(list, b), b.close
		}
	}
	return list
}

// TestJoinSpans: bars in any order, cut into stretches anywhere, say the same of
// ex-dates as one scan of all of them in order.
func TestJoinSpans(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for round := range 40 {
		days := schedules.Embedded().Days(schedules.MakeDay(2022, 11, 1), schedules.MakeDay(2023, 2, 28))
		bars := randomBars(rng, days)
		whole := etl.NewExDateScanner(days)
		if err := whole.Scan(batchOf(bars...)); err != nil {
			t.Fatal(err)
		}
		rng.Shuffle(len(bars), func(i, j int) { bars[i], bars[j] = bars[j], bars[i] })
		cuts := []schedules.Day{days[0] - 1, days[rng.IntN(30)], days[40+rng.IntN(30)], days[len(days)-1]}
		var spans []*etl.BarSpan
		for i := range cuts[1:] {
			var sorter etl.BarSorter
			for part := range slices.Chunk(slices.DeleteFunc(slices.Clone(bars), func(b bar) bool { return b.day <= cuts[i] || b.day > cuts[i+1] }), 100) {
				r := batchOf(part...)
				if err := sorter.Add(r); err != nil {
					t.Fatal(err)
				}
				r.Release()
			}
			scanner := etl.NewExDateScanner(nil)
			if err := sorter.Pass(scanner); err != nil {
				t.Fatal(err)
			}
			spans = append(spans, scanner.Span())
		}
		found, present, err := etl.JoinSpans(days, spans)
		if err != nil || !slices.Equal(found, whole.Found()) || len(found) < 20 {
			t.Fatalf("round %d: %v\n%v\nwant\n%v", round, err, found, whole.Found())
		}
		if present.Len() != len(bars) {
			t.Fatalf("%d bars are present, want %d", present.Len(), len(bars))
		}
		for _, b := range bars {
			if !present.Has(sym(t, b.symbol), b.day) {
				t.Fatalf("the bar of %s %s is not present", b.symbol, b.day)
			}
		}
		if _, _, err := etl.JoinSpans(days, []*etl.BarSpan{spans[1], spans[0]}); err == nil {
			t.Fatal("spans in the wrong order pass")
		}
	}
}

func TestBarSorterRefusesABarTwice(t *testing.T) {
	var sorter etl.BarSorter
	for range 2 {
		if err := sorter.Add(batchOf(bar{"sh600000", june[1], 7, 7})); err != nil {
			t.Fatal(err)
		}
	}
	var data *etl.DataError
	if err := sorter.Pass(etl.NewExDateScanner(nil)); !errors.As(err, &data) || !strings.Contains(err.Error(), "sh600000") {
		t.Errorf("%v", err)
	}
	if err := sorter.Add(etl.MemberRows(nil)); !errors.As(err, &data) {
		t.Errorf("other columns: %v", err)
	}
}

func TestFactorVerdicts(t *testing.T) {
	factors, found, bars := world(t)
	found[1].Preclose = 60_000
	p := etl.CheckFactors(factors, found, bars)
	for _, v := range p.Verdicts() {
		want := int64(0)
		if v.Rule == etl.RuleFactorStep {
			want = 1
		}
		if v.Found != want || v.Severity != etl.Warn || (v.Sample != "") != (want > 0) || v.Checked < v.Found {
			t.Errorf("%+v, want %d found", v, want)
		}
	}
}
