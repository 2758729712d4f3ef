package web

import (
	"context"
	"crypto/sha256"
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
	Program  Program          // the rest of the program; empty for quotes alone
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
	routes   []*route // those in the mux, in the order of the table
	unknown  *route   // what answers a path that has no route
	document []byte   // the routes as OpenAPI

	healthOf Health
	statusOf Status
	jobs     Jobs
	history  History
	metrics  Metrics
	queries  SQL
	querying chan struct{} // a slot for each query that may run

	life     context.Context // of the program: runs by hand end with it
	listener net.Listener
	socket   net.Listener // nil for none
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
		life: context.Background(), slots: make(chan struct{}, c.MaxRequests),
		healthOf: o.Program.Health, statusOf: o.Program.Status, jobs: o.Program.Jobs, history: o.Program.History, metrics: o.Program.Metrics,
		queries: o.Program.SQL, querying: make(chan struct{}, c.SQLQueries)}
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
	s.addRoutes(routes)
	if s.document, err = s.describe(); err != nil {
		return nil, fmt.Errorf("http: the OpenAPI document: %w", err)
	}
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
