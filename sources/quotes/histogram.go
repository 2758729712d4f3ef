package quotes

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts times in buckets, eight to each power of two, so that a
// quantile is off by a sixteenth at most. Adding takes three atomic additions
// and no lock; reading while others add may miss the last of them.
type histogram struct {
	count, sum atomic.Int64
	buckets    [buckets]atomic.Int64
}

const (
	perDoubling = 8
	buckets     = perDoubling * (64 - 3)
)

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.count.Add(1)
	h.sum.Add(int64(d))
	h.buckets[bucket(uint64(d))].Add(1)
}

// bucket returns where nanoseconds are counted. Below 8 each has its own.
func bucket(ns uint64) int {
	if ns < perDoubling {
		return int(ns)
	}
	shift := bits.Len64(ns) - 4
	return shift*perDoubling + int(ns>>shift)
}

// middle returns the middle of what is counted in bucket i.
func middle(i int) time.Duration {
	if i < 2*perDoubling {
		return time.Duration(i)
	}
	shift := i/perDoubling - 1
	low := uint64(i%perDoubling+perDoubling) << shift
	return time.Duration(low + 1<<shift/2)
}

// merge adds what other has counted.
func (h *histogram) merge(other *histogram) {
	h.count.Add(other.count.Load())
	h.sum.Add(other.sum.Load())
	for i := range h.buckets {
		h.buckets[i].Add(other.buckets[i].Load())
	}
}

// quantiles sums up; count is how many there were, which may be more than were
// measured.
func (h *histogram) quantiles(count int64) Quantiles {
	q := Quantiles{Count: count}
	total := int64(0)
	for i := range h.buckets {
		total += h.buckets[i].Load()
	}
	if total == 0 {
		return q
	}
	q.Mean = time.Duration(h.sum.Load() / max(h.count.Load(), 1))
	seen := int64(0)
	for i := range h.buckets {
		n := h.buckets[i].Load()
		if n == 0 {
			continue
		}
		seen += n
		for _, want := range []struct {
			percent int64
			to      *time.Duration
		}{{50, &q.P50}, {90, &q.P90}, {99, &q.P99}} {
			if (seen-n)*100 < want.percent*total && seen*100 >= want.percent*total {
				*want.to = middle(i)
			}
		}
	}
	return q
}
