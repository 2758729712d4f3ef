package etl_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// Rows that cannot be true are kept apart, once, and are not asked for again.
func TestRunQuarantine(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), wrong: map[cell]bool{}, absent: map[cell]bool{}}
	a, z := v.universe[7].Symbol, v.universe[59].Symbol
	v.wrong[cell{a, june[3]}] = true
	v.wrong[cell{z, june[9]}] = true
	// Holes around the wrong row: the range brings it a second time.
	v.absent[cell{a, june[2]}] = true
	v.absent[cell{a, june[4]}] = true
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	if err != nil || out.Rows != 60*21-4 || out.Quarantined != 2 {
		t.Errorf("%v, %d rows, %d refused", err, out.Rows, out.Quarantined)
	}
	if want := []string{raw(a, june[3]), raw(z, june[9])}; !slices.Equal(b.quarantine.raws, want) || len(b.quarantine.commits) != 1 {
		t.Errorf("quarantine holds %q in %d commits, want %q", b.quarantine.raws, len(b.quarantine.commits), want)
	}
	want := []string{
		gap(etl.ReasonAbsent, 2, 1, june[2], june[4], a),
		gap(etl.ReasonQuarantined+"high is below low", 2, 2, june[3], june[9], a),
	}
	if !slices.Equal(sorted(gaps(out)), sorted(want)) {
		t.Errorf("missing %q, want %q", gaps(out), want)
	}
	if want := span(v.universe[7], june[2], june[4]); len(v.requests()) != 22 || v.requests()[21] != want {
		t.Errorf("asked %v, want 21 days and %s", v.requests(), want)
	}

	// The next run meets one of them again and a new one.
	b.Known = map[string]bool{raw(a, june[3]): true}
	b.quarantine.raws = nil
	out, err = b.do(t, t.Context())
	if err != nil || out.Quarantined != 2 || out.Rows != 0 {
		t.Errorf("second run: %v, %d refused, %d rows", err, out.Quarantined, out.Rows)
	}
	if want := []string{raw(z, june[9])}; !slices.Equal(b.quarantine.raws, want) {
		t.Errorf("second run adds %q, want %q", b.quarantine.raws, want)
	}

	// Put right by the vendor, they are stored like any other.
	clear(v.wrong)
	clear(v.absent)
	if out, err = b.do(t, t.Context()); err != nil || len(out.Missing) != 0 || out.Rows != 4 {
		t.Errorf("third run: %v, %d rows, missing %v", err, out.Rows, gaps(out))
	}
}

func TestRunOfNothingButWrongRows(t *testing.T) {
	v := &vendor{universe: universe(stocks(1)), wrong: map[cell]bool{}}
	for _, d := range june {
		v.wrong[cell{v.universe[0].Symbol, d}] = true
	}
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	if err != nil || out.Rows != 0 || len(b.bars.commits) != 0 || len(b.quarantine.raws) != 21 {
		t.Errorf("%v, %d rows, %d commits, %d in quarantine", err, out.Rows, len(b.bars.commits), len(b.quarantine.raws))
	}
}

// The quarantine is written even when the run was stopped.
func TestRunWritesTheQuarantineWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	v := &vendor{universe: universe(stocks(60)), wrong: map[cell]bool{{stocks(1)[0].Symbol, june[0]}: true}}
	v.fault = func(ctx context.Context, n int, _ etl.Request) error {
		if n == 3 {
			cancel()
			return ctx.Err()
		}
		return nil
	}
	b := newBench(v, etl.Scope{})
	if _, err := b.do(t, ctx); !errors.Is(err, context.Canceled) || len(b.quarantine.raws) != 1 {
		t.Errorf("%v, %d rows in quarantine", err, len(b.quarantine.raws))
	}
}

func TestRunReportsAQuarantineThatCannotBeWritten(t *testing.T) {
	v := &vendor{universe: universe(stocks(60)), wrong: map[cell]bool{{stocks(1)[0].Symbol, june[0]}: true}}
	b := newBench(v, etl.Scope{})
	full := errors.New("disk full")
	b.quarantine.before = func(int) error { return full }
	if out, err := b.do(t, t.Context()); !errors.Is(err, full) || out.Rows != 60*21-1 {
		t.Errorf("%v, %d rows", err, out.Rows)
	}
}

func TestRunGaps(t *testing.T) {
	v := &vendor{universe: universe(stocks(120)), absent: map[cell]bool{}, wrong: map[cell]bool{}}
	u := v.universe
	v.absent[cell{u[9].Symbol, june[2]}] = true // the earliest, of a later symbol
	v.absent[cell{u[4].Symbol, june[6]}] = true
	v.absent[cell{u[4].Symbol, june[8]}] = true
	v.wrong[cell{u[11].Symbol, june[1]}] = true
	v.empty = map[schedules.Day]bool{june[20]: true}
	v.garbled = func(q etl.Request) bool { return q.From == june[10] }
	b := newBench(v, etl.Scope{})
	out, err := b.do(t, t.Context())
	want := []string{ // most cells first, then by reason
		gap(etl.ReasonUnpublished, 120, 120, june[20], june[20], u[0].Symbol),
		gap(etl.ReasonFailed, 120, 120, june[10], june[10], u[0].Symbol),
		gap(etl.ReasonAbsent, 3, 2, june[2], june[8], u[9].Symbol),
		gap(etl.ReasonQuarantined+"high is below low", 1, 1, june[1], june[1], u[11].Symbol),
	}
	if err != nil || !slices.Equal(gaps(out), want) {
		t.Errorf("%v, missing\n%q, want\n%q", err, gaps(out), want)
	}
	if out.MissingCells() != 244 {
		t.Errorf("%d missing cells", out.MissingCells())
	}
}
