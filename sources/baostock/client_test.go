package baostock_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

func TestTradeDatesEqualTheCalendar(t *testing.T) {
	s := exchange(t, nil)
	c := client(t, s.Addr(), func(c *baostock.Config) { c.PageSize = 100 })
	for _, tc := range []struct {
		name           string
		from, to, last schedules.Day
		requests       int
	}{
		{"two years and a bit", schedules.MakeDay(2024, 1, 1), schedules.MakeDay(2026, 2, 1), schedules.MakeDay(2026, 2, 1), 8},
		{"an exact multiple of the page size costs one more", today - 199, today, today, 3},
		{"past the end of the year", today, today + 400, schedules.MakeDay(2026, 12, 31), 2},
		{"wholly in the future", today + 900, today + 990, 0, 1},
	} {
		before := s.Stats().ByType[wire.TradeDates]
		days, err := c.TradeDates(t.Context(), tc.from, tc.to)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if got := s.Stats().ByType[wire.TradeDates] - before; got != tc.requests {
			t.Errorf("%s: %d requests, want %d", tc.name, got, tc.requests)
		}
		if want := max(0, int(tc.last-tc.from)+1); len(days) != want {
			t.Errorf("%s: %d days, want %d", tc.name, len(days), want)
		}
		for i, d := range days {
			want := schedules.Embedded().Status(d.Day) == schedules.Open
			if d.Day != tc.from+schedules.Day(i) || d.Open != want {
				t.Fatalf("%s: day %d is %s open %t, want %s open %t", tc.name, i, d.Day, d.Open, tc.from+schedules.Day(i), want)
			}
		}
	}
}

func TestPublished(t *testing.T) {
	s := exchange(t, nil)
	c := client(t, s.Addr())
	late := client(t, exchange(t, nil, "unpublished").Addr())
	for _, tc := range []struct {
		name string
		c    subject
		day  schedules.Day
		want bool
	}{
		{"today after half past five", c, today, true},
		{"the next trading day", c, today + 3, false},
		{"the vendor is late", late, today, false},
		{"the vendor is late, the day before", late, today - 1, true},
	} {
		if got, err := tc.c.Published(t.Context(), tc.day); got != tc.want || err != nil {
			t.Errorf("%s: %t, %v", tc.name, got, err)
		}
	}
}

func TestInstrumentsEqualTheMarket(t *testing.T) {
	s := exchange(t, nil)
	c := client(t, s.Addr(), func(c *baostock.Config) { c.PageSize = 10 })
	list, err := c.Instruments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, want := range aMarket().Securities() {
		if want.Listed > today {
			continue
		}
		n++
		symbol, err := etl.ParseSymbol(want.Code)
		if err != nil {
			t.Fatal(err)
		}
		delisted := want.Delisted
		if delisted > today {
			delisted = 0
		}
		got, ok := list.Find(symbol)
		if !ok || got.Name != aMarket().Name(i, today) || got.Listed != want.Listed || got.Delisted != delisted || uint8(got.Kind) != uint8(want.Kind) {
			t.Errorf("%+v, %t, want %+v called %s", got, ok, want, aMarket().Name(i, today))
		}
	}
	if len(list) != n {
		t.Errorf("%d instruments, want %d", len(list), n)
	}
}

func TestPagesOfBars(t *testing.T) {
	r := aRange(t)
	rows := expected(r)
	if len(rows) != 40 {
		t.Fatalf("%d rows, want 40", len(rows))
	}
	for _, tc := range []struct {
		size, limit, requests int
	}{
		{41, 0, 1},
		{40, 0, 2}, // as many rows as a page holds: there may be more
		{39, 0, 2},
		{10, 0, 5},
		{7, 0, 6},
		{1, 0, 41},
		{2000, 7, 6}, // the server gives fewer than asked for, and says so
		{2000, 10, 5},
		{2000, 40, 2},
	} {
		s := exchange(t, func(c *simulator.Config) { c.PageCap = tc.limit })
		c := client(t, s.Addr(), func(c *baostock.Config) { c.PageSize = tc.size })
		if err := fetch(t.Context(), c.Client, r, rows); err != nil {
			t.Errorf("pages of %d, at most %d: %v", tc.size, tc.limit, err)
		}
		if got := s.Stats().ByType[wire.KLine]; got != tc.requests {
			t.Errorf("pages of %d, at most %d: %d requests, want %d", tc.size, tc.limit, got, tc.requests)
		}
	}
}

