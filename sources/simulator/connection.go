package simulator

import (
	"bufio"
	"context"
	"errors"
	"net"
	"time"

	"barkeep/sources/baostock/wire"
)

const (
	maxRequest   = 64 << 10         // bytes of a request; real ones are below 300
	writeTimeout = 2 * time.Minute  // for a client that does not read
	lingerTime   = 10 * time.Second // how long a half-closed connection waits for the client's end
)

// connection is one client. One goroutine reads requests ahead, another one
// answers them in order.
type connection struct {
	server  *Server
	conn    net.Conn
	in      *bufio.Reader
	address string // the client's IP, which is what the vendor's rules go by
	user    string // logged in as; empty while not
	free    time.Time
	rows    []byte // reused, like the two below
	body    []byte
	frame   []byte
}

// arrival is a request, or what went wrong reading it, and when it came.
type arrival struct {
	request wire.Request
	err     error
	at      time.Time
}

func newConnection(s *Server, conn net.Conn) *connection {
	address, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		address = conn.RemoteAddr().String()
	}
	return &connection{server: s, conn: conn, in: bufio.NewReaderSize(conn, 4096), address: address}
}

// serve answers requests until the connection ends, and closes it.
func (c *connection) serve(ctx context.Context) {
	ahead := c.server.config.ReadAhead
	if c.server.config.DropPipelined {
		c.serveAlone(ctx)
		return
	}
	arrivals := make(chan arrival, ahead-1) // and one in the reader's hand
	gone := make(chan struct{})
	go func() {
		defer close(arrivals)
		for {
			a := c.read()
			select {
			case arrivals <- a:
			case <-gone:
				return
			}
			if fatal(a.err) {
				return
			}
		}
	}()
	c.answerAll(ctx, arrivals)
	close(gone)
	c.conn.Close() // ends the reader, if nothing else has
	for range arrivals {
	}
}

func (c *connection) answerAll(ctx context.Context, arrivals <-chan arrival) {
	idle := time.NewTimer(c.server.config.IdleTimeout)
	defer idle.Stop()
	for {
		select {
		case a, ok := <-arrivals:
			if !ok || !c.answer(ctx, a) {
				c.end(ctx, arrivals)
				return
			}
			idle.Reset(c.server.config.IdleTimeout)
		case <-idle.C:
			return
		}
	}
}

// end lets a half-closed or stalled connection rest until the client has gone.
func (c *connection) end(ctx context.Context, arrivals <-chan arrival) {
	for {
		select {
		case _, ok := <-arrivals:
			if !ok {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// serveAlone is a server that does not play along with pipelining: it reads
// one request, answers it, and what came in the meantime is lost.
func (c *connection) serveAlone(ctx context.Context) {
	defer c.conn.Close()
	for {
		c.conn.SetReadDeadline(time.Now().Add(c.server.config.IdleTimeout))
		a := c.read()
		c.conn.SetReadDeadline(time.Time{})
		if !c.answer(ctx, a) || fatal(a.err) {
			for !fatal(a.err) && ctx.Err() == nil {
				a = c.read()
			}
			return
		}
	}
}

// discard throws away what has arrived. It runs before an answer is sent: what
// comes after belongs to a client that waits its turn.
func (c *connection) discard() {
	c.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	for {
		if _, err := c.in.Discard(max(c.in.Buffered(), 1)); err != nil {
			break
		}
	}
	c.conn.SetReadDeadline(time.Time{})
}

func (c *connection) read() arrival {
	r, err := wire.ReadRequest(c.in, maxRequest)
	return arrival{r, err, time.Now()}
}

// fatal reports whether nothing can be read after the error.
func fatal(err error) bool {
	return err != nil && !errors.Is(err, wire.ErrCRC) && !errors.Is(err, wire.ErrMalformed)
}

// answer deals with one request; false ends the connection.
func (c *connection) answer(ctx context.Context, a arrival) bool {
	if fatal(a.err) && !errors.Is(a.err, wire.ErrTooLarge) {
		return false
	}
	e := newExchange(c, a)
	e.run()
	if !c.wait(ctx, e) {
		return false
	}
	if c.server.config.DropPipelined {
		c.discard()
	}
	c.report(e)
	return c.send(ctx, e) && !fatal(a.err)
}

// wait holds the answer back until it is due: the line's latency after the
// request's arrival, and the work per row after the answer before.
func (c *connection) wait(ctx context.Context, e *exchange) bool {
	s := c.server.config
	due := e.arrived.Add(s.Latency + e.delivery.pause)
	if c.free.After(due) {
		due = c.free
	}
	due = due.Add(time.Duration(e.reply.rows) * s.RowLatency)
	c.free = due
	return sleep(ctx, time.Until(due))
}

// sleep is false when the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// report tells counters, hook and log about an exchange.
func (c *connection) report(e *exchange) {
	x := Exchange{
		Remote: c.conn.RemoteAddr().String(), Request: e.request, Arrived: e.arrived,
		Answer: e.reply.kind, Code: e.reply.code, Rows: e.reply.rows, Faults: e.played,
	}
	if e.delivery.nothing {
		x.Answer, x.Rows = "", 0
	}
	c.server.counters.exchange(&x, e.request.Bytes)
	if hook := c.server.config.OnExchange; hook != nil {
		hook(x)
	}
	c.server.log.Debug("exchange", "remote", x.Remote, "type", string(x.Request.Type), "answer", string(x.Answer),
		"code", x.Code, "rows", x.Rows, "faults", x.Faults)
}
