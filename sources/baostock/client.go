package baostock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources"
	"barkeep/sources/baostock/wire"
)

var shanghai = schedules.Shanghai

// Ledger counts requests and remembers bans; sources.Ledger is one.
type Ledger interface {
	// Take counts one request, or refuses it with an etl.ErrRefused.
	Take() error
	// Ban remembers that the vendor refused us; its error is an etl.ErrRefused.
	Ban(reason string) error
}

// Client asks a Baostock server. It is safe for concurrent use; as many
// requests as Concurrency says proceed at once, others wait for their turn.
type Client struct {
	cfg    Config
	ledger Ledger
	log    *slog.Logger

	lanes []*lane
	slots chan *lane // every lane as often as it takes requests at once

	serial atomic.Bool // pipelining was given up
	proven atomic.Bool // pipelining has worked

	requests sync.Map // wire.Type -> *atomic.Int64
	bytes    atomic.Int64

	timeMu sync.Mutex
	offset time.Duration // server's clock minus ours
	timed  bool
}

// New returns a client. It connects when it is first asked something.
func New(cfg Config, ledger Ledger, log *slog.Logger) *Client {
	c := &Client{cfg: cfg, ledger: ledger, log: log, slots: make(chan *lane, cfg.Sessions*cfg.Pipeline)}
	for range cfg.Sessions {
		c.lanes = append(c.lanes, newLane(c))
	}
	for range cfg.Pipeline { // spread over the lanes before filling one
		for _, l := range c.lanes {
			c.slots <- l
		}
	}
	return c
}

// Concurrency returns how many requests may be under way at once.
func (c *Client) Concurrency() int { return c.cfg.Sessions * c.cfg.Pipeline }

// Close logs out of every session and closes it.
func (c *Client) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for _, l := range c.lanes {
		wg.Go(func() { l.logout(ctx) })
	}
	wg.Wait()
}

// Traffic is what a client has sent and received so far.
type Traffic struct {
	Requests map[string]int64 // by message type, logins and pages included
	Total    int64
	Bytes    int64 // received
}

// Traffic returns the counts so far.
func (c *Client) Traffic() Traffic {
	t := Traffic{Requests: map[string]int64{}, Bytes: c.bytes.Load()}
	for k, v := range c.requests.Range {
		n := v.(*atomic.Int64).Load()
		t.Requests[string(k.(wire.Type))] = n
		t.Total += n
	}
	return t
}

// Now returns the earlier of our clock and the server's, logging in if nobody
// has yet: what the server cannot have published is never asked for, and a
// local clock that runs ahead does no harm.
func (c *Client) Now(ctx context.Context) (time.Time, error) {
	c.timeMu.Lock()
	timed := c.timed
	c.timeMu.Unlock()
	if !timed {
		if err := c.retry(ctx, "login", func(l *lane) error { _, err := l.session(ctx); return err }); err != nil {
			return time.Time{}, err
		}
	}
	c.timeMu.Lock()
	defer c.timeMu.Unlock()
	return time.Now().Add(min(c.offset, 0)), nil
}

// ClockOffset returns how far the server's clock is ahead of ours, as of the
// last login.
func (c *Client) ClockOffset() time.Duration {
	c.timeMu.Lock()
	defer c.timeMu.Unlock()
	return c.offset
}

// noteTime reads the server's yyyyMMddHHmmssSSS. A server that sends something
// else is taken to agree with us.
func (c *Client) noteTime(text string) {
	if len(text) != 17 {
		return
	}
	t, err := time.ParseInLocation("20060102150405.000", text[:14]+"."+text[14:], shanghai)
	if err != nil {
		return
	}
	c.timeMu.Lock()
	c.offset, c.timed = time.Until(t), true
	c.timeMu.Unlock()
}

// query is one request with what its answer must fulfil.
type query struct {
	t      wire.Type
	name   string // as messages show it
	fields []string
	check  func(reply) error // that the answer belongs to the request; nil for nothing to check
}

// ask performs a query on a free lane and repeats it while that may help.
func (c *Client) ask(ctx context.Context, q query) (r reply, err error) {
	err = c.retry(ctx, q.name, func(l *lane) error {
		r, err = l.ask(ctx, q)
		return err
	})
	return r, err
}

// retry runs f on a free lane, each time another one if there are several, and
// repeats it while its error is temporary.
func (c *Client) retry(ctx context.Context, name string, f func(*lane) error) error {
	attempt, failure := 0, error(nil)
	return sources.Retry{Max: c.cfg.Retries, Backoff: c.cfg.RetryBackoff}.Do(ctx, func() error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if attempt++; attempt > 1 {
			c.log.Warn("trying again", "request", name, "attempt", attempt, "after", failure)
		}
		select {
		case l := <-c.slots:
			defer func() { c.slots <- l }()
			err := f(l)
			failure = err
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// exchange counts a request, sends it, and returns the checked answer.
func (c *Client) exchange(ctx context.Context, s *session, q query) (reply, error) {
	if err := s.failure(); err != nil { // nothing would be sent, so nothing is counted
		return reply{}, &ConnectionError{q.name, err}
	}
	if err := c.take(q); err != nil {
		return reply{}, err
	}
	return c.send(ctx, s, q)
}

// take counts a request or refuses it.
func (c *Client) take(q query) error {
	if err := c.ledger.Take(); err != nil {
		return fmt.Errorf("%s: %w", q.name, err)
	}
	return nil
}

// send sends a request that has been counted and returns the checked answer. The
// session is closed unless its next answer can be trusted to be the next one due.
func (c *Client) send(ctx context.Context, s *session, q query) (reply, error) {
	frame, err := wire.AppendRequest(nil, c.cfg.ClientVersion, q.t, q.fields...)
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", q.name, err)
	}
	n, _ := c.requests.LoadOrStore(q.t, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	a, err := s.exchange(ctx, frame)
	if err != nil {
		if ctx.Err() != nil {
			return reply{}, context.Cause(ctx)
		}
		return reply{}, &ConnectionError{q.name, err}
	}
	c.bytes.Add(int64(a.Bytes))
	r, err := parseReply(q, a)
	var e *Error
	switch {
	case err == nil:
		return r, nil
	case !errors.As(err, &e):
		s.blame(err) // it may be the answer to another request
		s.fail(errAbandoned)
	case e.Code == wire.CodeNotLoggedIn:
		s.fail(errAbandoned)
	case e.Code == wire.CodeBlacklisted:
		s.fail(errAbandoned)
		err = c.ledger.Ban(fmt.Sprintf("the vendor has put this address on its blacklist (%s: %d %s)", q.name, e.Code, e.Message))
	}
	return reply{}, err
}

// pipelineProbe bounds the wait for the second of two requests in flight until
// the server has answered such a pair once: one that reads a single request at
// a time would never answer it.
const pipelineProbe = 3 * time.Second

func (c *Client) provePipeline(s *session) {
	if c.proven.CompareAndSwap(false, true) {
		c.log.Debug("the server answers pipelined requests in order")
	}
	s.conn.silence.Store(int64(c.cfg.ReadTimeout))
}

func (c *Client) giveUpPipeline(cause error) {
	if c.serial.CompareAndSwap(false, true) {
		c.log.Warn("pipelining failed, going on with one request at a time", "cause", cause)
	}
}

var _ etl.BarSource = (*Client)(nil)
