package baostock_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/sources/baostock"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
)

// askDays asks for the market on each of the last trading days at once.
func askDays(t *testing.T, c subject, n int) {
	t.Helper()
	days := tradingDays(n)
	for i, err := range together(n, func(i int) error {
		return fetch(t.Context(), c.Client, marketDay(days[i]), expected(marketDay(days[i])))
	}) {
		if err != nil {
			t.Errorf("%s: %v", days[i], err)
		}
	}
}

func TestSessionsWorkInParallel(t *testing.T) {
	const sessions = 4
	s := exchange(t, allAtOnce(sessions, wire.MarketDay))
	c := client(t, s.Addr(), func(c *baostock.Config) { c.Sessions = sessions })
	if c.Concurrency() != sessions {
		t.Errorf("concurrency %d", c.Concurrency())
	}
	start := time.Now()
	askDays(t, c, 12)
	if time.Since(start) > 15*time.Second {
		t.Error("the sessions did not wait side by side")
	}
	if got := s.Stats(); got.PeakConnections != sessions || got.Connections != sessions || got.Logins != sessions {
		t.Errorf("%d connections, %d at once, %d logins; want %d of each", got.Connections, got.PeakConnections, got.Logins, sessions)
	}
}

// TestOneSessionIsOneConnection also against a server that cuts off a second
// one: nobody notices.
func TestOneSessionIsOneConnection(t *testing.T) {
	for _, depth := range []int{1, 4} {
		s := exchange(t, func(c *simulator.Config) { c.OneConnection = true })
		c := client(t, s.Addr(), func(c *baostock.Config) { c.Pipeline = depth })
		askDays(t, c, 12)
		if got := s.Stats(); got.Connections != 1 || got.Logins != 1 || got.Requests != 13 || got.Dropped != 0 {
			t.Errorf("pipeline %d: %d connections, %d logins, %d requests, %d dropped", depth, got.Connections, got.Logins, got.Requests, got.Dropped)
		}
	}
}

// TestSessionsThatDisturbEachOther: the vendor cuts off one of two connections
// of an address. Whatever comes of it, it ends, and no wrong rows come.
func TestSessionsThatDisturbEachOther(t *testing.T) {
	for _, which := range []string{"first", "second"} {
		s := exchange(t, nil, "second-connection:"+which)
		c := client(t, s.Addr(), func(c *baostock.Config) { c.Sessions = 2 })
		days := tradingDays(6)
		for i, err := range together(6, func(i int) error {
			return fetch(t.Context(), c.Client, marketDay(days[i]), expected(marketDay(days[i])))
		}) {
			var lost *baostock.ConnectionError
			if err != nil && !errors.As(err, &lost) {
				t.Errorf("%s, %s: %v", which, days[i], err)
			}
		}
		if n := s.Stats().Requests; n > 6*4*2 {
			t.Errorf("%s: %d requests, a storm", which, n)
		}
	}
}

// TestDeadServerSeesNoStorm counts what a dead server sees of one
// request: the first attempt and its repetitions.
func TestDeadServerSeesNoStorm(t *testing.T) {
	s := script(t, func(p *peer) {}) // accepts and closes
	c := client(t, s.addr, func(c *baostock.Config) { c.Sessions, c.Pipeline, c.Retries = 2, 2, 3 })
	for _, err := range together(5, func(int) error { _, err := c.Published(t.Context(), today); return err }) {
		var lost *baostock.ConnectionError
		if !errors.As(err, &lost) {
			t.Errorf("%v, want a lost connection", err)
		}
	}
	if got := s.connections(); got != 5*4 {
		t.Errorf("%d connections for five requests of four attempts each", got)
	}
	if got := c.log.count("trying again"); got != 5*3 {
		t.Errorf("%d repetitions are logged, want 15", got)
	}
}

// TestPipelineDepth: this server answers nothing before eight requests are in
// flight on its one connection; a serial client would wait for ever.
func TestPipelineDepth(t *testing.T) {
	const depth = 8
	var most atomic.Int32
	s := script(t, func(p *peer) {
		p.login()
		for {
			var batch []wire.Request
			for len(batch) < depth {
				r, ok := p.read()
				if !ok {
					return
				}
				batch = append(batch, r)
			}
			most.Store(max(most.Load(), int32(len(batch)+p.in.Buffered())))
			for _, r := range batch {
				day, _ := schedules.ParseDay(r.Fields[2])
				p.write(rowsAnswer(r, payload(cells(expected(marketDay(day))))))
			}
		}
	})
	c := client(t, s.addr, func(c *baostock.Config) { c.Pipeline = depth })
	if c.Concurrency() != depth {
		t.Errorf("concurrency %d", c.Concurrency())
	}
	askDays(t, c, 3*depth)
	if s.connections() != 1 || most.Load() != depth {
		t.Errorf("%d connections, %d requests in flight, want 1 and %d", s.connections(), most.Load(), depth)
	}
	if n := c.log.count("pipelining failed"); n != 0 {
		t.Error("pipelining was given up although it works")
	}
	if got := c.used(t); got != 1+3*depth {
		t.Errorf("%d requests counted, want %d", got, 1+3*depth)
	}
}

