package etl_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
)

// absences is the table absences in memory.
type absences struct {
	list []etl.Absence
	err  error
}

func (a *absences) Append(_ context.Context, batches []arrow.Record) (etl.Commit, error) {
	if a.err != nil {
		return etl.Commit{}, a.err
	}
	for _, r := range batches {
		list, err := etl.ReadAbsences(r)
		if err != nil {
			return etl.Commit{}, err
		}
		a.list = append(a.list, list...)
	}
	return etl.Commit{Rows: 1}, nil
}

func (a *absences) cells() (cells []cell) {
	for _, b := range a.list {
		cells = append(cells, cell{b.Symbol, b.Day})
	}
	return cells
}

func TestAbsences(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), absent: map[cell]bool{}}
	hole, tail, recent := v.universe[5].Symbol, v.universe[9].Symbol, v.universe[20].Symbol
	v.absent[cell{hole, june[3]}], v.absent[cell{recent, june[20]}] = true, true
	for _, d := range june[10:] {
		v.absent[cell{tail, d}] = true
	}
	b, table := newBench(v, etl.Scope{}), &absences{}
	b.Absences, b.Config.AbsentAfter = table, 7
	out, err := b.Run.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old := []cell{{hole, june[3]}}
	for _, d := range june[10:] {
		if d <= june[20]-7 {
			old = append(old, cell{tail, d})
		}
	}
	if !slices.Equal(table.cells(), old) || out.Absent != len(old) || out.Explained != len(old) {
		t.Fatalf("%d absent, %d explained: %v, want %v", out.Absent, out.Explained, table.cells(), old)
	}
	first := table.list[0]
	if first.Reason != etl.ReasonAbsent || first.Source != "baostock" || first.Request == "" || first.Seen.IsZero() {
		t.Errorf("%+v", first)
	}
	// What is younger than a week is missing, and the last day says by name.
	if l := out.Last; l == nil || l.Day != june[20] || l.Missing != 2 || l.Explained != 0 || l.Present != 58 || l.Expected != 60 ||
		l.Holes[0] != (etl.Hole{Symbol: tail, Reason: etl.ReasonUnpublished}) || l.Holes[1].Symbol != recent {
		t.Errorf("last day %+v", l)
	}
	if out.MissingCells()+out.Explained != out.Expected-b.Committed.Len() {
		t.Errorf("missing %v", gaps(out))
	}

	// Explained cells are not asked for again.
	asked := len(v.requests())
	b.Explained = etl.NewCells(june)
	for _, c := range table.cells() {
		b.Explained.Add(c.symbol, c.day)
	}
	before := b.Explained.Len()
	out, err = b.Run.Do(t.Context())
	for _, q := range v.requests()[asked:] {
		if q.Shape == etl.SecurityRange && q.From <= june[20]-7 && q.From > june[9] {
			t.Errorf("asked for %s", q)
		}
	}
	if err != nil || out.Absent != 0 || out.Explained != before || len(table.list) != before || b.Explained.Len() != before {
		t.Errorf("%v, %d absent, %d explained", err, out.Absent, out.Explained)
	}

	// Asked for again, a bar that comes overrules its absence.
	delete(v.absent, cell{hole, june[3]})
	b.Again = true
	out, err = b.Run.Do(t.Context())
	if err != nil || out.Rows != 1 || out.Absent != 0 || out.Explained != before-1 {
		t.Errorf("%v, %d rows, %d absent, %d explained", err, out.Rows, out.Absent, out.Explained)
	}
}

// An answer without rows explains nothing by itself: the security is asked for once
// more, with a day that is known, and only where there is one.
func TestEmptyAnswersExplainNothing(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), absent: map[cell]bool{}}
	quiet, never := v.universe[5], v.universe[6]
	b, table := newBench(v, etl.Scope{}), &absences{}
	b.Absences, b.Config.AbsentAfter = table, 7
	for _, in := range v.universe {
		if in != never {
			b.Committed.AddRange(in.Symbol, june[0], june[20])
		}
	}
	hole := etl.NewCells(june)
	hole.AddRange(quiet.Symbol, june[3], june[4])
	b.Committed = b.Committed.Minus(hole)
	has := func(mute bool) {
		for _, in := range []etl.Instrument{quiet, never} {
			for _, d := range june {
				v.absent[cell{in.Symbol, d}] = mute || in == never || d == june[3] || d == june[4]
			}
		}
	}
	has(true)
	out, err := b.Run.Do(t.Context())
	if err != nil || len(table.list) != 0 || out.Explained != 0 {
		t.Errorf("a mute server: %v, %v", err, table.cells())
	}
	if want := span(quiet, june[3], june[5]); !slices.Contains(v.requests(), want) {
		t.Errorf("asked %v, want %s among them", v.requests(), want)
	}
	has(false)
	out, err = b.Run.Do(t.Context())
	if want := []cell{{quiet.Symbol, june[3]}, {quiet.Symbol, june[4]}}; err != nil || !slices.Equal(table.cells(), want) || out.Absent != 2 {
		t.Errorf("%v, absent %v, want %v", err, table.cells(), want)
	}
}

// A run that was stopped, or whose absences cannot be committed, explains nothing.
func TestAbsencesOfABrokenRun(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), absent: map[cell]bool{}}
	v.absent[cell{v.universe[5].Symbol, june[3]}] = true
	b := newBench(v, etl.Scope{})
	b.Absences, b.Config.AbsentAfter = &absences{err: errWire}, 7
	out, err := b.Run.Do(t.Context())
	if err == nil || out.Explained != 0 || out.MissingCells() != 1 || out.Missing[0].Reason != etl.ReasonAbsent {
		t.Errorf("%v, %d explained, missing %v", err, out.Explained, gaps(out))
	}
}

// Days with refused rows are asked for first.
func TestRefusedRowsComeFirst(t *testing.T) {
	v := &vendor{universe: universe(stocks(60))}
	b := newBench(v, etl.Scope{})
	b.First = etl.NewCells(june)
	b.First.Add(v.universe[7].Symbol, june[15])
	if _, err := b.do(t, t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := v.requests(); got[0].From != june[15] || got[1].From != june[0] || len(got) != 21 {
		t.Errorf("asked %v", got)
	}
}

// A row that was released is kept when it comes again.
func TestReleasedRowsAreKept(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), wrong: map[cell]bool{}}
	s, other := v.universe[7].Symbol, v.universe[8].Symbol
	v.wrong[cell{s, june[3]}], v.wrong[cell{other, june[3]}] = true, true
	b := newBench(v, etl.Scope{})
	b.Released = map[string]bool{raw(s, june[3]): true}
	out, err := b.do(t, t.Context())
	if err != nil || out.Quarantined != 1 || !b.Committed.Has(s, june[3]) || b.Committed.Has(other, june[3]) {
		t.Errorf("%v, %d refused", err, out.Quarantined)
	}
}

func TestAbsenceRows(t *testing.T) {
	at := time.Date(2026, 7, 8, 9, 10, 11, 12_000, time.UTC)
	want := []etl.Absence{
		{sym(t, "sh600000"), june[3], "the vendor has no row", "sh600000 2026-06-01..2026-06-30", "baostock", at},
		{sym(t, "sz000001"), schedules.MakeDay(1990, 12, 19), "suspended", "", etl.ByUser, at.Add(time.Hour)},
	}
	r := etl.AbsenceRows(want)
	defer r.Release()
	got, err := etl.ReadAbsences(r)
	if err != nil || !slices.Equal(got, want) || !r.Schema().Equal(etl.Absences.Schema()) {
		t.Errorf("%+v, %v", got, err)
	}
}
