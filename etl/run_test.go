package etl_test

import (
	"context"
	"errors"
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

func TestRunProbesBeforeAskingSecurityBySecurity(t *testing.T) {
	today := june[20]
	type probe struct {
		published bool
		err       error
	}
	for name, c := range map[string]struct {
		probe probe
		old   bool // the days before are missing as well
		want  int  // ranges asked
	}{
		"published":                   {probe{published: true}, false, 80},
		"not published":               {probe{}, false, 0},
		"not published, old ones are": {probe{}, true, 80},
		"probe fails":                 {probe{err: errors.New("no answer")}, false, 80},
	} {
		t.Run(name, func(t *testing.T) {
			v := &vendor{universe: universe(stocks(80)), fault: unsupported(etl.MarketDay)}
			if !c.probe.published && c.probe.err == nil {
				v.empty = map[schedules.Day]bool{today: true}
			}
			b := newBench(v, etl.Scope{})
			if !c.old {
				for _, in := range v.universe {
					b.Committed.AddRange(in.Symbol, june[0], june[19])
				}
			}
			var probes []schedules.Day
			b.Published = func(_ context.Context, d schedules.Day) (bool, error) {
				probes = append(probes, d)
				return c.probe.published || d < today, c.probe.err
			}
			out, err := b.do(t, t.Context())
			if err != nil {
				t.Fatal(err)
			}
			wantProbes := []schedules.Day{today}
			if c.old { // without today, the ranges end yesterday
				wantProbes = append(wantProbes, june[19])
			}
			if !slices.Equal(probes, wantProbes) {
				t.Errorf("probed %v, want %v", probes, wantProbes)
			}
			if got := v.count(etl.SecurityRange); got != c.want {
				t.Errorf("%d ranges asked, want %d", got, c.want)
			}
			want := []string{}
			if v.empty[today] {
				want = append(want, gap(etl.ReasonUnpublished, 80, 80, today, today, v.universe[0].Symbol))
			}
			if !slices.Equal(gaps(out), want) {
				t.Errorf("missing %q, want %q", gaps(out), want)
			}
		})
	}
}

// Probes are made in order of day, each day once.
func TestRunProbesInOrder(t *testing.T) {
	v := &vendor{universe: universe(indices(10))}
	b := newBench(v, etl.Scope{From: june[0], To: june[20], Index: true})
	for i, in := range v.universe { // two ranges end on each of the last five days
		b.Committed.AddRange(in.Symbol, june[20-i/2]+1, june[20])
	}
	var probes []schedules.Day
	b.Published = func(_ context.Context, d schedules.Day) (bool, error) {
		probes = append(probes, d)
		return true, nil
	}
	if _, err := b.do(t, t.Context()); err != nil || !slices.Equal(probes, june[16:]) {
		t.Errorf("%v, probed %v, want %v", err, probes, june[16:])
	}
}

// One security is asked for straight away: a probe would cost as much.
func TestRunDoesNotProbeForOneSecurity(t *testing.T) {
	v := &vendor{universe: universe(stocks(1))}
	b := newBench(v, etl.Scope{})
	b.Published = func(context.Context, schedules.Day) (bool, error) {
		t.Error("probes")
		return true, nil
	}
	if out, err := b.do(t, t.Context()); err != nil || out.Rows != 21 {
		t.Errorf("%v, %d rows", err, out.Rows)
	}
}

func TestRunProbeEndsTheRun(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		cancel bool
		want   error
		reason string
	}{
		"refused":   {&etl.RefusedError{Reason: "the budget is spent"}, false, etl.ErrRefused, etl.ReasonRefused},
		"cancelled": {errors.New("connection closed"), true, context.Canceled, etl.ReasonInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			v := &vendor{universe: universe(stocks(2))}
			b := newBench(v, etl.Scope{})
			b.Published = func(context.Context, schedules.Day) (bool, error) {
				if c.cancel {
					cancel()
				}
				return false, c.err
			}
			out, err := b.do(t, ctx)
			if !errors.Is(err, c.want) || len(v.requests()) != 0 {
				t.Errorf("%v after %v", err, v.requests())
			}
			if want := []string{gap(c.reason, 42, 2, june[0], june[20], v.universe[0].Symbol)}; !slices.Equal(gaps(out), want) {
				t.Errorf("missing %q, want %q", gaps(out), want)
			}
		})
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
