package quotes

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"barkeep/etl"
	"barkeep/schedules"
)

// Options are what a Cache may be given beside its configuration. The zero value
// is complete.
type Options struct {
	Now func() time.Time // default time.Now
	Log *slog.Logger     // default: nothing is logged
	// OnRefused gets every row that is refused, from the goroutine of the load;
	// callers of the cache wait for it.
	OnRefused func(rows []etl.RefusedQuote, provider string)
}

// Cache answers for all providers together. It is safe for concurrent use.
type Cache struct {
	config    Config
	cal       *schedules.Calendar
	lanes     []*lane // in the order of preference
	now       func() time.Time
	log       *slog.Logger
	onRefused func([]etl.RefusedQuote, string)

	store    *otter.Cache[etl.Symbol, *entry]
	counters counters

	began atomic.Uint64 // flights

	// mu guards the flights and every change of the store but evictions. Hits
	// do without it.
	mu      sync.Mutex
	flights map[etl.Symbol]*flight // to be joined
	live    map[*flight]bool       // not landed
	running sync.WaitGroup
	ctx     context.Context // of the flights
	stop    context.CancelFunc

	refusedBurst, oldBurst burst
	warned                 atomic.Int32 // the last day past the horizon that was warned of
}

// New returns an empty cache over the providers that the configuration names,
// in its order; others are left out. It is an error if one is missing.
func New(c Config, cal *schedules.Calendar, providers []Provider, o Options) (*Cache, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("quotes: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	cache := &Cache{config: c, cal: cal, now: o.Now, log: o.Log, onRefused: o.OnRefused, counters: newCounters(),
		flights: map[etl.Symbol]*flight{}, live: map[*flight]bool{}}
	for _, name := range c.Providers {
		i := slices.IndexFunc(providers, func(p Provider) bool { return p.Name() == name })
		if i < 0 {
			return nil, fmt.Errorf("quotes: the configuration names the provider %s, and there is none", name)
		}
		cache.lanes = append(cache.lanes, newLane(providers[i], c, o.Log))
	}
	var err error
	cache.store, err = otter.New(&otter.Options[etl.Symbol, *entry]{
		MaximumSize: c.MaxEntries,
		OnAtomicDeletion: func(e otter.DeletionEvent[etl.Symbol, *entry]) {
			if e.WasEvicted() {
				cache.counters.evictions.Add(1)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("quotes: %w", err)
	}
	cache.ctx, cache.stop = context.WithCancel(context.Background())
	return cache, nil
}

// Get returns the quote of one symbol. A hit takes no lock and allocates
// nothing. When ctx ends before there is an answer the error wraps its cause;
// what was begun goes on for others.
func (c *Cache) Get(ctx context.Context, symbol etl.Symbol, ask Ask) Result {
	before := c.began.Load()
	start := c.now()
	if !ask.Fresh {
		if e, ok := c.store.GetIfPresent(symbol); ok && e.fresh(start.UnixNano()) {
			result := c.serve(e, ask, true)
			if s := c.counters.stripe(); s.single() {
				s.time.add(c.now().Sub(start))
			}
			return result
		}
	}
	results := make([]Result, 1)
	c.miss(ctx, []etl.Symbol{symbol}, results, ask, start, before)
	return results[0]
}

// GetBatch returns the quotes of symbols in the order asked for; a symbol may be
// there twice. Only what is not cached is asked for, together. Hits are served
// whatever becomes of the rest.
func (c *Cache) GetBatch(ctx context.Context, symbols []etl.Symbol, ask Ask) []Result {
	before := c.began.Load()
	start := c.now()
	results := make([]Result, len(symbols))
	hits := 0
	if !ask.Fresh {
		now := start.UnixNano()
		for i, s := range symbols {
			if e, ok := c.store.GetIfPresent(s); ok && e.fresh(now) {
				results[i] = c.serve(e, ask, true)
				hits++
			}
		}
	}
	if hits < len(symbols) {
		c.miss(ctx, symbols, results, ask, start, before)
		return results
	}
	c.allHits(hits, start)
	return results
}

// allHits counts a call whose symbols were all cached.
func (c *Cache) allHits(hits int, start time.Time) {
	s := c.counters.stripe()
	s.batchHits.Add(int64(hits))
	if s.batch() {
		s.time.add(c.now().Sub(start))
	}
}

// serve returns an entry as a result, and counts what is special about it.
func (c *Cache) serve(e *entry, ask Ask, hit bool) Result {
	if e.err == nil {
		return Result{Quote: e.quote, Hit: hit}
	}
	if e.unknown {
		c.counters.unknown.Add(1)
	} else if ask.Stale && e.quote != nil {
		c.counters.stale.Add(1)
		return Result{Quote: e.quote, Hit: hit, Stale: true}
	}
	return Result{Hit: hit, Err: e.err}
}

// Close ends the loads under way and waits for them. What is cached can still be
// asked for; the rest is unavailable from then on.
func (c *Cache) Close() {
	c.mu.Lock()
	c.stop()
	c.mu.Unlock()
	c.running.Wait()
}
