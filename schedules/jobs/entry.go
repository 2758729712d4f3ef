package jobs

import (
	"context"
	"slices"
	"time"
)

// entry is a job and where it stands. The Runner's lock guards it.
type entry struct {
	job  Job
	next time.Time // the next due time; zero: none, or none known
	wait *want     // due by itself and not begun: at most one
	hand *want     // wanted by hand and not begun: at most one
	now  *want     // under way
	past *past
	// missed counts due times that another one took the place of.
	missed   int64
	progress string    // newest line of the run under way
	warned   time.Time // when the missing next due time was last mentioned
	voice    voice
}

// want is a run that shall begin.
type want struct {
	due      time.Time
	at       time.Time // not before
	hold     time.Time // not before, says the source; at is no earlier
	why      Why
	attempt  int
	missed   int
	deadline time.Time // no retry after; zero: none
	calm     bool      // waits for all other calm ones: what was found due at the start
	order    uint64    // when it came
	group    string    // of the job when it began
	began    time.Time

	// By hand only.
	options  map[string]string
	progress func(string)
	ctx      context.Context // the asker's
	done     chan struct{}   // closed when run and err are set
	told     chan struct{}   // closed when Ended knows
	run      Run
	err      error
}

// ready reports whether the run may begin.
func (w *want) ready(now time.Time) bool { return w != nil && !w.at.After(now) }

// obey makes w wait for the time that the source named at the newest run. Of a time
// named under a wrong clock it believes how far ahead it was.
func (e *entry) obey(w *want, now time.Time) {
	if e.wait != nil && e.wait.hold.After(now) {
		w.hold = e.wait.hold
	} else if last := e.past.newest; last != nil && last.NotBefore.After(now) {
		w.hold = last.NotBefore
		if longest := now.Add(last.NotBefore.Sub(last.Ended)); longest.Before(w.hold) {
			w.hold = longest
		}
	}
	if w.hold.After(w.at) {
		w.at = w.hold
	}
}

// expect makes w the run that e waits for. What waited already is one with it: the
// place in the queue stays, and a due time that has not had its run is counted.
func (e *entry) expect(w *want) {
	if old := e.wait; old != nil {
		if old.attempt == 1 {
			w.missed += old.missed + 1
			e.missed++
		}
		if !old.at.After(w.at) {
			w.order = old.order
		}
		w.calm = w.calm || old.calm && old.attempt == 1
	}
	e.wait = w
}

// past is what the history says of a job.
type past struct {
	newest *Run // of all
	good   *Run // the newest that ended well
	due    *Run // the newest that a due time began
	// settled is the due time of the newest run that ended well and had no
	// options: everything up to it is done.
	settled time.Time
	dues    map[Outcome]time.Time // of the newest run of each outcome that a due time began
	// unseen are due times that had a run although the clock was not watched when they
	// came: the newest maxUnseen.
	unseen []time.Time
}

// add takes in a run, which is newer than those before it.
func (p *past) add(r Run) {
	p.newest = &r
	if r.Outcome == Done {
		p.good = &r
		if len(r.Options) == 0 {
			p.settled = r.Due
		}
	}
	if r.Why == ByHand {
		return
	}
	p.due = &r
	p.dues[r.Outcome] = r.Due
}

// maxUnseen bounds what is remembered of a clock that is set again and again.
const maxUnseen = 64

// remember takes in a due time that the clock was not watched at.
func (p *past) remember(due time.Time) {
	if len(p.unseen) == maxUnseen {
		p.unseen = append(p.unseen[:0], p.unseen[1:]...)
	}
	p.unseen = append(p.unseen, due)
}

// served reports whether a due time is known to have had its run.
func (p *past) served(due time.Time) bool {
	for _, d := range p.dues {
		if d.Equal(due) {
			return true
		}
	}
	return slices.ContainsFunc(p.unseen, due.Equal)
}
