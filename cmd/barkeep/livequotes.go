package main

import (
	"context"
	"time"

	"barkeep/cmd/barkeep/web"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// liveQuotes answers the HTTP door from the daemon's desk of the moment.
type liveQuotes struct{ d *daemon }

var _ web.Quotes = liveQuotes{}

func (l liveQuotes) cache() *quotes.Cache { return l.d.desk.Load().cache }

// Get returns one quote.
func (l liveQuotes) Get(ctx context.Context, s etl.Symbol, ask quotes.Ask) quotes.Result {
	return l.cache().Get(ctx, s, ask)
}

// GetBatch returns one result per symbol.
func (l liveQuotes) GetBatch(ctx context.Context, s []etl.Symbol, ask quotes.Ask) []quotes.Result {
	return l.cache().GetBatch(ctx, s, ask)
}

// Stats returns the counters of the desk, which begin anew with a new one.
func (l liveQuotes) Stats() quotes.Stats { return l.cache().Stats() }

// Clear forgets quotes.
func (l liveQuotes) Clear(s ...etl.Symbol) int { return l.cache().Clear(s...) }

// Cleanup forgets what has expired.
func (l liveQuotes) Cleanup() int { return l.cache().Cleanup() }

// liveMarket is the calendar of the moment.
type liveMarket struct{ d *daemon }

// Moment tells the trading day and the phase of a time.
func (m liveMarket) Moment(t time.Time) schedules.Moment { return m.d.calendar.Load().Moment(t) }
