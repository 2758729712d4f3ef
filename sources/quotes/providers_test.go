package quotes_test

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
	"barkeep/sources"
	"barkeep/sources/quotes"
)

func TestNextProviderGetsTheRest(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(6)
		d.tencent.say(func(_ context.Context, asked []etl.Symbol) (etl.QuoteAnswer, error) {
			a := live(asked[:2]) // half a page, one row of garbage
			a.Refused = []etl.RefusedQuote{{Symbol: asked[2], Reason: "the high is below the low", Raw: "x"}}
			return a, errDown
		})
		d.sina.say(func(_ context.Context, asked []etl.Symbol) (etl.QuoteAnswer, error) {
			return live(asked[:3]), nil // leaves one out, without a word
		})
		got := d.cache.GetBatch(d.ctx, list, quotes.Ask{})
		same(t, shows(got), []string{"miss tencent", "miss tencent", "miss sina", "miss sina", "miss sina", "miss eastmoney"})
		d.count(d.tencent, 1, 6)
		d.count(d.sina, 1, 4)
		d.count(d.eastmoney, 1, 1)
		same(t, d.refused, []string{"tencent sz000003"})
		if p := d.provider("tencent"); p.Requests != 1 || p.Quotes != 2 || p.Errors != 1 || p.Bytes != 1000 || p.Open {
			t.Errorf("%+v", p)
		}
		if p := d.provider("sina"); p.Errors != 1 || p.Quotes != 3 {
			t.Errorf("%+v", p)
		}
		if s := d.cache.Stats(); s.Refused != 1 || s.LoadErrors != 0 || s.Providers[0].Name != "tencent" {
			t.Errorf("%+v", s)
		}
	})
}

// TestAnswersAreNotTrusted: rows nobody asked for, the same symbol in several
// lists, and another provider's name.
func TestAnswersAreNotTrusted(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(3)
		d.tencent.say(func(_ context.Context, asked []etl.Symbol) (etl.QuoteAnswer, error) {
			a := live([]etl.Symbol{list[0], list[2], list[0]})
			a.Quotes[0].Source, a.Quotes[2].Last = "sina", 99
			a.Quotes[0].Fetched = time.Now().Add(time.Hour)
			a.Quotes[1].Fetched = time.Time{}
			a.Unknown = []etl.Symbol{list[0], list[2], list[1]}
			return a, nil
		})
		d.sina.say(knowsNone)
		same(t, shows(d.cache.GetBatch(d.ctx, list[:2], quotes.Ask{})), []string{"miss tencent", "miss unknown"})
		if q := d.get(list[0]).Quote; q.Last == 99 || !q.Fetched.Equal(time.Now()) {
			t.Errorf("%+v", q)
		}
		if d.cache.Cached(list[2]) {
			t.Error("a row nobody asked for is cached")
		}
		d.want(d.get(list[2]), "miss tencent")
		if q := d.get(list[2]).Quote; !q.Fetched.Equal(time.Now()) {
			t.Errorf("fetched at %s", q.Fetched)
		}
		if !d.cache.Cached(list[2]) {
			t.Error("a symbol that was cached while its call came to begin a flight is asked for again")
		}
	})
}

func TestUnknownIsCrossChecked(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(4)
		d.tencent.say(knowsNone)
		d.sina.say(knowsNone)
		d.want(d.get(list[0]), "miss unknown")
		d.count(d.eastmoney, 0, 0)
		d.wait(10*time.Minute - time.Second)
		d.want(d.get(list[0]), "hit unknown")
		d.want(d.cache.Get(d.ctx, list[0], quotes.Ask{Stale: true}), "hit unknown")
		d.wait(time.Second)
		d.want(d.get(list[0]), "miss unknown")

		d.sina.say(nil) // knows better
		d.want(d.get(list[1]), "miss sina")

		d.sina.say(fails(errDown)) // cannot say; the third does
		d.want(d.get(list[2]), "miss eastmoney")

		d.eastmoney.say(fails(errDown)) // nobody else answers
		d.want(d.get(list[3]), "miss unknown")
		if s := d.cache.Stats(); s.Unknown != 5 {
			t.Errorf("%d unknown, want 5", s.Unknown)
		}
	})
}

