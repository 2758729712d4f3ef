package jobs

import (
	"time"

	"barkeep/schedules"
)

const (
	lookEvery   = time.Minute // at least: a clock that was set is noticed that soon
	warnEvery   = 24 * time.Hour
	countedUpTo = 100_000 // due times that passed, of one job: counting stops there
)

// look notes what has become due, begins what may begin and returns how long
// nothing will happen by itself.
func (r *Runner) look() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, jump := r.clock.look()
	if jump != 0 {
		r.o.Log.Warn("the clock jumped", "by", jump.Round(time.Second), "now", now)
	}
	// Due times that have come stay due, whatever a new calendar says of them.
	for _, e := range r.list {
		r.notice(e, now)
	}
	r.clock.dealt()
	calendar := r.o.Calendar()
	changed := calendar != r.calendar
	r.calendar = calendar
	for _, e := range r.list {
		if jump < 0 && e.wait != nil {
			// A wait is a time to pass, not a date.
			e.wait.at, e.wait.hold = e.wait.at.Add(jump), e.wait.hold.Add(jump)
		}
		if jump < 0 || changed || e.next.IsZero() {
			e.next = r.following(e, now)
		}
		r.warnOfEnd(e, now)
	}
	r.dispatch(now)
	rest := lookEvery
	for _, e := range r.list {
		if !e.next.IsZero() {
			rest = min(rest, e.next.Sub(now))
		}
		if e.wait != nil && e.wait.at.After(now) {
			rest = min(rest, e.wait.at.Sub(now))
		}
	}
	return max(rest, 0)
}

// notice turns the due times of e that have come into one run.
func (r *Runner) notice(e *entry, now time.Time) {
	if e.job.Trigger == nil || e.next.IsZero() || e.next.After(now) {
		return
	}
	due, missed := r.newest(e, now)
	e.next = r.following(e, now)
	w := &want{due: due, at: now, why: BySchedule, attempt: 1, missed: missed}
	if now.Sub(due) > tolerance {
		if !e.job.CatchUp {
			e.missed += int64(missed) + 1
			r.o.Log.Warn("due times passed unseen; the next run is the next one due",
				"job", e.job.Name, "last", due, "count", missed+1, "next", e.next)
			return
		}
		w.why, w.calm = ByCatchUp, true
	}
	e.missed += int64(missed)
	r.expect(e, w, now)
}

// newest returns the newest due time of e that has come and is not dealt with, and how
// many there are before it.
func (r *Runner) newest(e *entry, now time.Time) (due time.Time, before int) {
	due = e.next
	for {
		next := r.following(e, due)
		if next.IsZero() || next.After(now) {
			return due, before
		}
		due = next
		if before++; before == countedUpTo {
			break
		}
	}
	if last, ok := e.job.Trigger.Last(r.calendar, now); ok && last.After(due) {
		due = last.Round(0)
	}
	return due, before
}

// expect gives w its place in the queue and its deadline.
func (r *Runner) expect(e *entry, w *want, now time.Time) {
	r.order++
	w.order = r.order
	if !r.clock.seen(w.due) && (w.why == BySchedule || w.why == ByCatchUp) {
		e.past.remember(w.due)
	}
	day := schedules.DayOf(w.due)
	if w.why == ByCatchUp {
		day = schedules.DayOf(now)
	}
	w.deadline = e.job.Retry.deadline(day)
	w.calm = w.calm || r.once
	e.obey(w, now)
	e.expect(w)
}

// count counts the due times after a moment, up to and including till.
func (r *Runner) count(t Trigger, after, till time.Time) (n int) {
	for n < countedUpTo {
		next, ok := t.Next(r.calendar, after)
		if !ok || next.After(till) || !next.After(after) {
			break
		}
		after = next
		n++
	}
	return n
}

// following returns the first due time after t that has not been dealt with, or the
// zero Time.
func (r *Runner) following(e *entry, t time.Time) time.Time {
	if e.job.Trigger == nil {
		return time.Time{}
	}
	for {
		next, ok := e.job.Trigger.Next(r.calendar, t)
		if !ok || !next.After(t) {
			return time.Time{}
		}
		if end, ok := r.clock.watched(next); ok {
			t = end
		} else if e.past.served(next) {
			t = next
		} else {
			return next.Round(0)
		}
	}
}

// warnOfEnd says once a day that a job has no next due time.
func (r *Runner) warnOfEnd(e *entry, now time.Time) {
	if e.job.Trigger == nil || !e.next.IsZero() || now.Sub(e.warned).Abs() < warnEvery {
		return
	}
	e.warned = now
	r.o.Log.Warn("the job is never due again as far as the calendar reaches: extend the calendar",
		"job", e.job.Name, "trigger", e.job.Trigger.String(), "calendar_ends", r.calendar.Horizon())
}

// deadline returns when retries of a run end that was due on day; the zero Time for
// never.
func (p Retry) deadline(day schedules.Day) time.Time {
	if p.Until == 0 {
		return time.Time{}
	}
	return day.At(0, 0).Add(p.Until)
}

// wait returns how long to wait after a number of attempts.
func (p Retry) wait(attempts int) time.Duration {
	wait, longest := p.Every, max(p.Every, p.Max)
	for ; attempts > 1 && wait < longest; attempts-- {
		wait = min(2*wait, longest)
	}
	return wait
}
