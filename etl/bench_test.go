package etl_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// bench is a run with everything around it.
type bench struct {
	*etl.Run
	vendor     *vendor
	bars       *table
	quarantine *table
	progress   []etl.Progress
}

// newBench prepares a run over June 2026, whose last trading day is today, of
// all stocks that the vendor has; edit it before Do.
func newBench(v *vendor, scope etl.Scope) *bench {
	b := &bench{
		vendor:     v,
		bars:       &table{schema: etl.DailyBars.Schema()},
		quarantine: &table{schema: etl.Quarantine.Schema()},
	}
	if scope.To == 0 {
		scope.From, scope.To = june[0], june[20]
	}
	config := etl.DefaultConfig()
	b.Run = &etl.Run{
		Source: v, Bars: b.bars, Quarantine: b.quarantine,
		Calendar: schedules.Embedded(), Universe: v.universe,
		Expected: etl.Expected(v.universe, scope, june), Committed: etl.NewCells(june), Scope: scope,
		Config: config, PageSize: 10_000, Prefetch: 2, Today: june[20],
		Log:      slog.New(slog.DiscardHandler),
		Progress: func(p etl.Progress) { b.progress = append(b.progress, p) },
	}
	return b
}

// do runs and checks what holds of every run: no row twice, the outcome agrees
// with the table, and what is missing is exactly what is not there.
func (b *bench) do(t *testing.T, ctx context.Context) (etl.Outcome, error) {
	t.Helper()
	before := b.Committed.Minus()
	start := len(b.bars.commits)
	out, err := b.Run.Do(ctx)
	there := etl.NewCells(june)
	rows := slices.Concat(b.bars.commits[start:]...)
	for _, c := range rows {
		if !there.Add(c.symbol, c.day) || before.Has(c.symbol, c.day) {
			t.Errorf("%s of %s is committed twice", c.symbol, c.day)
		}
		if !b.Committed.Has(c.symbol, c.day) {
			t.Errorf("%s of %s is in the table, but not in Committed", c.symbol, c.day)
		}
	}
	if got, want := b.Committed.Len(), there.Len()+before.Len(); got != want {
		t.Errorf("Committed has %d cells, the table %d", got, want)
	}
	if out.Rows != int64(len(rows)) {
		t.Errorf("the outcome speaks of %d rows, the table has %d", out.Rows, len(rows))
	}
	if got, want := out.MissingCells(), b.Expected.Minus(b.Committed).Len(); got != want {
		t.Errorf("the outcome speaks of %d missing cells, there are %d", got, want)
	}
	if got := len(b.bars.commits) - start; len(out.Commits) != got {
		t.Errorf("the outcome speaks of %d commits, the table has %d", len(out.Commits), got)
	}
	if out.Expected != b.Expected.Len() || out.Before != b.Expected.Len()-b.Expected.Minus(before).Len() {
		t.Errorf("expected %d, before %d", out.Expected, out.Before)
	}
	return out, err
}

// gaps prints the missing cells in short.
func gaps(out etl.Outcome) []string {
	list := []string{}
	for _, g := range out.Missing {
		list = append(list, fmt.Sprintf("%s: %d cells of %d, %s..%s, %s", g.Reason, g.Cells, g.Symbols, g.First, g.Last, g.Example))
	}
	return list
}

// gap is what gaps prints for one.
func gap(reason string, cells, symbols int, first, last schedules.Day, example etl.Symbol) string {
	return fmt.Sprintf("%s: %d cells of %d, %s..%s, %s", reason, cells, symbols, first, last, example)
}
