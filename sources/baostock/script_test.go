package baostock_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
)

// scripted is a server that does what a test tells it to on every connection.
type scripted struct {
	t    testing.TB
	addr string

	mu    sync.Mutex
	conns int
	sent  []string // every request as its bytes arrived
}

// peer is one connection of a scripted server.
type peer struct {
	*scripted
	conn   net.Conn
	in     *bufio.Reader
	number int // from 1
}

// script serves connections with f until the test ends.
func script(t testing.TB, f func(p *peer)) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{t: t, addr: l.Addr().String()}
	var wg sync.WaitGroup
	open := map[net.Conn]bool{}
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			p := &peer{s, conn, bufio.NewReader(conn), s.conns}
			open[conn] = true
			s.mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				f(p)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		for conn := range open {
			conn.Close()
		}
		s.mu.Unlock()
		wg.Wait()
	})
	return s
}

func (s *scripted) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// requests returns the requests that have arrived, | for the separator.
func (s *scripted) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.sent...)
}

// read returns the next request. It answers a logout itself and returns false
// then, as when the client has gone.
func (p *peer) read() (wire.Request, bool) {
	line, err := p.in.ReadBytes('\n')
	if err != nil {
		return wire.Request{}, false
	}
	p.mu.Lock()
	p.sent = append(p.sent, strings.ReplaceAll(string(line), "\x01", "|"))
	p.mu.Unlock()
	r, err := wire.ReadRequest(bufio.NewReader(bytes.NewReader(line)), 1<<16)
	if err != nil {
		p.t.Errorf("request %q: %v", line, err)
		return r, false
	}
	if r.Type == wire.Logout {
		p.write(answerOf("03", "0", "success", "logout", r.Fields[1], "20260422163818112"))
		return r, false
	}
	return r, true
}

// serve logs in and answers every request with f.
func (p *peer) serve(f func(r wire.Request) []byte) {
	p.login()
	for {
		r, ok := p.read()
		if !ok {
			return
		}
		p.write(f(r))
	}
}

func (p *peer) write(b []byte) { p.conn.Write(b) }

// login reads a login and answers it.
func (p *peer) login() {
	if r, ok := p.read(); ok {
		p.write(loginAnswer(r, "20260918200000000"))
	}
}

func loginAnswer(r wire.Request, clock string) []byte {
	return answerOf("01", "0", "success", "login", r.Fields[1], clock)
}

func answerOf(t wire.Type, fields ...string) []byte {
	return wire.AppendAnswer(nil, "00.9.00", t, []byte(strings.Join(fields, "\x01")))
}

func errorAnswer(t wire.Type, code, message string) []byte { return answerOf(t, code, message) }

// tableOf is the fields of the right answer to a request with the payload.
func tableOf(r wire.Request, payload string) (wire.Type, []string) {
	m, _ := wire.ByType(r.Type)
	fields := []string{"0", "success", m.Name, r.Fields[1]}
	own := r.Fields[2:]
	if m.Paged {
		fields, own = append(fields, own[0], own[1]), own[2:]
	} else {
		own = nil
	}
	fields = append(append(fields, payload), own...)
	if m.Columns != "" {
		fields = append(fields, m.Columns)
	}
	return m.Answer, fields
}

// rowsAnswer is the frame of the right answer to a request.
func rowsAnswer(r wire.Request, payload string) []byte {
	kind, fields := tableOf(r, payload)
	return answerOf(kind, fields...)
}

func payload(rows [][]string) string {
	if len(rows) == 0 {
		return ""
	}
	b, err := json.Marshal(map[string][][]string{"record": rows})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// cells splits rows of text.
func cells(rows []string) [][]string {
	var out [][]string
	for _, r := range rows {
		out = append(out, strings.Split(r, ","))
	}
	return out
}

// barrier lets nobody through until n have come.
type barrier struct {
	mu   sync.Mutex
	left int
	open chan struct{}
}

func newBarrier(n int) *barrier { return &barrier{left: n, open: make(chan struct{})} }

// arrive reports whether the others came.
func (b *barrier) arrive() bool {
	b.mu.Lock()
	if b.left--; b.left == 0 {
		close(b.open)
	}
	b.mu.Unlock()
	select {
	case <-b.open:
		return true
	case <-time.After(20 * time.Second):
		return false
	}
}

// allAtOnce makes a server hold back the first answers of a type until n
// connections wait for one.
func allAtOnce(n int, kind wire.Type) func(*simulator.Config) {
	b := newBarrier(n)
	return func(c *simulator.Config) {
		c.OnExchange = func(x simulator.Exchange) {
			if x.Request.Type == kind {
				b.arrive()
			}
		}
	}
}
