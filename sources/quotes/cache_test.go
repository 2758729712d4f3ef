package quotes_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

const monday = "2026-07-06 10:00:00" // in the morning session

func TestHitUntilItExpires(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		s := symbol(t, "sz000001")
		first := d.get(s)
		d.want(first, "miss tencent")
		if q := first.Quote; q.Phase != schedules.PhaseMorning || q.Source != "tencent" || q.Symbol != s {
			t.Errorf("got %+v", q)
		}
		d.wait(29 * time.Second)
		second := d.get(s)
		d.want(second, "hit tencent")
		if second.Quote != first.Quote {
			t.Error("a hit is not the same quote")
		}
		d.wait(time.Second)
		d.want(d.get(s), "miss tencent")
		d.count(d.tencent, 2, 2)
		d.count(d.sina, 0, 0)
	})
}

func TestFreezeOverTheWeekend(t *testing.T) {
	inBubble(t, "2026-07-03 15:35:50", nil, func(d *desk) {
		s := symbol(t, "sz000001")
		d.tencent.say(answers(func(list []etl.Symbol) etl.QuoteAnswer { return aged(list, at(t, "2026-07-03 15:30:00")) }))
		d.want(d.get(s), "miss tencent")
		d.until("2026-07-03 15:36:00") // cut at the end of the phase
		d.want(d.get(s), "miss tencent")
		for _, text := range []string{"2026-07-03 15:36:30", "2026-07-04 11:00:00", "2026-07-05 23:00:00", "2026-07-06 09:14:59"} {
			d.until(text)
			d.want(d.get(s), "hit tencent")
		}
		d.tencent.say(nil)
		d.until("2026-07-06 09:15:00")
		got := d.get(s)
		d.want(got, "miss tencent")
		if got.Quote.Phase != schedules.PhaseOpeningAuction {
			t.Errorf("phase %s", got.Quote.Phase)
		}
	})
}

func TestBatch(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(4)
		d.want(d.get(list[1]), "miss tencent")
		asked := []etl.Symbol{list[3], list[1], list[0], list[3], list[1]}
		got := d.cache.GetBatch(d.ctx, asked, quotes.Ask{})
		same(t, shows(got), []string{"miss tencent", "hit tencent", "miss tencent", "miss tencent", "hit tencent"})
		for i, r := range got {
			if r.Quote.Symbol != asked[i] {
				t.Errorf("%d: %s, want %s", i, r.Quote.Symbol, asked[i])
			}
		}
		d.count(d.tencent, 2, 3) // one call for both misses
		if got := d.cache.GetBatch(d.ctx, nil, quotes.Ask{}); len(got) != 0 {
			t.Errorf("an empty batch has %d results", len(got))
		}
		s := d.cache.Stats()
		if s.Hits != 2 || s.Misses != 4 || s.Loads != 2 {
			t.Errorf("%d hits, %d misses, %d loads, want 2, 4, 2", s.Hits, s.Misses, s.Loads)
		}
	})
}

func TestSingleFlight(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		d.tencent.say(after(time.Second, func(list []etl.Symbol) (etl.QuoteAnswer, error) { return live(list), nil }))
		list := symbols(60)
		var group sync.WaitGroup
		for i := range 40 { // overlapping batches, and singles
			group.Go(func() {
				for _, r := range d.cache.GetBatch(d.ctx, list[i/2:i/2+40], quotes.Ask{}) {
					d.want(r, "miss tencent")
				}
			})
			group.Go(func() { d.want(d.get(list[i]), "miss tencent") })
		}
		group.Wait()
		_, n := d.tencent.calls()
		if n != 59 { // symbols 0 to 58
			t.Errorf("59 symbols were asked for %d times", n)
		}
		seen := map[etl.Symbol]int{}
		for _, call := range d.tencent.asked {
			for _, s := range call {
				seen[s]++
			}
		}
		for s, n := range seen {
			if n != 1 {
				t.Errorf("%s was asked for %d times", s, n)
			}
		}
	})
}

