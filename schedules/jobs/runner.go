package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"barkeep/schedules"
)

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
	if err := check(list); err != nil {
		return nil, err
	}
	o = o.complete()
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

// nudge makes Run or Once look again.
func (r *Runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
