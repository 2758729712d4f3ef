package etl_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
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

func TestRunRefusedInTheMiddle(t *testing.T) {
	for _, refusal := range []error{&etl.RefusedError{Until: fetched, Reason: "the address is on the blacklist"}, etl.ErrRefused} {
		for _, workers := range []int{1, 3} {
			v := &vendor{universe: universe(stocks(60)), workers: workers}
			v.fault = func(_ context.Context, _ int, q etl.Request) error {
				if q.From >= june[5] {
					return fmt.Errorf("fetch %s: %w", q, refusal)
				}
				return nil
			}
			b := newBench(v, etl.Scope{})
			out, err := b.do(t, t.Context())
			if !errors.Is(err, etl.ErrRefused) {
				t.Errorf("error %v", err)
			}
			if out.Rows != 60*5 || len(out.Failed) != 0 {
				t.Errorf("%d rows, failed %q", out.Rows, out.Failed)
			}
			if want := []string{gap(etl.ReasonRefused, 60*16, 60, june[5], june[20], v.universe[0].Symbol)}; !slices.Equal(gaps(out), want) {
				t.Errorf("missing %q, want %q", gaps(out), want)
			}
			if n := len(v.requests()); n > 5+workers+b.Prefetch {
				t.Errorf("%d requests: it goes on asking after a refusal", n)
			}
		}
	}
}

func TestRunCancelledInTheMiddle(t *testing.T) {
	cause := fmt.Errorf("told to stop: %w", context.Canceled)
	for _, ahead := range []int{0, 4} {
		ctx, cancel := context.WithCancelCause(t.Context())
		v := &vendor{universe: universe(stocks(60))}
		v.fault = func(ctx context.Context, n int, q etl.Request) error {
			if n < 6 {
				return nil
			}
			cancel(cause)
			return fmt.Errorf("read answer of %s: %w", q, ctx.Err())
		}
		b := newBench(v, etl.Scope{})
		b.Prefetch = ahead
		out, err := b.do(t, ctx)
		if err != cause {
			t.Errorf("error %v, want the cause of the context", err)
		}
		// All that arrived, ahead of converting or not, is in the table.
		if out.Rows != 60*5 || len(b.bars.commits) != 1 || len(out.Failed) != 0 {
			t.Errorf("%d ahead: %d rows in %d commits, failed %q", ahead, out.Rows, len(b.bars.commits), out.Failed)
		}
		if want := []string{gap(etl.ReasonInterrupted, 60*16, 60, june[5], june[20], v.universe[0].Symbol)}; !slices.Equal(gaps(out), want) {
			t.Errorf("missing %q, want %q", gaps(out), want)
		}
	}
}

func TestRunWithADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		v := &vendor{universe: universe(stocks(60))}
		v.fault = func(ctx context.Context, _ int, _ etl.Request) error {
			select {
			case <-time.After(3 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		b := newBench(v, etl.Scope{})
		out, err := b.do(t, ctx)
		if !errors.Is(err, context.DeadlineExceeded) || out.Rows != 60*3 || out.Took != 10*time.Second {
			t.Errorf("%v, %d rows, took %s", err, out.Rows, out.Took)
		}
		if len(out.Missing) != 1 || out.Missing[0].Reason != etl.ReasonInterrupted {
			t.Errorf("missing %q", gaps(out))
		}
	})
}

func TestRunInAContextThatHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := &vendor{universe: universe(stocks(60))}
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, ctx)
	if !errors.Is(err, context.Canceled) || out.Rows != 0 || len(out.Missing) != 1 || out.Missing[0].Reason != etl.ReasonInterrupted {
		t.Errorf("%v, missing %q", err, gaps(out))
	}
}