func TestCallerLeaves(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		s := symbols(1)[0]
		d.tencent.say(after(1500*time.Millisecond, func(list []etl.Symbol) (etl.QuoteAnswer, error) { return live(list), nil }))
		impatient, stop := context.WithTimeout(d.ctx, time.Second)
		defer stop()
		var group sync.WaitGroup
		group.Go(func() {
			got := d.cache.Get(impatient, s, quotes.Ask{})
			d.want(got, "miss unavailable")
			if !errors.Is(got.Err, context.DeadlineExceeded) {
				t.Errorf("%v does not wrap the cause", got.Err)
			}
		})
		group.Go(func() { d.want(d.get(s), "miss tencent") })
		group.Wait()
		d.want(d.get(s), "hit tencent")
		d.count(d.tencent, 1, 1)
		// A hit needs no time.
		d.want(d.cache.Get(impatient, s, quotes.Ask{}), "hit tencent")
	})
}

func TestFlightGoesOnWithoutCallers(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		s := symbols(1)[0]
		d.tencent.say(after(time.Second, func(list []etl.Symbol) (etl.QuoteAnswer, error) { return live(list), nil }))
		gone, leave := context.WithCancel(d.ctx)
		leave()
		d.want(d.cache.Get(gone, s, quotes.Ask{}), "miss unavailable")
		d.wait(1100 * time.Millisecond)
		d.want(d.get(s), "hit tencent")
	})
}

func TestFresh(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		s := symbols(1)[0]
		old := d.get(s)
		d.wait(time.Second)
		renewed := d.cache.Get(d.ctx, s, quotes.Ask{Fresh: true})
		d.want(renewed, "miss tencent")
		if renewed.Quote == old.Quote {
			t.Error("not fetched again")
		}
		if got := d.get(s); got.Quote != renewed.Quote || !got.Hit {
			t.Error("the cache was not renewed")
		}

		// A flight under way began before the call: its answer may be older.
		d.wait(time.Minute)
		d.tencent.say(after(time.Second, func(list []etl.Symbol) (etl.QuoteAnswer, error) { return live(list), nil }))
		var group sync.WaitGroup
		group.Go(func() { d.get(s) })
		d.wait(500 * time.Millisecond)
		group.Go(func() { d.cache.Get(d.ctx, s, quotes.Ask{Fresh: true}) })
		synctest.Wait()
		group.Go(func() { d.get(s) }) // joins the newest
		group.Wait()
		d.count(d.tencent, 4, 4)
		if got := d.get(s); !got.Quote.Fetched.Equal(at(t, monday).Add(62500 * time.Millisecond)) {
			t.Errorf("cached is the quote of %s, not of the later flight", got.Quote.Fetched)
		}
	})
}

func TestStaleOnlyIfAsked(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(3)
		d.get(list[0])
		d.wait(31 * time.Second)
		d.get(list[1])
		for _, f := range []*fake{d.tencent, d.sina, d.eastmoney} {
			f.say(fails(errDown))
		}
		same(t, shows(d.cache.GetBatch(d.ctx, list, quotes.Ask{})), []string{"miss unavailable", "hit tencent", "miss unavailable"})
		same(t, shows(d.cache.GetBatch(d.ctx, list, quotes.Ask{Stale: true})), []string{"stale miss tencent", "hit tencent", "miss unavailable"})
		d.want(d.cache.Get(d.ctx, list[1], quotes.Ask{Fresh: true}), "miss unavailable")
		d.want(d.cache.Get(d.ctx, list[1], quotes.Ask{Fresh: true, Stale: true}), "stale miss tencent")
		got := d.get(list[0])
		if !errors.Is(got.Err, errDown) || strings.Contains(got.Err.Error(), "\n") {
			t.Errorf("got %q, want one line that says why", got.Err)
		}
		// From here on all breakers are open: no provider is asked.
		d.want(d.cache.Get(d.ctx, list[0], quotes.Ask{Stale: true}), "stale miss tencent")
		if s := d.cache.Stats(); s.Stale != 3 || s.LoadErrors != 2+2+1+1+1+1 {
			t.Errorf("%d stale, %d load errors, want 3 and 8", s.Stale, s.LoadErrors)
		}
	})
}

