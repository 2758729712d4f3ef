package quotes_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// warmCache returns a cache in which n symbols are fresh for a weekend.
func warmCache(b testing.TB, n int) (*quotes.Cache, []etl.Symbol) {
	b.Helper()
	config := quotes.DefaultConfig()
	config.Providers = []string{"tencent"}
	base, began := at(b, "2026-07-04 10:00:00"), time.Now()
	now := func() time.Time { return base.Add(time.Since(began)) } // as dear as time.Now
	provider := &fake{name: "tencent"}
	provider.say(answers(func(list []etl.Symbol) etl.QuoteAnswer { return aged(list, at(b, "2026-07-03 15:30:00")) }))
	cache, err := quotes.New(config, schedules.Embedded(), []quotes.Provider{provider}, quotes.Options{Now: now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cache.Close)
	list := symbols(n)
	for _, r := range cache.GetBatch(context.Background(), list, quotes.Ask{}) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
	return cache, list
}

func TestHitAllocatesNothing(t *testing.T) {
	cache, list := warmCache(t, 50)
	ctx := t.Context()
	i := 0
	if n := testing.AllocsPerRun(10_000, func() { cache.Get(ctx, list[i%50], quotes.Ask{}); i++ }); n != 0 {
		t.Errorf("a hit allocates %v times", n)
	}
	if n := testing.AllocsPerRun(1000, func() { cache.GetBatch(ctx, list, quotes.Ask{}) }); n > 1 {
		t.Errorf("a batch of hits allocates %v times, want once for the results", n)
	}
}

// BenchmarkHit measures one hit of 5,500 symbols, and the median of calls timed
// one by one, which includes the cost of the timing itself.
func BenchmarkHit(b *testing.B) {
	cache, list := warmCache(b, 5500)
	ctx := context.Background()
	b.Run("1 goroutine", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			if !cache.Get(ctx, list[i], quotes.Ask{}).Hit {
				b.Fatal("a miss")
			}
			if i++; i == len(list) {
				i = 0
			}
		}
		b.StopTimer()
		reportMedian(b, cache, list)
	})
	for _, hot := range []int{5500, 1} {
		name := map[int]string{5500: "64 goroutines", 1: "64 goroutines, 1 symbol"}[hot]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var group sync.WaitGroup
			for worker := range 64 {
				group.Go(func() {
					for i := range b.N / 64 {
						if !cache.Get(ctx, list[(worker*83+i)%hot], quotes.Ask{}).Hit {
							b.Error("a miss")
						}
					}
				})
			}
			group.Wait()
		})
	}
}

func reportMedian(b *testing.B, cache *quotes.Cache, list []etl.Symbol) {
	times := make([]time.Duration, 20_000)
	for i := range times {
		start := time.Now()
		cache.Get(context.Background(), list[i%len(list)], quotes.Ask{})
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2]), "median-ns")
	b.ReportMetric(float64(times[len(times)*99/100]), "p99-ns")
}

func BenchmarkBatchHit(b *testing.B) {
	cache, list := warmCache(b, 5500)
	b.ReportAllocs()
	for b.Loop() {
		cache.GetBatch(context.Background(), list[:100], quotes.Ask{})
	}
}

// BenchmarkColdBatch loads through a provider that answers at once: what remains
// is the cost of the flight and of storing.
func BenchmarkColdBatch(b *testing.B) {
	for _, n := range []int{1, 100, 5500} {
		b.Run(map[int]string{1: "1 symbol", 100: "100 symbols", 5500: "5500 symbols"}[n], func(b *testing.B) {
			cache, list := warmCache(b, n)
			b.ReportAllocs()
			for b.Loop() {
				cache.GetBatch(context.Background(), list, quotes.Ask{Fresh: true})
			}
		})
	}
}
