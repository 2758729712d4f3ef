package jobs

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"barkeep/schedules"
)

var errTimeout = errors.New("the job's timeout passed")

// dispatch begins what may begin: by hand first, then in the order in which runs
// became due.
func (r *Runner) dispatch(now time.Time) {
	var queue, rest []*entry
	for _, e := range r.list {
		switch w := r.due(e, now); {
		case w == nil:
		case w == e.hand:
			queue = append(queue, e)
		default:
			rest = append(rest, e)
		}
	}
	byOrder := func(a, b *entry) int { return cmp.Compare(r.due(a, now).order, r.due(b, now).order) }
	slices.SortFunc(queue, byOrder)
	slices.SortFunc(rest, byOrder)
	queue = append(queue, rest...)
	calm := r.calm
	for _, e := range queue {
		w := r.due(e, now)
		_, taken := r.busy[e.job.Group]
		if e.now != nil || e.job.Group != "" && taken || w.calm && calm {
			calm = calm || w.calm // those behind it keep their place
			continue
		}
		calm = calm || w.calm
		r.start(e, w)
	}
}

// due returns the run of e that may begin as far as e is concerned.
func (r *Runner) due(e *entry, now time.Time) *want {
	switch {
	case r.live != nil && r.live.Err() != nil:
		return nil
	case e.hand != nil:
		return e.hand
	case r.live != nil && e.wait.ready(now):
		return e.wait
	}
	return nil
}

// start begins a run.
func (r *Runner) start(e *entry, w *want) {
	if w == e.hand {
		e.hand = nil
	} else {
		e.wait = nil
	}
	e.now, e.progress = w, ""
	w.began, w.group = r.clock.now(), e.job.Group
	if w.group != "" {
		r.busy[w.group] = e.job.Name
	}
	r.calm = r.calm || w.calm
	r.active++
	parent := r.live
	if w.ctx != nil {
		parent = w.ctx
	}
	go r.run(e, w, e.job, parent, r.live)
}

// run does a run and everything that follows from its end. It ends with parent and,
// where a program runs the Runner, with that.
func (r *Runner) run(e *entry, w *want, j Job, parent, program context.Context) {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	if program != nil {
		defer context.AfterFunc(program, cancel)()
	}
	work := ctx
	if j.Timeout > 0 {
		var end context.CancelFunc
		work, end = context.WithTimeoutCause(ctx, j.Timeout, errTimeout)
		defer end()
	}
	clock := time.Now()
	result, err := call(work, j.Work, Tick{
		Job: j.Name, Due: w.due, Why: w.why, Attempt: w.attempt, Missed: w.missed, Options: w.options,
		Progress: func(text string) { r.show(e, w, text) },
	})
	run := Run{
		ID: NewID(w.began), Job: j.Name, Why: w.why, Due: w.due, Began: w.began, Ended: w.began.Add(time.Since(clock)),
		Attempt: w.attempt, Missed: w.missed, Options: w.options, Result: result,
	}
	verdict := r.judge(err, ctx, work)
	run.Outcome, run.NotBefore = verdict.Outcome, verdict.NotBefore.Round(0)
	if err != nil {
		run.Error = err.Error()
	}
	r.write(run)
	r.finish(e, w, run, verdict, err)
}

// judge says what an error means; what the Runner knows itself comes first.
func (r *Runner) judge(err error, whole, work context.Context) Verdict {
	if err == nil {
		return Verdict{Outcome: Done}
	}
	var panicked *panicError
	switch {
	case errors.As(err, &panicked):
		return Verdict{Outcome: Failed, Retry: true}
	case whole.Err() != nil:
		return Verdict{Outcome: Interrupted}
	case context.Cause(work) == errTimeout:
		return Verdict{Outcome: TimedOut, Retry: true}
	}
	v := r.o.Judge(err)
	if v.Outcome == "" {
		v.Outcome = Failed
	}
	return v
}

// show takes a line from a run.
func (r *Runner) show(e *entry, w *want, text string) {
	r.mu.Lock()
	under := e.now == w
	if under {
		e.progress = text
	}
	r.mu.Unlock()
	if under && w.progress != nil {
		w.progress(text)
	}
}

// dayOf returns the day whose clock ends the retries of a run.
func dayOf(run Run) schedules.Day {
	if run.Why == ByCatchUp {
		return schedules.DayOf(run.Began)
	}
	return schedules.DayOf(run.Due)
}