func TestClear(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(3)
		d.cache.GetBatch(d.ctx, list, quotes.Ask{})
		if n := d.cache.Clear(list[0], list[0], symbol(t, "sh600000")); n != 1 {
			t.Errorf("%d were cleared, want 1", n)
		}
		for _, f := range []*fake{d.tencent, d.sina, d.eastmoney} {
			f.say(fails(errDown))
		}
		same(t, shows(d.cache.GetBatch(d.ctx, list, quotes.Ask{Stale: true})), []string{"miss unavailable", "hit tencent", "hit tencent"})
		if n := d.cache.Clear(); n != 2 {
			t.Errorf("%d were cleared, want 2", n)
		}
		same(t, shows(d.cache.GetBatch(d.ctx, list, quotes.Ask{Stale: true})), []string{"miss unavailable", "miss unavailable", "miss unavailable"})
		if s := d.cache.Stats(); s.Entries != 0 || !s.Oldest.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

// TestClearDuringFlight: what was asked for before is not served afterwards.
func TestClearDuringFlight(t *testing.T) {
	for _, all := range []bool{true, false} {
		inBubble(t, monday, nil, func(d *desk) {
			s, other := symbols(2)[0], symbols(2)[1]
			price := 1.0
			d.tencent.say(func(ctx context.Context, list []etl.Symbol) (etl.QuoteAnswer, error) {
				a := live(list)
				for i := range a.Quotes {
					a.Quotes[i].Last = price
				}
				<-time.After(time.Second)
				return a, nil
			})
			var group sync.WaitGroup
			group.Go(func() {
				if got := d.cache.GetBatch(d.ctx, []etl.Symbol{s, other}, quotes.Ask{}); got[0].Quote.Last != 1 {
					t.Error("who asked before the clearing waits in vain")
				}
			})
			synctest.Wait()
			if all {
				d.cache.Clear()
			} else {
				d.cache.Clear(s)
			}
			price = 2
			group.Go(func() {
				if got := d.get(s); got.Hit || got.Quote.Last != 2 {
					t.Errorf("got %v", got.Quote.Last)
				}
			})
			group.Wait()
			if got := d.get(s); !got.Hit || got.Quote.Last != 2 {
				t.Errorf("got %v", got.Quote.Last)
			}
			if got := d.get(other); got.Hit == all {
				t.Errorf("cleared all: %t; the other is a hit: %t", all, got.Hit)
			}
		})
	}
}

func TestCleanup(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(3)
		d.cache.GetBatch(d.ctx, list[:2], quotes.Ask{})
		d.wait(20 * time.Second)
		d.get(list[2])
		d.wait(10 * time.Second)
		if n := d.cache.Cleanup(); n != 2 {
			t.Errorf("%d were dropped, want 2", n)
		}
		d.want(d.get(list[2]), "hit tencent")
		if s := d.cache.Stats(); s.Entries != 1 || s.Fresh != 1 || s.Evictions != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestWarm(t *testing.T) {
	inBubble(t, "2026-07-05 12:00:00", nil, func(d *desk) { // a Sunday
		list := symbols(5)
		d.get(list[0]) // newer than what the lake has
		lake := make([]etl.Quote, 5)
		for i, s := range list {
			lake[i] = row(s, at(t, "2026-07-03 15:35:00"))
			lake[i].Source, lake[i].Fetched = "sina", at(t, "2026-07-03 15:40:00")
		}
		lake[2].Fetched = at(t, "2026-07-03 14:59:50") // before the close
		lake[3].Fetched = at(t, "2026-07-05 14:00:00") // of the future
		lake[4].Symbol = 0
		if n := d.cache.Warm(lake); n != 2 {
			t.Errorf("%d were taken, want 2", n)
		}
		if n := d.cache.Warm(lake); n != 0 {
			t.Errorf("%d were taken again, want none", n)
		}
		d.tencent.say(fails(errDown))
		d.sina.say(fails(errDown))
		d.eastmoney.say(fails(errDown))
		got := d.cache.GetBatch(d.ctx, list, quotes.Ask{Stale: true})
		same(t, shows(got), []string{"hit tencent", "hit sina", "stale miss sina", "miss unavailable", "miss unavailable"})
		if q := got[1].Quote; q.Phase != schedules.PhaseClosed {
			t.Errorf("phase %s", q.Phase)
		}
		lake[1].Last = 1 // the cache has its own
		if d.get(list[1]).Quote.Last == 1 {
			t.Error("the caller can change what is cached")
		}
	})
}

func TestBound(t *testing.T) {
	inBubble(t, monday, func(c *quotes.Config) { c.MaxEntries = 100 }, func(d *desk) {
		list := symbols(1000)
		for _, part := range slices.Collect(slices.Chunk(list, 50)) {
			for _, r := range d.cache.GetBatch(d.ctx, part, quotes.Ask{}) {
				d.want(r, "miss tencent")
			}
		}
		synctest.Wait()
		s := d.cache.Stats()
		if s.Entries > 100 || s.Evictions != int64(1000-s.Entries) {
			t.Errorf("%d entries, %d evictions", s.Entries, s.Evictions)
		}
	})
}

func TestClockSetBack(t *testing.T) {
	now := at(t, monday)
	provider := &fake{name: "tencent", reply: answers(func(list []etl.Symbol) etl.QuoteAnswer { return aged(list, now) })}
	config := quotes.DefaultConfig()
	config.Providers = []string{"tencent"}
	cache, err := quotes.New(config, schedules.Embedded(), []quotes.Provider{provider}, quotes.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	s := symbols(1)[0]
	if got := cache.Get(t.Context(), s, quotes.Ask{}); got.Err != nil || !got.Quote.Fetched.Equal(now) {
		t.Fatalf("%v: the row's Fetched is of another clock and must be moved", got)
	}
	now = at(t, "2026-07-03 10:00:00")
	if got := cache.Get(t.Context(), s, quotes.Ask{}); got.Hit || got.Err != nil || !got.Quote.Fetched.Equal(now) {
		t.Errorf("%v: an entry of the future is served", got)
	}
	if got := cache.Get(t.Context(), s, quotes.Ask{}); !got.Hit {
		t.Error("an entry of the future is in the way")
	}
}

func TestClose(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(2)
		d.get(list[0])
		d.tencent.say(after(time.Hour, nil))
		var group sync.WaitGroup
		group.Go(func() { d.want(d.get(list[1]), "miss unavailable") })
		synctest.Wait()
		d.cache.Close()
		group.Wait()
		d.want(d.get(list[0]), "hit tencent")
		d.want(d.get(list[1]), "miss unavailable")
		d.want(d.get(0), "hit unknown")
	})
}

func TestNewRejects(t *testing.T) {
	config := quotes.DefaultConfig()
	if _, err := quotes.New(config, schedules.Embedded(), []quotes.Provider{&fake{name: "sina"}}, quotes.Options{}); err == nil || !strings.Contains(err.Error(), "tencent") {
		t.Errorf("a missing provider: %v", err)
	}
	config.TTL = 0
	if _, err := quotes.New(config, schedules.Embedded(), nil, quotes.Options{}); err == nil || !strings.Contains(err.Error(), "ttl") {
		t.Errorf("a bad configuration: %v", err)
	}
}
