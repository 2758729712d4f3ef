package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// TestStoredExDates: the checks learn from adjust_factors which days are ex-dates,
// and which are none, of the securities whose series was read.
func TestStoredExDates(t *testing.T) {
	m, address := generatedMarket(t, 40)
	dir, server := t.TempDir(), "baostock.address="+address
	from, to := schedules.MakeDay(2023, 1, 3), schedules.MakeDay(2023, 12, 29)
	days := schedules.Embedded().Days(from, to)
	l := lake.Open(dir, lake.DefaultConfig())
	stored := func() *storedBars {
		return newStoredBars(t.Context(), l, etl.NewCells(days), slog.New(slog.DiscardHandler))
	}
	symbol, _ := etl.ParseSymbol("sh600000")
	if is, known := stored().ExDate(symbol, from); is || known {
		t.Error("an empty lake knows ex-dates")
	}
	command(t, exitDone, "run", "--lake", dir, "--set", server, "--job", "daily-bars", "--from", from.String(), "--to", to.String())
	command(t, exitDone, "run", "--lake", dir, "--set", server, "--job", "adjust-factors")
	s, exDates, others, unknown := stored(), 0, 0, 0
	for i, in := range m.Securities() {
		symbol, _ := etl.ParseSymbol(in.Code)
		rights := map[schedules.Day]bool{}
		for _, x := range m.ExDates(i) {
			rights[x.Day] = true
		}
		for _, d := range days {
			is, known := s.ExDate(symbol, d)
			switch {
			case is && known && rights[d]:
				exDates++
			case !is && known && !rights[d]:
				others++
			case !is && !known:
				unknown++
			default:
				t.Fatalf("%s %s: %t, %t; the market says %t", symbol, d, is, known, rights[d])
			}
		}
	}
	if exDates < 20 || others < 1000 || unknown < 100 {
		t.Errorf("%d ex-dates, %d other days, %d unknown", exDates, others, unknown)
	}
	if is, known := s.ExDate(symbol, schedules.DayOf(time.Now())+1); is || known {
		t.Error("tomorrow is known")
	}
	// A lake that has lost factors no longer trusts what was asked for.
	if err := os.RemoveAll(filepath.Join(dir, "adjust_factors")); err != nil {
		t.Fatal(err)
	}
	s = stored()
	for _, in := range m.Securities() {
		symbol, _ := etl.ParseSymbol(in.Code)
		rows := 0
		if one := s.asked; one != nil && one.Series[symbol] != nil {
			rows = one.Series[symbol].Rows
		}
		if is, known := s.ExDate(symbol, from); is || known && rows > 0 {
			t.Fatalf("%s: %t, %t without a table", symbol, is, known)
		}
	}
}

// TestLateFactors: what the vendor has not published by his own time is missing, and
// asked for again by the next run.
func TestLateFactors(t *testing.T) {
	c := market.DefaultConfig()
	c.Stocks, c.Funds = 40, 0
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	day := schedules.MakeDay(2023, 7, 5)
	at := func(ready schedules.Clock) string {
		c := simulator.DefaultConfig()
		c.FactorsReady, c.Now = ready, func() time.Time { return day.At(19, 0) }
		return "baostock.address=" + serve(t, c, m)
	}
	dir, late, ready := t.TempDir(), at(23*60), at(18*60)
	command(t, exitDone, "run", "--lake", dir, "--set", late, "--job", "daily-bars", "--from", "2022-11-01")
	job := func(want int, server string) (r factorsReport) {
		if err := json.Unmarshal(command(t, want, "run", "--lake", dir, "--set", server, "--job", "adjust-factors", "--json"), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := job(exitPartial, late)
	if r.Missing == 0 || r.MissingWhy[0].Reason != "the vendor has none yet" || r.MissingWhy[0].First != day {
		t.Fatalf("%+v", r)
	}
	missing := r.Missing
	if r = job(exitPartial, late); r.RequestsByType["15"] != int64(missing) || r.Missing != missing {
		t.Errorf("the next run: %+v", r)
	}
	if len(r.Findings) != 1 || r.Findings[0].Rule != etl.RuleFactorMissing || !strings.Contains(r.Findings[0].Sample, "preclose") {
		t.Errorf("findings %+v", r.Findings)
	}
	if r = job(exitDone, ready); r.Missing != 0 || r.Rows == 0 || len(r.Findings) != 0 {
		t.Errorf("when they are there: %+v", r)
	}
	if r = job(exitDone, ready); r.Requests != 0 {
		t.Errorf("afterwards: %+v", r)
	}
}

// TestChangedListIsAFinding: what a new list says of known securities is in the table
// checks, whichever job has asked for it.
func TestChangedListIsAFinding(t *testing.T) {
	l := lake.Open(t.TempDir(), lake.DefaultConfig())
	v := &vendorLists{lake: l, job: "test"}
	in := func(name string) etl.Universe {
		symbol, _ := etl.ParseSymbol("sh600000")
		return etl.Universe{{Symbol: symbol, Name: name, Kind: etl.Stock, Listed: 10_000}}
	}
	start := time.Now().Add(-time.Hour)
	for i, name := range []string{"old", "old", "new"} {
		if err := v.mergeInstruments(t.Context(), in(name), nil, start.Add(time.Duration(i)*time.Minute), lake.Info{}); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := l.Table(etl.Checks).Snapshot(t.Context())
	if err != nil || snapshot.Rows() != 6 || len(v.change.Changed) != 1 {
		t.Errorf("%d rows, %v, %v", snapshot.Rows(), v.change, err)
	}
}
