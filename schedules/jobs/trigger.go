package jobs

import (
	"context"
	"fmt"
	"time"
)

// Trigger runs a job by hand, now or as soon as its group is free, and returns when
// the run has ended; how it ended is in the Run. Progress, which may be nil, gets a
// line now and then. Ctx ends the run. It works whether or not Run does; what runs
// after the job follows only while Run does.
//
// The error matches ErrRunning when the job runs already and ErrStopping when the
// program stops first, it is the context's when the run had not begun, and it lists
// the jobs there are when there is none of that name.
func (r *Runner) Trigger(ctx context.Context, name string, options map[string]string, progress func(string)) (Run, error) {
	w, e, err := r.ask(ctx, name, options, progress)
	if err != nil {
		return Run{}, err
	}
	select {
	case <-w.done:
		return w.run, r.settle(w)
	case <-ctx.Done():
	}
	r.mu.Lock()
	if e.hand == w {
		e.hand = nil
		r.mu.Unlock()
		return Run{}, fmt.Errorf("run job %s by hand: it had not begun: %w", name, ctx.Err())
	}
	r.mu.Unlock()
	grace := time.NewTimer(r.o.Grace)
	defer grace.Stop()
	select {
	case <-w.done:
		return w.run, r.settle(w)
	case <-grace.C:
		return Run{}, fmt.Errorf("run job %s by hand: it did not stop within %s: %w", name, r.o.Grace, ctx.Err())
	}
}

// ask notes that a job is wanted by hand, and begins it if nothing is in the way.
func (r *Runner) ask(ctx context.Context, name string, options map[string]string, progress func(string)) (*want, *entry, error) {
	r.mu.Lock()
	var e *entry
	list := make([]Job, 0, len(r.list))
	for _, one := range r.list {
		list = append(list, one.job)
		if one.job.Name == name {
			e = one
		}
	}
	switch {
	case e == nil:
		r.mu.Unlock()
		return nil, nil, fmt.Errorf("run job %q by hand: there is no such job; jobs are %s", name, names(list))
	case r.live != nil && r.live.Err() != nil:
		r.mu.Unlock()
		return nil, nil, fmt.Errorf("run job %s by hand: %w", name, ErrStopping)
	case e.now != nil:
		since := e.now.began
		r.mu.Unlock()
		return nil, nil, fmt.Errorf("run job %s by hand: %w, since %s: wait for it", name, ErrRunning, since.Format(time.DateTime))
	case e.hand != nil:
		r.mu.Unlock()
		return nil, nil, fmt.Errorf("run job %s by hand: %w: it was asked for by hand and waits for job %s", name, ErrRunning, r.busyWith(e))
	}
	r.order++
	now := r.clock.now()
	w := &want{
		due: now, at: now, why: ByHand, attempt: 1, order: r.order,
		options: options, progress: progress, ctx: ctx, done: make(chan struct{}), told: make(chan struct{}),
	}
	e.hand = w
	r.dispatch(now)
	waits := ""
	if e.hand == w {
		waits = r.busyWith(e)
	}
	r.mu.Unlock()
	if waits != "" && progress != nil {
		progress("waits for job " + waits)
	}
	return w, e, nil
}

// busyWith names the job that e waits for; the lock is held.
func (r *Runner) busyWith(e *entry) string {
	if e.job.Group == "" {
		return ""
	}
	return r.busy[e.job.Group]
}

// settle returns the error of a wanted run. Where no Run outlives the answer, it
// waits for the report of the run, too, at most for the grace.
func (r *Runner) settle(w *want) error {
	r.mu.Lock()
	alone := r.live == nil
	r.mu.Unlock()
	if !alone || w.err != nil {
		return w.err
	}
	grace := time.NewTimer(r.o.Grace)
	defer grace.Stop()
	select {
	case <-w.told:
	case <-grace.C:
	}
	return w.err
}

// turnAway ends the waiting of who wanted e by hand; the lock is held.
func (r *Runner) turnAway(e *entry, why error) {
	if w := e.hand; w != nil {
		e.hand = nil
		w.err = fmt.Errorf("run job %s by hand: %w", e.job.Name, why)
		close(w.done)
	}
}
