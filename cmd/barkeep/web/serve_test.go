package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/sources/quotes"
)

// pipes is a listener in memory, so that time can be the test's.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7070} }

func (p *pipes) dial() net.Conn {
	near, far := net.Pipe()
	p.conns <- far
	return near
}

// get sends a request and returns what comes back.
func get(c net.Conn, path string) (*http.Response, error) {
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil {
		body, rerr := io.ReadAll(answer.Body)
		answer.Body, err = io.NopCloser(bytes.NewReader(body)), rerr
	}
	return answer, err
}

// TestStop holds that requests under way finish, that those which do not are told
// so before their connections end, and that Serve takes 5 seconds at most.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		needs  time.Duration // the provider's time; its context is obeyed unless deaf
		deaf   bool
		status int // 0 = cut off
		took   [2]time.Duration
	}{
		{"quick", time.Second, false, 200, [2]time.Duration{time.Second, 2 * time.Second}},
		{"slow", 15 * time.Second, false, 503, [2]time.Duration{4 * time.Second, 5 * time.Second}},
		{"deaf", 15 * time.Second, true, 0, [2]time.Duration{5 * time.Second, 5 * time.Second}},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := &desk{get: func(ctx context.Context, _ etl.Symbol) quotes.Result {
				done := ctx.Done()
				if c.deaf {
					done = nil
				}
				select {
				case <-time.After(c.needs):
					return quotes.Result{Quote: quote(bank)}
				case <-done:
					return quotes.Result{Err: fmt.Errorf("%w: %w", quotes.ErrUnavailable, ctx.Err())}
				}
			}}
			s := newServer(t, d, nil)
			l := newPipes()
			s.SetListener(l)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- s.Serve(ctx) }()
			conn := l.dial()
			defer conn.Close()
			status := make(chan int, 1)
			go func() {
				answer, err := get(conn, stock+"600000")
				if err != nil {
					status <- 0
					return
				}
				status <- answer.StatusCode
			}()
			synctest.Wait() // the request is at the provider
			stopped := time.Now()
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if took := time.Since(stopped); took < c.took[0] || took > c.took[1] {
				t.Errorf("%s: Serve took %s to stop, want %s", c.name, took, c.took)
			}
			if got := <-status; got != c.status {
				t.Errorf("%s: status %d, want %d", c.name, got, c.status)
			}
			<-time.After(c.needs) // the deaf provider ends too
		})
	}
}

// TestSlowClients holds that a client that sends its request too slowly loses its
// connection.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sent string
		most time.Duration
	}{
		"header": {"GET / HTTP/1.1\r\nHost: local", 5 * time.Second},
		"body":   {"POST " + batch + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", 11 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, newDesk(), nil)
			l := newPipes()
			s.SetListener(l)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- s.Serve(ctx) }()
			conn := l.dial()
			defer conn.Close()
			started := time.Now()
			if _, err := io.WriteString(conn, c.sent); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, conn); err != nil {
				t.Error(err)
			}
			if took := time.Since(started); took > c.most {
				t.Errorf("%s: the connection was kept for %s", name, took)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestManyConnections holds that idle connections beyond the bound wait, and come
// in when others leave.
func TestManyConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, newDesk(), func(c *door.Config) { c.MaxRequests = 1 })
		l := newPipes()
		s.SetListener(l)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Serve(ctx) }()
		var open []net.Conn
		for range 257 {
			open = append(open, l.dial())
		}
		late := make(chan net.Conn)
		go func() { late <- l.dial() }()
		synctest.Wait()
		select {
		case <-late:
			t.Error("a connection beyond the bound was accepted")
		default:
		}
		open[0].Close()
		one := <-late
		if answer, err := get(one, "/health"); err != nil || answer.StatusCode != 200 {
			t.Errorf("%v %v", answer, err)
		}
		for _, c := range append(open, one) {
			c.Close()
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestListen(t *testing.T) {
	t.Parallel()
	s := newServer(t, newDesk(), func(c *door.Config) { c.Address = "127.0.0.1:0" })
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Listen(); err == nil {
		t.Error("listened twice")
	}
	taken := newServer(t, newDesk(), func(c *door.Config) { c.Address = addr.String() })
	if err := taken.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), addr.String()) {
		t.Errorf("an address in use: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	answer, err := http.Get("http://" + addr.String() + stock + "600000")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var o object
	if err := json.NewDecoder(answer.Body).Decode(&o); err != nil || o["price"] != 10.23 {
		t.Errorf("%v %v", o, err)
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v        float64
		decimals int
		want     string
	}{
		{0, 4, "0.0"}, {math.Copysign(0, -1), 4, "0.0"}, {10, 2, "10.0"}, {10.23, 4, "10.23"}, {0.1 + 0.2, 4, "0.3"}, {-0.05, 4, "-0.05"},
		{-1.00005, 4, "-1.0001"}, {1.005, 4, "1.005"}, {3456.7891, 4, "3456.7891"}, {0.00004, 4, "0.0"}, {1234.5678 * 1e4, 2, "12345678.0"},
		{3.1e11, 2, "310000000000.0"}, {9e13, 2, "90000000000000.0"}, {1e15 + 0.5, 4, "1000000000000000.5"}, {1e20, 2, "100000000000000000000.0"}, {1e300, 2, "1e+300"},
		{math.NaN(), 2, "null"}, {math.Inf(1), 2, "null"}, {math.Inf(-1), 2, "null"},
	} {
		if got := string(web.AppendNumber(nil, c.v, c.decimals)); got != c.want {
			t.Errorf("%v with %d decimals is %s, want %s", c.v, c.decimals, got, c.want)
		}
	}
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "浦发银行", "a\"b\\c\n\x00\x7f", "\xff\xfe", "\u2028\u2029\ufffd", "<script>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var back, want string
		text := web.AppendString(nil, s)
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%q became %q: %v", s, text, err)
		}
		std, _ := json.Marshal(s)
		if err := json.Unmarshal(std, &want); err != nil || back != want {
			t.Errorf("%q came back as %q, want %q", s, back, want)
		}
	})
}
