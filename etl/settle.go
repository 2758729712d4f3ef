package etl

import (
	"strings"

	"barkeep/schedules"
)

// left returns the cells that are still to be asked for.
func (w *work) left() *Cells {
	if w.run.Again {
		return w.run.Expected.Minus(w.run.Committed, w.settled)
	}
	return w.run.Expected.Minus(w.run.Committed, w.settled, w.explained)
}

// settle decides what becomes of the cells that an answer has not brought.
func (w *work) settle(q Request, rows int) {
	if q.Shape == SecurityRange {
		w.settled.AddRange(q.Symbol, q.From, q.To)
		return
	}
	w.means.Asked[DayOf{q.Shape, q.From}] = true
	if !w.recent(q.From) {
		return
	}
	missing := w.left()
	if rows == 0 || w.holes(missing, q) > fewHoles {
		w.settleDay(missing, q.From, q.Shape, reasonUnpublished)
	}
}

// recent reports whether the vendor may still be completing a day.
func (w *work) recent(d schedules.Day) bool { return d > w.run.Today-recently }

// holes counts the missing cells of a whole-market answer.
func (w *work) holes(missing *Cells, q Request) int {
	n := 0
	for s := range missing.rows {
		if missing.Has(s, q.From) && w.covers(q.Shape, s) {
			n++
		}
	}
	return n
}

// covers reports whether an answer of the shape would bring a security.
func (w *work) covers(shape Shape, s Symbol) bool {
	in, _ := w.run.Universe.Find(s)
	return shape == SecurityRange || shape == in.shape()
}

// settleDay gives up a day's missing cells for this run.
func (w *work) settleDay(missing *Cells, day schedules.Day, shape Shape, reason string) {
	for s := range missing.rows {
		if missing.Has(s, day) && w.covers(shape, s) {
			w.settled.Add(s, day)
			w.why[cellKey{s, day}] = reason
		}
	}
}

// failed settles the cells of a request that brought nothing.
func (w *work) failed(q Request, err error) {
	w.run.Log.Warn("request failed", "request", q.String(), "error", err)
	if text := err.Error(); len(w.out.Failed) < maxFailed {
		if !strings.HasPrefix(text, q.String()) {
			text = q.String() + ": " + text
		}
		w.out.Failed = append(w.out.Failed, text)
	}
	missing := w.left()
	for s := range missing.rows {
		if q.Shape == SecurityRange && s != q.Symbol || !w.covers(q.Shape, s) {
			continue
		}
		for day := range missing.Of(s) {
			if day >= q.From && day <= q.To {
				w.settled.Add(s, day)
				w.why[cellKey{s, day}] = reasonFailed
			}
		}
	}
}
