package quotes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// load asks one provider after the other for symbols until each has an answer.
// One goroutine runs it, and each provider is asked in another.
type load struct {
	cache   *Cache
	tally   *tally
	answers chan answer // with room for one of each provider
	calls   sync.WaitGroup
	next    int      // lane to ask next
	waiting []string // names of the providers that have not answered
}

// answer is what a provider answered.
type answer struct {
	lane    *lane
	got     etl.QuoteAnswer
	err     error
	sent    time.Time
	arrived time.Time
}

func (c *Cache) newLoad(symbols []etl.Symbol) *load {
	return &load{cache: c, tally: newTally(c.config, c.cal, symbols), answers: make(chan answer, len(c.lanes))}
}

// run returns what is known of the symbols, in their order, when every one is
// settled, no provider is left, or ctx ends. Calls may still be running then.
func (l *load) run(ctx context.Context) []*entry {
	l.race(ctx)
	now := l.cache.now()
	entries := make([]*entry, len(l.tally.states))
	for i := range entries {
		entries[i] = l.tally.entry(i, now)
		if errors.Is(entries[i].err, ErrUnavailable) {
			l.cache.counters.loadErrors.Add(1)
		}
	}
	return entries
}

func (l *load) race(ctx context.Context) {
	hedge := time.NewTimer(time.Hour)
	defer hedge.Stop()
	for l.tally.left > 0 {
		if len(l.waiting) == 0 && !l.ask(ctx, hedge) {
			return
		}
		select {
		case a := <-l.answers:
			l.merge(a)
		case <-hedge.C:
			l.ask(ctx, hedge)
		case <-ctx.Done():
			l.timeOut(ctx)
			return
		}
	}
}

// ask starts the next provider whose breaker is closed on the symbols that need
// one. It is false when there is none.
func (l *load) ask(ctx context.Context, hedge *time.Timer) bool {
	for l.next < len(l.cache.lanes) {
		lane := l.cache.lanes[l.next]
		l.next++
		if err := lane.allow(); err != nil {
			l.tally.causes = append(l.tally.causes, err)
			continue
		}
		symbols := l.tally.open()
		l.waiting = append(l.waiting, lane.name)
		l.calls.Go(func() {
			a := answer{lane: lane, sent: l.cache.now()}
			a.got, a.err = lane.ask(ctx, symbols)
			a.arrived = l.cache.now()
			l.answers <- a
		})
		if lane.slow > 0 {
			hedge.Reset(lane.slow)
		}
		return true
	}
	return false
}

// merge takes an answer and tells who wants to know of it.
func (l *load) merge(a answer) {
	l.waiting = slices.DeleteFunc(l.waiting, func(name string) bool { return name == a.lane.name })
	if a.err != nil {
		l.tally.causes = append(l.tally.causes, a.err)
	}
	h := l.tally.merge(&a.got, a.sent, a.arrived)
	a.lane.quotes.Add(int64(h.taken))
	a.lane.stale.Add(int64(h.old))
	c := l.cache
	c.counters.refused.Add(int64(len(h.refused)))
	if len(h.refused) > 0 {
		if n, ok := c.refusedBurst.pass(a.arrived, len(h.refused)); ok {
			c.log.Warn("rows of quotes were refused", "provider", a.lane.name, "rows", n, "first", h.refused[0].Error())
		}
		if c.onRefused != nil {
			c.onRefused(h.refused, a.lane.name)
		}
	}
	if h.old > 0 {
		if n, ok := c.oldBurst.pass(a.arrived, h.old); ok {
			c.log.Warn("rows of quotes were too old and another provider was asked", "provider", a.lane.name, "rows", n)
		}
	}
	c.warnUnknownDay(a.arrived)
}

// timeOut notes why the load ends before all providers have answered, after a
// last look at what has arrived.
func (l *load) timeOut(ctx context.Context) {
	for {
		select {
		case a := <-l.answers:
			l.merge(a)
		default:
			if len(l.waiting) > 0 {
				l.tally.causes = append(l.tally.causes, fmt.Errorf("%s: %w", strings.Join(l.waiting, ", "), context.Cause(ctx)))
			}
			return
		}
	}
}

// burst lets one message in a while through, with the count of what was held
// back since the last.
type burst struct {
	mu   sync.Mutex
	next time.Time
	held int
}

// burstPause lies between two messages of a kind.
const burstPause = time.Minute

func (b *burst) pass(now time.Time, n int) (total int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held += n
	if now.Before(b.next) && b.next.Sub(now) <= burstPause {
		return 0, false
	}
	total, b.held, b.next = b.held, 0, now.Add(burstPause)
	return total, true
}

// warnUnknownDay says once a day that the calendar has ended.
func (c *Cache) warnUnknownDay(now time.Time) {
	m := c.cal.Moment(now)
	if m.Phase != schedules.PhaseUnknown || schedules.Day(c.warned.Swap(int32(m.Day))) == m.Day {
		return
	}
	c.log.Warn("the trading calendar has ended: quotes are asked for as on a trading day; extend the calendar",
		"day", m.Day.String(), "horizon", c.cal.Horizon().String(), "ttl", c.config.TTL)
}