// Rows that cannot be true are kept apart, once, and are not asked for again.
func TestRunQuarantine(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), wrong: map[cell]bool{}, absent: map[cell]bool{}}
	a, z := v.universe[7].Symbol, v.universe[59].Symbol
	v.wrong[cell{a, june[3]}] = true
	v.wrong[cell{z, june[9]}] = true
	// Holes around the wrong row: the range brings it a second time.
	v.absent[cell{a, june[2]}] = true
	v.absent[cell{a, june[4]}] = true
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	if err != nil || out.Rows != 60*21-4 || out.Quarantined != 2 {
		t.Errorf("%v, %d rows, %d refused", err, out.Rows, out.Quarantined)
	}
	if want := []string{raw(a, june[3]), raw(z, june[9])}; !slices.Equal(b.quarantine.raws, want) || len(b.quarantine.commits) != 1 {
		t.Errorf("quarantine holds %q in %d commits, want %q", b.quarantine.raws, len(b.quarantine.commits), want)
	}
	want := []string{
		gap(etl.ReasonAbsent, 2, 1, june[2], june[4], a),
		gap(etl.ReasonQuarantined+"high is below low", 2, 2, june[3], june[9], a),
	}
	if !slices.Equal(sorted(gaps(out)), sorted(want)) {
		t.Errorf("missing %q, want %q", gaps(out), want)
	}
	if want := span(v.universe[7], june[2], june[4]); len(v.requests()) != 22 || v.requests()[21] != want {
		t.Errorf("asked %v, want 21 days and %s", v.requests(), want)
	}

	// The next run meets one of them again and a new one.
	b.Known = map[string]bool{raw(a, june[3]): true}
	b.quarantine.raws = nil
	out, err = b.do(t, t.Context())
	if err != nil || out.Quarantined != 2 || out.Rows != 0 {
		t.Errorf("second run: %v, %d refused, %d rows", err, out.Quarantined, out.Rows)
	}
	if want := []string{raw(z, june[9])}; !slices.Equal(b.quarantine.raws, want) {
		t.Errorf("second run adds %q, want %q", b.quarantine.raws, want)
	}

	// Put right by the vendor, they are stored like any other.
	clear(v.wrong)
	clear(v.absent)
	if out, err = b.do(t, t.Context()); err != nil || len(out.Missing) != 0 || out.Rows != 4 {
		t.Errorf("third run: %v, %d rows, missing %v", err, out.Rows, gaps(out))
	}
}

func TestRunOfNothingButWrongRows(t *testing.T) {
	v := &vendor{universe: universe(stocks(1)), wrong: map[cell]bool{}}
	for _, d := range june {
		v.wrong[cell{v.universe[0].Symbol, d}] = true
	}
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	if err != nil || out.Rows != 0 || len(b.bars.commits) != 0 || len(b.quarantine.raws) != 21 {
		t.Errorf("%v, %d rows, %d commits, %d in quarantine", err, out.Rows, len(b.bars.commits), len(b.quarantine.raws))
	}
}

// The quarantine is written even when the run was stopped.
func TestRunWritesTheQuarantineWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	v := &vendor{universe: universe(stocks(60)), wrong: map[cell]bool{{stocks(1)[0].Symbol, june[0]}: true}}
	v.fault = func(ctx context.Context, n int, _ etl.Request) error {
		if n == 3 {
			cancel()
			return ctx.Err()
		}
		return nil
	}
	b := newBench(v, etl.Scope{})
	if _, err := b.do(t, ctx); !errors.Is(err, context.Canceled) || len(b.quarantine.raws) != 1 {
		t.Errorf("%v, %d rows in quarantine", err, len(b.quarantine.raws))
	}
}

func TestRunReportsAQuarantineThatCannotBeWritten(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), wrong: map[cell]bool{{stocks(1)[0].Symbol, june[0]}: true}}
	b := newBench(v, etl.Scope{})
	full := errors.New("disk full")
	b.quarantine.before = func(int) error { return full }
	if out, err := b.do(t, t.Context()); !errors.Is(err, full) || out.Rows != 60*21-1 {
		t.Errorf("%v, %d rows", err, out.Rows)
	}
}

func TestRunGaps(t *testing.T) {
	v := &vendor{universe: universe(stocks(120)), absent: map[cell]bool{}, wrong: map[cell]bool{}}
	u := v.universe
	v.absent[cell{u[9].Symbol, june[2]}] = true // the earliest, of a later symbol
	v.absent[cell{u[4].Symbol, june[6]}] = true
	v.absent[cell{u[4].Symbol, june[8]}] = true
	v.wrong[cell{u[11].Symbol, june[1]}] = true
	v.empty = map[schedules.Day]bool{june[20]: true}
	v.garbled = func(q etl.Request) bool { return q.From == june[10] }
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	want := []string{ // most cells first, then by reason
		gap(etl.ReasonUnpublished, 120, 120, june[20], june[20], u[0].Symbol),
		gap(etl.ReasonFailed, 120, 120, june[10], june[10], u[0].Symbol),
		gap(etl.ReasonAbsent, 3, 2, june[2], june[8], u[9].Symbol),
		gap(etl.ReasonQuarantined+"high is below low", 1, 1, june[1], june[1], u[11].Symbol),
	}
	if err != nil || !slices.Equal(gaps(out), want) {
		t.Errorf("%v, missing\n%q, want\n%q", err, gaps(out), want)
	}
	if out.MissingCells() != 244 {
		t.Errorf("%d missing cells", out.MissingCells())
	}
}
