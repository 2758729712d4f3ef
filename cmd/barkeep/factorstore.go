package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// factorStore is the table adjust_factors with what a run adds to it.
type factorStore struct {
	lake  *lake.Lake
	known map[etl.Symbol][]etl.FactorVersion // the newest versions, by ex-date

	batches []arrow.Record // changed factors, not committed yet
	flawed  []etl.Refused  // refused rows, likewise
	noted   map[string]bool
	refused refusedFactors
	commits []lake.Commit
}

// refusedFactors counts the rows refused by a run, by rule.
type refusedFactors map[string]etl.Verdict

// addTo adds to a verdict what was refused by its rule.
func (r refusedFactors) addTo(v *etl.Verdict) {
	of, ok := r[v.Rule]
	if !ok {
		return
	}
	of.Checked = v.Checked + of.Found
	*v = of
}

// rows returns how many rows were refused.
func (r refusedFactors) rows() (n int) {
	for _, v := range r {
		n += int(v.Found)
	}
	return n
}

// openFactors reads what is known now.
func openFactors(ctx context.Context, l *lake.Lake) (*factorStore, error) {
	s := &factorStore{lake: l, refused: refusedFactors{}, known: map[etl.Symbol][]etl.FactorVersion{}}
	var stored []etl.FactorVersion
	err := all(ctx, l.Table(etl.AdjustFactors), func(r arrow.Record) error {
		part, err := etl.ReadFactors(r)
		stored = append(stored, part...)
		return err
	})
	for _, v := range etl.NewestFactors(stored, time.Time{}) {
		s.known[v.Symbol] = append(s.known[v.Symbol], v)
	}
	return s, err
}

// all returns the known factors, by symbol and ex-date.
func (s *factorStore) all() (list []etl.FactorVersion) {
	for _, symbol := range slices.Sorted(maps.Keys(s.known)) {
		list = append(list, s.known[symbol]...)
	}
	return list
}

// add takes an answer over; it returns how many rows of it are sound.
func (s *factorStore) add(ctx context.Context, a etl.FactorAnswer) (int, error) {
	sound := a.Sound()
	var known []etl.FactorVersion // of the answer's securities
	for i, f := range sound {
		if i == 0 || sound[i-1].Symbol != f.Symbol {
			known = append(known, s.known[f.Symbol]...)
		}
	}
	if changed := etl.ChangedFactors(known, sound); len(changed) > 0 {
		s.batches = append(s.batches, etl.FactorRows(changed, a.Source, a.Fetched))
		for _, f := range changed {
			s.learn(etl.FactorVersion{Factor: f, Source: a.Source, Fetched: a.Fetched})
		}
	}
	if len(a.Flaws) == 0 {
		return len(sound), nil
	}
	if s.noted == nil {
		s.noted = map[string]bool{}
		err := eachRefused(ctx, s.lake, func(r refusedRow) error {
			s.noted[r.Raw] = true
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	for _, flaw := range a.Flaws {
		f, raw := a.Factors[flaw.Row], a.Raw[flaw.Row]
		v := s.refused[a.Rule(flaw)]
		v.Rule, v.Severity = a.Rule(flaw), etl.Reject
		v.Add(f.Date, f.Symbol.String()+" "+f.Date.String()+": "+flaw.Reason)
		s.refused[v.Rule] = v
		if !s.noted[raw] {
			s.noted[raw] = true
			s.flawed = append(s.flawed, etl.Refused{Symbol: f.Symbol, Day: f.Date, Reason: flaw.Reason, Raw: raw, Request: a.Request, Source: a.Source, Fetched: a.Fetched})
		}
	}
	return len(sound), nil
}

// learn puts one version into the known ones.
func (s *factorStore) learn(v etl.FactorVersion) {
	of := s.known[v.Symbol]
	at, found := slices.BinarySearchFunc(of, v.Date, func(o etl.FactorVersion, d schedules.Day) int { return int(o.Date) - int(d) })
	if found {
		of[at] = v
		return
	}
	s.known[v.Symbol] = slices.Insert(of, at, v)
}

// commit writes what was added.
func (s *factorStore) commit(ctx context.Context) error {
	info := lake.Info{Job: jobAdjustFactors, Engine: engine()}
	if len(s.flawed) > 0 {
		if err := appendRows(ctx, s.lake.Table(etl.Quarantine), etl.RefusedRows(s.flawed, etl.AdjustFactors.Name), info); err != nil {
			return err
		}
		s.flawed = nil
	}
	if len(s.batches) == 0 {
		return nil
	}
	c, err := s.lake.Table(etl.AdjustFactors).Append(ctx, s.batches, info)
	if err != nil {
		return err
	}
	for _, b := range s.batches {
		b.Release()
	}
	s.batches, s.commits = nil, append(s.commits, c)
	return nil
}
