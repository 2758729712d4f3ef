package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
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

// Runner runs jobs when they are due. Its methods may be called from several
// goroutines at once; New makes one.
type Runner struct {
	o     Options
	wake  chan struct{} // holds one: look again
	clock *clock

	mu       sync.Mutex
	list     []*entry            // in the order of the configuration
	leaving  map[string]*entry   // taken off the list while they ran
	history  map[string]*past    // from the journal, of jobs that are not on the list, too
	calendar *schedules.Calendar // of the last look
	busy     map[string]string   // group: the job that runs
	calm     bool                // a calm run is under way
	order    uint64
	active   int             // goroutines of runs
	live     context.Context // of Run or Once while it lasts, else nil
	once     bool            // Once, not Run
	ended    []Run           // by Once, for its caller
	reports  reports
}

// New makes a Runner of jobs, whose order is that of catching up, and reads the
// journal. It reports everything that is wrong with the list at once: a name that
// is missing or given twice, a job without work, After of an unknown job, a circle.
func New(list []Job, o Options) (*Runner, error) {
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
	if err := check(list); err != nil {
		return nil, err
	}
	r := &Runner{
		o: o, wake: make(chan struct{}, 1), clock: newClock(o.Now), calendar: o.Calendar(),
		leaving: map[string]*entry{}, history: map[string]*past{}, busy: map[string]string{},
	}
	if err := r.load(); err != nil {
		return nil, err
	}
	for _, j := range list {
		r.list = append(r.list, r.enter(j))
	}
	return r, nil
}

// Run runs the jobs until ctx ends: first what is due since the last time, calmly
// one after the other, then each when it is due. At the end it stops the runs under
// way and waits for them; an error names those that did not stop in time.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.begin(ctx, false); err != nil {
		return err
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Reset(r.look())
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-timer.C:
		}
	}
	return r.stop()
}

// Once runs everything that is due now, one job after the other, and what comes
// after those, and returns. Retries that are not due yet are left to the next call,
// which the journal tells of them. A job that does not catch up is due within a
// minute of its time. How the runs ended is in them; the error says that ctx ended
// first.
func (r *Runner) Once(ctx context.Context) ([]Run, error) {
	if err := r.begin(ctx, true); err != nil {
		return nil, err
	}
	for r.begun() && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-r.wake:
		}
	}
	err := r.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	ended := r.ended
	r.ended = nil
	return ended, errors.Join(ctx.Err(), err)
}

// begin opens the Runner for runs and notes what is due.
func (r *Runner) begin(ctx context.Context, once bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live != nil {
		return errors.New("run jobs: this Runner runs them already")
	}
	r.live, r.once = ctx, once
	now := r.clock.restart()
	r.calendar = r.o.Calendar()
	for _, e := range inOrder(r.list) {
		r.catchUp(e, now)
	}
	r.dispatch(now)
	return nil
}

// begun reports whether anything is under way.
func (r *Runner) begun() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.active > 0
}

// stop begins nothing more and waits for what is under way, at most for the grace.
func (r *Runner) stop() error {
	r.mu.Lock()
	for _, e := range r.list {
		e.wait = nil
		r.turnAway(e, ErrStopping)
	}
	r.mu.Unlock()
	grace := time.NewTimer(r.o.Grace)
	defer grace.Stop()
	late := false
	for r.begun() && !late {
		select {
		case <-r.wake:
		case <-grace.C:
			late = true
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = nil
	if r.active == 0 {
		return nil
	}
	var names []string
	for _, e := range r.all() {
		if e.now != nil {
			names = append(names, e.job.Name)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("stop: the last reports were not taken within %s", r.o.Grace)
	}
	slices.Sort(names)
	return fmt.Errorf("stop: still at work after %s: %s", r.o.Grace, strings.Join(names, ", "))
}

// all returns the jobs, those leaving included.
func (r *Runner) all() []*entry {
	list := slices.Clone(r.list)
	for _, e := range r.leaving {
		list = append(list, e)
	}
	return list
}

// nudge makes Run or Once look again.
func (r *Runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
