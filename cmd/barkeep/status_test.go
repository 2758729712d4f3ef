package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/runlog"
)

// testApp is the program with a lake and a clock, before a command.
func testApp(t *testing.T, dir, clock string, set ...string) *app {
	t.Helper()
	a := &app{lakeDir: dir, set: append(set, "calendar.now="+clock)}
	a.screen = newScreen(os.Stderr)
	t.Cleanup(func() { now = time.Now })
	return a
}

func TestHealthOfHoles(t *testing.T) {
	dir, day := oddLake(t)
	next := time.Date(2024, time.May, 10, 20, 5, 0, 0, schedules.Shanghai)
	h, err := testApp(t, dir, "2024-05-09T20:00").health(t.Context(), healthOptions{nextDue: func() map[string]time.Time {
		return map[string]time.Time{"daily-bars": next}
	}})
	if err != nil {
		t.Fatal(err)
	}
	// Stored from 05-06 on: complete on the first two days, one explained and one
	// missing on the third, one missing on the fourth.
	c := h.Bars
	if c.First != day-1 || c.Sealed != day || c.Due != day+2 || c.Expected != 8 || c.Present != 5 || c.Explained != 1 || c.Missing != 2 || c.HoleDays != 2 {
		t.Errorf("%+v", c)
	}
	if len(c.Holes) != 2 || c.Holes[0].Date != day+2 || c.Holes[1].Example != etl.MakeSymbol(etl.Shanghai, 600001) {
		t.Errorf("holes: %+v", c.Holes)
	}
	if c.Why != "of 2024-05-08 1 of 2 bars are missing, such as that of sh600001" {
		t.Errorf("why: %s", c.Why)
	}
	if h.Healthy || len(h.Problems) != 1 || h.Problems[0].Kind != troubleBehind || !strings.Contains(h.Problems[0].Command, "--from 2024-05-08") {
		t.Errorf("problems: %+v", h.Problems)
	}
	if h.Quarantine.Rows != 1 || len(h.Findings) != 1 || h.Findings[0].Rows != 2 || !h.Next["daily-bars"].Equal(next) {
		t.Errorf("%+v %+v %+v", h.Quarantine, h.Findings, h.Next)
	}
	var text strings.Builder
	h.write(&text, paint{})
	for _, want := range []string{"next         daily-bars      2024-05-10 20:05:00", "findings     2  price_limit (warn): sh600001"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
}

func TestHealthOfOldHistory(t *testing.T) {
	dir := t.TempDir()
	l := lake.Open(dir, lake.DefaultConfig())
	put(t, l, etl.Instruments, map[string]any{"symbol": "sh600000", "name": "浦发银行", "kind": "stock", "board": "main",
		"listed": schedules.MakeDay(1999, time.November, 10), "source": "baostock", "fetched_at": arrived})
	// A bar of long ago, a hole of a year, and the last year without one.
	rows := []map[string]any{barOf("sh600000", schedules.MakeDay(2022, time.May, 6), 10, 10)}
	for _, d := range schedules.Embedded().Days(schedules.MakeDay(2023, time.May, 1), schedules.MakeDay(2024, time.May, 9)) {
		rows = append(rows, barOf("sh600000", d, 10, 10))
	}
	put(t, l, etl.DailyBars, rows...)
	short, err := testApp(t, dir, "2024-05-09T20:00").health(t.Context(), healthOptions{})
	if err != nil {
		t.Fatal(err)
	}
	older := short.Bars.ExpectedAll - short.Bars.StoredAll
	if !short.Healthy || short.Bars.Missing != 0 || older < 200 || !hasTrouble(short.Warnings, troubleHistory) {
		t.Errorf("%+v %+v", short.Bars, short.Warnings)
	}
	whole, err := testApp(t, dir, "2024-05-09T20:00").health(t.Context(), healthOptions{all: true})
	if err != nil {
		t.Fatal(err)
	}
	if whole.Healthy || int64(whole.Bars.Missing) != older || whole.Problems[0].Kind != troubleHoles || whole.Bars.Sealed != whole.Bars.Due || whole.Bars.Why != "" {
		t.Errorf("%+v %+v", whole.Bars, whole.Problems)
	}
}

func TestHealthWithoutLists(t *testing.T) {
	dir := t.TempDir()
	put(t, lake.Open(dir, lake.DefaultConfig()), etl.DailyBars, barOf("sh600000", schedules.MakeDay(2024, time.May, 9), 10, 10))
	h, err := testApp(t, dir, "2024-05-09T20:00").health(t.Context(), healthOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if h.Healthy || h.Problems[0].Kind != troubleEmpty || h.Bars.Sealed != 0 {
		t.Errorf("bars without a list to hold them against pass for complete: %+v %+v", h.Bars, h.Problems)
	}
}

func hasTrouble(list []trouble, kind string) bool {
	for _, t := range list {
		if t.Kind == kind {
			return true
		}
	}
	return false
}

func TestHealthOfABan(t *testing.T) {
	dir, _ := oddLake(t)
	if err := os.MkdirAll(filepath.Join(dir, "_state"), 0o755); err != nil {
		t.Fatal(err)
	}
	ban, _ := json.Marshal(map[string]any{"day": schedules.DayOf(time.Now()), "used": 44_000,
		"banned_until": time.Now().Add(time.Hour), "ban_reason": "10001011 blacklisted"})
	if err := os.WriteFile(filepath.Join(dir, "_state", "baostock.json"), ban, 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := testApp(t, dir, "2024-05-07T20:00").health(t.Context(), healthOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if h.Healthy || h.Problems[0].Kind != troubleBanned || h.Budget.BannedUntil == nil || h.Budget.Left != 1000 || !hasTrouble(h.Warnings, troubleBudget) {
		t.Errorf("%+v %+v %+v", h.Problems, h.Budget, h.Warnings)
	}
}

func TestNewestRuns(t *testing.T) {
	dir := t.TempDir()
	history := runlog.Open(dir, nil, 100)
	for _, line := range []string{
		`{"id":"x","job":"quotes","outcome":"failed","began":"2024-05-09T15:00:00+08:00","ended":"2024-05-09T15:00:00+08:00"}`,
		`{"id":"y","job":"compact","outcome":"done","began":"2024-05-09T16:00:00+08:00","ended":"2024-05-09T16:00:00+08:00","text":"much"}`,
		`{"id":"z","job":"quotes","outcome":"done","began":"2024-05-09T17:00:00+08:00","ended":"2024-05-09T17:00:00+08:00"}`,
		`{"id":"p","job":"compact","outcome":"failed","options":{"table":"quotes"},"began":"2024-05-09T18:00:00+08:00","ended":"2024-05-09T18:00:00+08:00"}`,
		`{"id":"a","job":"quo`,
	} {
		f, err := os.OpenFile(history.Path(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	runs, broken, err := newestRuns(history)
	if err != nil || broken != 1 || len(runs) != 2 || runs["compact"].ID != "y" || runs["compact"].Text != "" || runs["quotes"].ID != "z" {
		t.Errorf("%+v, %d broken (%v)", runs, broken, err)
	}
	if runs, broken, err := newestRuns(runlog.Open(t.TempDir(), nil, 100)); err != nil || broken != 0 || len(runs) != 0 {
		t.Errorf("of no history: %v, %d (%v)", runs, broken, err)
	}
}
