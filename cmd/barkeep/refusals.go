package main

import (
	"sync"

	"barkeep/etl"
	"barkeep/schedules"
)

// refusals collects rows of quotes that were refused, for the quarantine. A row
// that is wrong is wrong with every poll, so each security's rule is kept once a
// day.
type refusals struct {
	mu   sync.Mutex
	day  schedules.Day
	seen map[refusal]bool
	rows []etl.Refused
}

type refusal struct {
	symbol           etl.Symbol
	provider, reason string
}

// maxRefusals bounds what waits for the next snapshot.
const maxRefusals = 20_000

// add takes rows as they are refused; it is called by the cache.
func (r *refusals) add(rows []etl.RefusedQuote, provider string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := now()
	if day := schedules.DayOf(at); day != r.day {
		r.day, r.seen = day, map[refusal]bool{}
	}
	for _, row := range rows {
		key := refusal{row.Symbol, provider, row.Reason}
		if r.seen[key] || len(r.seen) >= maxRefusals {
			continue
		}
		r.seen[key] = true
		r.rows = append(r.rows, etl.Refused{Symbol: row.Symbol, Day: r.day, Reason: row.Reason, Raw: row.Raw,
			Request: "quotes", Source: provider, Fetched: at})
	}
}

// take returns what has been collected since the last call.
func (r *refusals) take() []etl.Refused {
	r.mu.Lock()
	defer r.mu.Unlock()
	rows := r.rows
	r.rows = nil
	return rows
}
