package etl_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

func TestRunProbesBeforeAskingSecurityBySecurity(t *testing.T) {
	today := june[20]
	type probe struct {
		published bool
		err       error
	}
	for name, c := range map[string]struct {
		probe probe
		old   bool // the days before are missing as well
		want  int  // ranges asked
	}{
		"published":                   {probe{published: true}, false, 80},
		"not published":               {probe{}, false, 0},
		"not published, old ones are": {probe{}, true, 80},
		"probe fails":                 {probe{err: errors.New("no answer")}, false, 80},
	} {
		t.Run(name, func(t *testing.T) {
			v := &vendor{universe: universe(stocks(80)), fault: unsupported(etl.MarketDay)}
			if !c.probe.published && c.probe.err == nil {
				v.empty = map[schedules.Day]bool{today: true}
			}
			b := newBench(v, etl.Scope{})
			if !c.old {
				for _, in := range v.universe {
					b.Committed.AddRange(in.Symbol, june[0], june[19])
				}
			}
			var probes []schedules.Day
			b.Published = func(_ context.Context, d schedules.Day) (bool, error) {
				probes = append(probes, d)
				return c.probe.published || d < today, c.probe.err
			}
			out, err := b.do(t, t.Context())
			if err != nil {
				t.Fatal(err)
			}
			wantProbes := []schedules.Day{today}
			if c.old { // without today, the ranges end yesterday
				wantProbes = append(wantProbes, june[19])
			}
			if !slices.Equal(probes, wantProbes) {
				t.Errorf("probed %v, want %v", probes, wantProbes)
			}
			if got := v.count(etl.SecurityRange); got != c.want {
				t.Errorf("%d ranges asked, want %d", got, c.want)
			}
			want := []string{}
			if v.empty[today] {
				want = append(want, gap(etl.ReasonUnpublished, 80, 80, today, today, v.universe[0].Symbol))
			}
			if !slices.Equal(gaps(out), want) {
				t.Errorf("missing %q, want %q", gaps(out), want)
			}
		})
	}
}

// Probes are made in order of day, each day once.
func TestRunProbesInOrder(t *testing.T) {
	v := &vendor{universe: universe(indices(10))}
	b := newBench(v, etl.Scope{From: june[0], To: june[20], Index: true})
	for i, in := range v.universe { // two ranges end on each of the last five days
		b.Committed.AddRange(in.Symbol, june[20-i/2]+1, june[20])
	}
	var probes []schedules.Day
	b.Published = func(_ context.Context, d schedules.Day) (bool, error) {
		probes = append(probes, d)
		return true, nil
	}
	if _, err := b.do(t, t.Context()); err != nil || !slices.Equal(probes, june[16:]) {
		t.Errorf("%v, probed %v, want %v", err, probes, june[16:])
	}
}

// One security is asked for straight away: a probe would cost as much.
func TestRunDoesNotProbeForOneSecurity(t *testing.T) {
	v := &vendor{universe: universe(stocks(1))}
	b := newBench(v, etl.Scope{})
	b.Published = func(context.Context, schedules.Day) (bool, error) {
		t.Error("probes")
		return true, nil
	}
	if out, err := b.do(t, t.Context()); err != nil || out.Rows != 21 {
		t.Errorf("%v, %d rows", err, out.Rows)
	}
}

func TestRunProbeEndsTheRun(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		cancel bool
		want   error
		reason string
	}{
		"refused":   {&etl.RefusedError{Reason: "the budget is spent"}, false, etl.ErrRefused, etl.ReasonRefused},
		"cancelled": {errors.New("connection closed"), true, context.Canceled, etl.ReasonInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			v := &vendor{universe: universe(stocks(2))}
			b := newBench(v, etl.Scope{})
			b.Published = func(context.Context, schedules.Day) (bool, error) {
				if c.cancel {
					cancel()
				}
				return false, c.err
			}
			out, err := b.do(t, ctx)
			if !errors.Is(err, c.want) || len(v.requests()) != 0 {
				t.Errorf("%v after %v", err, v.requests())
			}
			if want := []string{gap(c.reason, 42, 2, june[0], june[20], v.universe[0].Symbol)}; !slices.Equal(gaps(out), want) {
				t.Errorf("missing %q, want %q", gaps(out), want)
			}
		})
	}
}
