package baostock_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/baostock"
	"barkeep/sources/baostock/wire"
)

// TestWhatIsRepeated counts what the client sends after each kind of failure.
func TestWhatIsRepeated(t *testing.T) {
	for fault, want := range map[string]struct {
		queries, logins, connections int
		code                         int // of the error in the end; 0 for none
	}{
		"system@1":                 {2, 1, 1, 0}, // the session is fine
		"system@*":                 {4, 1, 1, wire.CodeSystem},
		"error@*:10002008":         {4, 1, 1, 10002008},
		"error@*:10004006":         {1, 1, 1, wire.CodeFieldCount},
		"error@*:10004012":         {1, 1, 1, wire.CodeBadIndicator},
		"error@*:10001006":         {1, 1, 1, wire.CodeNoRights},
		"error@*:10004020":         {1, 1, 1, wire.CodeUnknownType},
		"session@1":                {2, 2, 2, 0}, // one fresh login, one repetition
		"session@*":                {2, 2, 2, wire.CodeNotLoggedIn},
		"logins@*":                 {0, 0, 1, wire.CodeTooManyLogins},
		"expired@*":                {0, 0, 1, wire.CodeClientTooOld},
		"error@00#1:10005001":      {1, 1, 2, 0},
		"error@00#*:10005001":      {0, 0, 4, wire.CodeSystem},
		"error@00#*:10001002":      {0, 0, 1, wire.CodeBadPassword},
		"session@1-2":              {2, 2, 2, wire.CodeNotLoggedIn},
		"close@1":                  {2, 2, 2, 0},
		"close@1-3":                {4, 4, 4, 0},
		"repeated-page@98#1":       {1, 1, 1, 0}, // no pages there
		"error@98#2:10004012":      {1, 1, 1, 0},
		"blacklist@00#1":           {0, 0, 1, -1},
		"blacklist@98#1":           {1, 1, 1, -1},
		"error@98#1:10001011":      {1, 1, 1, -1},
		"error@98#1-2:10001001":    {2, 2, 2, wire.CodeNotLoggedIn},
		"short-body@98#1":          {2, 2, 2, 0},
		"type@98#1-2":              {3, 3, 3, 0},
		"error-typed@98#1":         {1, 1, 1, 0},
		"idle-reset@98#1":          {1, 1, 1, 0},
		"compressed-crc@98#*:zero": {1, 1, 1, 0},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := exchange(t, nil, fault)
			c := client(t, s.Addr())
			err := fetch(t.Context(), c.Client, marketDay(today), expected(marketDay(today)))
			var answered *baostock.Error
			switch {
			case want.code == 0 && err != nil:
				t.Errorf("%v", err)
			case want.code > 0 && (!errors.As(err, &answered) || answered.Code != want.code || errors.Is(err, etl.ErrRefused)):
				t.Errorf("%v, want code %d", err, want.code)
			case want.code < 0 && !errors.Is(err, etl.ErrRefused):
				t.Errorf("%v, want a refusal", err)
			}
			if got := s.Stats(); got.ByType[wire.MarketDay] != want.queries || got.Logins != want.logins || got.Connections != want.connections {
				t.Errorf("%d queries, %d logins, %d connections, want %+v", got.ByType[wire.MarketDay], got.Logins, got.Connections, want)
			}
		})
	}
}

func TestNoRetries(t *testing.T) {
	s := exchange(t, nil, "close@1", "system@2", "session@3")
	c := client(t, s.Addr(), func(c *baostock.Config) { c.Retries = 0 })
	for i := range 4 {
		err := fetch(t.Context(), c.Client, marketDay(today), expected(marketDay(today)))
		if (err != nil) != (i < 2) {
			t.Errorf("request %d: %v", i+1, err)
		}
	}
	// The lost login of the third request is made up for even so.
	if got := s.Stats(); got.ByType[wire.MarketDay] != 5 || got.Logins != 3 {
		t.Errorf("%d queries, %d logins, want 5 and 3", got.ByType[wire.MarketDay], got.Logins)
	}
	if n := c.log.count("trying again"); n != 0 {
		t.Errorf("%d repetitions, want none", n)
	}
}

// TestLostLoginsOfAllSessions: the repetition must not end up on another session
// that has been forgotten too.
func TestLostLoginsOfAllSessions(t *testing.T) {
	b := newBarrier(3)
	s := script(t, func(p *peer) {
		p.login()
		for n := 1; ; n++ {
			r, ok := p.read()
			if !ok {
				return
			}
			if p.number <= 3 {
				b.arrive()
			}
			if p.number <= 3 && n > 1 {
				p.write(errorAnswer(wire.Error, "10001001", "用户未登录"))
				continue
			}
			p.write(rowsAnswer(r, payload(cells(expected(marketDay(today))))))
		}
	})
	c := client(t, s.addr, func(c *baostock.Config) { c.Sessions, c.Retries = 3, 0 })
	ask := func(int) error {
		return fetch(t.Context(), c.Client, marketDay(today), expected(marketDay(today)))
	}
	for range 2 {
		if err := errors.Join(together(3, ask)...); err != nil {
			t.Error(err)
		}
	}
	if s.connections() != 6 {
		t.Errorf("%d connections, want each of the three replaced once", s.connections())
	}
}

