package jobs

import "errors"

var errRemoved = errors.New("the job was taken out of the configuration")

// Replace puts a new list of jobs in the place of the old one. Runs under way go on,
// as the old list has them; a job that is gone ends with them. A job that is new
// catches up; one whose trigger says something else begins with its next due time.
// What is due or retried stays so. After an error, which New's rules give, the old
// list stands.
func (r *Runner) Replace(list []Job) error {
	if err := check(list); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := map[string]*entry{}
	for _, e := range r.list {
		old[e.job.Name] = e
	}
	now := r.clock.now()
	next := make([]*entry, 0, len(list))
	var fresh []*entry
	for _, j := range list {
		e := old[j.Name]
		delete(old, j.Name)
		switch {
		case e != nil:
			same := words(e.job.Trigger) == words(j.Trigger)
			e.job = j
			if !same {
				e.next = r.following(e, now)
			}
		case r.leaving[j.Name] != nil:
			e = r.leaving[j.Name]
			delete(r.leaving, j.Name)
			e.job = j
			r.first(e)
		default:
			e = r.enter(j)
			fresh = append(fresh, e)
		}
		next = append(next, e)
	}
	for name, e := range old {
		e.wait = nil
		r.turnAway(e, errRemoved)
		if e.now != nil {
			r.leaving[name] = e
		}
	}
	r.list = next
	if r.live != nil {
		for _, e := range inOrder(fresh) {
			r.catchUp(e, now)
		}
	}
	r.nudge()
	return nil
}

// words returns a trigger in words; "" for none.
func words(t Trigger) string {
	if t == nil {
		return ""
	}
	return t.String()
}
