package etl

import (
	"fmt"
	"testing"
)

func TestUnlistedRowsAreFlaws(t *testing.T) {
	symbol := func(code int) Symbol { return MakeSymbol(Shanghai, code) }
	universe := Universe{{Symbol: symbol(600001)}, {Symbol: symbol(600003)}, {Symbol: symbol(600005)}}
	batch := Batch{Symbols: []Symbol{symbol(600000), symbol(600001), symbol(600002), symbol(600003), symbol(600006)}}
	known := []Flaw{{Row: 2, Reason: "high is below low"}}
	got := unlisted(batch, universe, known)
	want := []Flaw{
		{0, "sh600000 is not in the vendor's list of securities"},
		{2, "high is below low"},
		{4, "sh600006 is not in the vendor's list of securities"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("flaws %v, want %v", got, want)
	}
	range1 := Batch{Symbols: []Symbol{symbol(600003), symbol(600003), symbol(600003)}}
	if flaws := unlisted(range1, universe, nil); len(flaws) != 0 {
		t.Errorf("rows of a listed security are flaws: %v", flaws)
	}
}
