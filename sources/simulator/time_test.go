package simulator_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
)

// piped serves one end of a pipe inside a bubble of false time.
func piped(t *testing.T, cfg simulator.Config) *client {
	t.Helper()
	s, err := simulator.New(cfg, generated())
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan bool)
	go func() { s.ServeConn(ctx, there); close(done) }()
	t.Cleanup(func() { here.Close(); cancel(); <-done })
	c := &client{t, here, wire.NewReader(here, wire.Limits{Frame: 1 << 24, Body: 1 << 24})}
	return c.login()
}

func dayRequest(t *testing.T) []byte {
	return frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", "2024-01-02")
}

// TestLatency measures that requests sent ahead wait side by side.
func TestLatency(t *testing.T) {
	generated() // outside the bubble
	for name, x := range map[string]struct {
		ahead int
		want  time.Duration
	}{
		"one at a time": {1, 10 * 300 * time.Millisecond},
		"ten ahead":     {10, 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := config()
				cfg.Latency = 300 * time.Millisecond
				c := piped(t, cfg)
				begin := time.Now()
				for range 10 / x.ahead {
					go func() {
						for range x.ahead {
							c.conn.Write(dayRequest(t))
						}
					}()
					for range x.ahead {
						c.read().want(t, "0")
					}
				}
				if took := time.Since(begin); took != x.want {
					t.Errorf("took %v, want %v", took, x.want)
				}
			})
		})
	}
}

// TestRowLatency measures that work per row adds up even when sent ahead.
func TestRowLatency(t *testing.T) {
	generated()
	synctest.Test(t, func(t *testing.T) {
		cfg := config()
		cfg.Latency, cfg.RowLatency = 100*time.Millisecond, time.Millisecond
		c := piped(t, cfg)
		begin := time.Now()
		go func() {
			for range 3 {
				c.conn.Write(dayRequest(t))
			}
		}()
		rows := 0
		for range 3 {
			rows += len(c.read().rows)
		}
		if want := 100*time.Millisecond + time.Duration(rows)*time.Millisecond; time.Since(begin) != want {
			t.Errorf("took %v for %d rows, want %v", time.Since(begin), rows, want)
		}
	})
}

// TestReadAhead measures that no more than ReadAhead requests wait side by
// side.
func TestReadAhead(t *testing.T) {
	generated()
	synctest.Test(t, func(t *testing.T) {
		cfg := config()
		cfg.Latency, cfg.ReadAhead = time.Second, 2
		c := piped(t, cfg)
		begin := time.Now()
		go func() {
			for range 12 {
				c.conn.Write(dayRequest(t))
			}
		}()
		for range 12 {
			c.read().want(t, "0")
		}
		// One request is being answered and another one or two are read.
		if took := time.Since(begin); took < 3*time.Second || took > 6*time.Second {
			t.Errorf("12 requests took %v", took)
		}
	})
}

func TestIdleTimeout(t *testing.T) {
	generated()
	synctest.Test(t, func(t *testing.T) {
		c := piped(t, config())
		<-time.After(29 * time.Minute)
		c.day("2024-01-02").want(t, "0")
		begin := time.Now()
		if _, err := c.in.Read(); err == nil {
			t.Fatal("an answer without a request")
		}
		if took := time.Since(begin); took != 30*time.Minute {
			t.Errorf("closed after %v", took)
		}
	})
}

// TestDropPipelined loses what arrives before an answer is sent, and nothing
// else.
func TestDropPipelined(t *testing.T) {
	generated()
	synctest.Test(t, func(t *testing.T) {
		cfg := config()
		cfg.Latency, cfg.DropPipelined = 100*time.Millisecond, true
		c := piped(t, cfg)
		go func() {
			for range 5 {
				c.conn.Write(dayRequest(t))
			}
		}()
		c.read().want(t, "0")
		synctest.Wait()
		got := make(chan bool)
		go func() { // the four others are lost: only silence comes
			c.conn.SetReadDeadline(time.Now().Add(time.Minute))
			_, err := c.conn.Read(make([]byte, 1))
			got <- err != nil
		}()
		if !<-got {
			t.Error("a request sent ahead was answered")
		}
		c.conn.SetReadDeadline(time.Time{})
		for range 3 {
			c.day("2024-01-03").want(t, "0")
		}
	})
}

// TestSlowFault holds one answer back.
func TestSlowFault(t *testing.T) {
	generated()
	synctest.Test(t, func(t *testing.T) {
		c := piped(t, config("slow@2:45s"))
		begin := time.Now()
		c.day("2024-01-02").want(t, "0")
		if time.Since(begin) != 0 {
			t.Error("the first answer is slow")
		}
		c.day("2024-01-02").want(t, "0")
		if took := time.Since(begin); took != 45*time.Second {
			t.Errorf("the second answer took %v", took)
		}
	})
}