func TestRefusedIsNotCached(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		s := symbols(1)[0]
		for _, f := range []*fake{d.tencent, d.sina, d.eastmoney} {
			f.say(refusesAll)
		}
		for range 20 {
			got := d.get(s)
			d.want(got, "miss refused")
			if !strings.Contains(got.Err.Error(), "sz000001: the high is below the low") {
				t.Errorf("%v says too little", got.Err)
			}
			d.wait(3 * time.Second)
		}
		d.count(d.tencent, 20, 20)
		if s := d.cache.Stats(); s.Refused != 60 || s.Entries != 0 || len(d.refused) != 60 {
			t.Errorf("%d refused, %d told, %d cached", s.Refused, len(d.refused), s.Entries)
		}
		if n := strings.Count(d.log.String(), "refused"); n != 1 {
			t.Errorf("%d lines about one burst:\n%s", n, d.log.String())
		}
		d.wait(time.Minute)
		d.get(s)
		if lines := strings.Split(strings.TrimSpace(d.log.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[1], "rows=60") {
			t.Errorf("the second line does not count what was held back:\n%s", d.log.String())
		}
		d.tencent.say(nil)
		d.want(d.get(s), "miss tencent")
		for _, f := range []*fake{d.tencent, d.sina, d.eastmoney} {
			f.say(refusesAll)
		}
		d.wait(time.Minute)
		d.want(d.cache.Get(d.ctx, s, quotes.Ask{Stale: true}), "stale miss tencent")
	})
}

func TestHedge(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(3)
		slow := func(span time.Duration) func(context.Context, []etl.Symbol) (etl.QuoteAnswer, error) {
			return after(span, func(l []etl.Symbol) (etl.QuoteAnswer, error) { return live(l), nil })
		}
		d.tencent.say(slow(5 * time.Second))
		start := time.Now()
		d.want(d.get(list[0]), "miss sina")
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %s, want 2s", took)
		}
		d.count(d.eastmoney, 0, 0)

		// The rival is slow as well: of each symbol the first row counts.
		d.sina.say(slow(10 * time.Second))
		synctest.Wait()
		start = time.Now()
		d.want(d.get(list[1]), "miss eastmoney")
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("took %s, want 4s", took)
		}

		// Being outrun opens the breaker in the end: no caller waits for it again.
		d.sina.say(nil)
		synctest.Wait() // for what has been outrun
		d.want(d.get(list[2]), "miss sina")
		synctest.Wait()
		d.cache.Clear()
		start = time.Now()
		d.want(d.get(list[2]), "miss sina")
		if took := time.Since(start); took != 0 || !d.provider("tencent").Open {
			t.Errorf("took %s, open %t", took, d.provider("tencent").Open)
		}
		if p := d.provider("tencent"); p.Errors != 3 || p.Requests != 3 {
			t.Errorf("%+v", p)
		}
	})
}

// TestPreferredComesBackFirst: a rival that loses has not failed.
func TestPreferredComesBackFirst(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(9)
		d.tencent.say(after(2100*time.Millisecond, func(l []etl.Symbol) (etl.QuoteAnswer, error) { return live(l), nil }))
		d.sina.say(after(time.Second, func(l []etl.Symbol) (etl.QuoteAnswer, error) { return live(l), nil }))
		for _, s := range list {
			d.want(d.get(s), "miss tencent")
			synctest.Wait() // for what has been outrun
		}
		if p := d.provider("sina"); p.Errors != 0 || p.Open || p.Requests != 9 {
			t.Errorf("%+v", p)
		}
	})
}

func TestNoHedge(t *testing.T) {
	inBubble(t, monday, func(c *quotes.Config) { c.HedgeAfter = 0 }, func(d *desk) {
		d.tencent.say(after(9*time.Second, func(l []etl.Symbol) (etl.QuoteAnswer, error) { return live(l), nil }))
		d.want(d.get(symbols(1)[0]), "miss tencent")
		d.count(d.sina, 0, 0)
	})
}

