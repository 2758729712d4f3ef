package simulator_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// friday is a trading day; its bars are out at the clock of most tests.
var friday = schedules.MakeDay(2026, time.September, 18)

var generated = sync.OnceValue(func() *market.Generated {
	c := market.DefaultConfig()
	c.Stocks, c.Funds = 120, 12
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		panic(err)
	}
	return m
})

// config is the default with the clock at 20:00 of the Friday.
func config(faults ...string) simulator.Config {
	c := simulator.DefaultConfig()
	c.Now = func() time.Time { return friday.At(20, 0) }
	for _, text := range faults {
		f, err := simulator.ParseFault(text)
		if err != nil {
			panic(err)
		}
		c.Faults = append(c.Faults, f)
	}
	return c
}

// start serves a market on a port of its own until the test ends.
func start(t testing.TB, c simulator.Config, m market.Market) *simulator.Server {
	t.Helper()
	s, err := simulator.New(c, m)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// client is a raw socket client made of package wire.
type client struct {
	t    testing.TB
	conn net.Conn
	in   *wire.Reader
}

func dial(t testing.TB, s *simulator.Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return over(t, conn)
}

func over(t testing.TB, conn net.Conn) *client {
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{t, conn, wire.NewReader(conn, wire.Limits{Frame: 64 << 20, Body: 16 << 20})}
}

// frame makes a request.
func frame(t testing.TB, kind wire.Type, fields ...string) []byte {
	t.Helper()
	b, err := wire.AppendRequest(nil, "00.9.40", kind, fields...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (c *client) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// answer is one answer taken apart.
type answer struct {
	wire.Answer
	fields []string
	rows   [][]string
}

func (c *client) read() answer {
	c.t.Helper()
	a, err := c.in.Read()
	if err != nil {
		c.t.Fatalf("read answer: %v", err)
	}
	return take(c.t, a)
}

// take takes an answer apart, wherever its rows stand.
func take(t testing.TB, a wire.Answer) answer {
	t.Helper()
	out := answer{Answer: a, fields: strings.Split(string(a.Body), "\x01")}
	for _, f := range out.fields {
		if strings.HasPrefix(f, "{") {
			var j struct{ Record [][]string }
			if err := json.Unmarshal([]byte(f), &j); err != nil {
				t.Fatalf("rows are no JSON: %v in %.80q", err, f)
			}
			out.rows = j.Record
		}
	}
	return out
}

func (c *client) ask(kind wire.Type, fields ...string) answer {
	c.t.Helper()
	c.write(frame(c.t, kind, fields...))
	return c.read()
}

// paged asks a paged method as anonymous.
func (c *client) paged(kind wire.Type, page, size string, args ...string) answer {
	c.t.Helper()
	m, _ := wire.ByType(kind)
	return c.ask(kind, append([]string{m.Name, "anonymous", page, size}, args...)...)
}

func (c *client) bars(code, from, to, flag string) answer {
	c.t.Helper()
	return c.paged(wire.KLine, "1", "100000", code, market.Header, from, to, "d", flag)
}

func (c *client) day(d string) answer {
	c.t.Helper()
	return c.ask(wire.MarketDay, "query_daily_history_k_AStock", "anonymous", d)
}

func (c *client) login() *client {
	c.t.Helper()
	if a := c.ask(wire.Login, "login", "anonymous", "123456", "0"); a.fields[0] != "0" {
		c.t.Fatalf("login: %q", a.fields)
	}
	return c
}

// want checks the error code of an answer.
func (a answer) want(t testing.TB, code string) answer {
	t.Helper()
	if a.fields[0] != code {
		t.Fatalf("answer %.200q, want code %s", a.fields, code)
	}
	return a
}

// ended reads until the connection ends and returns what came and how it
// ended.
func (c *client) ended() ([]byte, error) {
	b, err := io.ReadAll(bufio.NewReader(c.conn))
	return b, err
}

// quiet fails unless the server stays silent for a moment.
func (c *client) quiet() {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	n, err := c.conn.Read(make([]byte, 1))
	if ne, ok := err.(net.Error); n != 0 || !ok || !ne.Timeout() {
		c.t.Fatalf("read %d bytes and %v where nothing was asked", n, err)
	}
	c.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
}

// official reads one answer as the vendor's client does: blocks of up to 8192
// bytes until the last 13 are the end marker.
func official(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var got []byte
	block := make([]byte, 8192)
	for !bytes.HasSuffix(got, []byte(wire.Marker)) {
		n, err := r.Read(block)
		if err != nil {
			t.Fatalf("after %d bytes: %v", len(got), err)
		}
		got = append(got, block[:n]...)
	}
	return got
}
