package simulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// maxConnections bounds how many clients are served at the same time; further
// ones are reset.
const maxConnections = 256

// Server is a fake exchange: it serves a market over Baostock's protocol.
// Its methods are safe for concurrent use.
type Server struct {
	config   Config
	market   market.Market
	calendar *schedules.Calendar
	log      *slog.Logger
	counters *counters
	faults   *faultDeck
	guests   *guestBook

	mu       sync.Mutex
	listener net.Listener
	address  string
	closed   bool
	done     chan struct{} // closed by Close
	open     map[*connection]bool
	wg       sync.WaitGroup
}

// New returns a server of the market. It listens nowhere yet.
func New(c Config, m market.Market) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
		if clock, ok := m.(interface{ Now() time.Time }); ok {
			c.Now = clock.Now
		}
	}
	if c.Calendar == nil {
		c.Calendar = schedules.Embedded()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{
		config: c, market: m, calendar: c.Calendar, log: c.Log,
		counters: newCounters(), faults: newFaultDeck(c.Faults, c.Seed), guests: newGuestBook(),
		open: map[*connection]bool{}, done: make(chan struct{}),
	}, nil
}

// Listen opens the TCP address, such as 127.0.0.1:10030; port 0 picks one.
// Connections are served from Serve on.
func (s *Server) Listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen as fake exchange: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.listener != nil {
		return errors.Join(errors.New("listen as fake exchange: the server is closed or listens already"), l.Close())
	}
	s.listener, s.address = l, l.Addr().String()
	return nil
}

// Addr returns host:port of the listener, or the empty text before Listen.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.address
}

// Stats returns the counters.
func (s *Server) Stats() Stats { return s.counters.copy() }

// Serve accepts and serves connections until the context ends or Close is
// called, then closes all of them and returns nil once they are gone. Any
// other end of the listener is an error.
func (s *Server) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	defer s.wg.Wait()
	for n := 1; ; n++ {
		s.mu.Lock()
		l, closed := s.listener, s.closed
		s.mu.Unlock()
		if closed || ctx.Err() != nil {
			return s.Close()
		}
		if l == nil {
			return errors.New("serve as fake exchange: call Listen first")
		}
		if f, ok := s.faults.refuses(n); ok {
			if err := s.refuse(ctx, l, f); err != nil {
				return err
			}
			continue
		}
		conn, err := l.Accept()
		if err != nil {
			if s.isClosed() || ctx.Err() != nil {
				return s.Close()
			}
			return errors.Join(fmt.Errorf("accept as fake exchange: %w", err), s.Close())
		}
		s.wg.Go(func() { s.ServeConn(ctx, conn) })
	}
}

// refuse closes the listener for a while, so that connecting is refused, and
// opens the same address again.
func (s *Server) refuse(ctx context.Context, l net.Listener, f *activeFault) error {
	s.counters.with(func(s *Stats) { s.Faults[f.Name]++ })
	l.Close() // it is replaced below, whatever this says
	var again <-chan time.Time
	if d := f.duration(); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		again = timer.C
	}
	select {
	case <-ctx.Done():
		return nil
	case <-s.done:
		return nil
	case <-again:
	}
	next, err := net.Listen("tcp", s.Addr())
	if err != nil {
		return fmt.Errorf("listen again as fake exchange: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return next.Close()
	}
	s.listener = next
	return nil
}

// ServeConn serves one connection until it ends and closes it. It is for
// connections that come from elsewhere than Listen, such as a net.Pipe.
func (s *Server) ServeConn(ctx context.Context, conn net.Conn) {
	c := newConnection(s, conn)
	s.mu.Lock()
	full := s.closed || len(s.open) >= maxConnections
	if !full {
		s.open[c] = true
	}
	s.mu.Unlock()
	if full {
		c.reset()
		return
	}
	s.counters.opened()
	defer func() {
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
		s.guests.left(c)
		s.counters.closed()
	}()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c.serve(ctx)
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close stops listening and closes every connection. Closing twice is fine.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.done)
	for c := range s.open {
		c.conn.Close() // its goroutine notices and leaves
	}
	if s.listener == nil {
		return nil
	}
	err := s.listener.Close()
	if errors.Is(err, net.ErrClosed) { // while refusing connections
		err = nil
	}
	return err
}

// published returns the last trading day whose data are ready.
func (s *Server) published(now time.Time, ready schedules.Clock) schedules.Day {
	return s.calendar.Published(now, ready)
}
