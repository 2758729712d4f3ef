package jobs

import (
	"errors"
	"log/slog"
	"time"

	"barkeep/schedules"
)

// ErrRunning says that a job runs already, or was asked for by hand already and
// waits for its turn.
var ErrRunning = errors.New("the job runs already")

// ErrStopping says that the program is about to stop and begins nothing.
var ErrStopping = errors.New("the program is stopping")

// Options is what a Runner needs besides jobs. Every field may be left out.
type Options struct {
	Calendar func() *schedules.Calendar // asked at every look; nil: the embedded one
	Now      func() time.Time           // the time on the wall; nil: time.Now
	Journal  Journal                    // nil: nothing outlives the Runner
	// Judge says what the error of a run means; nil: the run failed and may be
	// tried again. It is not asked about panics, timeouts and the program's end.
	Judge func(error) Verdict
	Log   *slog.Logger // nil: says nothing
	// Ended is called after each run, one call at a time, in the order in which
	// runs ended. No job waits for it; of those that it is too slow for, only the
	// newest 1,024 wait, and the loss is logged.
	Ended func(Run)
	Grace time.Duration // how long Run waits for runs it has stopped; 0: 10 s
}

// complete fills in what was left out.
func (o Options) complete() Options {
	if o.Calendar == nil {
		o.Calendar = schedules.Embedded
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Judge == nil {
		o.Judge = func(error) Verdict { return Verdict{Outcome: Failed, Retry: true} }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Grace == 0 {
		o.Grace = 10 * time.Second
	}
	return o
}
