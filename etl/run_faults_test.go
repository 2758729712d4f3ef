package etl_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
)

var errWire = errors.New("connection reset")

// failing makes the n-th requests fail.
func failing(err error, requests ...int) func(context.Context, int, etl.Request) error {
	return func(_ context.Context, n int, q etl.Request) error {
		if slices.Contains(requests, n) {
			return fmt.Errorf("fetch %s: %w", q, err)
		}
		return nil
	}
}

// An answer that contradicts itself is refused whole; the run goes on.
func TestRunGoesOnAfterAnAnswerThatDoesNotDecode(t *testing.T) {
	v := &vendor{universe: universe(stocks(60))}
	v.garbled = func(q etl.Request) bool { return q.From == june[4] || q.From == june[8] }
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	if err != nil || out.Rows != 60*19 || out.Answers != 21 {
		t.Errorf("%v, %d rows, %d answers", err, out.Rows, out.Answers)
	}
	if want := []string{gap(etl.ReasonFailed, 120, 60, june[4], june[8], v.universe[0].Symbol)}; !slices.Equal(gaps(out), want) {
		t.Errorf("missing %q, want %q", gaps(out), want)
	}
	if len(out.Failed) != 2 || !strings.Contains(out.Failed[0], "market-day "+june[4].String()) || !strings.Contains(out.Failed[0], "17 columns") {
		t.Errorf("failed %q", out.Failed)
	}
	if len(v.requests()) != 21 {
		t.Errorf("%d requests: what failed is asked again in the same run", len(v.requests()))
	}

	v.garbled = nil // the next run repairs it
	if out, err := b.do(t, t.Context()); err != nil || len(out.Missing) != 0 || out.Answers != 2 {
		t.Errorf("second run: %v, %d answers, missing %v", err, out.Answers, gaps(out))
	}
}

func TestRunGoesOnAfterFailures(t *testing.T) {
	for name, requests := range map[string][]int{
		"the first": {1}, "two in a row": {5, 6}, "the last": {21}, "the last two": {20, 21}, "every other": {2, 4, 6, 8, 10},
		"two, one, two": {3, 4, 6, 8, 9},
	} {
		t.Run(name, func(t *testing.T) {
			v := &vendor{universe: universe(stocks(60)), fault: failing(errWire, requests...)}
			b := newBench(v, etl.Scope{})
			out, err := b.do(t, t.Context())
			n := len(requests)
			if err != nil || out.Rows != int64(60*(21-n)) || len(out.Failed) != n || len(v.requests()) != 21 {
				t.Errorf("%v, %d rows, failed %q, %d requests", err, out.Rows, out.Failed, len(v.requests()))
			}
			if want := []string{gap(etl.ReasonFailed, 60*n, 60, june[requests[0]-1], june[requests[n-1]-1], v.universe[0].Symbol)}; !slices.Equal(gaps(out), want) {
				t.Errorf("missing %q, want %q", gaps(out), want)
			}
		})
	}
}

func TestRunStopsAfterFailuresInARow(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), fault: failing(errWire, 5, 6, 7)}
	b := newBench(v, etl.Scope{})
	b.Prefetch = 0
	out, err := b.do(t, t.Context())
	if !errors.Is(err, errWire) || !strings.Contains(err.Error(), fmt.Sprint(etl.Breaker, " requests in a row")) {
		t.Errorf("error %v", err)
	}
	if out.Rows != 60*4 || len(v.requests()) != 7 || len(out.Failed) != 3 {
		t.Errorf("%d rows, %d requests, failed %q", out.Rows, len(v.requests()), out.Failed)
	}
	want := []string{
		gap(etl.ReasonStopped, 60*14, 60, june[7], june[20], v.universe[0].Symbol),
		gap(etl.ReasonFailed, 60*3, 60, june[4], june[6], v.universe[0].Symbol),
	}
	if !slices.Equal(gaps(out), want) {
		t.Errorf("missing %q, want %q", gaps(out), want)
	}
}

// Failures in a row are counted across the shapes and the rounds of a run.
func TestRunCountsFailuresAcrossShapes(t *testing.T) {
	v := &vendor{universe: universe(stocks(40), etfs(40), indices(5)), fault: func(context.Context, int, etl.Request) error { return errWire }}
	b := newBench(v, etl.Scope{From: june[0], To: june[20], ETF: true, Index: true})
	b.Prefetch = 0
	out, err := b.do(t, t.Context())
	if !errors.Is(err, errWire) || len(v.requests()) != etl.Breaker || out.Rows != 0 {
		t.Errorf("%v after %v", err, v.requests())
	}
}

// A range that fails is nothing to the other securities.
func TestRunBlamesOnlyTheRangeThatFailed(t *testing.T) {
	v := &vendor{universe: universe(stocks(2)), fault: failing(errWire, 1), absent: map[cell]bool{{stocks(2)[1].Symbol, june[3]}: true}}
	out, err := newBench(v, etl.Scope{}).do(t, t.Context())
	want := []string{
		gap(etl.ReasonFailed, 21, 1, june[0], june[20], v.universe[0].Symbol),
		gap(etl.ReasonAbsent, 1, 1, june[3], june[3], v.universe[1].Symbol),
	}
	if err != nil || !slices.Equal(gaps(out), want) {
		t.Errorf("%v, missing %q, want %q", err, gaps(out), want)
	}
}

// However many requests fail, the outcome names the first of them only and
// counts the cells of all.
func TestRunNamesTheFirstFailures(t *testing.T) {
	v := &vendor{universe: universe(stocks(300))}
	v.garbled = func(q etl.Request) bool { return q.Symbol.Code()%3 != 0 }
	v.fault = unsupported(etl.MarketDay)
	out, err := newBench(v, etl.Scope{}).do(t, t.Context())
	if err != nil || len(out.Failed) != etl.MaxFailed || !strings.Contains(out.Failed[0], "sh600001") {
		t.Errorf("%v, %d failures named", err, len(out.Failed))
	}
	if want := []string{gap(etl.ReasonFailed, 200*21, 200, june[0], june[20], v.universe[1].Symbol)}; !slices.Equal(gaps(out), want) {
		t.Errorf("missing %q, want %q", gaps(out), want)
	}
}

// A range that the source does not support has no other way: it fails.
func TestRunWithUnsupportedRanges(t *testing.T) {
	v := &vendor{universe: universe(stocks(2)), fault: unsupported(etl.SecurityRange)}
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	if err != nil || len(out.Failed) != 2 || len(v.requests()) != 2 {
		t.Errorf("%v, failed %q", err, out.Failed)
	}
	if want := []string{gap(etl.ReasonFailed, 42, 2, june[0], june[20], v.universe[0].Symbol)}; !slices.Equal(gaps(out), want) {
		t.Errorf("missing %q, want %q", gaps(out), want)
	}
}
