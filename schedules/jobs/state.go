package jobs

import "slices"

// Jobs returns what there is to know of each job now, in the order of the
// configuration.
func (r *Runner) Jobs() []State {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.now()
	list := make([]State, len(r.list))
	for i, e := range r.list {
		s := State{
			Name: e.job.Name, Trigger: words(e.job.Trigger), After: slices.Clone(e.job.After),
			Next: e.next, Missed: e.missed, Last: e.past.newest, Good: e.past.good,
		}
		if r.live == nil {
			s.Next = r.following(e, now)
		}
		if e.now != nil {
			s.Running, s.Since, s.Progress = true, e.now.began, e.progress
		}
		if e.wait != nil && (s.Next.IsZero() || e.wait.at.Before(s.Next)) {
			s.Next = e.wait.at
		}
		if e.now == nil && (e.hand != nil || e.wait.ready(now)) {
			s.Waits = r.busyWith(e)
		}
		list[i] = s
	}
	return list
}