func TestPipelineOverARealisticLine(t *testing.T) {
	const depth = 8
	s := exchange(t, func(c *simulator.Config) { c.Latency = 20 * time.Millisecond })
	c := client(t, s.Addr(), func(c *baostock.Config) { c.Pipeline = depth })
	askDays(t, c, 3*depth)
	if got := s.Stats(); got.Connections != 1 || got.Requests != 1+3*depth {
		t.Errorf("%d connections, %d requests", got.Connections, got.Requests)
	}
	if n := c.log.count("pipelining failed"); n != 0 {
		t.Error("pipelining was given up although it works")
	}
}

// TestPipelineFallsBack against servers that cannot do it: everything arrives in
// the end, and one warning says so.
func TestPipelineFallsBack(t *testing.T) {
	bars := func(r wire.Request) []byte {
		day, _ := schedules.ParseDay(r.Fields[2])
		return rowsAnswer(r, payload(cells(expected(marketDay(day)))))
	}
	pair := func(p *peer) (rs []wire.Request) {
		for range 2 {
			if r, ok := p.read(); ok {
				rs = append(rs, r)
			}
		}
		return rs
	}
	serial := func(p *peer) {
		for {
			r, ok := p.read()
			if !ok {
				return
			}
			if p.in.Buffered() > 0 {
				p.t.Error("two requests are in flight after the fall-back")
			}
			p.write(bars(r))
		}
	}
	for name, first := range map[string]func(p *peer){
		"answers the first and loses the second": func(p *peer) { p.write(bars(pair(p)[0])); p.read(); p.read() },
		"answers in the wrong order": func(p *peer) {
			rs := pair(p)
			slices.Reverse(rs)
			for _, r := range rs {
				p.write(bars(r))
			}
			p.read()
		},
		"closes when two are in flight": func(p *peer) { pair(p) },
		"answers one of them twice": func(p *peer) {
			rs := pair(p)
			p.write(bars(rs[0]))
			p.write(bars(rs[0]))
			p.read()
		},
		"mixes the answers": func(p *peer) {
			rs := pair(p)
			a, b := bars(rs[0]), bars(rs[1])
			p.write(append(a[:len(a)/2:len(a)/2], b...))
			p.read()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, func(p *peer) {
				p.login()
				if p.number == 1 {
					first(p)
					return
				}
				serial(p)
			})
			// Long enough for a second request to be sent on a busy machine: one
			// that is alone in flight when time is up proves nothing.
			c := client(t, s.addr, func(c *baostock.Config) { c.Pipeline, c.ReadTimeout = 4, 2*time.Second })
			askDays(t, c, 12)
			if n := c.log.count("pipelining failed"); n != 1 {
				t.Errorf("%d warnings, want one", n)
			}
			if s.connections() > 3 {
				t.Errorf("%d connections", s.connections())
			}
		})
	}
	t.Run("drops what is sent ahead", func(t *testing.T) {
		t.Parallel()
		s := exchange(t, func(c *simulator.Config) { c.DropPipelined, c.Latency = true, 50*time.Millisecond })
		c := client(t, s.Addr(), func(c *baostock.Config) { c.Pipeline, c.ReadTimeout = 4, 500*time.Millisecond })
		askDays(t, c, 12)
		if n := c.log.count("pipelining failed"); n != 1 {
			t.Errorf("%d warnings, want one", n)
		}
	})
}

// TestPipelineSurvives what has nothing to do with it: a connection that fails
// while one request is in flight.
func TestPipelineSurvives(t *testing.T) {
	for _, fault := range []string{"idle-close@1", "idle-reset@1", "close@2", "drop@2", "session@2", "system@2", "trailing@00#1", "type@00#1"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := exchange(t, nil, fault)
			c := client(t, s.Addr(), func(c *baostock.Config) { c.Pipeline = 4 })
			for range 3 {
				if err := fetch(t.Context(), c.Client, marketDay(today), expected(marketDay(today))); err != nil {
					t.Error(err)
				}
			}
			if n := c.log.count("pipelining failed"); n != 0 {
				t.Error("pipelining was given up")
			}
		})
	}
}

// TestWrongOrderOfPagedAnswers: the echo tells them apart.
func TestWrongOrderOfPagedAnswers(t *testing.T) {
	s := script(t, func(p *peer) {
		p.login()
		for {
			r, ok := p.read()
			if !ok {
				return
			}
			rs := []wire.Request{r}
			if p.number == 1 {
				if r, ok = p.read(); !ok {
					return
				}
				rs = []wire.Request{r, rs[0]}
			}
			for _, r := range rs {
				day, _ := schedules.ParseDay(r.Fields[4])
				p.write(rowsAnswer(r, payload([][]string{{day.String(), "1"}})))
			}
		}
	})
	c := client(t, s.addr, func(c *baostock.Config) { c.Pipeline = 2 })
	for _, err := range together(2, func(i int) error {
		day := today + schedules.Day(i)
		days, err := c.TradeDates(t.Context(), day, day)
		if err == nil && (len(days) != 1 || days[0].Day != day) {
			err = fmt.Errorf("%v, want %s", days, day)
		}
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if n := c.log.count("pipelining failed"); n != 1 {
		t.Errorf("%d warnings, want one", n)
	}
}
