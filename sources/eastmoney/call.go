package eastmoney

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"barkeep/etl"
)

// Bounds of one call of Quotes.
const (
	maxRounds   = 4 // of batches: what the answers leave out is asked again in smaller ones
	maxFailures = 3 // requests without an answer
)

// progress is how far a symbol has come.
type progress uint8

const (
	open    progress = iota
	failed           // its request brought no answer
	settled          // in one of the lists of the answer
)

// call is one call of Quotes.
type call struct {
	provider *Provider
	meter    meter
	order    []etl.Symbol // those to ask for, each once

	mu       sync.Mutex // of everything below, while requests run
	state    map[etl.Symbol]progress
	answer   etl.QuoteAnswer
	errs     []error
	stopped  bool
	failures int

	most      int         // rows in the longest batch answered
	cuts      map[int]int // rows in answers that left something out: how often
	recovered int         // rows that an earlier batch left out
}

// newCall settles what cannot be asked for: symbols of no exchange, or of one
// that does not give out such codes.
func newCall(p *Provider, symbols []etl.Symbol) *call {
	c := &call{provider: p, state: make(map[etl.Symbol]progress, len(symbols)), cuts: map[int]int{}}
	for _, s := range symbols {
		if _, twice := c.state[s]; twice {
			continue
		}
		if !possible(s) {
			c.state[s] = settled
			c.answer.Unknown = append(c.answer.Unknown, s)
			continue
		}
		c.state[s] = open
		c.order = append(c.order, s)
	}
	return c
}

// run asks until every symbol is settled, or asking again is pointless. The
// pages of the market are read, once, when batches would be more requests.
func (c *call) run(ctx context.Context) {
	size := c.provider.batchSize()
	scanned := false
	for round := 0; round < maxRounds; round++ {
		todo := c.todo(nil)
		if !scanned && batches(len(c.todo(share)), size) > c.provider.marketPages() {
			scanned = true
			c.scan(ctx, size)
			todo = c.todo(nil)
		}
		if len(todo) == 0 || c.stopped {
			break
		}
		c.round(ctx, todo, size, round)
		size = min(size, max(1, size/4, c.most))
	}
	c.provider.learn(c)
}

// todo returns the open symbols, of one kind or all.
func (c *call) todo(kind func(etl.Symbol) bool) []etl.Symbol {
	var list []etl.Symbol
	for _, s := range c.order {
		if c.state[s] == open && (kind == nil || kind(s)) {
			list = append(list, s)
		}
	}
	return list
}

func batches(symbols, size int) int { return (symbols + size - 1) / size }

// take settles the symbols in scope that have a row in the list, and returns how
// many of them were open. Rows nobody asked for are passed over; of a symbol
// with several rows that differ, none is served.
func (c *call) take(l list, inScope func(etl.Symbol) bool) (found int) {
	rows := parse(l.rows)
	form := c.provider.resolve(rows)
	first := make(map[etl.Symbol]*row, len(rows))
	twice := map[etl.Symbol]bool{}
	var order []etl.Symbol
	for i := range rows {
		s, ok := rows[i].symbol(inScope)
		if !ok {
			continue
		}
		if other := first[s]; other == nil {
			first[s] = &rows[i]
			order = append(order, s)
		} else if !bytes.Equal(other.raw, rows[i].raw) {
			twice[s] = true
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range order {
		if c.state[s] == settled {
			continue // on an earlier page, before rows moved
		}
		if c.state[s] == open {
			found++
		}
		c.state[s] = settled
		q, reason := first[s].read(s, form, l.received)
		if twice[s] {
			reason = "the answer has several rows of it, and they differ"
		}
		if reason == "" {
			c.answer.Quotes = append(c.answer.Quotes, q)
		} else {
			c.answer.Refused = append(c.answer.Refused, etl.RefusedQuote{Symbol: s, Reason: reason, Raw: first[s].text()})
		}
	}
	return found
}

// text returns a row as UTF-8, cut where no row of the vendor is as long.
func (r *row) text() string {
	return string(bytes.ToValidUTF8(r.raw[:min(len(r.raw), 4096)], []byte("\ufffd")))
}

// fail notes a request without an answer. Its symbols are not asked for again:
// that is the caller's business.
func (c *call) fail(ctx context.Context, symbols []etl.Symbol, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range symbols {
		if c.state[s] == open {
			c.state[s] = failed
		}
	}
	if c.stopped && len(c.errs) > 0 {
		return // other requests may be cut off by the same cause
	}
	c.errs = append(c.errs, err)
	c.failures++
	c.stopped = ctx.Err() != nil || errors.Is(err, etl.ErrRefused) || c.failures >= maxFailures
}

// halted reports whether nothing more should be sent.
func (c *call) halted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopped
}

// err returns what went wrong, the last failure first: it is the one that ended
// the call.
func (c *call) err() error {
	errs := slices.Clone(c.errs)
	slices.Reverse(errs)
	if left := c.todo(nil); len(left) > 0 {
		what := "were left out of the answers"
		if c.stopped {
			what = "were not asked for any more"
		}
		errs = append(errs, fmt.Errorf("eastmoney: %d of %d symbols %s, such as %s", len(left), len(c.state), what, left[0]))
	}
	return errors.Join(errs...)
}
