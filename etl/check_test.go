package etl_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// checker has the default rules and knows nothing of the market.
func checker() *etl.Checker {
	return etl.NewChecker(etl.DefaultCheckConfig(), schedules.Embedded(), nil, nil)
}

func TestCheckRules(t *testing.T) {
	type bars = etl.BarBuilder
	tests := []struct {
		name   string
		bend   func(b *bars, i int)
		reason string // empty when the row is good
	}{
		// Rules broken by one step, and the good row right beside.
		{"as it is", func(b *bars, i int) {}, ""},
		{"low 0", func(b *bars, i int) { b.Low[i] = 0 }, "a price is not positive"},
		{"low negative", func(b *bars, i int) { b.Low[i] = -1 }, "a price is not positive"},
		{"all prices 0", func(b *bars, i int) { b.Open[i], b.High[i], b.Low[i], b.Close[i] = 0, 0, 0, 0 }, "a price is not positive"},
		{"preclose 0", func(b *bars, i int) { b.Preclose[i] = 0 }, "a price is not positive"},
		{"preclose negative", func(b *bars, i int) { b.Preclose[i] = -10 }, "a price is not positive"},
		{"preclose far away", func(b *bars, i int) { b.Preclose[i] = 100 }, ""},
		{"high below low", func(b *bars, i int) { b.High[i] = 9.8 }, "high is below low"},
		{"one price", func(b *bars, i int) { b.Open[i], b.High[i], b.Low[i], b.Close[i] = 11, 11, 11, 11 }, ""},
		{"open below low", func(b *bars, i int) { b.Open[i] = 9.89 }, "open lies outside low..high"},
		{"open at low", func(b *bars, i int) { b.Open[i] = 9.9 }, ""},
		{"open above high", func(b *bars, i int) { b.Open[i] = b.High[i] + 0.01 }, "open lies outside low..high"},
		{"open at high", func(b *bars, i int) { b.Open[i] = b.High[i] }, ""},
		{"close below low", func(b *bars, i int) { b.Close[i] = 9.89 }, "close lies outside low..high"},
		{"close at low", func(b *bars, i int) { b.Close[i] = 9.9 }, ""},
		{"close above high", func(b *bars, i int) { b.Close[i] = b.High[i] + 0.01 }, "close lies outside low..high"},
		{"close at high", func(b *bars, i int) { b.Close[i] = b.High[i] }, ""},
		{"volume negative", func(b *bars, i int) { b.Volume[i] = -1 }, "volume is negative"},
		{"volume 0 on a traded day", func(b *bars, i int) { b.Volume[i], b.Amount[i] = 0, 0 }, ""},
		{"an odd lot", func(b *bars, i int) { b.Volume[i], b.Amount[i] = 1, 10.1 }, ""},
		{"lots instead of shares", func(b *bars, i int) { b.Volume[i] /= 100 }, "amount and volume are not in yuan and shares"},
		{"an amount for no shares", func(b *bars, i int) { b.Volume[i] = 0 }, "an amount was paid for no shares"},
		{"a price between two ticks", func(b *bars, i int) { b.Close[i] = 10.205 }, "a price is no multiple of the tick"},
		{"an offer price between two ticks", func(b *bars, i int) { b.Preclose[i] = 10.005 }, ""},
		{"the row before once more", func(b *bars, i int) { b.Days[i] = b.Days[i-1]; copyRow(b, i, i-1) }, "the answer holds the row twice"},
		{"amount negative", func(b *bars, i int) { b.Amount[i] = -0.01 }, "amount is negative"},
		{"far beyond a price limit", func(b *bars, i int) { b.High[i], b.Close[i], b.PctChg[i] = 30, 30, 200 }, ""},
		{"negative valuation", func(b *bars, i int) { b.PeTTM[i], b.PbMRQ[i] = -1e6, -3 }, ""},
		{"no valuation", func(b *bars, i int) { b.PeTTM[i], b.PbMRQ[i], b.PsTTM[i] = math.NaN(), math.NaN(), math.NaN() }, ""},
		{"under risk warning", func(b *bars, i int) { b.IsST[i] = 1 }, ""},

		{"suspended", suspend, ""},
		{"suspended, old form", func(b *bars, i int) { suspend(b, i); b.Volume[i], b.Amount[i], b.PctChg[i] = 0, 0, 0 }, ""},
		{"suspended, preclose differs", func(b *bars, i int) { suspend(b, i); b.Preclose[i] = 4.5 }, ""},
		{"suspended with volume", func(b *bars, i int) { suspend(b, i); b.Volume[i] = 100 }, "shares traded on a suspended day"},
		{"traded but flagged suspended", func(b *bars, i int) { b.Traded[i] = 0 }, "shares traded on a suspended day"},
		{"suspended without a price", func(b *bars, i int) {
			suspend(b, i)
			b.Open[i], b.High[i], b.Low[i], b.Close[i] = 0, 0, 0, 0
		}, "a price is not positive"},
		{"suspended with an empty price", func(b *bars, i int) { suspend(b, i); b.Close[i] = math.NaN() }, "close is empty"},

		{"a Saturday", func(b *bars, i int) { b.Days[i] = schedules.MakeDay(2026, 6, 6) }, "2026-06-06 is no trading day"},
		{"a holiday", func(b *bars, i int) { b.Days[i] = schedules.MakeDay(2026, 6, 19) }, "2026-06-19 is no trading day"},
		{"a working Sunday", func(b *bars, i int) { b.Days[i] = schedules.MakeDay(2024, 2, 4) }, "2024-02-04 is no trading day"},
		{"past the calendar's horizon", func(b *bars, i int) { b.Days[i] = schedules.MakeDay(2027, 1, 4) }, ""},
		{"before the calendar", func(b *bars, i int) { b.Days[i] = schedules.MakeDay(1990, 12, 18) }, ""},

		// What the decoder has found stays, and is said once.
		{"empty cell", func(b *bars, i int) { b.Open[i] = math.NaN() }, "open is empty"},
		{"empty flag", func(b *bars, i int) { b.IsST[i] = etl.EmptyFlag }, "isST is empty"},
		{"empty cell and more", func(b *bars, i int) { b.Volume[i], b.High[i], b.Amount[i] = etl.EmptyInt, 1, -1 }, "volume is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := goodBars(9)
			tt.bend(b, 4)
			got := batch(b)
			defer got.Record.Release()
			flaws := checker().Check(got)
			want := []etl.Flaw{}
			if tt.reason != "" {
				want = append(want, etl.Flaw{Row: 4, Reason: tt.reason})
			}
			if !slices.Equal(flaws, want) {
				t.Errorf("flaws %v, want %v", flaws, want)
			}
		})
	}
}

