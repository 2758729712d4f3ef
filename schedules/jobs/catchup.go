package jobs

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ahead is how far in the future the history's due times are believed: after a
// restart with the clock set back by less, no due time has a second run. What lies
// further ahead was written while the clock was wrong.
const ahead = time.Hour

// load reads the journal.
func (r *Runner) load() error {
	if r.o.Journal == nil {
		return nil
	}
	runs, err := r.o.Journal.Last()
	if err != nil {
		return fmt.Errorf("read the history of runs: %w", err)
	}
	slices.SortStableFunc(runs, func(a, b Run) int { return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.ID, b.ID)) })
	limit := r.clock.now().Add(ahead)
	future := 0
	for pass := range 2 {
		for _, run := range runs {
			wrong := run.Due.After(limit) || run.Began.After(limit)
			switch {
			case pass == 0 && wrong:
				// Its due time keeps its run; nothing else follows from it.
				future++
				p := r.pastOf(run.Job)
				p.dues[run.Outcome+" in the future"] = run.Due
			case pass == 1 && !wrong:
				r.pastOf(run.Job).add(run)
			}
		}
	}
	if future > 0 {
		r.o.Log.Warn("the history has runs from the future: the clock was or is wrong; they do not count", "runs", future, "now", r.clock.now())
	}
	return nil
}

// pastOf returns the history of a job, which is made if there is none.
func (r *Runner) pastOf(name string) *past {
	p := r.history[name]
	if p == nil {
		p = &past{dues: map[Outcome]time.Time{}}
		r.history[name] = p
	}
	return p
}

// enter makes the entry of a job.
func (r *Runner) enter(j Job) *entry {
	e := &entry{job: j, past: r.pastOf(j.Name)}
	r.first(e)
	return e
}

// first sets the first due time to wait for.
func (r *Runner) first(e *entry) {
	from := r.clock.now()
	for _, due := range e.past.dues {
		if due.After(from) && due.Before(r.clock.now().Add(ahead)) {
			from = due
		}
	}
	e.next = r.following(e, from)
}

// catchUp notes the run of e that is due since before now, if there is one: the
// next attempt of one that did not end well, or one for all due times that passed.
func (r *Runner) catchUp(e *entry, now time.Time) {
	r.first(e)
	due, ok := r.latest(e, now)
	if !ok {
		return
	}
	w := &want{due: due, at: now, why: ByCatchUp, attempt: 1, calm: true}
	if last := e.past.due; last != nil && last.Outcome != Done && last.Due.After(e.past.settled) {
		w.attempt, w.missed = last.Attempt+1, last.Missed
		again := *w
		again.due, again.why, again.at = last.Due, ByRetry, e.job.Retry.after(*last, now)
		e.obey(&again, now)
		deadline := e.job.Retry.deadline(dayOf(*last))
		if e.job.Retry.Every > 0 && (deadline.IsZero() || again.at.Before(deadline)) &&
			(last.Due.Equal(due) || !e.job.CatchUp && !deadline.IsZero()) {
			r.expect(e, &again, now)
			e.wait.deadline = deadline
			return
		}
		if !last.Due.Equal(due) {
			w.attempt, w.missed = 1, 0
		}
	}
	recent := r.once && now.Sub(due) <= tolerance && !e.past.served(due)
	if !due.After(e.past.settled) || !e.job.CatchUp && !recent {
		return
	}
	if !e.job.CatchUp {
		w.why = BySchedule
	}
	if e.job.Trigger != nil && w.attempt == 1 && !e.past.settled.IsZero() {
		w.missed = max(r.count(e.job.Trigger, e.past.settled, due)-1, 0)
	}
	r.expect(e, w, now)
}

// latest returns when e was due last: by its trigger, or because a job that it runs
// after had ended well.
func (r *Runner) latest(e *entry, now time.Time) (due time.Time, ok bool) {
	if e.job.Trigger != nil {
		due, ok = e.job.Trigger.Last(r.calendar, now)
		due = due.Round(0)
	}
	for _, other := range e.job.After {
		if p := r.history[other]; p != nil && p.good != nil && p.good.Ended.After(due) {
			due, ok = p.good.Ended, true
		}
	}
	return due, ok
}

// after returns when the attempt that follows run may begin.
func (p Retry) after(run Run, now time.Time) time.Time {
	if run.Outcome == Interrupted {
		return now
	}
	// A clock that was set back must not make the wait longer.
	wait := p.wait(run.Attempt)
	return now.Add(min(max(run.Ended.Add(wait).Sub(now), 0), wait))
}
