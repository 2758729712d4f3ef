package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// TestAskedFactors: what an answer settles, for how long, and what a lake that has
// lost rows makes of it.
func TestAskedFactors(t *testing.T) {
	s, _ := etl.ParseSymbol("sh600000")
	day := schedules.MakeDay(2024, 6, 3)
	factor := func(d schedules.Day, fore, back int64) etl.FactorVersion {
		return etl.FactorVersion{Factor: etl.Factor{Symbol: s, Date: d, Fore: fore, Back: back, Adjust: back}}
	}
	ex := etl.ExDate{Symbol: s, Day: day}
	key := etl.FactorKey{Symbol: s, Date: day}
	series := func(on schedules.Day) *askedFactors {
		return &askedFactors{Series: map[etl.Symbol]*asked{s: {On: on}}, Days: map[schedules.Day]*asked{}}
	}
	for name, tc := range map[string]struct {
		asked   *askedFactors
		latest  schedules.Day
		settled bool
	}{
		"not asked":          {&askedFactors{}, day, false},
		"asked before":       {series(day - 1), day, false},
		"on the day":         {series(day), day, false},
		"some days late":     {series(day + 9), day + 9, false},
		"weeks late":         {series(day + 30), day + 31, true},
		"as long again":      {series(day + 30), day + 60, false},
		"by day, long after": {&askedFactors{Days: map[schedules.Day]*asked{day: {On: day + 30}}}, day + 31, true},
		"in this run":        {&askedFactors{Days: map[schedules.Day]*asked{day: {On: day, fresh: true}}}, day, true},
	} {
		if m := tc.asked.means([]etl.ExDate{ex}, nil, tc.latest); m.Asked[key] != tc.settled || m.Latest != tc.latest {
			t.Errorf("%s: %v", name, m)
		}
	}
	a := series(day - 1)
	two := []etl.FactorVersion{factor(day-300, etl.One, 2*etl.One), factor(day, etl.One, 3*etl.One)}
	if got := a.stale(two); len(got) != 1 || got[0].Day != day {
		t.Errorf("a series of before the newest ex-date: %v", got)
	}
	if got := series(day).stale(two); len(got) != 0 {
		t.Errorf("a series that the vendor gives in contradiction: %v", got)
	}
	if gap := (etl.ExDate{Symbol: s, Day: day, After: day - 9, Gap: true}); (&askedFactors{Days: map[schedules.Day]*asked{day: {}}}).covers(gap) != nil {
		t.Error("one day's answer settles a gap")
	}
	a = &askedFactors{Series: map[etl.Symbol]*asked{s: {On: day + 5, Doubt: day}}}
	for d, want := range map[schedules.Day][2]bool{day - 300: {true, true}, day - 1: {false, true}, day: {false, false}, day + 6: {false, false}} {
		if is, known := a.exDate(two[:1], s, d); is != want[0] || known != want[1] {
			t.Errorf("%s: %t, %t", d, is, known)
		}
	}
}

func TestAskedFactorsAreAHelpOnly(t *testing.T) {
	l := lake.Open(t.TempDir(), lake.DefaultConfig())
	s, _ := etl.ParseSymbol("sh600000")
	day := schedules.MakeDay(2024, 6, 3)
	known := []etl.FactorVersion{{Factor: etl.Factor{Symbol: s, Date: day, Fore: etl.One, Back: etl.One, Adjust: etl.One}, Fetched: time.Now()}}
	a, err := openAsked(l, known)
	if err != nil {
		t.Fatal(err)
	}
	a.add(etl.FactorRequest{Symbol: s, To: day}, etl.FactorAnswer{}, 1, day)
	a.add(etl.FactorRequest{From: day, To: day}, etl.FactorAnswer{}, 1, day)
	a.spend(day, 2)
	a.spend(day+1, 3)
	if a.left(day+1, 5) != 2 || a.left(day+2, 5) != 5 || a.left(day, 2) != 0 {
		t.Errorf("%d left", a.left(day+1, 5))
	}
	if err := a.save(l); err != nil {
		t.Fatal(err)
	}
	again, err := openAsked(l, known)
	if err != nil || len(again.Series) != 1 || len(again.Days) != 1 || again.Sent != 3 {
		t.Errorf("%+v, %v", again, err)
	}
	if lost, err := openAsked(l, nil); err != nil || len(lost.Series) != 0 || len(lost.Days) != 0 {
		t.Errorf("a lake that has lost its factors: %+v, %v", lost, err)
	}
	names, _ := os.ReadDir(l.StateDir())
	if err := os.WriteFile(filepath.Join(l.StateDir(), "adjust-factors.json"), []byte(`{"series":{"`), 0o644); err != nil || !slices.ContainsFunc(names, func(e os.DirEntry) bool { return e.Name() == "adjust-factors.json" }) {
		t.Fatal(names, err)
	}
	if damaged, err := openAsked(l, known); err != nil || len(damaged.Series) != 0 {
		t.Errorf("damaged: %+v, %v", damaged, err)
	}
}
