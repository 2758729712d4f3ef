package etl_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// unsupported makes a vendor refuse whole-market shapes.
func unsupported(shapes ...etl.Shape) func(context.Context, int, etl.Request) error {
	return func(_ context.Context, _ int, q etl.Request) error {
		if slices.Contains(shapes, q.Shape) {
			return fmt.Errorf("%s: unknown message type: %w", q, etl.ErrUnsupported)
		}
		return nil
	}
}

func TestRunFillsAnEmptyLake(t *testing.T) {
	list := append(stocks(60), instruments(1, etl.Stock, etl.Shenzhen, 1)...)
	list[10].Listed, list[11].Delisted = june[7], june[14]
	v := &vendor{universe: universe(list, etfs(30), indices(2))}
	b := newBench(v, etl.Scope{From: june[0], To: june[20], ETF: true, Index: true})
	out, err := b.do(t, t.Context())
	if err != nil || len(out.Missing) != 0 {
		t.Fatalf("%v, missing %v", err, gaps(out))
	}
	if want := 59*21 + 14 + 14 + 30*21 + 2*21; out.Expected != want || out.Rows != int64(want) || out.Before != 0 {
		t.Errorf("expected %d, before %d, rows %d, want %d cells", out.Expected, out.Before, out.Rows, want)
	}
	if want := 21 + 21 + 2; len(v.requests()) != want || out.Answers != want {
		t.Errorf("%d requests, %d answers, want %d", len(v.requests()), out.Answers, want)
	}
	if len(b.quarantine.commits) != 0 || out.Quarantined != 0 || len(out.Failed) != 0 {
		t.Errorf("%d refused, failed %q", out.Quarantined, out.Failed)
	}
	if last := b.progress[len(b.progress)-1]; len(b.progress) != 44 || last.Requests != 44 || last.Planned != 44 || last.Rows != out.Rows {
		t.Errorf("%d reports of progress, the last %+v", len(b.progress), last)
	}

	// The second run finds nothing to ask, nor to commit.
	out, err = b.do(t, t.Context())
	if err != nil || out.Answers != 0 || out.Rows != 0 || len(out.Missing) != 0 || out.Before != out.Expected || len(v.requests()) != 44 {
		t.Errorf("second run: %v, %d answers, %d rows, %d before", err, out.Answers, out.Rows, out.Before)
	}
}

func TestRunRepairsAGap(t *testing.T) {
	v := &vendor{universe: universe(stocks(60))}
	b := newBench(v, etl.Scope{})
	for _, in := range v.universe {
		b.Committed.AddRange(in.Symbol, june[0], june[20])
	}
	whole := b.Committed
	hole := etl.NewCells(june)
	hole.AddRange(v.universe[5].Symbol, june[3], june[9])
	b.Committed = whole.Minus(hole)
	out, err := b.do(t, t.Context())
	if err != nil || out.Rows != 7 || len(out.Missing) != 0 || out.Before != 60*21-7 {
		t.Errorf("%v, %d rows, %d before, missing %v", err, out.Rows, out.Before, gaps(out))
	}
	if want := []etl.Request{span(v.universe[5], june[3], june[9])}; !slices.Equal(v.requests(), want) {
		t.Errorf("asked %v, want %v", v.requests(), want)
	}
}

// A server that is too old for whole-market requests costs one request of each
// kind, however many were planned and however many connections there are.
func TestRunWithoutWholeMarketRequests(t *testing.T) {
	for _, workers := range []int{1, 4} {
		for _, shapes := range [][]etl.Shape{{etl.MarketDay}, {etl.ETFDay}, {etl.MarketDay, etl.ETFDay}} {
			v := &vendor{universe: universe(stocks(40), etfs(30)), workers: workers, fault: unsupported(shapes...)}
			b := newBench(v, etl.Scope{From: june[0], To: june[20], ETF: true})
			out, err := b.do(t, t.Context())
			if err != nil || len(out.Missing) != 0 || len(out.Failed) != 0 {
				t.Errorf("without %v: %v, missing %v, failed %q", shapes, err, gaps(out), out.Failed)
			}
			ranges := 0
			for shape, n := range map[etl.Shape]int{etl.MarketDay: 40, etl.ETFDay: 30} {
				want := 21
				if slices.Contains(shapes, shape) {
					want, ranges = 1, ranges+n
				}
				if got := v.count(shape); got != want {
					t.Errorf("without %v: %d requests for %s, want %d", shapes, got, shape, want)
				}
			}
			if got := v.count(etl.SecurityRange); got != ranges {
				t.Errorf("without %v: %d ranges, want %d", shapes, got, ranges)
			}
			last := b.progress[len(b.progress)-1]
			if last.Requests != out.Answers || last.Planned != out.Answers {
				t.Errorf("without %v: the last progress is %+v after %d answers", shapes, last, out.Answers)
			}
		}
	}
}

