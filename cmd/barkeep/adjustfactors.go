package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources"
	"barkeep/sources/baostock"
	"barkeep/sources/baostock/wire"
)

const jobAdjustFactors = "adjust-factors"

// factorsJob is one run of adjust-factors: the ex-dates that the stored bars show,
// the factors that are missing for them, the requests that bring those, the proof.
type factorsJob struct {
	app      *app
	cfg      configs.Config
	lake     *lake.Lake
	calendar *schedules.Calendar
	ledger   *sources.Ledger
	client   *baostock.Client

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
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	calendar, err := cfg.Calendar.Load()
	if err != nil {
		return nil, usageError{err}
	}
	l, err := a.openLake(cfg)
	if err != nil {
		return nil, err
	}
	j := &factorsJob{app: a, cfg: cfg, lake: l, calendar: calendar}
	j.ledger = sources.OpenLedger(ledgerPath(cfg, l), cfg.Baostock.Budget)
	j.client = baostock.New(cfg.Baostock, j.ledger, a.log)
	j.report = factorsReport{Job: jobAdjustFactors, MissingWhy: []etl.Gap{}, traffic: traffic{Findings: []finding{}}}
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
func (j *factorsJob) run(ctx context.Context) (err error) {
	start := time.Now()
	defer func() { j.report.finish(j.client, j.ledger, time.Since(start)) }()
	if err := os.MkdirAll(j.lake.Dir(), 0o755); err != nil {
		return fmt.Errorf("the lake cannot be created: %w", err)
	}
	release, err := j.lake.Lock(jobAdjustFactors)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	defer func() {
		if perr := j.app.publish(context.WithoutCancel(ctx), j.lake, j.cfg); perr != nil {
			err = errors.Join(err, perr)
		}
	}()
	defer func() { j.client.Close(context.WithoutCancel(ctx)) }()

	if err := j.look(ctx, true); err != nil {
		return err
	}
	err = j.fetch(ctx)
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
	var factors []etl.Factor
	for _, v := range known {
		if !open[v.Symbol] {
			factors = append(factors, v.Factor)
		}
	}
	var detected []etl.ExDate
	for _, e := range j.bars.exDates {
		if in, ok := j.universe.Find(e.Symbol); !open[e.Symbol] && !(ok && in.Kind == etl.Index) {
			detected = append(detected, e)
		}
	}
	proof := etl.CheckFactors(factors, detected, etl.Bars{Present: j.bars.present, Listed: j.universe})
	verdicts := proof.Verdicts()
	j.report.proof(proof, len(known))
	for i := range verdicts {
		j.factors.refused.addTo(&verdicts[i])
	}
	j.report.findings(verdicts)
	at, err := lookedAt(ctx, j.lake, etl.DailyBars, etl.AdjustFactors, etl.Instruments)
	if err != nil {
		return err
	}
	return keepVerdicts(ctx, j.lake, verdicts, etl.AdjustFactors, jobAdjustFactors, at)
}

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
