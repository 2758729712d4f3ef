package eastmoney

import (
	"context"
	"time"

	"barkeep/etl"
)

// Take reads one answer to a request for symbols.
func Take(body []byte, received time.Time, symbols ...etl.Symbol) (etl.QuoteAnswer, error) {
	l, err := decode(body)
	if err != nil {
		return etl.QuoteAnswer{}, err
	}
	l.received = received
	c := newCall(New(DefaultConfig()), symbols)
	c.take(l, func(s etl.Symbol) bool { _, ok := c.state[s]; return ok })
	return c.answer, nil
}

// NewPace returns the wait before each request.
func NewPace(gap time.Duration, budget int) func(context.Context) error {
	return newPace(gap, budget).wait
}