func TestTimeout(t *testing.T) {
	inBubble(t, monday, func(c *quotes.Config) { c.Timeout = 10 * time.Second }, func(d *desk) {
		list := symbols(2)
		d.tencent.say(func(ctx context.Context, asked []etl.Symbol) (etl.QuoteAnswer, error) {
			<-ctx.Done()
			return live(asked[:1]), context.Cause(ctx)
		})
		for _, f := range []*fake{d.sina, d.eastmoney} {
			f.say(after(time.Hour, nil))
		}
		start := time.Now()
		got := d.cache.GetBatch(d.ctx, list, quotes.Ask{})
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %s, want 10s", took)
		}
		if r := got[1]; r.Err == nil || !strings.Contains(r.Err.Error(), "10s") || !strings.Contains(r.Err.Error(), "eastmoney") {
			t.Errorf("got %v, want an error that names the providers and the time", r.Err)
		}
	})
}

func TestBreaker(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(9)
		d.tencent.say(fails(errDown))
		for _, s := range list[:5] {
			d.want(d.get(s), "miss sina")
		}
		d.count(d.tencent, 3, 3) // then it is left alone
		if !d.provider("tencent").Open || strings.Count(d.log.String(), "left alone") != 1 || !strings.Contains(d.log.String(), "connection refused") {
			t.Errorf("open %t; log:\n%s", d.provider("tencent").Open, d.log.String())
		}
		d.wait(59 * time.Second)
		d.want(d.get(list[5]), "miss sina")
		d.count(d.tencent, 3, 3)
		d.wait(time.Second)
		d.want(d.get(list[6]), "miss sina") // tries, and fails
		d.count(d.tencent, 4, 4)
		d.want(d.get(list[7]), "miss sina")
		d.count(d.tencent, 4, 4)
		d.wait(time.Minute)
		d.tencent.say(nil)
		d.want(d.get(list[8]), "miss tencent")
		if d.provider("tencent").Open || !strings.Contains(d.log.String(), "answers again") {
			t.Error("not closed again")
		}
	})
}

func TestBlockedOpensAtOnce(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(3)
		d.tencent.say(func(_ context.Context, asked []etl.Symbol) (etl.QuoteAnswer, error) {
			return live(asked[:1]), errors.Join(errDown, &sources.StatusError{Vendor: "tencent", Status: 502},
				fmt.Errorf("chunk 2: %w", &sources.StatusError{Vendor: "tencent", Status: 456}))
		})
		same(t, shows(d.cache.GetBatch(d.ctx, list[:2], quotes.Ask{})), []string{"miss tencent", "miss sina"})
		d.want(d.get(list[2]), "miss sina")
		d.count(d.tencent, 1, 2)
		for _, f := range []*fake{d.sina, d.eastmoney} {
			f.say(fails(&sources.StatusError{Vendor: f.name, Status: 403, Body: "Forbidden"}))
		}
		d.want(d.cache.Get(d.ctx, list[0], quotes.Ask{Fresh: true}), "miss unavailable")
		got := d.cache.Get(d.ctx, list[0], quotes.Ask{Fresh: true}) // asks nobody, and says why
		if !slices.Equal(shows([]quotes.Result{got}), []string{"miss unavailable"}) || !strings.Contains(got.Err.Error(), "403") || !strings.Contains(got.Err.Error(), "left alone for another 1m0s") {
			t.Errorf("%v", got.Err)
		}
		d.count(d.sina, 3, 3)
	})
}

// TestAbandonedTrial: a provider that was tried again and had no fair time is
// neither back nor lost for ever.
func TestAbandonedTrial(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(4)
		d.sina.say(fails(&sources.StatusError{Vendor: "sina", Status: 429}))
		d.tencent.say(fails(errDown))
		d.want(d.get(list[0]), "miss eastmoney")
		d.wait(time.Minute)
		d.tencent.say(after(2500*time.Millisecond, func(l []etl.Symbol) (etl.QuoteAnswer, error) { return live(l), nil }))
		d.sina.say(after(time.Minute, nil))
		d.want(d.get(list[1]), "miss tencent") // sina had half a second
		synctest.Wait()
		if !d.provider("sina").Open {
			t.Error("the breaker closed without an answer")
		}
		d.wait(time.Minute)
		d.sina.say(nil)
		d.tencent.say(fails(errDown))
		d.want(d.get(list[2]), "miss sina")
	})
}
