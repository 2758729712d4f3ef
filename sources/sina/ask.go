package sina

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"barkeep/etl"
	"barkeep/sources"
)

// call is one call of Quotes: what its requests have in common.
type call struct {
	provider *Provider
	requests atomic.Int64
	bytes    atomic.Int64
	blocked  atomic.Bool  // Sina wants no more requests
	failures atomic.Int64 // bodies that said FAILED since a symbol was answered
	splits   atomic.Int64
}

// Bounds of asking again after FAILED. One bad symbol among 2000 takes at most
// 12 failures in a row and 23 requests to find.
const (
	maxFailures = 16
	maxSplits   = 64
)

// part is what one chunk was answered.
type part struct {
	quotes  []etl.Quote // with room for all symbols of the chunk
	unknown []etl.Symbol
	refused []etl.RefusedQuote
}

var errBlocked = errors.New("sina: not asked, because another request was refused")

// ask sends one request and adds its answer to part. Symbols that a FAILED lost
// are asked again in halves.
func (c *call) ask(ctx context.Context, symbols []etl.Symbol, part *part) error {
	if c.blocked.Load() {
		return fmt.Errorf("quotes of %s: %w", span(symbols), errBlocked)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("quotes of %s: sina: %w", span(symbols), context.Cause(ctx))
	}
	c.requests.Add(1)
	page, err := c.provider.web.Get(ctx, c.provider.address(symbols))
	if err != nil {
		if status, ok := errors.AsType[*sources.StatusError](err); ok && status.Blocked() {
			c.blocked.Store(true)
		}
		return fmt.Errorf("quotes of %s: %w", span(symbols), err)
	}
	c.bytes.Add(int64(len(page.Body)))
	missing := c.provider.take(page, symbols, part)
	if len(missing) < len(symbols) {
		c.failures.Store(0)
	}
	switch {
	case len(missing) == 0:
		return nil
	case bytes.Contains(page.Body, []byte("FAILED")):
		return c.halves(ctx, missing, part)
	case len(missing) == len(symbols):
		return fmt.Errorf("quotes of %s: sina: the answer holds none of them; it begins with %.80q", span(symbols), page.Body)
	}
	return fmt.Errorf("quotes of %s: sina: %d are not in the answer or cut short, such as %s", span(symbols), len(missing), missing[0])
}

// halves asks for symbols again that a body with FAILED lost. Source:
// specification of the quote sources, 2.8.
func (c *call) halves(ctx context.Context, symbols []etl.Symbol, part *part) error {
	failures := c.failures.Add(1)
	if len(symbols) == 1 {
		return fmt.Errorf("quotes of %s: sina: the answer is FAILED", span(symbols))
	}
	if failures > maxFailures || c.splits.Add(1) > maxSplits {
		return fmt.Errorf("quotes of %s: sina: the answer is FAILED, and too many smaller ones were before", span(symbols))
	}
	half := len(symbols) / 2
	first := c.ask(ctx, symbols[:half], part)
	return errors.Join(first, c.ask(ctx, symbols[half:], part))
}

// span names symbols for an error.
func span(symbols []etl.Symbol) string {
	if len(symbols) == 1 {
		return symbols[0].String()
	}
	return fmt.Sprintf("%d symbols from %s to %s", len(symbols), symbols[0], symbols[len(symbols)-1])
}
