package market_test

import (
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// TestTapeOfRecordedBars plays real bars: they, too, are reached exactly, and
// what holds of quotes holds on the way.
func TestTapeOfRecordedBars(t *testing.T) {
	m := replayRecorded(t)
	tape := market.NewTape(m, schedules.Embedded())
	days := schedules.Embedded().Days(must(t, "1996-12-16"), m.Last())
	bars, broken := 0, 0
	for n := 0; n < len(days); n += 61 {
		day := days[n]
		untrue := map[etl.Symbol]bool{} // real amounts do not always fit the prices
		for row := range m.Day(day) {
			s, err := etl.ParseSymbol(string(row.Cell(market.Code)))
			if err != nil {
				t.Fatal(err)
			}
			q, ok := tape.At(s, at(day, 16, 0, 0))
			if !ok {
				t.Fatalf("%s is unknown on %s", s, day)
			}
			bars++
			compare(t, row, &q)
			if len(problems(&q, at(day, 16, 0, 0))) > 0 {
				untrue[s] = true
				broken++
			}
		}
		for s := 9 * 3600; s < 15*3600; s += 601 {
			for q := range tape.All(at(day, 0, 0, s)) {
				if untrue[q.Symbol] {
					continue
				}
				for _, problem := range problems(q, at(day, 0, 0, s)) {
					t.Errorf("%s at %s: %s: %+v", q.Symbol, at(day, 0, 0, s), problem, *q)
				}
				if t.Failed() {
					return
				}
			}
		}
	}
	t.Logf("%d bars played, %d of them break a rule of quotes themselves", bars, broken)
}