func TestRunKeepsOnlyTheSymbolsOfItsScope(t *testing.T) {
	v := &vendor{universe: universe(stocks(60), indices(1)), wrong: map[cell]bool{}}
	wanted := []etl.Symbol{v.universe[20].Symbol, v.universe[3].Symbol, indices(1)[0].Symbol}
	v.wrong[cell{v.universe[40].Symbol, june[20]}] = true // out of scope, so nobody's business
	b := newBench(v, etl.Scope{From: june[20], To: june[20], Symbols: wanted})
	out, err := b.do(t, t.Context())
	if err != nil || out.Rows != 3 || len(out.Missing) != 0 || out.Expected != 3 {
		t.Errorf("%v, %d rows of %d, missing %v", err, out.Rows, out.Expected, gaps(out))
	}
	if v.count(etl.MarketDay) != 1 {
		t.Errorf("asked %v: the test wants a whole-market answer to choose from", v.requests())
	}
	if out.Quarantined != 0 || len(b.quarantine.commits) != 0 {
		t.Error("rows out of scope are quarantined")
	}
	if b.Committed.Len() != 3 {
		t.Errorf("%d cells are committed", b.Committed.Len())
	}
}

// A named security of Beijing is asked for by name and not made to look like a
// hole of the whole market.
func TestRunWithASecurityOfBeijing(t *testing.T) {
	bj := etl.Instrument{Symbol: sym(t, "bj920000"), Kind: etl.Stock}
	v := &vendor{universe: universe(stocks(3), []etl.Instrument{bj}), empty: map[schedules.Day]bool{june[20]: true}}
	v.garbled = func(q etl.Request) bool { return q.Shape == etl.MarketDay }
	scope := etl.Scope{From: june[20], To: june[20], Symbols: []etl.Symbol{bj.Symbol, v.universe[1].Symbol, v.universe[2].Symbol}}
	b := newBench(v, scope)
	out, err := b.do(t, t.Context())
	if err != nil || !slices.Contains(v.requests(), span(bj, june[20], june[20])) {
		t.Errorf("%v, asked %v", err, v.requests())
	}
	want := []string{
		gap(etl.ReasonFailed, 2, 2, june[20], june[20], v.universe[1].Symbol),
		gap(etl.ReasonUnpublished, 1, 1, june[20], june[20], bj.Symbol),
	}
	if !slices.Equal(gaps(out), want) {
		t.Errorf("missing %q, want %q", gaps(out), want)
	}
}

// The bar of the day of delisting is not expected, but kept when it comes.
func TestRunKeepsTheBarOfTheDelistingDay(t *testing.T) {
	list := stocks(1)
	list[0].Delisted = june[10]
	for _, comes := range []bool{true, false} {
		v := &vendor{universe: universe(list), extra: map[cell]bool{{list[0].Symbol, june[10]}: comes}}
		b := newBench(v, etl.Scope{})
		out, err := b.do(t, t.Context())
		if err != nil || out.Expected != 10 || len(out.Missing) != 0 || b.Committed.Has(list[0].Symbol, june[10]) != comes {
			t.Errorf("%v, expected %d, missing %v, the last bar is there: %t", err, out.Expected, gaps(out), !comes)
		}
	}
}

// However many connections there are and whatever each takes, rows are committed
// in the same order.
func TestRunOrderDoesNotDependOnWorkers(t *testing.T) {
	var first []cell
	for _, c := range []struct{ workers, ahead int }{{1, 0}, {1, 8}, {3, 0}, {4, 4}, {16, 32}} {
		synctest.Test(t, func(t *testing.T) {
			v := &vendor{universe: universe(stocks(60), indices(4)), workers: c.workers}
			v.absent = map[cell]bool{{v.universe[9].Symbol, june[4]}: true}
			v.fault = func(_ context.Context, n int, q etl.Request) error {
				<-time.After(time.Duration((int(q.From)*31+int(q.Symbol))%17) * time.Second)
				return nil
			}
			b := newBench(v, etl.Scope{From: june[0], To: june[20], Index: true})
			b.Prefetch = c.ahead
			if _, err := b.do(t, t.Context()); err != nil {
				t.Error(err)
			}
			if first == nil {
				first = b.bars.rows()
			}
			if !slices.Equal(b.bars.rows(), first) {
				t.Errorf("%d workers, %d ahead: another order", c.workers, c.ahead)
			}
		})
	}
	if len(first) != 64*21-1 {
		t.Errorf("%d rows", len(first))
	}
}
