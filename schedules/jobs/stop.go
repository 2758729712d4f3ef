package jobs

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

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
	r.live, r.once = nil, false
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
