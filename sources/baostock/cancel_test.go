package baostock_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"barkeep/sources/baostock"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
)

var errEnough = errors.New("enough")

// TestCancelDuringStall ends a request that is being stalled, at each place
// where a client can wait, and uses the client afterwards.
func TestCancelDuringStall(t *testing.T) {
	for _, fault := range []string{"silence@00#1", "silence@98#1", "stall@98#1:100"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			stalled := make(chan struct{}, 1)
			s := exchange(t, func(c *simulator.Config) {
				c.OnExchange = func(x simulator.Exchange) {
					if len(x.Faults) > 0 {
						stalled <- struct{}{}
					}
				}
			}, fault)
			c := client(t, s.Addr(), func(c *baostock.Config) { c.ReadTimeout, c.Retries = time.Hour, 5 })
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				<-stalled
				cancel(errEnough)
			}()
			done := make(chan error)
			go func() {
				_, err := c.Fetch(ctx, marketDay(today))
				done <- err
			}()
			if err := wait(t, done, "the cancelled request"); !errors.Is(err, errEnough) {
				t.Errorf("%v, want the cause of the end", err)
			}
			if err := fetch(t.Context(), c.Client, marketDay(today), expected(marketDay(today))); err != nil {
				t.Errorf("afterwards: %v", err)
			}
			if got := s.Stats(); got.Connections != 2 {
				t.Errorf("%d connections, want the stalled one and a new one", got.Connections)
			}
		})
	}
}

// TestCancelWhileWaitingInLine ends requests that have not begun: for want of a
// turn, or because somebody else is still logging in for them.
func TestCancelWhileWaitingInLine(t *testing.T) {
	for _, depth := range []int{1, 4} {
		asked := make(chan struct{})
		s := script(t, func(p *peer) {
			p.read() // a login that is never answered
			close(asked)
			p.read()
		})
		c := client(t, s.addr, func(c *baostock.Config) { c.ReadTimeout, c.Pipeline, c.Retries = time.Hour, depth, 0 })
		first, stop := context.WithCancel(t.Context())
		done := make(chan error, 4)
		go func() { _, err := c.Now(first); done <- err }()
		wait(t, asked, "the login")
		second, cancel := context.WithCancelCause(t.Context())
		waiting := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := c.Fetch(second, marketDay(today))
				waiting <- err
			}()
		}
		cancel(errEnough)
		for range 3 {
			if err := wait(t, waiting, "a request in line"); !errors.Is(err, errEnough) {
				t.Errorf("pipeline %d: %v, want the cause of the end", depth, err)
			}
		}
		stop()
		if err := wait(t, done, "the login"); !errors.Is(err, context.Canceled) {
			t.Errorf("pipeline %d: %v", depth, err)
		}
		if got := s.requests(); len(got) != 1 {
			t.Errorf("pipeline %d: sent %q, want one login", depth, got)
		}
	}
}

// TestCancelDuringBackOff does not wait for the back-off, nor for an error that
// is worse than the one at hand.
func TestCancelDuringBackOff(t *testing.T) {
	failed := make(chan struct{}, 1)
	s := exchange(t, func(c *simulator.Config) {
		c.OnExchange = func(x simulator.Exchange) {
			if x.Code != 0 {
				failed <- struct{}{}
			}
		}
	}, "system@*")
	c := client(t, s.Addr(), func(c *baostock.Config) { c.RetryBackoff = time.Hour })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := c.Fetch(ctx, marketDay(today))
		done <- err
	}()
	wait(t, failed, "the first failure")
	cancel()
	if err := wait(t, done, "the back-off"); err == nil {
		t.Error("no error")
	}
	if got := s.Stats().ByType[wire.MarketDay]; got != 1 {
		t.Errorf("%d queries", got)
	}
	if _, err := c.Fetch(ctx, marketDay(today)); !errors.Is(err, context.Canceled) {
		t.Errorf("asked with a context that had ended: %v", err)
	}
	if got := s.Stats().ByType[wire.MarketDay]; got != 1 {
		t.Errorf("%d queries after asking with a context that had ended", got)
	}
}

// TestCancelOneOfMany: the connection goes with the request that was given up,
// and those beside it come again, or say why they failed.
func TestCancelOneOfMany(t *testing.T) {
	for _, retries := range []int{3, 0} {
		allIn := make(chan struct{})
		s := script(t, func(p *peer) {
			if p.number > 1 {
				p.serve(todaysBars)
				return
			}
			p.login()
			for range 4 { // all are in flight and none is answered
				p.read()
			}
			close(allIn)
			p.read()
		})
		c := client(t, s.addr, func(c *baostock.Config) { c.Pipeline, c.Retries = 4, retries })
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			<-allIn
			cancel(errEnough)
		}()
		for i, err := range together(4, func(i int) error {
			of := t.Context()
			if i == 0 {
				of = ctx
			}
			return fetch(of, c.Client, marketDay(today), expected(marketDay(today)))
		}) {
			switch {
			case i == 0 && !errors.Is(err, errEnough):
				t.Errorf("the cancelled request: %v", err)
			case i > 0 && retries > 0 && err != nil:
				t.Errorf("request %d: %v", i, err)
			case i > 0 && retries == 0 && (err == nil || !strings.Contains(err.Error(), "because of another request") || errors.Is(err, context.Canceled)):
				t.Errorf("request %d without repetitions: %v", i, err)
			}
		}
		if n := c.log.count("pipelining failed"); n != 0 {
			t.Error("pipelining was given up for a request that was cancelled")
		}
		if retries > 0 && s.connections() != 2 {
			t.Errorf("%d connections, want 2", s.connections())
		}
	}
}
