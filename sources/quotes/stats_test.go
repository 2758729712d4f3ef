package quotes_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

func TestBuckets(t *testing.T) {
	last := -1
	for ns := uint64(0); ns < 1<<20; ns++ {
		i := quotes.Bucket(ns)
		if i != last && i != last+1 {
			t.Fatalf("%d ns are in bucket %d, after %d", ns, i, last)
		}
		last = i
		if middle := uint64(quotes.Middle(i)); middle > ns+ns/16+1 || ns > middle+ns/16+1 {
			t.Fatalf("%d ns are in bucket %d, whose middle is %d", ns, i, middle)
		}
	}
	if quotes.Bucket(1<<63-1) != 487 {
		t.Errorf("the longest time is in bucket %d", quotes.Bucket(1<<63-1))
	}
}

func TestQuantiles(t *testing.T) {
	var h quotes.Histogram
	if got := h.Quantiles(); got != (quotes.Quantiles{}) {
		t.Errorf("of nothing: %+v", got)
	}
	random := rand.New(rand.NewPCG(1, 2))
	times := make([]time.Duration, 10_000)
	for i := range times {
		times[i] = time.Duration(random.ExpFloat64() * 1e6)
		h.Add(times[i])
	}
	slices.Sort(times)
	got := h.Quantiles()
	for _, q := range []struct {
		got  time.Duration
		want time.Duration
	}{{got.P50, times[4999]}, {got.P90, times[8999]}, {got.P99, times[9899]}} {
		if d := (q.got - q.want).Abs(); d > q.want/16 {
			t.Errorf("got %s, want %s", q.got, q.want)
		}
	}
	if got.Count != 10_000 || (got.Mean-time.Millisecond).Abs() > 50*time.Microsecond {
		t.Errorf("%+v", got)
	}
	h = quotes.Histogram{}
	h.Add(-time.Second) // a clock that was set back
	if got := h.Quantiles(); got.Count != 1 || got.P99 != 0 {
		t.Errorf("%+v", got)
	}
}

// TestStatsAgree compares the counters with an independent count, while many
// callers, clearing and statistics run at once.
func TestStatsAgree(t *testing.T) {
	provider := &fake{name: "tencent"}
	config := quotes.DefaultConfig()
	config.Providers = []string{"tencent"}
	now := at(t, monday)
	cache, err := quotes.New(config, schedules.Embedded(), []quotes.Provider{provider}, quotes.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	provider.say(answers(func(list []etl.Symbol) etl.QuoteAnswer { return aged(list, now) }))
	list := symbols(50)
	var mu sync.Mutex
	var hits, misses, hitCalls, loads int64
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 300 {
				var got []quotes.Result
				if i%3 == 0 {
					got = cache.GetBatch(t.Context(), list[worker:worker+20], quotes.Ask{})
				} else {
					got = []quotes.Result{cache.Get(t.Context(), list[(worker*7+i)%50], quotes.Ask{Fresh: i%100 == 1})}
				}
				if i%50 == 7 {
					cache.Clear(list[i%50])
				}
				if i%50 == 9 {
					cache.Stats()
				}
				n := int64(0)
				for _, r := range got {
					if r.Err != nil {
						t.Error(r.Err)
					}
					if r.Hit {
						n++
					}
				}
				mu.Lock()
				hits, misses = hits+n, misses+int64(len(got))-n
				if int(n) == len(got) {
					hitCalls++
				} else {
					loads++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	s := cache.Stats()
	if s.Hits != hits || s.Misses != misses {
		t.Errorf("%d hits and %d misses, counted %d and %d", s.Hits, s.Misses, hits, misses)
	}
	if s.HitTime.Count != hitCalls || s.Loads != loads || s.LoadTime.Count != loads {
		t.Errorf("%d + %d calls, %d loads; counted %d and %d", s.HitTime.Count, s.LoadTime.Count, s.Loads, hitCalls, loads)
	}
	calls, asked := provider.calls()
	if p := s.Providers[0]; p.Requests != int64(calls) || p.Quotes != int64(asked) || p.Bytes != int64(500*asked) {
		t.Errorf("%+v; it was asked %d times for %d symbols", p, calls, asked)
	}
	if rate := s.HitRate(); rate != float64(hits)/float64(hits+misses) {
		t.Errorf("hit rate %v", rate)
	}
	if (&quotes.Stats{}).HitRate() != 0 {
		t.Error("a hit rate of nothing")
	}
}
