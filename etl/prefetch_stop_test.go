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

func TestPrefetchStopsEarly(t *testing.T) {
	for _, c := range []struct{ workers, ahead int }{{1, 0}, {1, 3}, {4, 0}, {4, 4}} {
		synctest.Test(t, func(t *testing.T) {
			var m meter
			for f := range etl.Prefetch(t.Context(), count(30), c.workers, c.ahead, m.fetch(func(q int) time.Duration {
				if q < 3 {
					return time.Second
				}
				return 24 * time.Hour
			})) {
				if f.Request == 2 {
					break
				}
			}
			start := time.Now()
			begun, running, ended := m.get()
			if running != 0 || begun != ended {
				t.Errorf("%+v: returns while %d calls are running", c, running)
			}
			<-time.After(time.Hour)
			if later, _, _ := m.get(); later != begun {
				t.Errorf("%+v: sends requests after it was stopped", c)
			}
			if c.workers+c.ahead > 1 && m.late == 0 {
				t.Errorf("%+v: no call was cancelled", c)
			}
			if d := time.Since(start); d != time.Hour {
				t.Errorf("%+v: waits %s for calls that were cancelled", c, d)
			}
		})
	}
}

// A call that does not listen to its context is waited for all the same.
func TestPrefetchWaitsForTheDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, ended := time.Now(), 0
		fetch := func(context.Context, int) (int, error) {
			<-time.After(time.Minute)
			ended++ // no lock needed: Prefetch has to wait
			return 0, nil
		}
		for range etl.Prefetch(t.Context(), count(9), 1, 1, fetch) {
			break
		}
		if d := time.Since(start); ended < 1 || d < time.Minute {
			t.Errorf("%d calls have ended after %s", ended, d)
		}
	})
}

func TestPrefetchContextEnds(t *testing.T) {
	for _, workers := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var m meter
			var good, bad []int
			for f := range etl.Prefetch(ctx, count(30), workers, 3, m.fetch(nil)) {
				switch {
				case f.Err == nil:
					good = append(good, f.Request)
				case errors.Is(f.Err, context.Canceled):
					bad = append(bad, f.Request)
				default:
					t.Errorf("%+v", f)
				}
				if f.Request == 1 {
					<-time.After(time.Hour) // let it run ahead
					cancel()
				}
			}
			_, running, ended := m.get()
			if running != 0 {
				t.Errorf("%d calls are running", running)
			}
			// Every call that was made is accounted for, in order.
			if all := append(good, bad...); len(all) != ended || !slices.Equal(all, count(ended)) {
				t.Errorf("workers %d: %v and cancelled %v of %d calls", workers, good, bad, ended)
			}
			if len(good) < 2+3 {
				t.Errorf("workers %d: results that had arrived are not handed over: %v", workers, good)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for f := range etl.Prefetch(ctx, count(5), 2, 2, new(meter).fetch(nil)) {
			if f.Err == nil {
				t.Errorf("%+v in a context that has ended", f)
			}
		}
	})
}

func TestPrefetchDeliversErrorsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		var m meter
		good := m.fetch(nil)
		fetch := func(ctx context.Context, q int) (int, error) {
			if q%3 == 1 {
				return 0, fmt.Errorf("request %d: %w", q, broken) // at once, long before the others
			}
			return good(ctx, q)
		}
		next := 0
		for f := range etl.Prefetch(t.Context(), count(20), 3, 2, fetch) {
			if f.Request != next || (next%3 == 1) != errors.Is(f.Err, broken) {
				t.Errorf("result %d is %+v", next, f)
			}
			next++
		}
		if next != 20 {
			t.Errorf("%d results, want 20: an error does not end the sequence", next)
		}
	})
}

func TestPrefetchOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for f := range etl.Prefetch(t.Context(), nil, 4, 4, new(meter).fetch(nil)) {
			t.Errorf("%+v", f)
		}
	})
}
