package etl_test

import (
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

func TestUnlistedRowsAreFlaws(t *testing.T) {
	symbol := func(code int) etl.Symbol { return etl.MakeSymbol(etl.Shanghai, code) }
	universe := etl.Universe{{Symbol: symbol(600001)}, {Symbol: symbol(600003)}, {Symbol: symbol(600005)}}
	c := etl.NewChecker(etl.DefaultCheckConfig(), schedules.Embedded(), universe, nil)
	check := func(codes ...int) []etl.Flaw {
		b := goodBars(len(codes))
		for i, code := range codes {
			b.Symbols[i] = symbol(code)
		}
		if len(codes) > 2 {
			b.High[2] = 9.8
		}
		got := batch(b)
		defer got.Record.Release()
		return c.Check(got)
	}
	got := check(600000, 600001, 600003, 600004, 600006)
	want := []etl.Flaw{
		{Row: 0, Reason: "sh600000 is not in the vendor's list of securities"},
		{Row: 2, Reason: "high is below low"},
		{Row: 3, Reason: "sh600004 is not in the vendor's list of securities"},
		{Row: 4, Reason: "sh600006 is not in the vendor's list of securities"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("flaws %v, want %v", got, want)
	}
	if flaws := check(600003, 600003); len(flaws) != 0 {
		t.Errorf("rows of a listed security are flaws: %v", flaws)
	}
	// Symbols out of order are found all the same.
	if flaws := check(600005, 600001); len(flaws) != 0 {
		t.Errorf("rows out of order are flaws: %v", flaws)
	}
}
