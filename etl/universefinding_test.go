package etl_test

import (
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

func TestUniverseVerdicts(t *testing.T) {
	d := schedules.MakeDay(2020, 1, 2)
	list := func(in ...etl.Instrument) etl.Universe { return universe(in) }
	one := func(symbol, name string, listed schedules.Day) etl.Instrument {
		return etl.Instrument{Symbol: sym(t, symbol), Name: name, Kind: etl.Stock, Listed: listed}
	}
	var many []etl.Instrument // a list that lacks more than a tenth is not believed
	for i := range 20 {
		many = append(many, one(etl.MakeSymbol(etl.Shanghai, 601000+i).String(), "other", d))
	}
	stored, change, err := etl.MergeUniverse(nil, list(append(many, one("sh600000", "old name", d), one("sh600001", "a", d), one("sh600002", "gone", d))...), nil, "test", fetched)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range change.Verdicts(stored, fetched) {
		if v.Found != 0 {
			t.Errorf("the first list: %+v", v)
		}
	}
	later := fetched.Add(24*time.Hour + 1)
	stored, change, err = etl.MergeUniverse(stored, list(append(many, one("sh600000", "new name", d), one("sh600001", "b", d+900))...), nil, "test", later)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		etl.RuleInstrumentChanged:  `sh600000: name was "old name" and is "new name"`,
		etl.RuleCodeReused:         `sh600001: name was "a" and is "b", listed was "2020-01-02" and is "` + (d + 900).String() + `"`,
		etl.RuleInstrumentVanished: `sh600002: "gone", listed 2020-01-02, is no longer in the list`,
	}
	verdicts := change.Verdicts(stored, later)
	for _, v := range verdicts {
		if v.Found != 1 || v.Sample != want[v.Rule] || v.Checked != 23 {
			t.Errorf("%+v, want %q", v, want[v.Rule])
		}
	}
	if len(verdicts) != len(want) {
		t.Errorf("%d verdicts", len(verdicts))
	}
}

func TestCheckListings(t *testing.T) {
	cells := etl.NewCells(june)
	for symbol, days := range map[string][]int{"sh600000": {1, 2}, "sh600001": {1, 5}, "sh600002": {3}, "sh600003": {4, 6}} {
		for _, i := range days {
			cells.Add(sym(t, symbol), june[i])
		}
	}
	u := universe([]etl.Instrument{
		{Symbol: sym(t, "sh600000"), Listed: june[1], Delisted: june[2]},
		{Symbol: sym(t, "sh600001"), Listed: june[2]},
		{Symbol: sym(t, "sh600003"), Listed: june[0], Delisted: june[5]},
	})
	want := map[string]string{
		etl.RuleBarBeforeListing:  "sh600001 has a bar of " + june[1].String(),
		etl.RuleBarAfterDelisting: "sh600003 has a bar of " + june[6].String(),
		etl.RuleBarUnlisted:       "sh600002 has bars from",
	}
	for _, v := range etl.CheckListings(u, cells) {
		if v.Found != 1 || v.Checked != 4 || !strings.HasPrefix(v.Sample, want[v.Rule]) || v.First == 0 {
			t.Errorf("%+v, want %q", v, want[v.Rule])
		}
	}
}
