package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// TestBarHistory: what was kept of a year serves as long as the year has the same
// files and is whole; files that overlap in days are put in order; nothing is kept
// where nothing may be changed.
func TestBarHistory(t *testing.T) {
	l := lake.Open(t.TempDir(), lake.DefaultConfig())
	days := schedules.Embedded().Days(schedules.MakeDay(2023, 12, 20), schedules.MakeDay(2024, 1, 12))
	symbol, _ := etl.ParseSymbol("sh600000")
	write := func(pick func(i int) bool) {
		var b etl.BarBuilder
		for i, d := range days {
			if !pick(i) {
				continue
			}
			n := b.Len()
			b.SetLen(n + 1)
			b.Days[n], b.Symbols[n], b.Close[n], b.Preclose[n], b.Traded[n], b.IsST[n] = d, symbol, 10, 10, 1, 0
			if i == 3 || i == 10 {
				b.Preclose[n] = 9.5
			}
		}
		if err := appendRows(t.Context(), l.Table(etl.DailyBars), b.Batch("test", days[0].At(18, 0)).Record, lake.Info{}); err != nil {
			t.Fatal(err)
		}
	}
	read := func(keep bool, rows, fresh int64, want ...int) {
		t.Helper()
		h, err := readBarHistory(t.Context(), l, schedules.Embedded(), nil, keep)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, e := range h.exDates {
			if !e.Gap {
				got = append(got, slices.Index(days, e.Day))
			}
		}
		if !slices.Equal(got, want) || h.rows != rows || h.read != fresh || h.present.Len() != int(rows) {
			t.Fatalf("ex-dates %v, %d bars of which %d were read, %d present; want %v, %d, %d", got, h.rows, h.read, h.present.Len(), want, rows, fresh)
		}
	}
	n := int64(len(days))
	write(func(i int) bool { return i%2 == 0 })
	read(false, (n+1)/2, (n+1)/2)
	if _, err := os.Stat(filepath.Join(l.StateDir(), "exdates")); err == nil {
		t.Error("a forecast keeps something")
	}
	read(true, (n+1)/2, (n+1)/2)
	read(true, (n+1)/2, 0)
	write(func(i int) bool { return i%2 == 1 }) // between the days of the first file
	read(true, n, n, 3, 10)
	read(true, n, 0, 3, 10)
	path := filepath.Join(l.StateDir(), "exdates", "2024")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in2024 := int64(0)
	for _, d := range days {
		if d.Year() == 2024 {
			in2024++
		}
	}
	for _, damage := range [][]byte{nil, text[:20], text[:len(text)-1], slices.Concat(text[:100], []byte{text[100] ^ 1}, text[101:])} {
		if err := os.WriteFile(path, damage, 0o644); err != nil {
			t.Fatal(err)
		}
		read(true, n, in2024, 3, 10)
	}
}
