package market_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// look returns a security that must be known.
func look(t *testing.T, tape *market.Tape, code string, when time.Time) market.Instant {
	t.Helper()
	s, err := etl.ParseSymbol(code)
	if err != nil {
		t.Fatal(err)
	}
	q, ok := tape.At(s, when)
	if !ok {
		t.Fatalf("%s is unknown at %s", code, when)
	}
	return q
}

// TestTapeStandsStill looks at the pauses: lunch, the night, a weekend and the
// holidays of October.
func TestTapeStandsStill(t *testing.T) {
	_, tape := tapeOf()
	day := must(t, "2026-09-30")
	next := must(t, "2026-10-08")
	for _, pause := range []struct{ from, to time.Time }{
		{at(day, 9, 0, 0), at(day, 9, 14, 59)},
		{at(day, 9, 25, 0), at(day, 9, 29, 59)},
		{at(day, 11, 30, 0), at(day, 12, 59, 59)},
		{at(day, 15, 0, 0), at(day, 15, 5, 59)},
		{at(day, 15, 30, 0), at(next, 8, 59, 59)},
		{at(must(t, "2026-09-18"), 15, 30, 0), at(must(t, "2026-09-21"), 8, 59, 59)},
	} {
		first := map[etl.Symbol]market.Instant{}
		for q := range tape.All(pause.from) {
			q.Phase = 0
			first[q.Symbol] = *q
		}
		for n := range 9 {
			when := pause.to.Add(-pause.to.Sub(pause.from) * time.Duration(n) / 9)
			for q := range tape.All(when) {
				q.Phase = 0
				if p := first[q.Symbol]; !same(&p, q) && q.Shell != market.EmptyShell { // a shell changes at an odd time
					t.Fatalf("%s changed between %s and %s: %+v, was %+v", q.Symbol, pause.from, when, *q, p)
				}
			}
		}
	}
}

// TestTapeCourse follows one liquid share through a day.
func TestTapeCourse(t *testing.T) {
	_, tape := tapeOf()
	day := must(t, "2026-09-28")
	var final market.Instant
	for q := range tape.All(at(day, 16, 0, 0)) { // the first share with a day like others
		if q.Kind == market.Stock && q.Volume > 1e6 && q.High < q.LimitUp && q.Low > q.LimitDown {
			final = *q
			break
		}
	}
	code := final.Symbol.String()
	yesterday := look(t, tape, code, at(day, 8, 59, 59))
	if yesterday.Day != must(t, "2026-09-24") || yesterday.Time.Before(at(yesterday.Day, 15, 0, 0)) {
		t.Errorf("before the reset the row is of %s, time %s; want 2026-09-24 after the close (25 is a holiday)", yesterday.Day, yesterday.Time)
	}
	reset := look(t, tape, code, at(day, 9, 0, 0))
	if reset.Day != day || !math.IsNaN(reset.Last) || reset.Bids[0].Quantity != 0 || reset.Preclose != final.Preclose || !reset.Time.Equal(at(day, 9, 0, 0)) || reset.Status != etl.Trading {
		t.Errorf("reset row: %+v", reset)
	}
	virtual := map[float64]bool{}
	for s := 0; s < 600; s += 3 {
		q := look(t, tape, code, at(day, 9, 15, s))
		virtual[q.Last] = true
		if q.Status != etl.CallAuction || q.Phase != schedules.PhaseOpeningAuction || !q.Auction || !math.IsNaN(q.Open) {
			t.Fatalf("opening auction: %+v", q)
		}
	}
	if len(virtual) < 4 {
		t.Errorf("%d virtual prices in ten minutes, want some more", len(virtual))
	}
	open := look(t, tape, code, at(day, 9, 25, 0))
	if open.Last != final.Open || open.High != open.Open || open.Low != open.Open || open.Volume <= 0 || open.Volume > final.Volume/20 || open.Auction {
		t.Errorf("after the auction: %+v", open)
	}
	closing := look(t, tape, code, at(day, 14, 58, 30))
	before := look(t, tape, code, at(day, 14, 57, 0))
	if !closing.Auction || closing.Volume != before.Volume || closing.Phase != schedules.PhaseClosingAuction || closing.Volume >= final.Volume {
		t.Errorf("closing auction: %+v", closing)
	}
}

