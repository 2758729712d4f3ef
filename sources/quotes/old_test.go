package quotes_test

import (
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/quotes"
)

// showing replies with rows of a time, which is read now.
func showing(t *testing.T, own string) func([]etl.Symbol) etl.QuoteAnswer {
	return func(list []etl.Symbol) etl.QuoteAnswer { return aged(list, at(t, own)) }
}

// TestLeftTheMarket: one provider goes on to show the last row of a share, the
// others have none.
func TestLeftTheMarket(t *testing.T) {
	for _, start := range []string{"2026-07-06 10:00:00", "2026-07-06 12:00:00", "2026-07-06 20:00:00", "2026-07-05 12:00:00"} {
		inBubble(t, start, func(c *quotes.Config) { c.Providers = []string{"sina", "tencent", "eastmoney"} }, func(d *desk) {
			d.sina.say(answers(showing(t, "2026-02-03 15:00:03")))
			d.tencent.say(knowsNone)
			d.eastmoney.say(knowsNone)
			d.want(d.get(symbols(1)[0]), "miss unknown")
			d.want(d.get(symbols(1)[0]), "hit unknown")
			if p := d.provider("sina"); p.Stale != 1 || p.Quotes != 0 || p.Errors != 0 {
				t.Errorf("%+v", p)
			}
		})
	}
}

// TestOldRowsAlone: the only rows there are are months old.
func TestOldRowsAlone(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		s := symbols(1)[0]
		d.tencent.say(fails(errDown))
		d.sina.say(answers(showing(t, "2026-02-03 15:00:03")))
		d.eastmoney.say(answers(showing(t, "2026-02-03 15:00:00")))
		got := d.get(s)
		d.want(got, "miss unavailable")
		for _, word := range []string{"sina", "2026-02-03", "connection refused"} {
			if !strings.Contains(got.Err.Error(), word) {
				t.Errorf("%q does not mention %s", got.Err, word)
			}
		}
		old := d.cache.Get(d.ctx, s, quotes.Ask{Stale: true})
		d.want(old, "stale hit sina")
		if !old.Quote.Time.Equal(at(t, "2026-02-03 15:00:03")) {
			t.Errorf("%s", old.Quote.Time)
		}
		d.want(d.get(s), "hit unavailable")
		d.wait(30 * time.Second)
		d.want(d.cache.Get(d.ctx, s, quotes.Ask{Stale: true}), "stale miss sina")
		d.count(d.sina, 2, 2)
		d.until("2026-07-06 16:00:00") // closed: asking again soon is no use
		d.want(d.get(s), "miss unavailable")
		d.wait(9 * time.Minute)
		d.want(d.get(s), "hit unavailable")
		if n := d.cache.Stats().Stale; n != 2 {
			t.Errorf("%d stale, want 2", n)
		}
	})
}

// TestOldRowKeepsNewerQuote: what is served as stale is the newest that is known.
func TestOldRowKeepsNewerQuote(t *testing.T) {
	inBubble(t, monday, func(c *quotes.Config) { c.Providers = []string{"tencent"} }, func(d *desk) {
		s := symbols(1)[0]
		known := d.get(s)
		d.wait(time.Minute)
		d.tencent.say(answers(showing(t, "2026-07-06 09:41:00")))
		for _, want := range []string{"stale miss tencent", "stale hit tencent"} {
			got := d.cache.Get(d.ctx, s, quotes.Ask{Stale: true})
			d.want(got, want)
			if got.Quote.Time != known.Quote.Time {
				t.Errorf("%s, want %s", got.Quote.Time, known.Quote.Time)
			}
		}
	})
}

