package simulator

import (
	"maps"
	"sync"
	"time"
)

// WebStats counts what a Web has done.
type WebStats struct {
	Providers map[string]WebProviderStats // by provider: sina, tencent, eastmoney
	Endpoints map[string]int              // requests by endpoint, as WebRequest names them
	Faults    map[string]int              // faults that were played, by name
}

// WebProviderStats counts what was asked of one provider.
type WebProviderStats struct {
	Requests int
	Rows     int   // sent in answers
	Bytes    int64 // of bodies, sent
	Refused  int   // requests without an answer of status 200
}

// WebRequest describes one request and what the server does about it.
type WebRequest struct {
	Provider string // sina, tencent or eastmoney; empty for a path that nobody has
	Endpoint string // sina-list, sina-node, tencent-q, tencent-rank, eastmoney-clist, eastmoney-ulist, eastmoney-stock
	Remote   string // the client's address and port
	Target   string // path and query, byte for byte
	Symbols  int    // how many were asked by name
	Arrived  time.Time
	Shown    time.Time // the moment of the market that the rows show
	Status   int       // of HTTP; 0 when the connection is closed without an answer
	Rows     int
	Bytes    int      // of the body
	Faults   []string // names of the faults that are played on it
}

type webCounters struct {
	running sync.WaitGroup // requests being answered
	mu      sync.Mutex
	s       WebStats
}

func newWebCounters() *webCounters {
	return &webCounters{s: WebStats{Providers: map[string]WebProviderStats{}, Endpoints: map[string]int{}, Faults: map[string]int{}}}
}

// request counts a request whose answer is known.
func (c *webCounters) request(r *WebRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range r.Faults {
		c.s.Faults[f]++
	}
	if r.Provider == "" {
		return
	}
	c.s.Endpoints[r.Endpoint]++
	p := c.s.Providers[r.Provider]
	p.Requests++
	p.Rows += r.Rows
	p.Bytes += int64(r.Bytes)
	if r.Status != 200 {
		p.Refused++
	}
	c.s.Providers[r.Provider] = p
}

func (c *webCounters) copy() WebStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return WebStats{maps.Clone(c.s.Providers), maps.Clone(c.s.Endpoints), maps.Clone(c.s.Faults)}
}

// webBans is which addresses are shut out, and how often they asked.
type webBans struct {
	mu     sync.Mutex
	banned map[string]webBan
	asked  map[string]*webWindow
}

// webBan is what a banned address gets until when: a status, or 0 for a closed
// connection.
type webBan struct {
	status int
	until  time.Time
}

// webWindow counts requests since a time.
type webWindow struct {
	since time.Time
	count int
}

// maxBans bounds the addresses that are remembered.
const maxBans = 10_000

func newWebBans() *webBans {
	return &webBans{banned: map[string]webBan{}, asked: map[string]*webWindow{}}
}

// find returns the ban of an address at a host.
func (b *webBans) find(key string, now time.Time) (webBan, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ban, ok := b.banned[key]
	if ok && !now.Before(ban.until) {
		delete(b.banned, key)
		ok = false
	}
	return ban, ok
}

// ban shuts an address out of a host.
func (b *webBans) ban(key string, ban webBan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.banned) >= maxBans {
		clear(b.banned)
	}
	b.banned[key] = ban
}

// spend counts one more request and reports whether it exceeds the quota.
func (b *webBans) spend(key string, q WebQuota, now time.Time) bool {
	if q.Requests == 0 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.asked) >= maxBans {
		clear(b.asked)
	}
	w := b.asked[key]
	if w == nil || now.Sub(w.since) >= q.Within {
		w = &webWindow{since: now}
		b.asked[key] = w
	}
	w.count++
	return w.count > q.Requests
}
