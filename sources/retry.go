package sources

import (
	"context"
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// Retry says how often a failed operation is repeated and how long to wait
// before each repetition: Backoff, twice that, four times that, and so on.
type Retry struct {
	Max     int
	Backoff time.Duration
}

// temporary is implemented by errors that say whether a repetition may help.
type temporary interface{ Temporary() bool }

// Do calls f until it succeeds, its error is not temporary, the repetitions are
// used up, or ctx ends. It returns the last error of f. Errors are temporary
// when they, or one they wrap, implement Temporary() bool and say so.
func (r Retry) Do(ctx context.Context, f func() error) error {
	policy := retrypolicy.NewBuilder[any]().
		WithMaxRetries(r.Max).
		ReturnLastFailure().
		HandleIf(func(_ any, err error) bool {
			var t temporary
			return errors.As(err, &t) && t.Temporary() && ctx.Err() == nil
		})
	if r.Backoff > 0 {
		policy = policy.WithBackoff(r.Backoff, r.Backoff<<min(r.Max+1, 10))
	}
	var last error
	err := failsafe.With(policy.Build()).WithContext(ctx).Run(func() error {
		last = f()
		return last
	})
	if last != nil && err != nil {
		return last // rather than the library's word for a cancelled wait
	}
	return err
}
