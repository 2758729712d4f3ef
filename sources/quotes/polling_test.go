package quotes_test

import (
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// polling is a week in which clients poll the same symbols.
type polling struct {
	clients, symbols int
	every            time.Duration
	polls            int64 // calls of all clients
	requests         int64 // of the cache
	hitRate          float64
}

// week polls from a Monday to the Sunday after it, on a clock of its own. Each
// client polls at its own instants.
func week(t testing.TB, clients, n int, every time.Duration) polling {
	p := polling{clients: clients, symbols: n, every: every}
	now := at(t, "2026-07-06 00:00:00")
	end := now.Add(7 * 24 * time.Hour)
	config := quotes.DefaultConfig()
	config.Providers = []string{"tencent"}
	cal := schedules.Embedded()
	provider := &fake{name: "tencent"}
	provider.say(answers(func(list []etl.Symbol) etl.QuoteAnswer { return aged(list, ownTime(cal, now)) }))
	cache, err := quotes.New(config, cal, []quotes.Provider{provider}, quotes.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	list := symbols(n)
	for ; now.Before(end); now = now.Add(every / time.Duration(clients)) {
		results := cache.GetBatch(t.Context(), list, quotes.Ask{})
		p.polls++
		if p.polls%7 != 0 {
			continue // checking all takes longer than polling
		}
		for _, r := range results {
			if r.Err != nil || r.Quote.Time.Before(ownTime(cal, now).Add(-time.Minute)) {
				t.Fatalf("at %s: %v %v", now.In(schedules.Shanghai), r.Quote, r.Err)
			}
		}
	}
	s := cache.Stats()
	p.requests, p.hitRate = s.Providers[0].Requests, s.HitRate()
	return p
}

// ownTime is the time a provider that is never late shows at t.
func ownTime(cal *schedules.Calendar, t time.Time) time.Time {
	m := cal.Moment(t)
	day := m.Day
	for _, stop := range [][2]schedules.Clock{{11*60 + 30, 13 * 60}, {15*60 + 30, 24 * 60}} {
		if from := stop[0].On(day); !t.Before(from) && (m.Phase == schedules.PhaseClosed || t.Before(stop[1].On(day))) {
			if m.Phase != schedules.PhaseClosed || stop[0] > 13*60 {
				return from
			}
		}
	}
	return t
}

// fixedTTL counts the requests of a cache with 30 s from 09:30 to 11:30 and from
// 13:00 to 15:00 of weekdays and 60 s otherwise, asked at the same instants, when
// all symbols expire together. Source: compatibility specification, 6.2.
func fixedTTL(t testing.TB, step time.Duration) int64 {
	now := at(t, "2026-07-06 00:00:00")
	end := now.Add(7 * 24 * time.Hour)
	requests := int64(0)
	var fetched time.Time
	for ; now.Before(end); now = now.Add(step) {
		local := now.In(schedules.Shanghai)
		minute, ttl := local.Hour()*60+local.Minute(), time.Minute
		weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
		if !weekend && (minute >= 570 && minute < 690 || minute >= 780 && minute < 900) {
			ttl = 30 * time.Second
		}
		if now.Sub(fetched) >= ttl {
			fetched = now
			requests++
		}
	}
	return requests
}

// TestPollingWeek: five clients poll every three seconds for a week. The number of
// symbols is small here, because it changes nothing in the number of requests of
// caches that batch.
func TestPollingWeek(t *testing.T) {
	if testing.Short() {
		t.Skip("a million polls")
	}
	comparePolling(t, week(t, 5, 1, 3*time.Second), 50)
}

// BenchmarkPollingWeek is the same with fifty symbols.
func BenchmarkPollingWeek(b *testing.B) {
	for b.Loop() {
		comparePolling(b, week(b, 5, 50, 3*time.Second), 50)
	}
}

func comparePolling(t testing.TB, p polling, n int64) {
	batched := fixedTTL(t, p.every/time.Duration(p.clients))
	t.Logf("%d polls, %d requests, hit rate %.4f%%", p.polls, p.requests, 100*p.hitRate)
	for _, other := range []struct {
		name     string
		requests int64
		atLeast  float64 // per cent fewer
	}{
		{"no cache, one request per symbol", p.polls * n, 99.99},
		{"no cache, one request per poll", p.polls, 99},
		{"fixed 30-60 s, one request per symbol", batched * n, 99},
		{"fixed 30-60 s, batched", batched, 65},
	} {
		fewer := 100 * (1 - float64(p.requests)/float64(other.requests))
		t.Logf("%.3f%% fewer than %s: %d", fewer, other.name, other.requests)
		if fewer < other.atLeast {
			t.Errorf("only %.3f%% fewer requests than with %s, want %v%%", fewer, other.name, other.atLeast)
		}
	}
}
