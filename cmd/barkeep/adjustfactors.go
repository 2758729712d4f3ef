package main

import (
	"context"
	"errors"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

const jobAdjustFactors = "adjust-factors"

// factorsJob is one run of adjust-factors: the ex-dates that the stored bars show,
// the factors that are missing for them, the requests that bring those, the proof.
type factorsJob struct {
	vendorJob

	universe etl.Universe
	bars     *barHistory
	factors  *factorStore
	asked    *askedFactors
	latest   schedules.Day // the last day whose factors are published
	noDay    bool          // the vendor does not know whole-market requests of factors

	report factorsReport
}

// newFactorsJob prepares a run; nothing is read or sent yet.
func (a *app) newFactorsJob() (*factorsJob, error) {
	base, err := a.newVendorJob()
	if err != nil {
		return nil, err
	}
	j := &factorsJob{vendorJob: base}
	j.report = factorsReport{Job: jobAdjustFactors, MissingWhy: []etl.Gap{}, Findings: findings{}}
	return j, nil
}

// runAdjustFactors does the job adjust-factors.
func runAdjustFactors(ctx context.Context, a *app, _ options) (runReport, error) {
	j, err := a.newFactorsJob()
	if err != nil {
		return nil, err
	}
	return &j.report, j.report.verdict(j.run(ctx))
}

// run does the whole job. The report is filled in whatever the error.
func (j *factorsJob) run(ctx context.Context) error {
	start := time.Now()
	defer func() { j.report.finish(j.client, j.ledger, time.Since(start)) }()
	return j.alone(ctx, jobAdjustFactors, func() error { return j.work(ctx) })
}

func (j *factorsJob) work(ctx context.Context) error {
	if err := j.look(ctx, true); err != nil {
		return err
	}
	err := j.fetch(ctx)
	settle := context.WithoutCancel(ctx)
	if perr := j.prove(settle); perr != nil {
		err = errors.Join(err, perr)
	}
	j.report.missing(j.waiting(err))
	if ferr := j.app.fold(ctx, j.cfg, j.lake, etl.AdjustFactors); ferr != nil && ctx.Err() == nil {
		j.report.warn("small files were not folded, which the next run or barkeep compact makes good: %v", ferr)
	}
	return err
}

// look reads everything that the lake knows of ex-dates and factors.
func (j *factorsJob) look(ctx context.Context, keep bool) (err error) {
	if j.calendar, err = extended(ctx, j.lake, j.calendar); err != nil {
		return err
	}
	if j.universe, _, err = instruments(ctx, j.lake); err != nil {
		return err
	}
	if j.bars, err = readBarHistory(ctx, j.lake, j.calendar, j.universe, keep); err != nil {
		return err
	}
	if j.factors, err = openFactors(ctx, j.lake); err != nil {
		return err
	}
	if j.asked, err = openAsked(j.lake, j.factors.all()); err != nil {
		return err
	}
	j.latest = j.calendar.Published(time.Now(), schedules.AdjustFactorsReady)
	j.report.ExDates, j.report.Bars, j.report.BarsRead = len(j.bars.exDates), j.bars.rows, j.bars.read
	return nil
}

// prove holds all factors against the bars and against each other, and keeps what
// the rules have found, once for each version of the tables.
func (j *factorsJob) prove(ctx context.Context) error {
	known := j.factors.all()
	open := map[etl.Symbol]bool{} // what is still to come proves nothing yet
	for _, e := range etl.WithoutFactor(j.bars.exDates, known, j.universe) {
		if j.asked.covers(e) == nil || e.Day > j.latest {
			open[e.Symbol] = true
		}
	}
	for _, e := range j.asked.stale(known) {
		open[e.Symbol] = true
	}
	var factors []etl.Factor
	for _, v := range known {
		if !open[v.Symbol] {
			factors = append(factors, v.Factor)
		}
	}
	var detected []etl.ExDate
	for _, e := range j.bars.exDates {
		if !open[e.Symbol] {
			detected = append(detected, e)
		}
	}
	proof := etl.CheckFactors(factors, detected, etl.Bars{Present: j.bars.present, Listed: j.universe})
	verdicts := proof.Verdicts()
	j.report.proof(proof, len(known))
	for i := range verdicts {
		j.factors.refused.addTo(&verdicts[i])
	}
	j.report.Findings.add(verdicts)
	at, err := lookedAt(ctx, j.lake, etl.DailyBars, etl.AdjustFactors, etl.Instruments)
	if err != nil {
		return err
	}
	at.more = j.factors.refused.rows() > 0
	return keepVerdicts(ctx, j.lake, verdicts, etl.AdjustFactors, jobAdjustFactors, at)
}
