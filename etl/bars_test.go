package etl_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"barkeep/etl"
)

var fetched = time.Date(2026, 6, 30, 17, 35, 0, 123_000, time.UTC)

// goodBars returns n rows that break no rule: one stock after the other, each
// over the days of June 2026.
func goodBars(n int) *etl.BarBuilder {
	var b etl.BarBuilder
	b.SetLen(n)
	for i := range n {
		b.Days[i], b.Symbols[i] = june[i%len(june)], etl.MakeSymbol(etl.Shanghai, 600000+i/len(june))
		b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Preclose[i] = 10.1, 10.5+float64(i), 9.9, 10.2, 10
		b.Volume[i], b.Amount[i], b.Turn[i] = int64(1000+i), 10_150.25+10.25*float64(i), 0.5
		b.Traded[i], b.PctChg[i], b.IsST[i] = 1, 2, 0
		b.PeTTM[i], b.PbMRQ[i], b.PsTTM[i], b.PcfNcfTTM[i] = 5.8, -0.7, 1.8, -13.4
	}
	return &b
}

// suspend brings row i into the vendor's form since 2021-11-24: all but the
// prices and the valuation is empty.
func suspend(b *etl.BarBuilder, i int) {
	b.Open[i], b.High[i], b.Low[i], b.Close[i] = b.Preclose[i], b.Preclose[i], b.Preclose[i], b.Preclose[i]
	b.Traded[i], b.Volume[i] = 0, etl.EmptyInt
	b.Amount[i], b.Turn[i], b.PctChg[i] = math.NaN(), math.NaN(), math.NaN()
}

func batch(b *etl.BarBuilder) etl.Batch { return b.Batch("baostock", fetched) }

// text prints column c of row i; a null is "(null)".
func text(b etl.Batch, c string, i int) string {
	return b.Record.Column(etl.DailyBars.Index(c)).ValueStr(i)
}

func TestBatchHoldsWhatWasBuilt(t *testing.T) {
	b := goodBars(50)
	b.IsST[3], b.PeTTM[4] = 1, math.NaN()
	suspend(b, 7)
	got := batch(b)
	defer got.Record.Release()
	if !got.Record.Schema().Equal(etl.DailyBars.Schema()) {
		t.Fatalf("schema %s", got.Record.Schema())
	}
	if got.Record.NumRows() != 50 || len(got.Symbols) != 50 || len(got.Days) != 50 || len(got.Flaws) != 0 {
		t.Fatalf("%d rows, %d symbols, %d days, flaws %v", got.Record.NumRows(), len(got.Symbols), len(got.Days), got.Flaws)
	}
	if got.Source != "baostock" || !got.Fetched.Equal(fetched) {
		t.Errorf("source %q, fetched %s", got.Source, got.Fetched)
	}
	for i := range 50 {
		want := map[string]string{
			"date": june[i%21].String(), "symbol": etl.MakeSymbol(etl.Shanghai, 600000+i/21).String(),
			"open": "10.1", "high": fmt.Sprint(10.5 + float64(i)), "low": "9.9", "close": "10.2", "preclose": "10",
			"volume": fmt.Sprint(1000 + i), "amount": fmt.Sprint(10_150.25 + 10.25*float64(i)), "turn": "0.5", "traded": "true", "pct_chg": "2",
			"pe_ttm": "5.8", "pb_mrq": "-0.7", "ps_ttm": "1.8", "pcf_ncf_ttm": "-13.4", "is_st": "false",
			"source": "baostock", "fetched_at": "2026-06-30 17:35:00.000123Z",
		}
		switch i {
		case 3:
			want["is_st"] = "true"
		case 4:
			want["pe_ttm"] = "(null)"
		case 7:
			for _, c := range []string{"open", "high", "low", "close"} {
				want[c] = "10"
			}
			want["volume"], want["amount"], want["turn"], want["traded"], want["pct_chg"] = "0", "0", "(null)", "false", "0"
		}
		for _, c := range etl.DailyBars.Columns {
			if text(got, c.Name, i) != want[c.Name] {
				t.Errorf("row %d: %s is %s, want %s", i, c.Name, text(got, c.Name, i), want[c.Name])
			}
		}
		if got.Symbols[i].String() != want["symbol"] || got.Days[i].String() != want["date"] {
			t.Errorf("row %d: keys %s %s, columns %s %s", i, got.Symbols[i], got.Days[i], want["symbol"], want["date"])
		}
	}
}

