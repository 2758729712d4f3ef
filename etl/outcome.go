package etl

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"barkeep/schedules"
)

// Outcome is what a Run has done.
type Outcome struct {
	Expected    int // cells that should exist
	Before      int // of them, committed before the run
	Answers     int // bar requests answered
	Rows        int64
	Quarantined int // rows refused, those of earlier runs that came again included
	Commits     []Commit
	Failed      []string // the first requests that failed, with their errors
	Missing     []Gap
	Explained   int      // expected cells without a bar that absences explain
	Absent      int      // of them, those that this run has found
	Vanished    Vanished // see Run.Stored
	Last        *LastDay // nil when nothing was expected
	Took        time.Duration
}

// Gap is a number of missing cells that share a reason.
type Gap struct {
	Reason  string        `json:"reason"`
	Cells   int           `json:"cells"`
	Symbols int           `json:"symbols"` // securities concerned
	First   schedules.Day `json:"first"`
	Last    schedules.Day `json:"last"`
	Example Symbol        `json:"example"` // a security whose bar of First is missing
}

// MissingCells returns how many expected cells are still missing.
func (o Outcome) MissingCells() int {
	n := 0
	for _, g := range o.Missing {
		n += g.Cells
	}
	return n
}

// The reasons a cell can be missing for.
const (
	reasonUnpublished = "not yet published by the vendor"
	reasonAbsent      = "the vendor has no row"
	reasonFailed      = "the request failed"
	reasonQuarantined = "quarantined: "
	reasonRefused     = "not asked: the source refuses more requests today"
	reasonInterrupted = "not asked: interrupted"
	reasonStopped     = "not asked: the run stopped after an error"
	reasonUnwritten   = "arrived, but the commit failed"
)

// missing groups the cells that are still missing by reason; cause is the error
// that ended the run.
func (w *work) missing(cause error) []Gap {
	unasked := reasonAbsent
	switch {
	case errors.Is(cause, ErrRefused):
		unasked = reasonRefused
	case errors.Is(cause, context.Canceled), errors.Is(cause, context.DeadlineExceeded):
		unasked = reasonInterrupted
	case cause != nil:
		unasked = reasonStopped
	}
	gaps := map[string]*Gap{}
	left := w.run.Expected.Minus(w.run.Committed, w.explained, w.vanished)
	w.out.Explained = w.run.Expected.Minus(w.run.Committed).Len() - w.run.Expected.Minus(w.run.Committed, w.explained).Len()
	w.out.Last = w.lastDay(left, unasked)
	for _, s := range left.Symbols() {
		seen := map[*Gap]bool{}
		for day := range left.Of(s) {
			reason := w.reason(s, day, unasked)
			g := gaps[reason]
			if g == nil {
				g = &Gap{Reason: reason, First: day, Last: day, Example: s}
				gaps[reason] = g
			}
			g.Cells++
			g.Last = max(g.Last, day)
			if day < g.First {
				g.First, g.Example = day, s
			}
			if !seen[g] {
				seen[g] = true
				g.Symbols++
			}
		}
	}
	list := make([]Gap, 0, len(gaps))
	for _, g := range gaps {
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b Gap) int { return cmp.Or(b.Cells-a.Cells, cmp.Compare(a.Reason, b.Reason)) })
	return list
}

// reason says why a cell is missing.
func (w *work) reason(s Symbol, day schedules.Day, unasked string) string {
	if reason, known := w.why[cellKey{s, day}]; known {
		return reason
	}
	switch {
	case w.lost.Has(s, day):
		return reasonUnwritten
	case !w.settled.Has(s, day):
		return unasked
	case w.recent(day):
		return reasonUnpublished
	}
	return reasonAbsent
}

// LastDay is the state of the newest trading day on which bars were expected.
type LastDay struct {
	Day       schedules.Day `json:"date"`
	Expected  int           `json:"expected"`
	Present   int           `json:"present"`
	Explained int           `json:"explained"` // by absences
	Missing   int           `json:"missing"`   // the day is sealed when there are none
	Holes     []Hole        `json:"holes"`     // the first few of the missing
}

// Hole is one missing cell and its reason.
type Hole struct {
	Symbol Symbol `json:"symbol"`
	Reason string `json:"reason"`
}

// maxHoles is how many missing securities a LastDay names.
const maxHoles = 5

// lastDay looks at the newest day among the expected cells; left are the missing
// ones.
func (w *work) lastDay(left *Cells, unasked string) *LastDay {
	expected := w.run.Expected
	last := expected.last()
	if last < 0 {
		return nil
	}
	l := &LastDay{Day: expected.days[last], Holes: []Hole{}}
	for _, s := range expected.Symbols() {
		switch {
		case !expected.Has(s, l.Day):
			continue
		case w.run.Committed.Has(s, l.Day) || w.run.Stored != nil && w.run.Stored.Has(s, l.Day):
			l.Present++
		case left.Has(s, l.Day):
			if l.Missing++; len(l.Holes) < maxHoles {
				l.Holes = append(l.Holes, Hole{s, w.reason(s, l.Day, unasked)})
			}
		default:
			l.Explained++
		}
		l.Expected++
	}
	return l
}
