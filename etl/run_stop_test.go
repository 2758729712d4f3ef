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
)

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
