package quotes

import (
	"context"
	"fmt"
	"time"

	"barkeep/etl"
)

// flight is one load that callers wait for.
type flight struct {
	number  uint64 // in the order in which flights began
	symbols []etl.Symbol
	done    chan struct{}
	entries map[etl.Symbol]*entry // once done is closed

	dropped map[etl.Symbol]bool // cleared since it began: not to be stored. Guarded by Cache.mu
}

// place is where the answer for one symbol comes from: a flight or, if the
// symbol has been cached in the meantime, an entry; nothing if the cache is
// closed.
type place struct {
	flight *flight
	entry  *entry
}

// errClosed is why a closed cache asks nobody.
var errClosed = fmt.Errorf("%w: the cache is closed", ErrUnavailable)

// miss answers a call that cannot be answered from the cache alone: it fills in
// the results that are still empty. Before is the number of the last flight
// begun before the call.
func (c *Cache) miss(ctx context.Context, symbols []etl.Symbol, results []Result, ask Ask, start time.Time, before uint64) {
	open := make([]etl.Symbol, 0, len(symbols))
	for i, s := range symbols {
		if results[i].empty() {
			open = append(open, s)
		}
	}
	places := c.join(open, ask, start, before)
	misses := 0
	for i, s := range symbols {
		if !results[i].empty() {
			continue
		}
		p := places[s]
		switch {
		case p.flight != nil:
			results[i] = c.await(ctx, p.flight, s, ask)
			misses++
		case p.entry != nil:
			results[i] = c.serve(p.entry, ask, true)
		default:
			results[i] = Result{Err: errClosed}
			misses++
		}
	}
	if misses == 0 { // all were cached in the meantime
		c.allHits(len(symbols), start)
		return
	}
	c.counters.stripe().batchHits.Add(int64(len(symbols) - misses))
	c.counters.misses.Add(int64(misses))
	c.counters.loadTime.add(c.now().Sub(start))
	c.counters.loads.Add(1)
}

// await waits for a flight, or until the caller's context ends.
func (c *Cache) await(ctx context.Context, f *flight, s etl.Symbol, ask Ask) Result {
	select {
	case <-f.done: // an answer that is there is served to whoever left, too
		return c.landed(f.entries[s], s, ask)
	default:
	}
	select {
	case <-f.done:
		return c.landed(f.entries[s], s, ask)
	case <-ctx.Done():
		err := fmt.Errorf("%w before the caller left: %w", ErrUnavailable, context.Cause(ctx))
		return c.lastKnown(&entry{err: err}, s, ask)
	}
}

// empty reports whether nothing has been filled in.
func (r *Result) empty() bool { return r.Quote == nil && r.Err == nil }

// landed is the result of a flight for one symbol.
func (c *Cache) landed(e *entry, s etl.Symbol, ask Ask) Result {
	if e.err == nil || e.unknown {
		return c.serve(e, ask, false)
	}
	return c.lastKnown(e, s, ask)
}

// lastKnown is the result for a symbol without an answer: the error or, to
// callers who take old quotes, the newer one of e's and the cached.
func (c *Cache) lastKnown(e *entry, s etl.Symbol, ask Ask) Result {
	if !ask.Stale {
		return Result{Err: e.err}
	}
	quote := e.quote
	if known, ok := c.store.GetIfPresent(s); ok && known.quote != nil && (quote == nil || known.quote.Time.After(quote.Time)) {
		quote = known.quote
	}
	if quote == nil {
		return Result{Err: e.err}
	}
	c.counters.stale.Add(1)
	return Result{Quote: quote, Stale: true}
}

// join finds the flights that answer the symbols, and begins one for those that
// none is under way for. Fresh callers join only what began after their call:
// an earlier flight may have read its answer before.
func (c *Cache) join(symbols []etl.Symbol, ask Ask, start time.Time, before uint64) map[etl.Symbol]place {
	places := make(map[etl.Symbol]place, len(symbols))
	var own []etl.Symbol
	now := start.UnixNano()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range symbols {
		if _, again := places[s]; again {
			continue
		}
		if x := s.Exchange(); x < etl.Beijing || x > etl.Shenzhen {
			// Providers would fail at it, and be left alone for a caller's mistake.
			places[s] = place{entry: &entry{err: fmt.Errorf("symbol %v: %w", s, ErrUnknown), unknown: true}}
			continue
		}
		if f := c.flights[s]; f != nil && (!ask.Fresh || f.number > before) {
			places[s] = place{flight: f}
			continue
		}
		if !ask.Fresh {
			if e, ok := c.store.GetIfPresent(s); ok && e.fresh(now) {
				places[s] = place{entry: e}
				continue
			}
		}
		places[s] = place{}
		if c.ctx.Err() == nil {
			own = append(own, s)
		}
	}
	if len(own) == 0 {
		return places
	}
	f := &flight{number: c.began.Add(1), symbols: own, done: make(chan struct{})}
	c.live[f] = true
	for _, s := range own {
		c.flights[s] = f
		places[s] = place{flight: f}
	}
	c.running.Go(func() { c.fly(f) })
	return places
}

// fly runs a flight: it outlives its callers, but not Timeout.
func (c *Cache) fly(f *flight) {
	late := fmt.Errorf("no answer after %s: %w", c.config.Timeout, context.DeadlineExceeded)
	ctx, stop := context.WithTimeoutCause(c.ctx, c.config.Timeout, late)
	defer stop()
	ctx, settle := context.WithCancelCause(ctx)
	l := c.newLoad(f.symbols)
	entries := l.run(ctx)
	c.land(f, entries)
	settle(errSettled)
	l.calls.Wait() // their verdicts on the providers count
}

// land stores what a flight brought and lets its callers go.
func (c *Cache) land(f *flight, entries []*entry) {
	now := c.now().UnixNano()
	f.entries = make(map[etl.Symbol]*entry, len(entries))
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, s := range f.symbols {
		f.entries[s] = entries[i]
		if c.flights[s] == f {
			delete(c.flights, s)
		}
		if entries[i].until != 0 && !f.dropped[s] {
			c.put(s, entries[i], now)
		}
	}
	delete(c.live, f)
	close(f.done)
}

// put stores an entry unless a newer one is there, and reports whether it did.
// Cache.mu is held.
func (c *Cache) put(s etl.Symbol, e *entry, now int64) bool {
	known, ok := c.store.GetIfPresent(s)
	if ok && known.fetched > e.fetched && !known.ahead(now) {
		return false
	}
	if ok {
		e = e.newer(known)
	}
	c.store.Set(s, e)
	return true
}
