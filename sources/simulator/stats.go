package simulator

import (
	"maps"
	"sync"
	"time"

	"barkeep/sources/baostock/wire"
)

// Stats counts what a server has done.
type Stats struct {
	Connections     int               // accepted so far
	PeakConnections int               // open at the same time
	Logins          int               // successful ones
	Requests        int               // read, login and logout included
	ByType          map[wire.Type]int // the same by message type
	Errors          map[int]int       // error answers by code
	Faults          map[string]int    // faults that were played, by name
	Rows            int               // sent in answers
	Dropped         int               // connections closed by a fault or by the one-connection rule
	BytesIn         int64             // of requests that were read
	BytesOut        int64             // written
}

// Exchange describes one request and what the server does about it.
type Exchange struct {
	Remote  string // the client's address and port
	Request wire.Request
	Arrived time.Time // on the real clock
	Answer  wire.Type // empty when nothing is answered
	Code    int       // error code, 0 for success
	Rows    int
	Faults  []string // names of the faults that are played on it
}

type counters struct {
	mu   sync.Mutex
	s    Stats
	open int
}

func newCounters() *counters {
	return &counters{s: Stats{ByType: map[wire.Type]int{}, Errors: map[int]int{}, Faults: map[string]int{}}}
}

func (c *counters) with(f func(s *Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.s)
}

func (c *counters) opened() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	c.s.Connections++
	c.s.PeakConnections = max(c.s.PeakConnections, c.open)
}

func (c *counters) closed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
}

func (c *counters) exchange(x *Exchange, in int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Requests++
	c.s.ByType[x.Request.Type]++
	c.s.BytesIn += int64(in)
	c.s.Rows += x.Rows
	if x.Code != 0 {
		c.s.Errors[x.Code]++
	}
	for _, f := range x.Faults {
		c.s.Faults[f]++
	}
}

func (c *counters) copy() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.s
	s.ByType, s.Errors, s.Faults = maps.Clone(s.ByType), maps.Clone(s.Errors), maps.Clone(s.Faults)
	return s
}
