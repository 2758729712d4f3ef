package etl

import (
	"context"
	"time"

	"barkeep/schedules"
)

// A bar is absent when the vendor, asked for the security alone, has answered with
// rows of it and not with this one. An answer without any row proves nothing: a
// server in trouble answers like that, too. Nor does the end of a long answer, which
// may have been cut off where a page ends. There the security is asked for once
// more, together with a day of which a bar is known.

// shortAnswer is how many rows an answer has at most of which nothing can have been
// cut off. No vendor's page is that short.
const shortAnswer = 100

// maxConfirmed bounds the requests of a run that ask for a known bar, too. What is
// left over is missing still, and asked for by later runs.
const maxConfirmed = 200

// absenceCommit is how many absences one commit holds at most.
const absenceCommit = 200_000

// proof is an answer about one security that lacks bars.
type proof struct {
	request Request
	source  string
	fetched time.Time
}

// lacks notes the cells that an answer about one security does not have, and
// whether it proves that the vendor has none.
func (w *work) lacks(q Request, b Batch) {
	if q.Shape != SecurityRange {
		return
	}
	last := schedules.Day(-1 << 31)
	if n := len(b.Days); n > 0 {
		last = b.Days[n-1]
	}
	proves := false
	for day := range w.run.Expected.Of(q.Symbol) {
		if day < q.From || day > q.To || w.run.Committed.Has(q.Symbol, day) {
			continue
		}
		if _, known := w.why[cellKey{q.Symbol, day}]; known {
			continue // it came and was refused, or is given up for this run
		}
		w.lacking.Add(q.Symbol, day)
		if len(b.Days) > 0 && (day < last || len(b.Days) < shortAnswer) {
			w.proven.Add(q.Symbol, day)
			proves = true
		}
	}
	if proves {
		w.proofs[q.Symbol] = append(w.proofs[q.Symbol], proof{q, b.Source, b.Fetched})
	}
}

// matters reports whether it is worth knowing that a bar is absent: it is old
// enough, or the lake has it.
func (w *work) matters(s Symbol, day schedules.Day) bool {
	return w.old(day) || w.run.Stored != nil && w.run.Stored.Has(s, day)
}

// old reports whether the vendor has had his time to publish a day.
func (w *work) old(day schedules.Day) bool {
	return day <= w.run.Today-schedules.Day(w.run.Config.AbsentAfter)
}

// confirm asks again for securities of which bars are lacking without proof, each
// together with the nearest day of which the bar is known.
func (w *work) confirm(ctx context.Context) error {
	if w.run.Absences == nil {
		return nil
	}
	doubtful := w.lacking.Minus(w.proven, w.run.Committed, w.explained)
	var requests []Request
	for _, s := range doubtful.Symbols() {
		if q, ok := w.withWitness(s, doubtful); ok {
			requests = append(requests, q)
		}
	}
	if left := len(requests) - maxConfirmed; left > 0 {
		w.run.Log.Warn("many securities lack bars; the next run looks at more of them", "securities left", left)
		requests = requests[:maxConfirmed]
	}
	if len(requests) == 0 {
		return nil
	}
	w.planned = w.out.Answers + len(requests)
	return w.fetch(ctx, requests)
}

// withWitness returns the request for a security's doubtful cells and a known bar
// beside them.
func (w *work) withWitness(s Symbol, doubtful *Cells) (Request, bool) {
	var first, last schedules.Day
	some := false
	for day := range doubtful.Of(s) {
		if !w.matters(s, day) {
			continue
		}
		if !some {
			first, some = day, true
		}
		last = day
	}
	if !some {
		return Request{}, false
	}
	q := Request{Shape: SecurityRange, Symbol: s, From: first, To: last}
	before, after := schedules.Day(0), schedules.Day(0)
	for _, known := range []*Cells{w.run.Committed, w.run.Stored} {
		if known == nil {
			continue
		}
		for day := range known.Of(s) {
			if day < first && !doubtful.Has(s, day) {
				before = max(before, day)
			} else if day > last && !doubtful.Has(s, day) && (after == 0 || day < after) {
				after = day
			}
		}
	}
	switch { // the later one rules out that anything was cut off
	case after != 0:
		q.To = after
	case before != 0:
		q.From = before
	default:
		return q, false
	}
	return q, true
}

// absences commits what is proven to be absent, and has no row in the table yet,
// and counts what the lake has and the vendor has no longer.
func (w *work) absences(ctx context.Context) error {
	if w.run.Absences == nil {
		return nil
	}
	gone := w.proven.Minus(w.run.Committed)
	var list []Absence
	flush := func() error {
		if len(list) == 0 {
			return nil
		}
		if err := add(ctx, w.run.Absences, AbsenceRows(list)); err != nil {
			return err
		}
		for _, a := range list {
			w.explained.Add(a.Symbol, a.Day)
		}
		w.out.Absent += len(list)
		list = list[:0]
		return nil
	}
	for _, s := range gone.Symbols() {
		for day := range gone.Of(s) {
			switch p := w.proofFor(s, day); {
			case w.run.Stored != nil && w.run.Stored.Has(s, day):
				w.out.Vanished.add(s, day, p.request.String())
				w.vanished.Add(s, day)
			case w.old(day) && !w.explained.Has(s, day):
				list = append(list, Absence{s, day, reasonAbsent, p.request.String(), p.source, p.fetched})
			}
		}
		if len(list) >= absenceCommit {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// proofFor returns the newest proof about a cell.
func (w *work) proofFor(s Symbol, day schedules.Day) proof {
	list := w.proofs[s]
	for i := len(list) - 1; i >= 0; i-- {
		if p := list[i]; p.request.From <= day && day <= p.request.To {
			return p
		}
	}
	return proof{}
}

// Vanished are bars that the lake has and that the vendor has no longer.
type Vanished struct {
	Cells       int
	First, Last schedules.Day
	Sample      string // the first one in words
}

func (v *Vanished) add(s Symbol, day schedules.Day, request string) {
	if v.Cells++; v.Cells == 1 {
		v.First, v.Last = day, day
		v.Sample = s.String() + " " + day.String() + ": stored, and not in the answer to " + request
	}
	v.First, v.Last = min(v.First, day), max(v.Last, day)
}
