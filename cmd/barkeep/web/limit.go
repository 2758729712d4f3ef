package web

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// limiter bounds the requests of each client: on average one every interval,
// and a second's worth at once.
type limiter struct {
	interval time.Duration

	mu sync.Mutex
	// due is when a client that asked as fast as it may would ask next. One whose
	// time has passed is as good as one that never asked.
	due map[netip.Addr]time.Time
}

// maxClients bounds the limiter's memory. When so many ask within a second, all
// further ones share one allowance.
const maxClients = 4096

func newLimiter(perSecond int) *limiter {
	return &limiter{interval: time.Second / time.Duration(perSecond), due: map[netip.Addr]time.Time{}}
}

// allow counts a request and reports whether it may pass; a refused one costs
// the client nothing.
func (l *limiter) allow(client netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	due, known := l.due[client]
	if !known && len(l.due) >= maxClients {
		l.forget(now)
		if len(l.due) >= maxClients {
			client = netip.Addr{}
			due = l.due[client]
		}
	}
	if due.Before(now) {
		due = now
	}
	if due.Sub(now) > time.Second-l.interval {
		return false
	}
	l.due[client] = due.Add(l.interval)
	return true
}

func (l *limiter) forget(now time.Time) {
	for client, due := range l.due {
		if !due.After(now) {
			delete(l.due, client)
		}
	}
}

// bounded is a listener with a bounded number of open connections: more wait in
// the kernel's queue.
type bounded struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	close func() error
}

func newBounded(l net.Listener, most int) *bounded {
	b := &bounded{Listener: l, slots: make(chan struct{}, most), done: make(chan struct{})}
	b.close = sync.OnceValue(func() error { close(b.done); return l.Close() })
	return b
}

// Accept waits for a slot, then for a connection.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.slots <- struct{}{}:
	case <-b.done:
		return nil, net.ErrClosed
	}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.slots
		return nil, err
	}
	return &boundedConn{Conn: c, release: sync.OnceFunc(func() { <-b.slots })}, nil
}

// Close stops Accept, waiting or not.
func (b *bounded) Close() error { return b.close() }

type boundedConn struct {
	net.Conn
	release func()
}

// Close gives the slot back.
func (c *boundedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
