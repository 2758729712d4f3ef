package quotes

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"
)

// counters are those of Stats. Those that every hit moves are spread over
// stripes, each on cache lines of its own, so that callers on many processors do
// not wait for each other's.
type counters struct {
	stripes []stripe // a power of two

	misses, loads, loadErrors atomic.Int64
	unknown, refused, stale   atomic.Int64
	evictions                 atomic.Int64
	loadTime                  histogram
}

// stripe is a part of the counters of hits.
type stripe struct {
	singles   atomic.Int64 // calls for one symbol that were hits
	batches   atomic.Int64 // calls for many that were hits altogether
	batchHits atomic.Int64 // symbols of batches that were hits
	time      histogram
	_         [128]byte
}

// sampleEvery is how many hits share one measurement: reading the clock again
// would cost as much as the hit. The first hits of each stripe are measured.
const sampleEvery = 16

func newCounters() counters {
	n := 1
	for n < 2*runtime.GOMAXPROCS(0) && n < 64 {
		n *= 2
	}
	return counters{stripes: make([]stripe, n)}
}

func (c *counters) stripe() *stripe { return &c.stripes[rand.Uint32()&uint32(len(c.stripes)-1)] }

// single counts a hit of one symbol and tells whether to measure it.
func (s *stripe) single() bool { return (s.singles.Add(1)-1)%sampleEvery == 0 }

// batch counts a call whose symbols were all hits, and tells whether to measure
// it.
func (s *stripe) batch() bool { return (s.batches.Add(1)-1)%sampleEvery == 0 }

// hits returns symbols and calls that were hits.
func (c *counters) hits() (symbols, calls int64) {
	for i := range c.stripes {
		s := &c.stripes[i]
		singles := s.singles.Load()
		symbols += singles + s.batchHits.Load()
		calls += singles + s.batches.Load()
	}
	return symbols, calls
}

// hitTime sums up the times of hits.
func (c *counters) hitTime(calls int64) Quantiles {
	var all histogram
	for i := range c.stripes {
		all.merge(&c.stripes[i].time)
	}
	return all.quantiles(calls)
}

// Stats returns the counters and a look at what is cached now, which costs a
// walk over all entries. HitTime counts every hit, and its times are of one in
// sixteen.
func (c *Cache) Stats() Stats {
	n := &c.counters
	s := Stats{Misses: n.misses.Load(), Loads: n.loads.Load(), LoadErrors: n.loadErrors.Load(),
		Unknown: n.unknown.Load(), Refused: n.refused.Load(), Stale: n.stale.Load(), Evictions: n.evictions.Load()}
	var calls int64
	s.Hits, calls = n.hits()
	s.HitTime, s.LoadTime = n.hitTime(calls), n.loadTime.quantiles(n.loadTime.count.Load())
	for _, l := range c.lanes {
		s.Providers = append(s.Providers, l.stats())
	}
	now := c.now().UnixNano()
	oldest, newest := int64(0), int64(0)
	for e := range c.store.Values() {
		if s.Entries == 0 || e.fetched < oldest {
			oldest = e.fetched
		}
		if s.Entries == 0 || e.fetched > newest {
			newest = e.fetched
		}
		s.Entries++
		if e.fresh(now) {
			s.Fresh++
		}
	}
	if s.Entries > 0 {
		s.Oldest, s.Newest = time.Unix(0, oldest).UTC(), time.Unix(0, newest).UTC()
	}
	return s
}
