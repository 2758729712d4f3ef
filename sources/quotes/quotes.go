package quotes

import (
	"context"
	"errors"
	"time"

	"barkeep/etl"
)

// Provider is one vendor of quotes.
type Provider interface {
	// Name is the provider's name in configuration, statistics and rows.
	Name() string
	// Quotes asks for the quotes of distinct symbols, in as few requests as the
	// provider allows. An error may come with an answer: the symbols that are
	// in none of its lists were in requests that failed.
	Quotes(ctx context.Context, symbols []etl.Symbol) (etl.QuoteAnswer, error)
}

// Ask says how a caller wants its quotes.
type Ask struct {
	Fresh bool // skip what is cached; the cache is renewed
	Stale bool // when no provider answers, the last known quote will do
}

// Result is the answer for one symbol: a quote, or an error that says why there
// is none.
type Result struct {
	Quote *etl.Quote // shared, not to be changed; nil when Err is set
	Hit   bool       // it was cached: no provider was asked for this call
	Stale bool       // it is older than it should be, because no provider answered
	Err   error      // wraps ErrUnknown, ErrRefusedRow or ErrUnavailable
}

// Errors of a Result.
var (
	// ErrUnknown: every provider that answered says there is no such security.
	ErrUnknown = errors.New("no such security")
	// ErrRefusedRow: the rows that came for the symbol cannot be true.
	ErrRefusedRow = errors.New("the provider's row was refused")
	// ErrUnavailable: no provider answered, or what they sent is too old. It wraps
	// what each of them said.
	ErrUnavailable = errors.New("no provider has a current quote")
)

// Stats counts since the cache was made. A hit rate is Hits / (Hits + Misses).
type Stats struct {
	Hits, Misses int64 // symbols asked for and found fresh in the cache, or not
	Loads        int64 // calls that had to ask providers
	LoadErrors   int64 // symbols no provider answered
	Unknown      int64 // hits and loads that ended with "no such security"
	Refused      int64 // rows that were refused
	Stale        int64 // symbols served although they were too old
	Evictions    int64
	Entries      int // symbols now cached
	Fresh        int // of them, those that would be hits now
	Oldest       time.Time
	Newest       time.Time // when the oldest and newest entries were fetched

	Providers []ProviderStats
	HitTime   Quantiles // of calls answered from the cache alone
	LoadTime  Quantiles // of the others
}

// HitRate returns the share of hits, 0 to 1; 0 before the first call.
func (s *Stats) HitRate() float64 {
	if s.Hits+s.Misses == 0 {
		return 0
	}
	return float64(s.Hits) / float64(s.Hits+s.Misses)
}

// ProviderStats counts what one provider did, in the order of preference.
type ProviderStats struct {
	Name     string
	Requests int64
	Bytes    int64
	Quotes   int64 // rows taken from it
	Errors   int64 // calls that failed, wholly or in part
	Stale    int64 // rows dropped because they were too old for their time
	Open     bool  // its breaker is open: it is left alone for a while
}

// Quantiles are of a time, in the resolution of the statistics.
type Quantiles struct {
	Count               int64
	Mean, P50, P90, P99 time.Duration
}
