package etl_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
)

// barStore is daily_bars in memory, as one record.
type barStore struct {
	rows     []arrow.Record
	replaced map[etl.BarKey]etl.BarRow
	added    int64
	fail     error
	log      *[]string
}

func (s *barStore) Stored(_ context.Context, _, _ schedules.Day, yield func(arrow.Record) error) error {
	for _, r := range s.rows {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *barStore) Replace(_ context.Context, _ []arrow.Record, rows map[etl.BarKey]etl.BarRow) (etl.Commit, error) {
	*s.log = append(*s.log, "replace")
	s.replaced = rows
	return etl.Commit{Version: 7, Files: 1}, s.fail
}

func (s *barStore) Append(_ context.Context, batches []arrow.Record) (etl.Commit, error) {
	*s.log = append(*s.log, "append")
	n := int64(0)
	for _, r := range batches {
		n += r.NumRows()
	}
	s.added += n
	return etl.Commit{Version: 8, Files: 1, Rows: n}, nil
}

// revisionStore is the table revisions in memory.
type revisionStore struct {
	list []etl.Revision
	fail error
	log  *[]string
}

func (s *revisionStore) Known(_ context.Context, first, last schedules.Day) ([]etl.Revision, error) {
	return slices.DeleteFunc(slices.Clone(s.list), func(r etl.Revision) bool { return r.Day < first || r.Day > last }), nil
}

func (s *revisionStore) Append(_ context.Context, batches []arrow.Record) (etl.Commit, error) {
	*s.log = append(*s.log, "note")
	if s.fail != nil {
		return etl.Commit{}, s.fail
	}
	for _, r := range batches {
		list, err := etl.ReadRevisions(r)
		if err != nil {
			return etl.Commit{}, err
		}
		s.list = append(s.list, list...)
	}
	return etl.Commit{Version: 1, Rows: 1}, nil
}

// revising compares 40 stored bars with fresh ones that change has been at.
func revising(change func(b *etl.BarBuilder)) (*etl.Reviser, *barStore, *revisionStore, []arrow.Record, *[]string) {
	log := &[]string{}
	stored := goodBars(40)
	stored.PeTTM[4] = math.NaN()
	fresh := goodBars(42)
	fresh.PeTTM[4] = math.NaN()
	change(fresh)
	bars := &barStore{rows: []arrow.Record{batch(stored).Record}, log: log}
	notes := &revisionStore{log: log}
	return &etl.Reviser{Bars: bars, Revisions: notes, Run: "revisions test"}, bars, notes,
		[]arrow.Record{fresh.Batch("other", fetched.Add(time.Hour)).Record}, log
}

func TestReviser(t *testing.T) {
	r, bars, notes, fresh, log := revising(func(b *etl.BarBuilder) {
		b.Close[3], b.Volume[3] = 10.3, 2000
		b.PeTTM[4] = 7.25       // was null
		b.PbMRQ[5] = math.NaN() // becomes null
		b.IsST[6] = 1
		b.Open[7] = math.Copysign(b.Open[7], 1) // the same
		b.Days[8], b.Days[9] = b.Days[9], b.Days[8]
	})
	c, err := r.Append(t.Context(), fresh)
	if err != nil {
		t.Fatal(err)
	}
	// Rows 8 and 9 have changed places, and their highs and volumes with them.
	if c.Rows != 8 || r.Rows != 6 || r.Added != 2 || r.Compared != 40 || bars.added != 2 || len(bars.replaced) != 6 {
		t.Errorf("commit %+v, reviser %+v, added %d", c, r, bars.added)
	}
	if want := []string{"note", "replace", "append"}; !slices.Equal(*log, want) {
		t.Errorf("%q, want %q", *log, want)
	}
	want := map[string][2]etl.Text{
		"close":  {{"10.2", true}, {"10.3", true}},
		"volume": {{"1003", true}, {"2000", true}},
		"pe_ttm": {{}, {"7.25", true}},
		"pb_mrq": {{"-0.7", true}, {}},
		"is_st":  {{"false", true}, {"true", true}},
	}
	for _, v := range notes.list {
		if v.Day == june[8] || v.Day == june[9] {
			continue
		}
		w, ok := want[v.Column]
		if !ok || v.Old != w[0] || v.New != w[1] {
			t.Errorf("%+v, want %v", v, w)
		}
		delete(want, v.Column)
		if !v.OldFetched.Equal(fetched) || !v.Seen.Equal(fetched.Add(time.Hour)) || v.Source != "other" || v.Run != "revisions test" {
			t.Errorf("%+v", v)
		}
	}
	if len(want) != 0 || r.Cells != len(notes.list) || r.First != june[3] || r.Last != june[9] {
		t.Errorf("not noted: %v; %d of %d cells, %s..%s", want, r.Cells, len(notes.list), r.First, r.Last)
	}
}

// Rows that differ in nothing but where they came from, and when, are no revision.
func TestReviserOfEqualRows(t *testing.T) {
	r, bars, notes, _, log := revising(func(*etl.BarBuilder) {})
	same := goodBars(40)
	same.PeTTM[4] = math.NaN()
	c, err := r.Append(t.Context(), []arrow.Record{same.Batch("elsewhere", fetched.Add(time.Hour)).Record})
	if err != nil || c != (etl.Commit{}) || len(*log) != 0 || bars.added != 0 || len(notes.list) != 0 || r.Compared != 40 {
		t.Errorf("%+v, %v, %q", c, err, *log)
	}
}

// A run that ends between the two commits is made good by the next one, which notes
// nothing twice, and not even when the vendor has said a third thing in between.
func TestReviserAfterACrash(t *testing.T) {
	change := func(b *etl.BarBuilder) { b.Close[3] = 10.3 }
	r, bars, notes, fresh, _ := revising(change)
	bars.fail = errWire
	if _, err := r.Append(t.Context(), fresh); !errors.Is(err, errWire) || len(notes.list) != 1 {
		t.Fatalf("%v, %d noted", err, len(notes.list))
	}
	known := notes.list
	r, bars, notes, fresh, log := revising(change)
	notes.list = known
	if _, err := r.Append(t.Context(), fresh); err != nil || len(notes.list) != 1 || len(bars.replaced) != 1 {
		t.Errorf("%v, %d noted, %d replaced", err, len(notes.list), len(bars.replaced))
	}
	if want := []string{"replace", "append"}; !slices.Equal(*log, want) {
		t.Errorf("%q, want %q", *log, want)
	}
	r, _, notes, fresh, _ = revising(func(b *etl.BarBuilder) { b.Close[3] = 10.4 })
	notes.list = known
	if _, err := r.Append(t.Context(), fresh); err != nil || len(notes.list) != 2 || notes.list[1].Old.Value != "10.2" || notes.list[1].New.Value != "10.4" {
		t.Errorf("%v, %+v", err, notes.list)
	}

	// What cannot be noted is not replaced.
	r, bars, notes, fresh, log = revising(change)
	notes.fail = errWire
	if _, err := r.Append(t.Context(), fresh); !errors.Is(err, errWire) || bars.replaced != nil || !slices.Equal(*log, []string{"note"}) {
		t.Errorf("%v, %q", err, *log)
	}
}

func TestReviserRefuses(t *testing.T) {
	r, _, _, fresh, log := revising(func(b *etl.BarBuilder) { b.Days[1] = b.Days[0] })
	var bad *etl.DataError
	if _, err := r.Append(t.Context(), fresh); !errors.As(err, &bad) || len(*log) != 0 {
		t.Errorf("a key that comes twice: %v", err)
	}
	var bars *barStore
	r, bars, _, fresh, log = revising(func(*etl.BarBuilder) {})
	bars.rows = append(bars.rows, bars.rows[0])
	if _, err := r.Append(t.Context(), fresh); !errors.As(err, &bad) || len(*log) != 0 {
		t.Errorf("a key that is stored twice: %v", err)
	}
}

// Bars that the vendor does not have any more stay, and are told of.
func TestVanishedBars(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), absent: map[cell]bool{}}
	s, other := v.universe[7].Symbol, v.universe[8].Symbol
	v.absent[cell{s, june[3]}], v.absent[cell{s, june[19]}], v.absent[cell{other, june[4]}] = true, true, true
	b, table := newBench(v, etl.Scope{}), &absences{}
	b.Absences, b.Again, b.Config.AbsentAfter = table, true, 7
	b.Stored = etl.NewCells(june)
	for _, in := range v.universe {
		b.Stored.AddRange(in.Symbol, june[0], june[20])
	}
	gone := etl.NewCells(june)
	gone.Add(other, june[4])
	b.Stored = b.Stored.Minus(gone)
	out, err := b.Run.Do(t.Context())
	if err != nil || out.Vanished.Cells != 2 || out.Vanished.First != june[3] || out.Vanished.Last != june[19] || out.Vanished.Sample == "" {
		t.Errorf("%v, %+v", err, out.Vanished)
	}
	if want := []cell{{other, june[4]}}; !slices.Equal(table.cells(), want) || len(out.Missing) != 0 || out.Explained != 1 {
		t.Errorf("absent %v, want %v; missing %v", table.cells(), want, gaps(out))
	}
}

func TestVerdictRows(t *testing.T) {
	r := etl.VerdictRows([]etl.Verdict{
		{Rule: "provisional", Severity: etl.Warn, Checked: 9, Found: 1, First: june[3], Last: june[4], Sample: "sh600000"}, {Rule: "vanished", Severity: etl.Warn},
	}, "run", "daily_bars", fetched)
	defer r.Release()
	if !r.Schema().Equal(etl.Checks.Schema()) || r.NumRows() != 2 {
		t.Fatal(r)
	}
	for c, want := range []string{"run", "", "daily_bars", "provisional", "warn", "9", "1", "2026-06-04", "2026-06-05", "sh600000"} {
		if got := r.Column(c).ValueStr(0); want != "" && got != want {
			t.Errorf("column %d is %s, want %s", c, got, want)
		}
	}
	for _, c := range []int{7, 8, 9} {
		if r.Column(c).IsValid(1) {
			t.Errorf("column %d is not null", c)
		}
	}
}
