package eastmoney

import (
	"errors"

	"barkeep/etl"
	"barkeep/sources"
)

// BannedError says that Eastmoney turns this address away: it closes connections
// without an answer, sends empty ones, or answers 403 or 429. It is an
// etl.ErrRefused. Source: specification of the quote sources, 9.
type BannedError struct {
	Err error // the sign: a *sources.WebError, a *sources.StatusError, or ErrEmpty
}

// ErrEmpty is an answer without a single byte.
var ErrEmpty = errors.New("the answer is empty")

// Error names the sign and what helps.
func (e *BannedError) Error() string {
	return "eastmoney has most likely banned this address for half an hour up to a day; ask it nothing for an hour, " +
		"or set base_url to another of its hosts, as bans are per host name: " + e.Err.Error()
}

// Unwrap returns the sign.
func (e *BannedError) Unwrap() error { return e.Err }

// Is reports whether target is etl.ErrRefused.
func (e *BannedError) Is(target error) bool { return target == etl.ErrRefused }

// Temporary returns false: repetitions lengthen a ban.
func (e *BannedError) Temporary() bool { return false }

// Blocked returns true, as it does of a *sources.StatusError of that kind.
func (e *BannedError) Blocked() bool { return true }

// banned turns the signs of a ban into a *BannedError.
func banned(err error) error {
	if e, ok := errors.AsType[*sources.StatusError](err); ok && e.Blocked() {
		return &BannedError{err}
	}
	if e, ok := errors.AsType[*sources.WebError](err); ok && e.Unanswered() {
		return &BannedError{err}
	}
	return err
}