func TestWholeMarketIsNeverPaged(t *testing.T) {
	r := marketDay(today)
	s := exchange(t, nil)
	c := client(t, s.Addr(), func(c *baostock.Config) { c.PageSize = len(expected(r)) })
	if err := fetch(t.Context(), c.Client, r, expected(r)); err != nil {
		t.Error(err)
	}
	if got := s.Stats().ByType[wire.MarketDay]; got != 1 {
		t.Errorf("%d requests for as many rows as a page holds, want 1", got)
	}
}

func TestCloseLogsOut(t *testing.T) {
	s := exchange(t, allAtOnce(3, wire.MarketDay))
	c := client(t, s.Addr(), func(c *baostock.Config) { c.Sessions = 3 })
	for _, err := range together(3, func(int) error {
		return fetch(t.Context(), c.Client, marketDay(today), expected(marketDay(today)))
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	c.Close(t.Context())
	if got := s.Stats().ByType[wire.Logout]; got != 3 {
		t.Errorf("%d logouts of 3 sessions", got)
	}
	c.Close(t.Context()) // nothing left to do
	if got := s.Stats().ByType[wire.Logout]; got != 3 {
		t.Errorf("%d logouts after closing twice", got)
	}
}

// TestBudgetCountsWhatIsSent compares the ledger with what the server has read,
// with logins, pages, repetitions and logouts among it.
func TestBudgetCountsWhatIsSent(t *testing.T) {
	s := exchange(t, nil, "system@2-3", "session@95#4", "missing-page@33#2:error", "error@35#1:10004012")
	c := client(t, s.Addr(), func(c *baostock.Config) { c.PageSize = 10 })
	r := aRange(t)
	if err := fetch(t.Context(), c.Client, r, expected(r)); err != nil {
		t.Error(err)
	}
	if _, err := c.TradeDates(t.Context(), today-30, today); err != nil {
		t.Error(err)
	}
	if _, err := c.Published(t.Context(), today); err == nil {
		t.Error("no error from a query that was refused")
	}
	check := func(when string) {
		t.Helper()
		server, traffic := s.Stats(), c.Traffic()
		if got := c.used(t); got != server.Requests || int(traffic.Total) != got {
			t.Errorf("%s the budget has counted %d requests and the client %d, the server %d", when, got, traffic.Total, server.Requests)
		}
		for kind, n := range server.ByType {
			if int(traffic.Requests[string(kind)]) != n {
				t.Errorf("%s the client has counted %d requests of type %s, the server %d", when, traffic.Requests[string(kind)], kind, n)
			}
		}
		// The server counts bytes after it has written them.
		for end := time.Now().Add(10 * time.Second); s.Stats().BytesOut < traffic.Bytes && time.Now().Before(end); {
			runtime.Gosched()
		}
		if sent := s.Stats().BytesOut; traffic.Bytes != sent {
			t.Errorf("%s the client has received %d bytes, the server sent %d", when, traffic.Bytes, sent)
		}
	}
	check("before logging out")
	c.Close(t.Context())
	check("after logging out")
	if s.Stats().Logins != 2 || s.Stats().Requests < 15 {
		t.Errorf("%d logins, %d requests: the faults were not played", s.Stats().Logins, s.Stats().Requests)
	}
}

func TestBudgetEnds(t *testing.T) {
	s := exchange(t, nil)
	c := client(t, s.Addr(), func(c *baostock.Config) { c.PageSize, c.Budget, c.Pipeline = 10, 4, 4 })
	r := aRange(t)
	err := fetch(t.Context(), c.Client, r, nil) // a login and five pages
	var refused *etl.RefusedError
	if !errors.Is(err, etl.ErrRefused) || !errors.As(err, &refused) || !strings.Contains(err.Error(), "budget of 4") || !strings.Contains(err.Error(), r.String()) {
		t.Errorf("%v; want a refusal that names the budget and the request", err)
	}
	c.Close(t.Context())
	if got := s.Stats(); got.Requests != 4 {
		t.Errorf("the server has read %d requests, want 4", got.Requests)
	}
	// A client that has not connected yet does not even try.
	fresh := clientWith(t, c.path, s.Addr(), func(c *baostock.Config) { c.Budget = 4 })
	if _, err := fresh.Now(t.Context()); !errors.Is(err, etl.ErrRefused) {
		t.Errorf("%v, want a refusal", err)
	}
	if got := s.Stats(); got.Requests != 4 || got.Connections != 1 {
		t.Errorf("%d requests on %d connections, want 4 on 1", got.Requests, got.Connections)
	}
}

func TestOldServerIsUnsupported(t *testing.T) {
	s := exchange(t, func(c *simulator.Config) { c.OldServer = true })
	c := client(t, s.Addr())
	for _, r := range []etl.Request{marketDay(today), etfDay(today)} {
		_, err := c.Fetch(t.Context(), r)
		if !errors.Is(err, etl.ErrUnsupported) || errors.Is(err, etl.ErrRefused) || !strings.Contains(err.Error(), r.String()) {
			t.Errorf("%v; want an etl.ErrUnsupported that names %s", err, r)
		}
	}
	r := aRange(t)
	if err := fetch(t.Context(), c.Client, r, expected(r)); err != nil {
		t.Error(err)
	}
	if got := s.Stats(); got.Connections != 1 || got.Requests != 4 {
		t.Errorf("%d requests on %d connections, want 4 on 1: nothing to repeat, nothing to reconnect for", got.Requests, got.Connections)
	}
}

func TestClocks(t *testing.T) {
	for name, tc := range map[string]struct {
		ahead time.Duration // of the server's clock
		now   time.Duration // of Now, relative to our clock
	}{
		"the server is years behind": {-3 * 365 * 24 * time.Hour, -3 * 365 * 24 * time.Hour},
		"the server is ahead":        {48 * time.Hour, 0},
	} {
		s := exchange(t, func(c *simulator.Config) { c.Now = func() time.Time { return time.Now().Add(tc.ahead) } })
		c := client(t, s.Addr())
		if c.ClockOffset() != 0 {
			t.Errorf("%s: offset %v before the first login", name, c.ClockOffset())
		}
		for range 3 {
			now, err := c.Now(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if d := time.Until(now) - tc.now; d.Abs() > 10*time.Second {
				t.Errorf("%s: now is %v off", name, d)
			}
		}
		if d := c.ClockOffset() - tc.ahead; d.Abs() > 10*time.Second {
			t.Errorf("%s: offset %v", name, c.ClockOffset())
		}
		if got := s.Stats(); got.Requests != 1 {
			t.Errorf("%s: %d requests to know the time three times, want one login", name, got.Requests)
		}
	}
}

func TestMarketHasWhatTheTestsNeed(t *testing.T) {
	suspended, funds := 0, 0
	for row := range aMarket().Day(schedules.MakeDay(2015, 7, 8)) {
		if !row.Traded() {
			suspended++
		}
	}
	for _, s := range aMarket().Securities() {
		if s.Kind == market.Fund {
			funds++
		}
	}
	if suspended == 0 || funds == 0 || len(expected(marketDay(today))) < 20 {
		t.Errorf("%d suspended, %d funds, %d stocks", suspended, funds, len(expected(marketDay(today))))
	}
}
