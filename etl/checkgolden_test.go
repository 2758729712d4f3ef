package etl_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// examples is how many findings of a rule the golden file shows.
const examples = 8

// list gathers what a checker finds, by rule, in words.
type list [][]string

func (l list) add(c *etl.Checker) {
	for _, f := range c.Findings() {
		l[f.Rule] = append(l[f.Rule], f.String())
	}
}

// String groups the findings by rule: severity, count, and the first of them by
// symbol and day.
func (l list) String(c *etl.Checker) string {
	var out strings.Builder
	for _, t := range c.Tallies() {
		fmt.Fprintf(&out, "\n%s, %s: %d of %d rows\n", t.Rule, t.Severity, t.RowsFound, t.RowsChecked)
		found := slices.Sorted(slices.Values(l[t.Rule]))
		for i, text := range found {
			if i == examples {
				fmt.Fprintf(&out, "  and %d more\n", len(found)-i)
				break
			}
			fmt.Fprintf(&out, "  %s\n", text)
		}
	}
	return out.String()
}

const goldenHead = `What the rules find in 433,350 recorded bars of 156 securities. Nothing is
refused. What is warned of is rare: pct_chg of one row contradicts its prices; a
share resumed without a limit after a suspension; references that the exchange
rounded up; ex-dates within a week of each other; lifted lock-ups, which multiply
the floating shares.
Written by: go test -run TestCheckGolden ./etl -update
`

// TestCheckGolden compares the findings in all recorded bars with a file that a
// person has read, once security by security and once day by day.
func TestCheckGolden(t *testing.T) {
	r := recordedMarket(t)
	text := goldenHead
	for _, way := range []struct {
		name    string
		batches []*etl.BarBuilder
	}{
		{"security by security", r.securities},
		{"whole days, newest first", r.byDay(schedules.MakeDay(1999, 11, 10), schedules.MakeDay(2025, 4, 7))},
	} {
		c := etl.NewChecker(etl.DefaultCheckConfig(), schedules.Embedded(), r.universe, nil)
		found, rows := make(list, len(etl.Rules())), 0
		for _, bars := range way.batches {
			b := copyOf(bars).Batch("baostock", fetched)
			rows += len(b.Days)
			for _, f := range c.Check(b) {
				t.Errorf("%s: %s of %s is refused: %s", way.name, b.Symbols[f.Row], b.Days[f.Row], f.Reason)
			}
			found.add(c)
			b.Record.Release()
		}
		if rows != 433_350 {
			t.Errorf("%s: %d rows, want 433350", way.name, rows)
		}
		text += "\n== " + way.name + "\n" + found.String(c)
	}
	text += "\n== the exception that the specification names\n\n" + specException(t)
	const file = "testdata/checks.golden"
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the findings have changed; go test -run TestCheckGolden ./etl -update shows how:\n%s", text)
	}
}

// specException checks the one suspended row of 16,046 whose prices differ:
// sh.601607 of 2010-03-05, with the preclose that the specification gives and a
// made-up price. It is kept and warned of.
func specException(t *testing.T) string {
	b := goodBars(1)
	b.Symbols[0], b.Days[0] = etl.MakeSymbol(etl.Shanghai, 601607), schedules.MakeDay(2010, 3, 5)
	suspend(b, 0)
	b.Preclose[0] = 4.5
	got := batch(b)
	defer got.Record.Release()
	u := etl.Universe{{Symbol: b.Symbols[0], Kind: etl.Stock, Listed: schedules.MakeDay(1994, 3, 24)}}
	c := etl.NewChecker(etl.DefaultCheckConfig(), schedules.Embedded(), u, nil)
	if flaws := c.Check(got); len(flaws) != 0 {
		t.Errorf("the exception is refused: %v", flaws)
	}
	text := ""
	for _, f := range c.Findings() {
		text += fmt.Sprintf("%s, %s\n  %s\n", f.Rule, f.Severity, f.String())
	}
	return text
}
