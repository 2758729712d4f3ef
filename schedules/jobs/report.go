package jobs

// maxReports bounds the runs that wait for a slow Ended.
const maxReports = 1024

// reports are the runs that Ended has not been told of. Whoever ends a run while
// nobody tells, tells of all that come meanwhile.
type reports struct {
	queue   []Run
	telling bool
	lost    int
}

// report tells Ended of a run, or leaves it to the goroutine that tells already.
func (r *Runner) report(run Run) {
	if r.o.Ended == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	q := &r.reports
	if len(q.queue) == maxReports {
		q.queue = append(q.queue[:0], q.queue[1:]...)
		q.lost++
	}
	q.queue = append(q.queue, run)
	if q.telling {
		return
	}
	q.telling = true
	for len(q.queue) > 0 {
		next, lost := q.queue[0], q.lost
		q.queue, q.lost = q.queue[1:], 0
		r.mu.Unlock()
		if lost > 0 {
			r.o.Log.Warn("reports of ended runs were dropped: who takes them is too slow", "count", lost)
		}
		r.tell(next)
		r.mu.Lock()
	}
	q.queue, q.telling = nil, false
}

// tell survives the panic of who is told.
func (r *Runner) tell(run Run) {
	defer func() {
		if p := recover(); p != nil {
			r.o.Log.Error("the report of an ended run panicked", "job", run.Job, "id", run.ID, "panic", p)
		}
	}()
	r.o.Ended(run)
}