func TestLaggingProvider(t *testing.T) {
	for _, tc := range []struct{ start, shows, want string }{
		{"2026-07-06 10:00:00", "2026-07-06 09:55:00", "miss tencent"}, // as far as it may
		{"2026-07-06 10:00:00", "2026-07-06 09:54:59", "miss sina"},
		{"2026-07-06 14:30:00", "2026-07-06 11:30:00", "miss sina"},
		{"2026-07-06 09:31:00", "2026-07-06 09:25:03", "miss tencent"}, // the session has just begun
		{"2026-07-06 13:00:30", "2026-07-06 11:30:00", "miss tencent"},
		{"2026-07-06 12:59:00", "2026-07-06 11:30:00", "miss tencent"}, // lunch
		{"2026-07-06 15:20:00", "2026-07-06 15:00:00", "miss tencent"}, // over
		{"2026-07-06 16:20:00", "2026-07-06 15:00:00", "miss tencent"},
		{"2026-07-06 09:20:00", "2026-07-03 15:30:00", "miss sina"}, // a day behind
		{"2026-07-06 12:00:00", "2026-07-03 15:30:00", "miss sina"},
		{"2026-07-06 16:20:00", "2026-07-03 15:30:00", "miss sina"},
		{"2026-07-05 16:20:00", "2026-07-03 15:30:00", "miss tencent"}, // a Sunday
		{"2026-07-06 09:10:00", "2026-07-03 15:30:00", "miss tencent"}, // before the auction
		{"2026-07-06 09:10:00", "2026-07-06 09:00:00", "miss tencent"}, // reset already
		{"2027-01-05 10:00:00", "2026-12-31 15:30:00", "miss tencent"}, // past the horizon
		{"2027-01-05 10:00:00", "2026-12-30 15:30:00", "miss sina"},
		{"2026-07-06 10:00:00", "2026-07-07 00:00:01", "miss sina"}, // of the future
	} {
		inBubble(t, tc.start, nil, func(d *desk) {
			d.tencent.say(answers(showing(t, tc.shows)))
			list := symbols(3)
			for i, got := range d.cache.GetBatch(d.ctx, list, quotes.Ask{}) {
				if show(got) != tc.want {
					t.Errorf("at %s, row %d of %s: got %s, want %s", tc.start, i, tc.shows, show(got), tc.want)
				}
			}
		})
	}
}

// TestIdleShare: a row that stands still among others that move is no lag; nor
// is a suspended share's.
func TestIdleShare(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		list := symbols(3)
		d.tencent.say(answers(func(list []etl.Symbol) etl.QuoteAnswer {
			a := live(list)
			a.Quotes[0].Time = at(t, "2026-07-06 09:31:00")
			a.Quotes[1].Status, a.Quotes[1].Time = etl.Suspended, at(t, "2026-06-01 11:30:00")
			return a
		}))
		same(t, shows(d.cache.GetBatch(d.ctx, list, quotes.Ask{})), []string{"miss tencent", "miss tencent", "miss tencent"})
	})
}

// TestHalt: all providers stand still, so there is nothing newer.
func TestHalt(t *testing.T) {
	inBubble(t, "2026-07-06 14:00:00", nil, func(d *desk) {
		s := symbols(1)[0]
		d.tencent.say(answers(showing(t, "2026-07-06 13:34:00")))
		d.sina.say(answers(showing(t, "2026-07-06 13:33:58")))
		d.eastmoney.say(fails(errDown))
		d.want(d.get(s), "miss tencent")
		d.want(d.get(s), "hit tencent")

		d.sina.say(fails(errDown)) // one alone proves nothing
		d.wait(time.Minute)
		d.want(d.get(s), "miss unavailable")
	})
}

// TestSurpriseHoliday: the calendar expects trading and nobody shows any.
func TestSurpriseHoliday(t *testing.T) {
	inBubble(t, monday, nil, func(d *desk) {
		for _, f := range []*fake{d.tencent, d.sina, d.eastmoney} {
			f.say(answers(showing(t, "2026-07-03 15:30:00")))
		}
		got := d.get(symbols(1)[0])
		d.want(got, "miss tencent")
		if !got.Quote.Time.Equal(at(t, "2026-07-03 15:30:00")) {
			t.Errorf("%s", got.Quote.Time)
		}
		d.wait(30 * time.Second)
		d.want(d.get(symbols(1)[0]), "miss tencent")
	})
}

func TestPastTheHorizonWarnsOncePerDay(t *testing.T) {
	inBubble(t, "2027-01-04 10:00:00", nil, func(d *desk) {
		s := symbols(1)[0]
		for range 5 {
			d.want(d.get(s), "miss tencent")
			d.wait(30 * time.Second)
		}
		warnings := func() int { return strings.Count(d.log.String(), "calendar has ended") }
		if n := warnings(); n != 1 {
			t.Errorf("%d warnings on the first day", n)
		}
		d.until("2027-01-05 10:00:00")
		d.get(s)
		if n := warnings(); n != 2 {
			t.Errorf("%d warnings on two days", n)
		}
	})
}
