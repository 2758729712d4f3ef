package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

const jobDailyBars = "daily-bars"

// barsJob is one run of daily-bars, or of revisions.
type barsJob struct {
	vendorJob
	options barOptions
	id      string // names the run in the lake's tables

	explained *etl.Cells // those that absences explain; known after missing

	report report
}

// newBarsJob prepares a run; nothing is read or sent yet.
func (a *app) newBarsJob(o barOptions) (*barsJob, error) {
	base, err := a.newVendorJob()
	if err != nil {
		return nil, err
	}
	if _, err := o.scope(base.cfg.DailyBars, base.calendar, time.Now()); err != nil {
		return nil, err
	}
	j := &barsJob{vendorJob: base, options: o, report: report{MissingWhy: []etl.Gap{}}}
	j.name(jobDailyBars)
	return j, nil
}

// name says which job this is.
func (j *barsJob) name(job string) {
	j.report.Job, j.id = job, runID(job)
}

func (j *barsJob) info() lake.Info { return lake.Info{Job: j.report.Job, Engine: engine()} }

// run does the whole job: lists, plan, bars, catalog. The report is filled in
// whatever the error.
func (j *barsJob) run(ctx context.Context) error {
	start := time.Now()
	defer func() { j.report.finish(j.client, j.ledger, time.Since(start)) }()
	return j.alone(ctx, jobDailyBars, func() error { return j.work(ctx) })
}

func (j *barsJob) work(ctx context.Context) error {
	universe, err := j.lists(ctx)
	if err != nil {
		return err
	}
	scope, expected, have, err := j.missing(ctx, universe)
	if err != nil {
		return err
	}
	if j.report.Job == jobRevisions {
		err = j.revise(ctx, universe, scope, expected, have)
	} else {
		err = j.fill(ctx, universe, scope, expected, have)
	}
	if ferr := j.app.fold(ctx, j.cfg, j.lake, etl.DailyBars); ferr != nil && ctx.Err() == nil {
		j.report.warn("small files were not folded, which the next run or barkeep compact makes good: %v", ferr)
	}
	return err
}

// fill fetches what is missing.
func (j *barsJob) fill(ctx context.Context, u etl.Universe, scope etl.Scope, expected, have *etl.Cells) error {
	waiting, err := provisionals(ctx, j.lake, expected.Minus(have))
	if err != nil {
		return err
	}
	run, err := j.pipeline(ctx, u, scope, expected, have)
	if err != nil {
		return err
	}
	run.Bars = appender{j.lake.Table(etl.DailyBars), j.info(), func() { j.publishNow(ctx) }}
	run.Committed, run.Again = have, j.options.again
	outcome, err := run.Do(ctx)
	j.app.screen.done()
	j.report.outcome(outcome)
	return errors.Join(err, j.compare(context.WithoutCancel(ctx), waiting))
}

// compare reports how the bars that have come differ from the provisional ones
// they replace, and keeps that in the table checks.
func (j *barsJob) compare(ctx context.Context, waiting []provisional) error {
	var found []etl.Verdict
	for _, p := range waiting {
		c, err := p.compare(ctx, j.lake)
		if err != nil {
			return fmt.Errorf("compare with the provisional bars of %s: %w", p.day, err)
		}
		if c.Compared > 0 {
			j.report.Provisional = append(j.report.Provisional, c)
			found = append(found, c.verdict())
		}
	}
	return j.observe(ctx, found)
}

// observe appends to the table checks.
func (j *barsJob) observe(ctx context.Context, found []etl.Verdict) error {
	return observe(ctx, j.lake, found, j.id, j.info())
}

func observe(ctx context.Context, l *lake.Lake, found []etl.Verdict, run string, info lake.Info) error {
	if len(found) == 0 {
		return nil
	}
	rows := etl.VerdictRows(found, run, etl.DailyBars.Name, time.Now())
	defer rows.Release()
	_, err := l.Table(etl.Checks).Append(ctx, []arrow.Record{rows}, info)
	return err
}

// pipeline prepares a run. Where the bars go, and what counts as there already, is
// left to the caller.
func (j *barsJob) pipeline(ctx context.Context, u etl.Universe, scope etl.Scope, expected, have *etl.Cells) (*etl.Run, error) {
	refused, err := readQuarantine(ctx, j.lake, have.Days())
	if err != nil {
		return nil, err
	}
	return &etl.Run{
		Source:     j.client,
		Quarantine: appender{j.lake.Table(etl.Quarantine), j.info(), nil},
		Checks:     appender{j.lake.Table(etl.Checks), j.info(), nil},
		Absences:   appender{j.lake.Table(etl.Absences), j.info(), nil},
		Checker:    etl.NewChecker(j.cfg.Checks, j.calendar, u, newStoredBars(ctx, j.lake, have, j.app.log)),
		ID:         j.id,
		Published:  j.client.Published,
		Calendar:   j.calendar, Universe: u, Expected: expected, Explained: j.explained, First: refused.cells,
		Scope: scope, Known: refused.known, Released: refused.released,
		Config: j.cfg.DailyBars, PageSize: j.cfg.Baostock.PageSize, Prefetch: j.cfg.Baostock.Prefetch,
		Today: j.today(), Log: j.app.log, Progress: j.app.screen.progress,
	}, nil
}

// publishNow shows a commit to readers of the catalog while the run goes on. The
// end of the run publishes once more and reports what fails.
func (j *barsJob) publishNow(ctx context.Context) {
	if err := j.app.publish(context.WithoutCancel(ctx), j.lake, j.cfg); err != nil {
		j.app.log.Warn("the catalog could not be published", "error", err)
	}
}

// today is the last day the vendor can have published, by the earlier of the
// two clocks.
func (j *barsJob) today() schedules.Day {
	now := time.Now().Add(min(j.client.ClockOffset(), 0))
	return j.calendar.Published(now, schedules.DailyBarsReady)
}