// Both forms in which the vendor sends a suspended day come out as one.
func TestSuspendedDaysHaveOneForm(t *testing.T) {
	b := goodBars(2)
	suspend(b, 0)
	suspend(b, 1)
	b.Volume[0], b.Amount[0], b.PctChg[0] = 0, 0, 0 // as up to 2021-10-26
	b.Turn[0] = 0                                   // never seen; null all the same
	got := batch(b)
	defer got.Record.Release()
	for _, c := range []string{"volume", "amount", "turn", "traded", "pct_chg"} {
		if text(got, c, 0) != text(got, c, 1) {
			t.Errorf("%s is %s in one form and %s in the other", c, text(got, c, 0), text(got, c, 1))
		}
	}
	if len(got.Flaws) != 0 {
		t.Errorf("flaws %v", got.Flaws)
	}
}

func TestEmptyCellsAreFlaws(t *testing.T) {
	nan := math.NaN()
	empty := map[string]func(b *etl.BarBuilder, i int){
		"open":        func(b *etl.BarBuilder, i int) { b.Open[i] = nan },
		"high":        func(b *etl.BarBuilder, i int) { b.High[i] = nan },
		"low":         func(b *etl.BarBuilder, i int) { b.Low[i] = nan },
		"close":       func(b *etl.BarBuilder, i int) { b.Close[i] = nan },
		"preclose":    func(b *etl.BarBuilder, i int) { b.Preclose[i] = nan },
		"volume":      func(b *etl.BarBuilder, i int) { b.Volume[i] = etl.EmptyInt },
		"amount":      func(b *etl.BarBuilder, i int) { b.Amount[i] = nan },
		"tradestatus": func(b *etl.BarBuilder, i int) { b.Traded[i] = etl.EmptyFlag },
		"isST":        func(b *etl.BarBuilder, i int) { b.IsST[i] = etl.EmptyFlag },
	}
	for name, blank := range empty {
		t.Run(name, func(t *testing.T) {
			b := goodBars(12)
			blank(b, 9)
			blank(b, 2)
			got := batch(b)
			defer got.Record.Release()
			want := []etl.Flaw{{Row: 2, Reason: name + " is empty"}, {Row: 9, Reason: name + " is empty"}}
			if fmt.Sprint(got.Flaws) != fmt.Sprint(want) {
				t.Errorf("flaws %v, want %v", got.Flaws, want)
			}
			for i, c := range got.Record.Columns() {
				if !etl.DailyBars.Columns[i].Nullable && c.NullN() != 0 {
					t.Errorf("%s, which is not nullable, holds %d nulls", etl.DailyBars.Columns[i].Name, c.NullN())
				}
			}
		})
	}
	nullable := goodBars(1)
	nullable.Turn[0], nullable.PctChg[0] = nan, nan
	nullable.PeTTM[0], nullable.PbMRQ[0], nullable.PsTTM[0], nullable.PcfNcfTTM[0] = nan, nan, nan, nan
	got := batch(nullable)
	defer got.Record.Release()
	if len(got.Flaws) != 0 {
		t.Errorf("empty cells in nullable columns are flaws: %v", got.Flaws)
	}
	for _, c := range []string{"turn", "pct_chg", "pe_ttm", "pb_mrq", "ps_ttm", "pcf_ncf_ttm"} {
		if text(got, c, 0) != "(null)" {
			t.Errorf("%s is %s, want null", c, text(got, c, 0))
		}
	}
}

// Several empty cells of one row are one flaw, named after the first.
func TestFlawOfARowWithManyEmptyCells(t *testing.T) {
	b := goodBars(1)
	b.Open[0], b.Close[0], b.Volume[0], b.IsST[0] = math.NaN(), math.NaN(), etl.EmptyInt, etl.EmptyFlag
	got := batch(b)
	defer got.Record.Release()
	if fmt.Sprint(got.Flaws) != "[{0 open is empty}]" {
		t.Errorf("flaws %v", got.Flaws)
	}
}
