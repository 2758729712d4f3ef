package etl

import (
	"context"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
)

// work is the state of one Run.
type work struct {
	run     *Run
	checker *Checker
	out     Outcome
	start   time.Time
	planned int

	failures int // requests in a row that have failed

	means    Means
	only     map[Symbol]bool // the symbols of the scope; nil for all
	answered map[Shape]bool  // shapes the source has answered
	settled  *Cells          // cells not to be asked for again in this run
	lost     *Cells          // cells that arrived and could not be committed
	why      map[cellKey]string
	probed   map[schedules.Day]bool

	explained *Cells // cells that absences explain
	lacking   *Cells // cells of which the vendor, asked for the security alone, sent no row
	proven    *Cells // of them, those that it does not have
	vanished  *Cells // of these, those that the lake has
	proofs    map[Symbol][]proof

	refused []Refused
	noted   map[string]bool // raw text of the rows refused in this run
	batches []arrow.Record  // checked, not yet handed to the writer
	rows    int
	since   time.Time // when the first of batches arrived
	writer  *writer
	broken  context.Context // ends when the writer has failed
}

type cellKey struct {
	symbol Symbol
	day    schedules.Day
}

func newWork(r *Run) *work {
	w := &work{
		run: r, start: time.Now(),
		means:    Means{PageSize: r.PageSize, NoDay: map[Shape]bool{}, Asked: map[DayOf]bool{}, Latest: r.Today},
		settled:  NewCells(r.Expected.Days()),
		lost:     NewCells(r.Expected.Days()),
		why:      map[cellKey]string{},
		probed:   map[schedules.Day]bool{},
		noted:    map[string]bool{},
		answered: map[Shape]bool{SecurityRange: true},
		lacking:  NewCells(r.Expected.Days()), proven: NewCells(r.Expected.Days()), vanished: NewCells(r.Expected.Days()),
		proofs: map[Symbol][]proof{},
	}
	if w.explained = NewCells(r.Expected.Days()); r.Explained != nil {
		w.explained = r.Explained.Minus() // a copy, which the run adds to
	}
	if w.checker = r.Checker; w.checker == nil {
		w.checker = NewChecker(DefaultCheckConfig(), r.Calendar, r.Universe, nil)
	}
	for _, s := range r.Scope.Symbols {
		if w.only == nil {
			w.only = map[Symbol]bool{}
		}
		w.only[s] = true
	}
	w.writer, w.broken = startWriter(r.Bars, r.Log)
	w.out.Expected = r.Expected.Len()
	w.out.Before = w.out.Expected - r.Expected.Minus(r.Committed).Len()
	return w
}

// answer decodes and checks one answer, keeps what is new and true, and settles
// the cells it was asked for.
func (w *work) answer(q Request, a Answer) error {
	w.out.Answers++
	defer a.Release()
	batch, err := a.Decode()
	if err != nil {
		return err
	}
	defer batch.Record.Release()
	flaws := w.checker.Check(batch)
	if len(w.run.Released) > 0 {
		flaws = slices.DeleteFunc(flaws, func(f Flaw) bool { return w.run.Released[batch.Raw(f.Row)] })
	}
	w.quarantine(q, batch, flaws)
	kept := w.keep(batch, flaws)
	w.settle(q, len(batch.Days))
	w.lacks(q, batch)
	w.out.Rows += int64(kept)
	return w.flush(false)
}

// keep hands on the rows that are in scope, new and not refused, as slices of
// the batch: no row is copied.
func (w *work) keep(b Batch, flaws []Flaw) (kept int) {
	begin := -1
	emit := func(end int) {
		if begin >= 0 {
			w.batches = append(w.batches, b.Record.NewSlice(int64(begin), int64(end)))
			kept += end - begin
			begin = -1
		}
	}
	for i, s := range b.Symbols {
		bad := len(flaws) > 0 && flaws[0].Row == i
		if bad {
			flaws = flaws[1:]
		}
		if bad || !w.inScope(s) || !w.run.Committed.Add(s, b.Days[i]) {
			emit(i)
		} else if begin < 0 {
			begin = i
		}
	}
	emit(len(b.Symbols))
	if w.rows == 0 && kept > 0 {
		w.since = time.Now()
	}
	w.rows += kept
	return kept
}

// inScope reports whether bars of a security are wanted.
func (w *work) inScope(s Symbol) bool { return w.only == nil || w.only[s] }

// quarantine notes refused rows, each one once.
func (w *work) quarantine(q Request, b Batch, flaws []Flaw) {
	for _, f := range flaws {
		r := Refused{b.Symbols[f.Row], b.Days[f.Row], f.Reason, b.Raw(f.Row), q.String(), b.Source, b.Fetched}
		if !w.inScope(r.Symbol) {
			continue
		}
		w.settled.Add(r.Symbol, r.Day)
		w.why[cellKey{r.Symbol, r.Day}] = reasonQuarantined + r.Reason
		if w.noted[r.Raw] {
			continue // came again in a range around it
		}
		w.noted[r.Raw] = true
		w.out.Quarantined++
		if !w.run.Known[r.Raw] {
			w.refused = append(w.refused, r)
		}
	}
}

func (w *work) progress() {
	if w.run.Progress != nil {
		w.run.Progress(Progress{Requests: w.out.Answers, Planned: w.planned, Rows: w.out.Rows})
	}
}

// flush hands the gathered batches to the writer when there are enough of them,
// when they have waited long enough, or when told to.
func (w *work) flush(now bool) error {
	if w.rows == 0 || !now && w.rows < w.run.Config.CommitRows && time.Since(w.since) < w.run.Config.CommitEvery {
		return nil
	}
	batches := w.batches
	w.batches, w.rows = nil, 0
	return w.writer.put(batches)
}

// finish commits what is left, refused rows and the counts of the checks
// included, and waits for the writer.
func (w *work) finish(ctx context.Context) error {
	err := w.flush(true)
	if cerr := w.writer.close(); err == nil {
		err = cerr
	}
	w.out.Commits = w.writer.commits
	w.forget(w.writer.lost)
	if err != nil {
		return err
	}
	if len(w.refused) > 0 {
		if err := add(ctx, w.run.Quarantine, RefusedRows(w.refused, DailyBars.Name)); err != nil {
			return err
		}
	}
	if err := w.absences(ctx); err != nil {
		return err
	}
	if w.run.Checks == nil || w.out.Answers == 0 {
		return nil
	}
	return add(ctx, w.run.Checks, CheckRows(w.checker.Tallies(), w.run.ID, DailyBars.Name, time.Now()))
}

// add appends one record, and releases it.
func add(ctx context.Context, to Appender, record arrow.Record) error {
	defer record.Release()
	_, err := to.Append(ctx, []arrow.Record{record})
	return err
}

// forget takes rows that could not be committed out of what is there.
func (w *work) forget(lost []arrow.Record) {
	for _, r := range lost {
		days, symbols := r.Column(0).(*array.Date32), r.Column(1).(*array.String)
		for i := range int(r.NumRows()) {
			s, err := ParseSymbol(symbols.Value(i))
			if day := schedules.Day(days.Value(i)); err == nil {
				w.lost.Add(s, day)
				w.run.Committed.remove(s, day)
			}
		}
		w.out.Rows -= r.NumRows()
		r.Release()
	}
}
