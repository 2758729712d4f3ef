package simulator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// tape is what a Web shows: a *market.Tape.
type tape interface {
	Symbols(at time.Time) []etl.Symbol
	At(s etl.Symbol, at time.Time) (market.Instant, bool)
	All(at time.Time) iter.Seq[*market.Instant]
}

var _ tape = (*market.Tape)(nil)

// Web is the fake exchange over HTTP: the quote providers Sina, Tencent and
// Eastmoney on one port, told apart by their real paths. Its methods are safe
// for concurrent use.
type Web struct {
	config   WebConfig
	tape     tape
	calendar *schedules.Calendar
	log      *slog.Logger
	counters *webCounters
	faults   *webDeck
	bans     *webBans

	mu       sync.Mutex
	listener net.Listener
	server   *http.Server
	address  string
	closed   bool
	open     map[net.Conn]bool
}

var _ http.Handler = (*Web)(nil)

// NewWeb returns a web server of the tape. It listens nowhere yet; as an
// http.Handler it needs no listener.
func NewWeb(c WebConfig, t *market.Tape) (*Web, error) {
	if t == nil {
		return nil, errors.New("web server of quotes: it needs a tape to show")
	}
	return newWeb(c, t)
}

func newWeb(c WebConfig, t tape) (*Web, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Calendar == nil {
		c.Calendar = schedules.Embedded()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	w := &Web{config: c, tape: t, calendar: c.Calendar, log: c.Log, counters: newWebCounters(),
		faults: newWebDeck(c.Faults, c.Seed), bans: newWebBans(), open: map[net.Conn]bool{}}
	w.server = &http.Server{Handler: w, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 1 << 18, ConnState: w.track,
		ErrorLog: slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug)}
	return w, nil
}

// track counts the open connections; the ones beyond maxConnections are closed.
func (w *Web) track(c net.Conn, state http.ConnState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch state {
	case http.StateNew:
		if len(w.open) >= maxConnections {
			c.Close() // the server notices when it reads
			return
		}
		w.open[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(w.open, c)
	}
}

// Listen opens the TCP address, such as 127.0.0.1:10080; port 0 picks one.
// Connections are served from Serve on.
func (w *Web) Listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen as fake quote providers: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.listener != nil {
		return errors.Join(errors.New("listen as fake quote providers: the server is closed or listens already"), l.Close())
	}
	w.listener, w.address = l, l.Addr().String()
	return nil
}

// Addr returns host:port of the listener, or the empty text before Listen.
func (w *Web) Addr() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.address
}

// Serve serves connections until the context ends or Close is called, then
// closes all of them and returns nil once their requests are done. Any other
// end of the listener is an error.
func (w *Web) Serve(ctx context.Context) error {
	w.mu.Lock()
	l := w.listener
	w.mu.Unlock()
	if l == nil {
		return errors.New("serve as fake quote providers: call Listen first")
	}
	stop := context.AfterFunc(ctx, func() { w.Close() })
	defer stop()
	defer w.counters.running.Wait()
	if err := w.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(fmt.Errorf("serve as fake quote providers: %w", err), w.Close())
	}
	return nil
}

// Close stops listening and closes every connection. Closing twice is fine.
func (w *Web) Close() error {
	w.mu.Lock()
	l, first := w.listener, !w.closed
	w.closed = true
	w.mu.Unlock()
	if !first {
		return nil
	}
	err := w.server.Close()
	if l != nil { // the server knows it from Serve on only
		if e := l.Close(); !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// Stats returns the counters.
func (w *Web) Stats() WebStats { return w.counters.copy() }
