package main

import (
	"context"
	"fmt"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

// plan returns the requests that bring what is missing, as far as today's limits go;
// left is how many more it takes.
func (j *factorsJob) plan() (plan []etl.FactorRequest, left int, err error) {
	usage, err := j.ledger.Usage()
	if err != nil {
		return nil, 0, err
	}
	known := j.factors.all()
	without := etl.WithoutFactor(j.bars.exDates, known, j.universe)
	m := j.asked.means(without, known, j.latest)
	for _, e := range without {
		if j.holed(e) {
			m.Asked[etl.FactorKey{Symbol: e.Symbol, Date: e.Day}] = true
		}
	}
	m.NoDay = j.noDay
	m.Budget = min(usage.Left(), j.asked.left(schedules.DayOf(time.Now()), j.cfg.Factors.DailyRequests))
	plan, left = etl.PlanFactors(j.bars.exDates, known, j.universe, m)
	return plan, left, nil
}

// holed reports whether the bars before an ex-date of the last days are missing. They
// are likely to come, and then tell whether it is one.
func (j *factorsJob) holed(e etl.ExDate) bool { return e.Gap && e.Day > j.latest-lateDays }

// forecast tells what a run would ask for; it reads the lake and nothing else.
func (j *factorsJob) forecast(ctx context.Context) (forecast, error) {
	f := forecast{Job: jobAdjustFactors, RequestsByType: map[string]int{}, Partitions: []int{}}
	if err := j.look(ctx, false); err != nil {
		return f, err
	}
	plan, left, err := j.plan()
	if err != nil {
		return f, err
	}
	without := etl.WithoutFactor(j.bars.exDates, j.factors.all(), j.universe)
	expected, missing := len(j.bars.exDates), len(without)
	f.From, f.To, f.Expected, f.Missing, f.Committed = j.latest, j.latest, &expected, &missing, expected-missing
	for _, e := range j.bars.exDates {
		f.From = min(f.From, e.Day)
	}
	for _, q := range plan {
		if q.Symbol == 0 {
			f.RequestsByType[string(wire.FactorDay)]++
		} else {
			f.RequestsByType[string(wire.AdjustFactor)]++
		}
	}
	if len(plan) > 0 {
		f.Files = 1
	}
	if left > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%s more will be asked for on the next days (adjust_factors.daily_requests, baostock.budget)", plural(left, "request")))
	}
	return f, f.cost(j.cfg, j.ledger)
}
