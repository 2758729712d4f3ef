package quotes

import (
	"context"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// Expiry is expiry.
func (c Config) Expiry(cal *schedules.Calendar, q *etl.Quote) time.Time { return c.expiry(cal, q) }

// Cached reports whether a call that found nothing begins no flight after all,
// because the symbol has been cached since.
func (c *Cache) Cached(s etl.Symbol) bool {
	c.mu.Lock()
	closed := c.ctx
	ended, end := context.WithCancel(context.Background())
	end()
	c.ctx = ended // so that no flight begins in any case
	c.mu.Unlock()
	found := c.join([]etl.Symbol{s}, Ask{}, c.now(), c.began.Load())[s].entry != nil
	c.mu.Lock()
	c.ctx = closed
	c.mu.Unlock()
	return found
}

// Bucket is bucket, and Middle middle.
func Bucket(ns uint64) int { return bucket(ns) }

// Middle is middle.
func Middle(i int) time.Duration { return middle(i) }

// Histogram counts times.
type Histogram struct{ h histogram }

// Add adds.
func (h *Histogram) Add(d time.Duration) { h.h.add(d) }

// Quantiles sums up.
func (h *Histogram) Quantiles() Quantiles { return h.h.quantiles(h.h.count.Load()) }
