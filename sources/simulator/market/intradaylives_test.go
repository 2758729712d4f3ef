package market_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

func TestTapeOfLives(t *testing.T) {
	m, tape := smallTape()
	calendar := schedules.Embedded()
	var coming, full, empty int
	for _, s := range m.Securities() {
		if s.Kind != market.Stock {
			continue
		}
		symbol, _ := etl.ParseSymbol(s.Code)
		if before, ok := calendar.Prev(s.Listed); ok && s.Listed > must(t, "1991-06-01") {
			coming++
			q, known := tape.At(symbol, at(before, 10, 0, 0))
			if !known || q.Status != etl.NotListed || !math.IsNaN(q.Preclose) || q.Name == "" || q.Volume != 0 {
				t.Errorf("%s a day before its listing: %v %+v", s.Code, known, q)
			}
			if _, known := tape.At(symbol, at(before-30, 10, 0, 0)); known {
				t.Errorf("%s is known a month before its listing", s.Code)
			}
			q = look(t, tape, s.Code, at(s.Listed, 9, 0, 0))
			if q.Status != etl.Trading || !strings.HasPrefix(q.Name, "N") {
				t.Errorf("%s on the day of its listing: %+v", s.Code, q)
			}
		}
		if s.Delisted == 0 || s.Last > must(t, "2026-01-01") {
			continue
		}
		if _, known := tape.At(symbol, at(s.Last+400, 10, 0, 0)); known {
			t.Errorf("%s is known a year after its end", s.Code)
		}
		q := look(t, tape, s.Code, at(s.Last+90, 10, 0, 0))
		switch {
		case q.Status != etl.Delisted || q.Time.After(at(s.Last+20, 0, 0, 0)):
			t.Errorf("%s after its end: %+v", s.Code, q)
		case q.Shell == market.FullShell:
			full++
			old := look(t, tape, s.Code, at(q.Day, 20, 0, 0))
			old.Phase, old.Status, old.Shell = q.Phase, q.Status, q.Shell
			if !same(&old, &q) || q.Volume == 0 {
				t.Errorf("%s as a full shell: %+v, its last day was %+v", s.Code, q, old)
			}
		case q.Shell == market.EmptyShell:
			empty++
			if !math.IsNaN(q.Last) || q.Volume != 0 || !(q.Preclose > 0) || !math.IsNaN(q.LimitUp) {
				t.Errorf("%s as an empty shell: %+v", s.Code, q)
			}
		}
	}
	if coming < 60 || full < 1 || empty < 1 {
		t.Errorf("%d listings, %d full and %d empty shells", coming, full, empty)
	}
}

// TestTapeOfReplay plays recorded rows with holes, rows that cannot be, and a
// calendar that goes on after the last bar.
func TestTapeOfReplay(t *testing.T) {
	dir := t.TempDir()
	write := func(code string, lines ...string) {
		text := market.Header + "\n" + strings.Join(lines, "\n") + "\n"
		if err := os.WriteFile(filepath.Join(dir, code+".csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bj.920123",
		"2024-01-02,bj.920123,10.0000,11.0000,9.5000,10.5000,9.9000,123456,1270000.1200,3,1.234500,1,6.060600,11.100000,1.500000,,,0",
		"2024-01-03,bj.920123,10.5000,13.6500,10.5000,13.6500,10.5000,99999,1300000.0000,3,1.000000,1,30.000000,11.100000,1.500000,,,0",
		"2024-01-05,bj.920123,0.0000,0.0000,0.0000,13.6500,13.6500,0,0.0000,3,,1,0.000000,,,,,0")
	write("sh.900901",
		"2024-01-02,sh.900901,0.8380,0.8500,0.8300,0.8400,0.8380,5000,4200.0000,3,0.010000,1,0.240000,,,,,0",
		"2024-01-05,sh.900901,0.8400,0.8400,0.8400,0.8400,0.8400,3,2.5200,3,0.010000,1,0.000000,,,,,0")
	m, err := market.Replay(dir)
	if err != nil {
		t.Fatal(err)
	}
	tape := market.NewTape(m, schedules.Embedded())
	if _, ok := tape.At(etl.MakeSymbol(etl.Beijing, 920123), at(must(t, "2023-12-29"), 10, 0, 0)); ok {
		t.Error("known before the first bar of all")
	}
	q := look(t, tape, "bj920123", at(must(t, "2024-01-03"), 15, 20, 0))
	if q.Last != 13.65 || q.LimitUp != 13.65 || q.Board != "beijing" || q.AfterHoursVolume != 0 || q.Asks[0].Quantity != 0 || q.FloatShares != 9999900 {
		t.Errorf("a Beijing share at its limit: %+v", q)
	}
	for _, day := range []string{"2024-01-04", "2024-01-05", "2024-03-07"} {
		if q = look(t, tape, "bj920123", at(must(t, day), 10, 0, 0)); q.Status != etl.Suspended || q.Preclose != 13.65 || !math.IsNaN(q.Last) {
			t.Errorf("without a bar, or with one that cannot be, on %s: %+v", day, q)
		}
	}
	q = look(t, tape, "sh900901", at(must(t, "2024-03-07"), 10, 0, 0))
	if q.Day != must(t, "2024-01-05") || q.Volume != 3 || q.Last != 0.84 || !q.Time.Equal(at(q.Day, 15, 0, 0)) {
		t.Errorf("past the last bar: %+v", q)
	}
	for _, day := range []string{"2024-01-02", "2024-01-05"} {
		for _, when := range grid(must(t, day)) {
			for q := range tape.All(when) {
				q.FloatShares, q.TotalShares = 1, 1
				q.Turn = float64(q.Volume) * 100
				for _, problem := range problems(q, when) {
					if q.Symbol.String() != "sh900901" || problem != "a price is not on the grid" { // ticks of 0.001
						t.Fatalf("%s at %s: %s: %+v", q.Symbol, when, problem, *q)
					}
				}
			}
		}
	}
}

func TestTapeNames(t *testing.T) {
	m, tape := smallTape()
	marks := map[string]int{}
	for i, s := range m.Securities() {
		for _, x := range m.ExDates(i) {
			if s.Kind != market.Stock || x.Day < must(t, "2025-01-01") {
				continue
			}
			mark := "XD"
			if x.Bonus > 0 {
				mark = "XR"
				if x.Cash > 0 {
					mark = "DR"
				}
			}
			marks[mark]++
			q := look(t, tape, s.Code, at(x.Day, 9, 0, 0))
			plain := m.Name(i, x.Day)
			if !strings.HasPrefix(q.Name, mark) || !strings.HasPrefix(mark+plain, q.Name) || len([]rune(q.Name)) > 8 {
				t.Errorf("%s on its ex-date %s is called %q, plainly %q", s.Code, x.Day, q.Name, plain)
			}
			if before := look(t, tape, s.Code, at(x.Day, 8, 59, 59)); strings.HasPrefix(before.Name, mark) {
				t.Errorf("%s is called %q before the reset", s.Code, before.Name)
			}
		}
	}
	if marks["XD"] == 0 || marks["DR"] == 0 {
		t.Errorf("ex-dates seen: %v", marks)
	}
}
