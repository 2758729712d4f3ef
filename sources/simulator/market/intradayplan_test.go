package market

import (
	"fmt"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// TestPlansFit wants nearly every day to have a path, not only a first and a
// last trade, and the limits to be those that the prices were made under.
func TestPlansFit(t *testing.T) {
	calendar := schedules.Embedded()
	g, err := Generate(DefaultConfig(), calendar)
	if err != nil {
		t.Fatal(err)
	}
	tape := NewTape(g, calendar)
	days := calendar.Days(schedules.MakeDay(2026, 6, 20), schedules.MakeDay(2026, 9, 30))
	days = append(days, calendar.Days(schedules.MakeDay(1996, 12, 1), schedules.MakeDay(1997, 6, 30))...)
	plans, sparse := 0, 0
	for _, day := range days {
		at, _ := slices.BinarySearch(g.days, day)
		sh := tape.readSheet(day)
		for i := range sh.scripts {
			s := &sh.scripts[i]
			if s.status != etl.Trading {
				continue
			}
			plans++
			if s.sparse {
				sparse++
			}
			var x session
			st := g.stateBefore(int(s.security), int32(at))
			g.step(&g.profiles[s.security], &st, int32(at), &x)
			if x.up != s.up || x.down != s.down {
				t.Errorf("%s on %s: limits %d and %d, its prices were made under %d and %d", s.symbol, day, s.up, s.down, x.up, x.down)
			}
		}
	}
	if plans < 20000 || sparse > plans/5000 {
		t.Errorf("%d of %d days have no path", sparse, plans)
	}
}

func BenchmarkTape(b *testing.B) {
	c := DefaultConfig()
	c.Stocks, c.Funds = 5700, 150
	calendar := schedules.Embedded()
	g, err := Generate(c, calendar)
	if err != nil {
		b.Fatal(err)
	}
	tape := NewTape(g, calendar)
	day := schedules.MakeDay(2026, 9, 28)
	b.Run("sheet", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tape.readSheet(day)
		}
	})
	for _, clock := range []schedules.Clock{9*60 + 10, 9*60 + 59, 14*60 + 59, 18 * 60} {
		when := clock.On(day)
		symbols := tape.Symbols(when)
		b.Run(fmt.Sprintf("All/%s", clock), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for range tape.All(when) {
				}
			}
			b.ReportMetric(float64(len(symbols)), "quotes")
		})
		b.Run(fmt.Sprintf("At/%s", clock), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				tape.At(symbols[i%len(symbols)], when)
			}
		})
	}
}
