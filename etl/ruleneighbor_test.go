package etl_test

import (
	"context"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"fmt"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// lakeBars is a context of bars and ex-dates in memory.
type lakeBars struct {
	bars  map[etl.BarKey]etl.StoredBar
	ex    map[schedules.Day]bool // nil when no ex-date is known
	asked [][]etl.BarKey
}

func (l *lakeBars) Bars(keys []etl.BarKey, bars []etl.StoredBar) {
	l.asked = append(l.asked, slices.Clone(keys))
	for i, k := range keys {
		if bars[i] != (etl.StoredBar{}) {
			panic("a bar that is not zero")
		}
		bars[i] = l.bars[k]
	}
}

func (l *lakeBars) ExDate(_ etl.Symbol, d schedules.Day) (is, known bool) {
	return l.ex[d], l.ex != nil
}

// one is a single row of steady.
func one(i int, preclose float64) *etl.BarBuilder {
	b, row := steady(600000, i+1), &etl.BarBuilder{}
	take(row, b, i, i+1)
	row.Preclose[0] = preclose
	return row
}

// Days that arrive one by one, in either order, are compared with each other.
func TestChainAcrossBatches(t *testing.T) {
	for _, tt := range []struct {
		name  string
		order []int
		want  string // found at the last batch
	}{
		{"ascending", []int{3, 4, 5}, "[preclose_chain: sh600000 2026-06-08: preclose is above the close of the day before (preclose 10.5, close 10 on 2026-06-05)]"},
		{"descending", []int{6, 5, 4}, "[preclose_chain: sh600000 2026-06-08: preclose is above the close of the day before (preclose 10.5, close 10 on 2026-06-05)]"},
		{"not next to each other", []int{2, 3, 5}, "[]"},
		{"the one before last", []int{4, 2, 5}, "[preclose_chain: sh600000 2026-06-08: preclose is above the close of the day before (preclose 10.5, close 10 on 2026-06-05)]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := etl.DefaultCheckConfig()
			config.PctChg = etl.Off
			c := etl.NewChecker(config, schedules.Embedded(), ruleUniverse, nil)
			got := ""
			for _, day := range tt.order {
				preclose := 10.0
				if day == 5 {
					preclose = 10.5
				}
				got = fmt.Sprint(findings(t, c, one(day, preclose)))
			}
			if got != tt.want {
				t.Errorf("found %s, want %s", got, tt.want)
			}
		})
	}
}

// A refused row is nobody's neighbor: its prices are not believed.
func TestRefusedRowsAreNoNeighbors(t *testing.T) {
	b := steady(600000, 10)
	b.High[4], b.Close[4] = 9, 20
	got := findings(t, newChecker(nil), b)
	if len(got) != 1 || got[0] != "ohlc_order: sh600000 2026-06-05: high is below low (high 9, low 10)" {
		t.Errorf("found %q", got)
	}
}

func TestContextIsAskedOnce(t *testing.T) {
	key := func(i int) etl.BarKey { return etl.BarKey{Symbol: etl.MakeSymbol(etl.Shanghai, 600000), Day: june[i]} }
	l := &lakeBars{bars: map[etl.BarKey]etl.StoredBar{
		key(2): {Known: true, Close: 11, Preclose: 10, Volume: 1000, Turn: 0.1},
		key(8): {Known: true, Close: 11, Preclose: 12, Volume: 2_000_000, Turn: 0.2},
	}}
	b, all := &etl.BarBuilder{}, steady(600000, 8)
	take(b, all, 3, 8)
	got := findings(t, newChecker(l), b)
	want := []string{
		"preclose_chain: sh600000 2026-06-11: preclose is above the close of the day before (preclose 12, close 10 on 2026-06-10)",
		"float_shares: sh600000 2026-06-04: the floating shares grow too much from one day to the next (about 1000000000, and 1000000 on 2026-06-03)",
	}
	if fmt.Sprint(l.asked) != fmt.Sprint([][]etl.BarKey{{key(2), key(8)}}) {
		t.Errorf("asked for %v", l.asked)
	}
	if len(got) != 2 || got[0] != want[0] || len(got[1]) < 40 || got[1][:40] != want[1][:40] {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestKnownExDates(t *testing.T) {
	fall := func() *etl.BarBuilder {
		b := steady(600000, 10)
		b.Preclose[5], b.PctChg[5] = 9.9, 1.0101
		return b
	}
	if got := findings(t, newChecker(&lakeBars{ex: map[schedules.Day]bool{june[5]: true}}), fall()); len(got) != 0 {
		t.Errorf("on an ex-date: %q", got)
	}
	if got := findings(t, newChecker(&lakeBars{}), fall()); len(got) != 0 {
		t.Errorf("where ex-dates are not known: %q", got)
	}
	got := findings(t, newChecker(&lakeBars{ex: map[schedules.Day]bool{june[6]: true}}), fall())
	if len(got) != 1 || got[0] != "preclose_chain: sh600000 2026-06-08: preclose differs from the close of the day before, and the day is no ex-date (preclose 9.9, close 10 on 2026-06-05)" {
		t.Errorf("on another day: %q", got)
	}
}

// Of two different rows of one day nobody knows which is true.
func TestDuplicates(t *testing.T) {
	b := steady(600000, 6)
	b.Days[3] = b.Days[2]
	got := findings(t, newChecker(nil), b)
	if len(got) != 2 {
		t.Errorf("found %q", got)
	}
	copyRow(b, 3, 2)
	b = copyOf(b)
	if got := findings(t, newChecker(nil), b); len(got) != 1 || got[0] != "duplicate: sh600000 2026-06-03: the answer holds the row twice (close 10)" {
		t.Errorf("found %q", got)
	}
}

func TestCheckRowsOfARun(t *testing.T) {
	v := &vendor{universe: etl.Universe{{Symbol: etl.MakeSymbol(etl.Shanghai, 600000), Kind: etl.Stock, Listed: june[0]}}}
	v.wrong = map[cell]bool{{v.universe[0].Symbol, june[3]}: true}
	r := newBench(v, etl.Scope{})
	checks := &keeper{}
	r.Run.Checks, r.Run.ID = checks, "run 7"
	if _, err := r.Run.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(checks.rows) != len(etl.Rules()) {
		t.Fatalf("%d rows, there are %d rules", len(checks.rows), len(etl.Rules()))
	}
	const want = "run 7 daily_bars ohlc_order reject 21 1 2026-06-04 2026-06-04 sh600000 2026-06-04: high is below low (high 1, low 9.9)"
	if !slices.Contains(checks.rows, want) {
		t.Errorf("rows %q, want %q among them", checks.rows, want)
	}
	if want := "run 7 daily_bars index_rows warn 0 0 (null) (null) (null)"; !slices.Contains(checks.rows, want) {
		t.Errorf("rows %q, want %q among them", checks.rows, want)
	}
}

// keeper keeps the rows of the table checks as text, without their time.
type keeper struct{ rows []string }

func (k *keeper) Append(_ context.Context, batches []arrow.Record) (etl.Commit, error) {
	for _, r := range batches {
		for i := range int(r.NumRows()) {
			var cells []string
			for c, column := range r.Columns() {
				if etl.Checks.Columns[c].Name != "checked_at" {
					cells = append(cells, column.ValueStr(i))
				}
			}
			k.rows = append(k.rows, strings.Join(cells, " "))
		}
	}
	return etl.Commit{}, nil
}
