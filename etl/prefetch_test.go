package etl_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
)

// meter counts calls of a fetch.
type meter struct {
	mu             sync.Mutex
	begun, running int
	ended, most    int // calls that came back; the most at once
	late           int // calls that came back after their context had ended
}

// fetch takes a second per call, or as long as delay says, and returns ten times
// the request.
func (m *meter) fetch(delay func(q int) time.Duration) func(context.Context, int) (int, error) {
	return func(ctx context.Context, q int) (int, error) {
		m.mu.Lock()
		m.begun++
		m.running++
		m.most = max(m.most, m.running)
		m.mu.Unlock()
		d := time.Second
		if delay != nil {
			d = delay(q)
		}
		var err error
		select {
		case <-time.After(d):
		case <-ctx.Done():
			err = ctx.Err()
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.running--
		m.ended++
		if err != nil {
			m.late++
		}
		return q * 10, err
	}
}

func (m *meter) get() (begun, running, ended int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.begun, m.running, m.ended
}

func count(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestPrefetchKeepsTheOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8, 50} {
		for _, ahead := range []int{0, 1, 5} {
			t.Run(fmt.Sprintf("workers=%d,ahead=%d", workers, ahead), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var m meter
					// Later requests are faster, so that order is no accident.
					fetch := m.fetch(func(q int) time.Duration { return time.Duration(q*7%11+1) * time.Second })
					next := 0
					for f := range etl.Prefetch(t.Context(), count(40), workers, ahead, fetch) {
						if f.Request != next || f.Answer != 10*next || f.Err != nil {
							t.Fatalf("result %d is %+v", next, f)
						}
						next++
					}
					if next != 40 || m.begun != 40 || m.running != 0 {
						t.Errorf("%d results of %d calls, %d still running", next, m.begun, m.running)
					}
					if m.most > workers {
						t.Errorf("%d calls at once, %d allowed", m.most, workers)
					}
				})
			})
		}
	}
}

func TestPrefetchIsBoundedAhead(t *testing.T) {
	for _, c := range []struct{ workers, ahead int }{{1, 0}, {1, 1}, {1, 4}, {2, 0}, {2, 3}, {4, 4}, {8, 100}} {
		t.Run(fmt.Sprintf("workers=%d,ahead=%d", c.workers, c.ahead), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var m meter
				taken, reached := 0, false
				for range etl.Prefetch(t.Context(), count(30), c.workers, c.ahead, m.fetch(nil)) {
					taken++
					<-time.After(time.Hour) // a slow consumer: everything that may run ahead has
					begun, running, _ := m.get()
					// The result in hand counts, since its memory is held.
					if got, most := begun-(taken-1), c.workers+c.ahead; got > most {
						t.Fatalf("after %d results %d are fetched and not dealt with, %d allowed", taken, got, most)
					}
					reached = reached || begun-(taken-1) == min(c.workers+c.ahead, 30)
					if running != 0 {
						t.Fatalf("%d calls take more than an hour", running)
					}
				}
				if !reached {
					t.Error("never runs as far ahead as it may")
				}
			})
		})
	}
}

func TestPrefetchRunsWorkersInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m meter
		start := time.Now()
		for range etl.Prefetch(t.Context(), count(20), 4, 4, m.fetch(nil)) {
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("20 calls of a second by 4 workers take %s, want 5s", took)
		}
		if m.most != 4 {
			t.Errorf("at most %d calls at once, want 4", m.most)
		}
	})
}

// Fetching goes on while the consumer works: that is what it is for.
func TestPrefetchOverlapsTheConsumer(t *testing.T) {
	took := func(ahead int) (d time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			var m meter
			start := time.Now()
			for range etl.Prefetch(t.Context(), count(10), 1, ahead, m.fetch(nil)) {
				<-time.After(time.Second)
			}
			d = time.Since(start)
		})
		return d
	}
	if d := took(0); d != 20*time.Second {
		t.Errorf("on demand 10 results take %s, want 20s", d)
	}
	if d := took(1); d != 11*time.Second {
		t.Errorf("one ahead 10 results take %s, want 11s", d)
	}
}

func TestPrefetchOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m meter
		taken := 0
		for range etl.Prefetch(t.Context(), count(5), 1, 0, m.fetch(nil)) {
			taken++
			<-time.After(time.Hour)
			if begun, _, _ := m.get(); begun != taken {
				t.Fatalf("%d requests sent after %d were asked for", begun, taken)
			}
		}
	})
}

func TestPrefetchSendsNothingUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m meter
		sequence := etl.Prefetch(t.Context(), count(5), 2, 2, m.fetch(nil))
		<-time.After(time.Hour)
		if begun, _, _ := m.get(); begun != 0 {
			t.Errorf("%d requests sent before the first was asked for", begun)
		}
		for range 2 { // and the sequence can be walked again
			n := 0
			for range sequence {
				n++
			}
			if n != 5 {
				t.Errorf("%d results, want 5", n)
			}
		}
	})
}
