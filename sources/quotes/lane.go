package quotes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"barkeep/etl"
)

// lane is one provider with its breaker and its counters.
type lane struct {
	provider Provider
	name     string
	breaker  circuitbreaker.CircuitBreaker[any]
	slow     time.Duration // a rival is asked after so long; 0 = never
	lastErr  atomic.Pointer[error]

	requests, bytes, quotes, errors, stale atomic.Int64
}

func newLane(p Provider, c Config, log *slog.Logger) *lane {
	l := &lane{provider: p, name: p.Name(), slow: c.HedgeAfter}
	l.breaker = circuitbreaker.NewBuilder[any]().
		WithFailureThreshold(uint(c.Breaker.Failures)).
		WithSuccessThreshold(1).
		WithDelay(c.Breaker.Wait).
		OnOpen(func(circuitbreaker.StateChangedEvent) {
			log.Warn("a provider of quotes is left alone for a while", "provider", l.name, "wait", c.Breaker.Wait, "error", l.last())
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) {
			log.Info("a provider of quotes answers again", "provider", l.name)
		}).
		Build()
	return l
}

// last returns what the provider last failed with.
func (l *lane) last() error {
	if err := l.lastErr.Load(); err != nil {
		return *err
	}
	return nil
}

// allow reports whether the provider may be asked. Whoever is allowed must ask.
func (l *lane) allow() error {
	if l.breaker.TryAcquirePermit() {
		return nil
	}
	wait := l.breaker.RemainingDelay().Round(time.Second)
	if last := l.last(); last != nil {
		return fmt.Errorf("%s is left alone for another %s, because: %w", l.name, wait, last)
	}
	return fmt.Errorf("%s is left alone for another %s", l.name, wait)
}

// errSettled ends what is still running when all symbols have been answered.
var errSettled = errors.New("a rival was faster")

// ask asks the provider for distinct symbols. The answer holds only symbols that
// were asked for, each once, and rows that name this provider.
func (l *lane) ask(ctx context.Context, symbols []etl.Symbol) (etl.QuoteAnswer, error) {
	began := time.Now()
	answer, err := l.provider.Quotes(ctx, slices.Clone(symbols))
	took := time.Since(began)
	l.requests.Add(int64(answer.Requests))
	l.bytes.Add(answer.Bytes)
	answered := l.tidy(&answer, symbols)
	if answered < len(symbols) && err == nil {
		err = fmt.Errorf("%s left out %d of %d symbols without a word", l.name, len(symbols)-answered, len(symbols))
	}
	lost := err != nil && answered < len(symbols) && errors.Is(context.Cause(ctx), errSettled)
	if lost {
		err = fmt.Errorf("%s had not answered after %s, and a rival had", l.name, took.Round(time.Millisecond))
	}
	if err != nil && !strings.HasPrefix(err.Error(), l.name) {
		err = fmt.Errorf("%s: %w", l.name, err)
	}
	switch {
	case lost && (l.slow == 0 || took < l.slow):
		l.abandoned()
	default:
		l.verdict(err, lost || answered == 0)
	}
	return answer, err
}

// verdict tells the breaker how a call went. A call that brought nothing has
// failed; so has one that a rival outran after a fair time, since each of its
// kind costs every caller that time. Rows that are garbage or too old are no
// reason: they are answers.
func (l *lane) verdict(err error, failed bool) {
	if err != nil {
		l.errors.Add(1)
		l.lastErr.Store(&err)
	}
	switch {
	case blocked(err):
		l.breaker.RecordFailure()
		l.breaker.Open()
	case failed && err != nil:
		l.breaker.RecordFailure()
	default:
		l.breaker.RecordSuccess()
	}
}

// abandoned is the end of a call that was not given a fair time: it says nothing
// of the provider. But the one request that tries whether it is back must end in
// some state.
func (l *lane) abandoned() {
	if l.breaker.IsHalfOpen() {
		l.breaker.Open()
	}
}

// blocked reports whether some error in the tree says that the vendor wants no
// more requests for a while.
func blocked(err error) bool {
	if err == nil {
		return false
	}
	if b, ok := err.(interface{ Blocked() bool }); ok && b.Blocked() {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return blocked(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), blocked)
	}
	return false
}

// tidy drops from an answer what was not asked for and what is there twice, and
// returns how many of the symbols are left in it.
func (l *lane) tidy(a *etl.QuoteAnswer, symbols []etl.Symbol) int {
	wanted := make(map[etl.Symbol]bool, len(symbols))
	for _, s := range symbols {
		wanted[s] = true
	}
	drop := func(s etl.Symbol) bool {
		keep := wanted[s]
		delete(wanted, s)
		return !keep
	}
	a.Quotes = slices.DeleteFunc(a.Quotes, func(q etl.Quote) bool { return drop(q.Symbol) })
	a.Refused = slices.DeleteFunc(a.Refused, func(r etl.RefusedQuote) bool { return drop(r.Symbol) })
	a.Unknown = slices.DeleteFunc(a.Unknown, drop)
	for i := range a.Quotes {
		a.Quotes[i].Source = l.name
	}
	return len(symbols) - len(wanted)
}

func (l *lane) stats() ProviderStats {
	return ProviderStats{Name: l.name, Requests: l.requests.Load(), Bytes: l.bytes.Load(), Quotes: l.quotes.Load(),
		Errors: l.errors.Load(), Stale: l.stale.Load(), Open: l.breaker.IsOpen() && l.breaker.RemainingDelay() > 0}
}
