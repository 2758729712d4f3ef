package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// Quotes is what the door asks. All methods are safe for concurrent use, and a
// deadline of the context bounds how long providers are waited for.
type Quotes interface {
	Get(context.Context, etl.Symbol, quotes.Ask) quotes.Result
	// GetBatch returns one result per symbol, in the order of the symbols, which
	// are distinct. A provider's failure spoils the symbols it was asked for only.
	GetBatch(context.Context, []etl.Symbol, quotes.Ask) []quotes.Result
	Stats() quotes.Stats
	// Clear forgets the symbols named, or everything if none is, and returns how
	// many were there. Cleanup forgets what has expired.
	Clear(...etl.Symbol) int
	Cleanup() int
}

// Options are what a Server takes from the program around it.
type Options struct {
	Version  string           // of the product
	Now      func() time.Time // the market's clock; nil for time.Now
	Log      *slog.Logger     // requests at level debug, crashes at error; nil for none
	Calendar Market           // nil for the embedded calendar
}

// Server answers HTTP. It is an http.Handler too; Listen and Serve bind it to its
// address.
type Server struct {
	config  door.Config
	quotes  Quotes
	version string
	now     func() time.Time
	log     *slog.Logger
	market  Market

	loopback bool     // only this machine reaches the address
	guarded  bool     // requests need the token
	token    [32]byte // SHA-256 of it
	slots    chan struct{}
	rate     *limiter // nil for none
	mux      *http.ServeMux
	unknown  *route // what answers a path that has no route

	listener net.Listener
	cleanups atomic.Int64
	cleaned  atomic.Int64 // UnixNano of the last cleanup; 0 = none yet
}

// New returns a Server that does not listen yet. It fails on a bad
// configuration, and without a token on an address that others can reach.
func New(c door.Config, q Quotes, o Options) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	token, err := c.LoadToken()
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	if token == "" && c.RequireToken() {
		return nil, fmt.Errorf("http: %s can be reached from other machines and there is no token", c.Address)
	}
	s := &Server{config: c, quotes: q, version: o.Version, now: o.Now, log: o.Log, market: o.Calendar,
		loopback: !c.RequireToken(), guarded: token != "", token: sha256.Sum256([]byte(token)),
		slots: make(chan struct{}, c.MaxRequests)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.market == nil {
		s.market = schedules.Embedded()
	}
	if c.RateLimit > 0 {
		s.rate = newLimiter(c.RateLimit)
	}
	s.addRoutes()
	return s, nil
}

// Listen binds the address and returns it; port 0 becomes a free one.
func (s *Server) Listen() (net.Addr, error) {
	if s.listener != nil {
		return nil, fmt.Errorf("http: already listening on %s", s.listener.Addr())
	}
	l, err := net.Listen("tcp", s.config.Address)
	if err != nil {
		return nil, fmt.Errorf("http: listen on %s: %w", s.config.Address, err)
	}
	// The name localhost is whatever the machine's hosts file says.
	if tcp, ok := l.Addr().(*net.TCPAddr); s.loopback && (!ok || !tcp.IP.IsLoopback()) {
		l.Close()
		return nil, fmt.Errorf("http: %s is %s here, which is not loopback; write 127.0.0.1 in its place", s.config.Address, l.Addr())
	}
	s.listener = l
	return l.Addr(), nil
}

// Times of a connection. Of a stop, waiting requests have patience, then their
// context ends, then their connections.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	patience      = 4 * time.Second
	grace         = 5 * time.Second

	maxHeader = 16 << 10
	// Connections beyond the requests answered at once wait for their turn; a
	// few are kept for clients between two requests.
	spareConnections = 256
)

// Serve answers until ctx ends, then lets the requests under way finish for 5
// seconds at most and returns nil. It listens first if that has not been done. It
// is called once.
func (s *Server) Serve(ctx context.Context) error {
	if s.listener == nil {
		if _, err := s.Listen(); err != nil {
			return err
		}
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      s.config.Timeout + readTimeout + 10*time.Second, // it runs from the end of the header
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(newBounded(s.listener, s.config.MaxRequests+spareConnections)) }()
	select {
	case err := <-ended:
		server.Close()
		return fmt.Errorf("http: serve on %s: %w", s.listener.Addr(), err)
	case <-ctx.Done():
	}
	give := time.AfterFunc(patience, cancel)
	defer give.Stop()
	limit, stop := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer stop()
	err := server.Shutdown(limit)
	if err != nil {
		s.log.Warn("connections were cut off", "after", grace)
		err = server.Close()
	}
	if <-ended; err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("http: stop: %w", err)
	}
	return nil
}
