package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// write adds a run to the journal and to the log. A run that the journal does not
// take is in the log whole.
func (r *Runner) write(run Run) {
	if r.o.Journal == nil {
		return
	}
	if err := r.o.Journal.Append(run); err != nil {
		text, bad := json.Marshal(run)
		if bad != nil {
			text = fmt.Appendf(nil, "%+v", run)
		}
		r.o.Log.Error("the history did not take this run", "error", err, "run", string(text))
	}
}

// finish takes note of a run that has ended: what it means for its job, who may
// begin now, who waits for the answer and who wants to hear of it.
func (r *Runner) finish(e *entry, w *want, run Run, v Verdict, err error) {
	r.mu.Lock()
	e.past.add(run)
	e.now, e.progress = nil, ""
	if w.group != "" {
		delete(r.busy, w.group)
	}
	if w.calm {
		r.calm = false
	}
	level, muted, say := e.voice.speak(run)
	listed := r.leaving[run.Job] != e
	if !listed {
		delete(r.leaving, run.Job)
	}
	now := r.clock.now()
	var retry time.Time
	if r.live != nil && r.live.Err() == nil {
		if listed {
			retry = r.retry(e, w, run, v.Retry, now)
		}
		if run.Outcome == Done {
			r.chain(run, w, now)
		}
	}
	if r.once {
		r.ended = append(r.ended, run)
	}
	r.dispatch(now)
	r.mu.Unlock()

	if say {
		r.log(level, run, err, retry, muted)
	}
	if w.done != nil {
		w.run, w.err = run, nil
		close(w.done)
	}
	r.report(run)
	if w.told != nil {
		close(w.told)
	}
	r.mu.Lock()
	r.active--
	r.mu.Unlock()
	r.nudge()
}

// retry notes the next attempt after a run that did not end well and returns its
// time, and clears the one that a good run by hand has made needless.
func (r *Runner) retry(e *entry, w *want, run Run, again bool, now time.Time) time.Time {
	if run.Outcome == Done {
		if next := e.wait; next != nil && run.Why == ByHand && len(run.Options) == 0 && (next.attempt > 1 || next.why == ByCatchUp) {
			e.wait = nil
		}
		return time.Time{}
	}
	p := e.job.Retry
	if run.Why == ByHand || !again || p.Every <= 0 || run.Outcome == Interrupted || e.wait != nil {
		return time.Time{}
	}
	r.order++
	next := &want{
		due: w.due, at: now.Add(p.wait(run.Attempt)), why: ByRetry, attempt: w.attempt + 1, missed: w.missed,
		deadline: w.deadline, order: r.order, calm: r.once,
	}
	e.obey(next, now)
	if !w.deadline.IsZero() && !next.at.Before(w.deadline) {
		return time.Time{}
	}
	e.wait = next
	return next.at
}

// chain notes the runs that follow a good one.
func (r *Runner) chain(run Run, w *want, now time.Time) {
	for _, e := range r.list {
		if slices.Contains(e.job.After, run.Job) {
			r.expect(e, &want{due: run.Ended, at: now, why: ByOther, attempt: 1, calm: w.calm}, now)
		}
	}
	r.nudge()
}

// log writes the line of a run.
func (r *Runner) log(level slog.Level, run Run, err error, retry time.Time, muted int) {
	args := []any{
		"job", run.Job, "outcome", run.Outcome, "why", run.Why, "due", run.Due, "attempt", run.Attempt, "missed", run.Missed,
		"took", run.Ended.Sub(run.Began), "rows", run.Rows, "bytes", run.Bytes, "requests", run.Requests, "id", run.ID,
	}
	if err != nil {
		args = append(args, "error", err)
	}
	var panicked *panicError
	if errors.As(err, &panicked) {
		args = append(args, "stack", string(panicked.stack))
	}
	if !retry.IsZero() {
		args = append(args, "again", retry)
	}
	if muted > 0 {
		args = append(args, "alike_before", muted)
	}
	r.o.Log.Log(context.Background(), level, "run", args...)
}
