package baostock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"barkeep/sources/baostock/wire"
)

// session is one connection. Requests written to it are answered in order; a
// goroutine reads the answers, so that several may be in flight. After the first
// error every call fails and the session is of no further use.
type session struct {
	conn    *timedConn
	reader  *wire.Reader
	waiting atomic.Int32 // calls sent and not yet answered

	mu     sync.Mutex // orders calls and writes
	calls  chan *call // closed by close
	closed bool
	failed error
	blamed error     // a failure that pipelining may have caused
	used   time.Time // when the last call was made

	done chan struct{} // the reading goroutine has ended
}

type call struct {
	crowd  bool // sent while another one waited for its answer
	answer wire.Answer
	err    error
	done   chan struct{}
}

// timedConn bounds the silence before every piece of an answer and the time for
// all of it.
type timedConn struct {
	net.Conn
	silence atomic.Int64 // nanoseconds
	until   time.Time    // end of the present answer; owned by the reading goroutine
}

func (c *timedConn) Read(p []byte) (int, error) {
	deadline := time.Now().Add(time.Duration(c.silence.Load()))
	if deadline.After(c.until) {
		deadline = c.until
	}
	if err := c.Conn.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// dial connects without logging in.
func dial(ctx context.Context, cfg Config) (*session, error) {
	d := net.Dialer{Timeout: cfg.ConnectTimeout}
	conn, err := d.DialContext(ctx, "tcp", cfg.host())
	if err != nil {
		return nil, err
	}
	timed := &timedConn{Conn: conn}
	timed.silence.Store(int64(cfg.ReadTimeout))
	s := &session{
		conn:   timed,
		reader: wire.NewReader(timed, wire.Limits{Frame: cfg.MaxAnswer, Body: cfg.MaxAnswer}),
		calls:  make(chan *call, cfg.Pipeline+1),
		done:   make(chan struct{}),
		used:   time.Now(),
	}
	go s.read()
	return s, nil
}

// errAbandoned ends a session that did nothing wrong itself: a request on it was
// cancelled, or an answer could not be used, and what is still to come cannot be
// told apart from it.
var errAbandoned = errors.New("the connection was given up because of another request on it")

// exchange sends a frame and waits for the answer that is due for it. When ctx
// ends first the session is closed, since the answer would be taken for the
// next request's.
func (s *session) exchange(ctx context.Context, frame []byte) (wire.Answer, error) {
	c := &call{done: make(chan struct{})}
	if err := s.send(c, frame); err != nil {
		return wire.Answer{}, err
	}
	select {
	case <-c.done:
		return c.answer, c.err
	case <-ctx.Done():
		s.fail(errAbandoned)
		<-c.done
		return wire.Answer{}, context.Cause(ctx)
	}
}

func (s *session) send(c *call, frame []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	s.used = time.Now()
	c.crowd = s.waiting.Add(1) > 1
	s.calls <- c // has room for every slot of the lane
	s.conn.SetWriteDeadline(time.Now().Add(time.Duration(s.conn.silence.Load())))
	if _, err := s.conn.Write(frame); err != nil {
		// A server that closes on a second request in flight may be noticed here
		// first, by a third.
		if c.crowd && s.blamed == nil {
			s.blamed = err
		}
		s.failed = err
		s.conn.Close() // wakes the reading goroutine, which answers c
	}
	return nil
}

// read delivers answers to calls in their order.
func (s *session) read() {
	defer close(s.done)
	for c := range s.calls {
		c.answer, c.err = s.next()
		if c.err != nil {
			if c.crowd || s.waiting.Load() > 1 {
				s.blame(c.err)
			}
			c.err = s.fail(c.err)
		}
		s.waiting.Add(-1)
		close(c.done)
	}
}

func (s *session) next() (wire.Answer, error) {
	if err := s.failure(); err != nil {
		return wire.Answer{}, err
	}
	s.conn.until = time.Now().Add(10 * time.Duration(s.conn.silence.Load()))
	a, err := s.reader.Read()
	if errors.Is(err, io.EOF) {
		err = errors.New("the server closed the connection instead of answering")
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		err = fmt.Errorf("no answer within %v", time.Duration(s.conn.silence.Load()))
		if !time.Now().Before(s.conn.until) {
			err = errors.New("the answer keeps coming in small pieces without end")
		}
	}
	if n := s.reader.Buffered(); err == nil && n > 0 && s.waiting.Load() == 1 {
		err = fmt.Errorf("%d bytes follow the answer unasked", n)
	}
	return a, err
}

// fail closes the connection and makes every call from now on return err, or the
// error that came first. It returns that one.
func (s *session) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = err
	}
	s.conn.Close()
	return s.failed
}

// blame notes an error of the server that may come from sending it several
// requests at once. What follows from an earlier failure is no such error.
func (s *session) blame(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil && s.blamed == nil {
		s.blamed = err
	}
}

// blameOf returns what was blamed on pipelining, or nil.
func (s *session) blameOf() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blamed
}

// failure returns what ended the session, or nil.
func (s *session) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// broken reports whether the session has failed or been idle for longer than
// the server keeps idle connections.
func (s *session) broken(idle time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed != nil || (s.waiting.Load() == 0 && time.Since(s.used) > idle)
}

// close ends the session and waits for its goroutine.
func (s *session) close() {
	s.fail(errAbandoned) // nothing is sent from here on
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.calls)
	}
	s.mu.Unlock()
	<-s.done
}