func TestCheckKeepsGoodRows(t *testing.T) {
	b := goodBars(3000)
	for i := 0; i < 3000; i += 7 {
		suspend(b, i)
	}
	got := batch(b)
	defer got.Record.Release()
	if flaws := checker().Check(got); len(flaws) != 0 {
		t.Errorf("good rows are refused: %v", flaws[:1])
	}
}

func TestCheckOrdersItsFlaws(t *testing.T) {
	b := goodBars(20)
	for i := 19; i >= 0; i -= 3 {
		if i%2 == 0 {
			b.Close[i] = math.NaN()
		} else {
			b.Amount[i] = -1
		}
	}
	got := batch(b)
	// A batch with room behind its flaws: Check must not write there.
	got.Flaws = slices.Grow(got.Flaws, 100)
	before := fmt.Sprint(got.Flaws)
	first := checker().Check(got)
	if fmt.Sprint(got.Flaws) != before {
		t.Errorf("the batch's own flaws have become %v, they were %s", got.Flaws, before)
	}
	rows := []int{}
	for _, f := range first {
		rows = append(rows, f.Row)
	}
	if want := []int{1, 4, 7, 10, 13, 16, 19}; !slices.Equal(rows, want) {
		t.Errorf("rows %v, want %v", rows, want)
	}
	if again := checker().Check(got); !slices.Equal(first, again) {
		t.Errorf("checked again: %v, first %v", again, first)
	}
}

// copyRow makes the cells of row i those of row j, but for its key.
func copyRow(b *etl.BarBuilder, i, j int) {
	for _, c := range [][]float64{b.Open, b.High, b.Low, b.Close, b.Preclose, b.Amount, b.Turn, b.PctChg, b.PeTTM, b.PbMRQ, b.PsTTM, b.PcfNcfTTM} {
		c[i] = c[j]
	}
	b.Volume[i], b.Traded[i], b.IsST[i] = b.Volume[j], b.Traded[j], b.IsST[j]
}
