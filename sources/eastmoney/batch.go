package eastmoney

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"

	"barkeep/etl"
	"barkeep/sources"
)

// round asks for symbols in batches of at most size. Source: specification of
// the quote sources, 7.
func (c *call) round(ctx context.Context, symbols []etl.Symbol, size, round int) {
	bound := len(symbols) // of requests
	if round > 0 {
		// Asking again must not become a flood when the vendor leaves out
		// nearly everything.
		bound = 4*batches(len(c.order), c.provider.config.Batch) + 8
	}
	var group errgroup.Group
	group.SetLimit(c.provider.config.Parallel)
	for count := 0; len(symbols) > 0 && count < bound && !c.halted(); count++ {
		n := min(size, len(symbols))
		chunk := symbols[:n]
		symbols = symbols[n:]
		group.Go(func() error {
			if !c.halted() {
				c.batch(ctx, chunk, round)
			}
			return nil // the other batches go on; failures are in c
		})
	}
	_ = group.Wait() // always nil
}

// batch sends one request. Symbols that its answer leaves out stay open, unless
// the answer proves that the vendor has no such security.
func (c *call) batch(ctx context.Context, chunk []etl.Symbol, round int) {
	p := c.provider
	l, err := p.fetch(ctx, &c.meter, p.batchAddress(chunk), "batch "+span(chunk))
	if status, ok := errors.AsType[*sources.StatusError](err); ok && len(chunk) > 1 &&
		(status.Status == http.StatusRequestURITooLong || status.Status == http.StatusRequestHeaderFieldsTooLarge) {
		return // the next round asks in smaller batches
	}
	if err == nil && l.null {
		err = &etl.DataError{Where: "eastmoney batch " + span(chunk), Problem: "there are no data in it, and no reason; this can be the beginning of a ban"}
	}
	if err != nil {
		c.fail(ctx, chunk, err)
		return
	}
	if l.none {
		// One bad symbol might spoil a batch, so the word of a first one with
		// several symbols is not enough.
		if round > 0 || len(chunk) == 1 {
			c.unknown(chunk)
		}
		return
	}
	scope := make(map[etl.Symbol]bool, len(chunk))
	for _, s := range chunk {
		scope[s] = true
	}
	found := c.take(l, func(s etl.Symbol) bool { return scope[s] })
	if c.conclusive(chunk, l, found, round) {
		c.unknown(chunk)
	}
}

// conclusive keeps count of rows and reports whether symbols that an answer
// leaves out do not exist: they were left out before, the vendor has shown that
// it can send as many rows as were asked for, and does not say that there are
// more.
func (c *call) conclusive(chunk []etl.Symbol, l list, found, round int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.most = max(c.most, found)
	if round > 0 {
		c.recovered += found
	}
	if found == len(chunk) {
		return false // nothing is left out
	}
	if found > 0 {
		c.cuts[found]++
	}
	return round > 0 && l.total <= len(l.rows) && (len(chunk) <= c.most || l.total == 0)
}

// unknown settles the open ones of symbols.
func (c *call) unknown(symbols []etl.Symbol) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range symbols {
		if c.state[s] == open {
			c.state[s] = settled
			c.answer.Unknown = append(c.answer.Unknown, s)
		}
	}
}

// span names symbols for an error.
func span(symbols []etl.Symbol) string {
	if len(symbols) == 1 {
		return "of " + symbols[0].String()
	}
	return fmt.Sprintf("of %d symbols from %s to %s", len(symbols), symbols[0], symbols[len(symbols)-1])
}
