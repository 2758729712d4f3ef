package simulator

import (
	"sync"
	"time"

	"barkeep/schedules"
)

// guestBook is what the server knows of its clients by address: who is logged
// in, how much was asked today, who is shut out.
type guestBook struct {
	mu     sync.Mutex
	logged map[string][]*connection
	banned map[string]time.Time // until when, on the server's clock
	asked  map[string]int       // requests on the day below
	day    schedules.Day
}

func newGuestBook() *guestBook {
	return &guestBook{logged: map[string][]*connection{}, banned: map[string]time.Time{}, asked: map[string]int{}}
}

// count adds a request of an address and returns how many it made today.
func (g *guestBook) count(address string, today schedules.Day) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.day != today {
		g.day, g.asked = today, map[string]int{}
	}
	g.asked[address]++
	return g.asked[address]
}

// ban shuts an address out until the instant.
func (g *guestBook) ban(address string, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.banned[address] = until
}

func (g *guestBook) isBanned(address string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	until, ok := g.banned[address]
	return ok && now.Before(until)
}

// others returns the other logged-in connections of the same address.
func (g *guestBook) others(c *connection) []*connection {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []*connection
	for _, o := range g.logged[c.address] {
		if o != c {
			out = append(out, o)
		}
	}
	return out
}

func (g *guestBook) entered(c *connection) {
	g.left(c)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.logged[c.address] = append(g.logged[c.address], c)
}

func (g *guestBook) left(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.logged[c.address]
	for i, o := range list {
		if o == c {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(g.logged, c.address)
		return
	}
	g.logged[c.address] = list
}
