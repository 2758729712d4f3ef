package etl_test

import (
	"context"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// What the whole-market answer of an old day lacks is asked for by name, once.
func TestRunAsksHolesOfOldDaysByName(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), absent: map[cell]bool{}}
	first, second := v.universe[7].Symbol, v.universe[30].Symbol
	v.absent[cell{first, june[2]}] = true
	v.absent[cell{first, june[5]}] = true
	v.absent[cell{second, june[3]}] = true
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	if err != nil || out.Rows != 60*21-3 {
		t.Errorf("%v, %d rows", err, out.Rows)
	}
	want := []etl.Request{span(v.universe[7], june[2], june[5]), span(v.universe[30], june[3], june[3])}
	if got := v.requests(); len(got) != 23 || !slices.Equal(got[21:], want) {
		t.Errorf("%d requests, the last %v, want 21 days and %v", len(got), got[max(0, len(got)-2):], want)
	}
	if want := []string{gap(etl.ReasonAbsent, 3, 2, june[2], june[5], first)}; !slices.Equal(gaps(out), want) {
		t.Errorf("missing %q, want %q", gaps(out), want)
	}
}

// A hole that only the whole-market answer has is filled by the range.
func TestRunFillsWhatTheWholeMarketForgot(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), absent: map[cell]bool{{stocks(8)[7].Symbol, june[2]}: true}}
	v.fault = func(_ context.Context, _ int, q etl.Request) error {
		if q.Shape == etl.SecurityRange {
			clear(v.absent)
		}
		return nil
	}
	b := newBench(v, etl.Scope{})
	if out, err := b.do(t, t.Context()); err != nil || len(out.Missing) != 0 || out.Answers != 22 {
		t.Errorf("%v, %d answers, missing %v", err, out.Answers, gaps(out))
	}
}

func TestRunBeforeTheVendorHasPublished(t *testing.T) {
	today := june[20]
	for name, c := range map[string]struct {
		holes  int  // securities without a row today
		named  bool // the holes are asked for by name
		absent bool
	}{
		"nothing yet":         {holes: 120},
		"one row is there":    {holes: 119},
		"half is there":       {holes: 60},
		"one hole too many":   {holes: etl.FewHoles + 1},
		"as many as are few":  {holes: etl.FewHoles, named: true},
		"one is not there":    {holes: 1, named: true},
		"everything is there": {holes: 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := &vendor{universe: universe(stocks(120)), absent: map[cell]bool{}}
			for _, in := range v.universe[:c.holes] {
				v.absent[cell{in.Symbol, today}] = true
			}
			b := newBench(v, etl.Scope{})
			for _, in := range v.universe { // all but today is there
				b.Committed.AddRange(in.Symbol, june[0], june[19])
			}
			out, err := b.do(t, t.Context())
			if err != nil || out.Rows != int64(120-c.holes) {
				t.Errorf("%v, %d rows, want %d", err, out.Rows, 120-c.holes)
			}
			want := []string{}
			if c.holes > 0 {
				want = append(want, gap(etl.ReasonUnpublished, c.holes, c.holes, today, today, v.universe[0].Symbol))
			}
			if !slices.Equal(gaps(out), want) {
				t.Errorf("missing %q, want %q", gaps(out), want)
			}
			ranges := 0
			if c.named {
				ranges = c.holes
			}
			if v.count(etl.MarketDay) != 1 || v.count(etl.SecurityRange) != ranges {
				t.Errorf("%d days and %d securities asked, want 1 and %d", v.count(etl.MarketDay), v.count(etl.SecurityRange), ranges)
			}
		})
	}
}

// The patience ends: an old day that is half empty is a fault, not a delay.
func TestRunHalfEmptyDays(t *testing.T) {
	v := &vendor{universe: universe(stocks(120)), absent: map[cell]bool{}}
	old := june[20] - etl.Recently // the last day that is old
	if !slices.Contains(june, old) || !slices.Contains(june, old+1) {
		t.Fatalf("%s or the day after is no trading day: choose another end of the test", old)
	}
	for _, in := range v.universe[:60] {
		v.absent[cell{in.Symbol, old}] = true
		v.absent[cell{in.Symbol, old + 1}] = true
	}
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	want := []string{
		gap(etl.ReasonUnpublished, 60, 60, old+1, old+1, v.universe[0].Symbol),
		gap(etl.ReasonAbsent, 60, 60, old, old, v.universe[0].Symbol),
	}
	if err != nil || !slices.Equal(sorted(gaps(out)), sorted(want)) {
		t.Errorf("%v, missing %q, want %q", err, gaps(out), want)
	}
	if got := v.count(etl.SecurityRange); got != 60 {
		t.Errorf("%d securities asked by name, want the 60 of %s", got, old)
	}
}

// Nor are a few securities enough to hide an empty day.
func TestRunOfASmallMarketBeforePublication(t *testing.T) {
	v := &vendor{universe: universe(stocks(etl.FewHoles)), empty: map[schedules.Day]bool{june[20]: true}}
	out, err := newBench(v, etl.Scope{}).do(t, t.Context())
	want := []string{gap(etl.ReasonUnpublished, etl.FewHoles, etl.FewHoles, june[20], june[20], v.universe[0].Symbol)}
	if err != nil || !slices.Equal(gaps(out), want) || v.count(etl.SecurityRange) != 0 {
		t.Errorf("%v, missing %q, %d asked by name", err, gaps(out), v.count(etl.SecurityRange))
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
