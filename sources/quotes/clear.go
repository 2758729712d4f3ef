package quotes

import (
	"slices"

	"barkeep/etl"
)

// Clear forgets symbols, or all if none are named, and returns how many were
// cached. Nothing older is served afterwards, not even as stale: a load that is
// under way answers those who wait for it, and is not stored.
func (c *Cache) Clear(symbols ...etl.Symbol) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := len(symbols) == 0
	if all {
		symbols = slices.Collect(c.store.Keys())
	}
	n := 0
	for _, s := range symbols {
		if _, ok := c.store.Invalidate(s); ok {
			n++
		}
	}
	for f := range c.live {
		f.drop(symbols, all)
	}
	if all {
		clear(c.flights)
	}
	for _, s := range symbols {
		delete(c.flights, s)
	}
	return n
}

// drop marks symbols of a flight as not to be stored.
func (f *flight) drop(symbols []etl.Symbol, all bool) {
	if all {
		symbols = f.symbols
	}
	if f.dropped == nil {
		f.dropped = make(map[etl.Symbol]bool, len(symbols))
	}
	for _, s := range symbols {
		f.dropped[s] = true
	}
}

// Cleanup drops what could be served only as stale, and returns how many symbols
// that were. Nothing else does: MaxEntries alone bounds the cache, and whoever
// cleans up gives up the last known quotes.
func (c *Cache) Cleanup() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now().UnixNano()
	n := 0
	for s, e := range c.store.All() {
		if e.fresh(now) {
			continue
		}
		if _, ok := c.store.Invalidate(s); ok {
			n++
		}
	}
	return n
}

// Warm takes quotes that were served before, such as the last snapshot in a
// lake, and returns how many it took. Each gets the lifetime it had then, by its
// own Fetched and Time: the last snapshot of a trading day is served until the
// next auction, one of its middle only as stale. What is cached and newer stays,
// and a quote of the future is left out.
func (c *Cache) Warm(quotes []etl.Quote) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now().UnixNano()
	n := 0
	for i := range quotes {
		q := new(etl.Quote)
		*q = quotes[i]
		q.Phase = c.cal.Moment(q.Fetched).Phase
		e := c.config.entryOf(c.cal, q)
		if known, ok := c.store.GetIfPresent(q.Symbol); q.Symbol == 0 || e.ahead(now) || ok && known.fetched == e.fetched {
			continue
		}
		if c.put(q.Symbol, e, now) {
			n++
		}
	}
	return n
}