func TestBackOffDoubles(t *testing.T) {
	const first = 40 * time.Millisecond
	s := exchange(t, nil, "system@*")
	c := client(t, s.Addr(), func(c *baostock.Config) { c.RetryBackoff, c.Retries = first, 2 })
	start := time.Now()
	if err := fetch(t.Context(), c.Client, marketDay(today), nil); err == nil {
		t.Error("no error")
	}
	if took := time.Since(start); took < 3*first {
		t.Errorf("gave up after %v, want at least %v of waiting", took, 3*first)
	}
}

// TestBan: once the server has said that we are on its blacklist nobody sends or
// even connects any more, in this process or the next one.
func TestBan(t *testing.T) {
	for _, fault := range []string{"blacklist@00#1", "blacklist@98#5"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := exchange(t, nil, fault)
			c := client(t, s.Addr(), func(c *baostock.Config) { c.Sessions, c.Pipeline = 4, 2 })
			ask := func(int) error {
				_, err := c.Fetch(t.Context(), marketDay(today))
				return err
			}
			refused := 0
			for _, err := range together(32, ask) {
				switch {
				case errors.Is(err, etl.ErrRefused):
					refused++
				case err != nil:
					t.Errorf("%v, want a refusal", err)
				}
			}
			if refused == 0 {
				t.Error("nobody was refused")
			}
			u, err := c.ledger.Usage()
			if err != nil || u.Bans != 1 || time.Until(u.BannedUntil) < 5*time.Hour || !strings.Contains(u.BanReason, "10001011") {
				t.Errorf("the ledger says %+v, %v", u, err)
			}
			before := s.Stats()
			if before.Requests > 4+4+8 {
				t.Errorf("%d requests although the ban came at once", before.Requests)
			}
			again := clientWith(t, c.path, s.Addr())
			for _, err := range append(together(8, ask), func() error { _, err := again.Now(t.Context()); return err }()) {
				var r *etl.RefusedError
				if !errors.As(err, &r) || !r.Until.Equal(u.BannedUntil) {
					t.Errorf("%v, want a refusal until %v", err, u.BannedUntil)
				}
			}
			c.Close(t.Context())
			if after := s.Stats(); after.Requests != before.Requests || after.Connections != before.Connections {
				t.Errorf("banned, and then %d more requests on %d more connections", after.Requests-before.Requests, after.Connections-before.Connections)
			}
		})
	}
}

// TestBanClosesTheConnection: it is no use any more, and the server sees it go.
func TestBanClosesTheConnection(t *testing.T) {
	gone := make(chan bool, 1)
	s := script(t, func(p *peer) {
		p.login()
		p.read()
		p.write(errorAnswer(wire.Error, "10001011", "黑名单用户，请与管理员联系"))
		_, more := p.read()
		gone <- !more
	})
	c := client(t, s.addr)
	if _, err := c.Published(t.Context(), today); !errors.Is(err, etl.ErrRefused) {
		t.Errorf("%v, want a refusal", err)
	}
	if !wait(t, gone, "the end of the connection") {
		t.Errorf("banned, and then sent %q", s.requests())
	}
}

// TestBrokenLedger: not knowing what is left of the budget, nothing is sent.
func TestBrokenLedger(t *testing.T) {
	s := exchange(t, nil)
	c := baostock.New(config(s.Addr()), brokenLedger{}, discard)
	t.Cleanup(func() { c.Close(context.Background()) })
	_, err := c.Fetch(t.Context(), marketDay(today))
	if !errors.Is(err, errDisk) || !strings.Contains(err.Error(), "login") {
		t.Errorf("%v, want the ledger's error", err)
	}
	if got := s.Stats(); got.Connections != 0 {
		t.Errorf("%d connections", got.Connections)
	}
}

var errDisk = errors.New("disk full")

type brokenLedger struct{}

func (brokenLedger) Take() error      { return errDisk }
func (brokenLedger) Ban(string) error { return errDisk }

// TestIdleConnectionIsReplaced: one that has been idle for too long is not tried.
// Those that the server has closed are among the faults.
func TestIdleConnectionIsReplaced(t *testing.T) {
	s := exchange(t, nil)
	c := client(t, s.Addr(), func(c *baostock.Config) { c.IdleTimeout = time.Nanosecond })
	for range 3 {
		if err := fetch(t.Context(), c.Client, marketDay(today), expected(marketDay(today))); err != nil {
			t.Error(err)
		}
	}
	if got := s.Stats(); got.Connections != 3 || got.Logins != 3 || got.Requests != 6 {
		t.Errorf("%d connections, %d logins, %d requests, want 3, 3 and 6", got.Connections, got.Logins, got.Requests)
	}
	if n := c.log.count("trying again"); n != 0 {
		t.Errorf("%d repetitions, want none", n)
	}
}
