package quotes

import (
	"time"

	"barkeep/etl"
)

// entry is what is known of one symbol. It never changes once it is made.
type entry struct {
	quote   *etl.Quote // nil for a security nobody knows
	err     error      // why quote is not to be served as current; nil when it is
	unknown bool       // err wraps ErrUnknown
	fetched int64      // Unix nanoseconds
	until   int64      // Unix nanoseconds; 0: served to those who wait, and not stored
}

// clockSlack is how far in the future an entry may have been fetched. When the
// host's clock is set back by more, what was fetched before counts for nothing.
const clockSlack = int64(time.Minute)

// fresh reports whether the entry can be served at now, in Unix nanoseconds.
func (e *entry) fresh(now int64) bool { return now < e.until && !e.ahead(now) }

// ahead reports whether the entry was fetched by a clock that ran ahead.
func (e *entry) ahead(now int64) bool { return e.fetched-clockSlack > now }

// newer returns e, or another entry that keeps the last known quote where e has
// an older one that is not to be served as current either.
func (e *entry) newer(old *entry) *entry {
	if e.err == nil || e.quote == nil || old == nil || old.quote == nil || !old.quote.Time.After(e.quote.Time) {
		return e
	}
	merged := *e
	merged.quote = old.quote
	return &merged
}