// TestTapeTouchesHighAndLow looks at every quote of a day: the last price
// reaches the day's high and low, and trading is spread over the day.
func TestTapeTouchesHighAndLow(t *testing.T) {
	_, tape := smallTape()
	day := must(t, "2026-09-28")
	type extremes struct{ high, low, noon, volume int64 }
	seen := map[etl.Symbol]extremes{}
	for s := 9*3600 + 25*60; s <= 15*3600; s += 3 {
		if s > 11*3600+1800 && s < 13*3600 {
			continue
		}
		for q := range tape.All(at(day, 0, 0, s+2)) {
			if q.Status != etl.Trading || q.Volume == 0 || q.Auction {
				continue
			}
			e, ok := seen[q.Symbol]
			if last := fixed(q.Last); !ok || last > e.high {
				e.high = last
			}
			if last := fixed(q.Last); !ok || last < e.low {
				e.low = last
			}
			if s <= 11*3600+1800 {
				e.noon = q.Volume
			}
			e.volume = q.Volume
			seen[q.Symbol] = e
		}
	}
	odd := 0
	for symbol, e := range seen {
		q, _ := tape.At(symbol, at(day, 16, 0, 0))
		if e.high != fixed(q.High) || e.low != fixed(q.Low) {
			t.Errorf("%s: last moved between %d and %d, the bar between %v and %v", symbol, e.low, e.high, q.Low, q.High)
		}
		if e.noon < e.volume/10 || e.noon > e.volume*9/10 {
			odd++
		}
	}
	if len(seen) < 60 || odd > len(seen)/10 {
		t.Errorf("%d securities traded, %d of them nearly only in the morning or in the afternoon", len(seen), odd)
	}
}

func TestTapeAtLimits(t *testing.T) {
	m, tape := tapeOf()
	ups, downs, free := 0, 0, 0
	for _, day := range schedules.Embedded().Days(must(t, "2024-01-02"), must(t, "2024-04-12")) {
		for q := range tape.All(at(day, 15, 1, 0)) {
			if q.Status != etl.Trading || q.Kind != market.Stock {
				continue
			}
			switch {
			case q.Last == q.LimitUp:
				ups++
				if q.Asks[0].Quantity != 0 || q.Bids[0].Price != q.Last {
					t.Errorf("at limit-up: %+v", q)
				}
			case q.Last == q.LimitDown:
				downs++
				if q.Bids[0].Quantity != 0 || q.Asks[0].Price != q.Last {
					t.Errorf("at limit-down: %+v", q)
				}
			case math.IsNaN(q.LimitUp):
				free++
				if !math.IsNaN(q.LimitDown) {
					t.Errorf("one limit: %+v", q)
				}
				if c := schedules.Embedded().Count(q.Listed, day); c > 5 && !strings.HasSuffix(q.Name, "退") {
					t.Errorf("%d days after its listing %s has no limits on %s", c, q.Symbol, day)
				}
			}
		}
	}
	if ups < 15 || downs < 4 || free < 2 {
		t.Errorf("%d limit-ups, %d limit-downs and %d days without limits among %d securities in a quarter", ups, downs, free, len(m.Securities()))
	}
}

func TestTapeAfterHours(t *testing.T) {
	_, tape := tapeOf()
	count := func(day string) map[string]int {
		d := must(t, day)
		n := map[string]int{}
		for q := range tape.All(at(d, 15, 30, 0)) {
			if q.Shell != market.NoShell {
				continue
			}
			early := look(t, tape, q.Symbol.String(), at(d, 15, 5, 0))
			middle := look(t, tape, q.Symbol.String(), at(d, 15, 20, 0))
			if early.AfterHoursVolume != 0 || middle.AfterHoursVolume > q.AfterHoursVolume || middle.Volume != q.Volume {
				t.Errorf("%s %s: %d, %d and %d after-hours shares", q.Symbol, day, early.AfterHoursVolume, middle.AfterHoursVolume, q.AfterHoursVolume)
			}
			if q.Status == etl.Trading {
				if q.AfterHoursVolume > 0 {
					n[q.Board]++
				} else {
					n["none"]++
				}
			}
		}
		return n
	}
	for day, want := range map[string][]string{"2019-07-19": {}, "2019-07-25": {"star"}, "2020-08-26": {"star", "chinext"}, "2026-07-03": {"star", "chinext"}, "2026-07-06": {"star", "chinext", "main", "fund"}} {
		got := count(day)
		for _, board := range []string{"star", "chinext", "main", "fund", "index"} {
			wanted := false
			for _, w := range want {
				wanted = wanted || w == board
			}
			if (got[board] > 0) != wanted && !(board == "star" && day == "2019-07-25") { // one STAR share may have none
				t.Errorf("%s: %d %s securities traded after hours, want any: %v", day, got[board], board, wanted)
			}
		}
		if got["none"] == 0 {
			t.Errorf("%s: every security traded after hours", day)
		}
	}
}
