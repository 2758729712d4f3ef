package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources"
	"barkeep/sources/baostock"
)

const jobDailyBars = "daily-bars"

// barOptions is what run and plan take from the command line.
type barOptions struct {
	from, to   string
	symbols    []string
	etf, index bool
}

// scope reads the options into a scope; what is not said comes from the
// configuration. To is the last day the vendor can have published at now.
func (o barOptions) scope(c etl.Config, calendar *schedules.Calendar, now time.Time) (s etl.Scope, err error) {
	var problems []error
	s = etl.Scope{From: c.From, To: calendar.Published(now, schedules.DailyBarsReady), ETF: o.etf || c.ETF, Index: o.index || c.Index}
	if o.from != "" {
		if s.From, err = schedules.ParseDay(o.from); err != nil {
			problems = append(problems, fmt.Errorf("--from: %w", err))
		}
	}
	if o.to != "" {
		to, err := schedules.ParseDay(o.to)
		if err != nil {
			problems = append(problems, fmt.Errorf("--to: %w", err))
		} else if o.from != "" && to < s.From {
			problems = append(problems, fmt.Errorf("--to %s lies before --from %s", to, s.From))
		}
		s.To = min(s.To, to)
	}
	if s.Symbols, err = parseSymbols("--symbols: ", o.symbols); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return s, usageError{errors.Join(problems...)}
	}
	return s, nil
}

// barsJob is one run of daily-bars.
type barsJob struct {
	app      *app
	cfg      configs.Config
	options  barOptions
	lake     *lake.Lake
	calendar *schedules.Calendar
	ledger   *sources.Ledger
	client   *baostock.Client

	report report
}

// newBarsJob prepares a run; nothing is read or sent yet.
func (a *app) newBarsJob(o barOptions) (*barsJob, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	calendar, err := cfg.Calendar.Load()
	if err != nil {
		return nil, usageError{err}
	}
	if _, err := o.scope(cfg.DailyBars, calendar, time.Now()); err != nil {
		return nil, err
	}
	l, err := a.openLake(cfg)
	if err != nil {
		return nil, err
	}
	j := &barsJob{app: a, cfg: cfg, options: o, lake: l, calendar: calendar}
	j.ledger = sources.OpenLedger(ledgerPath(cfg, l), cfg.Baostock.Budget)
	j.client = baostock.New(cfg.Baostock, j.ledger, a.log)
	j.report.Job = jobDailyBars
	return j, nil
}

func ledgerPath(c configs.Config, l *lake.Lake) string {
	if c.Baostock.StateFile != "" {
		return c.Baostock.StateFile
	}
	return filepath.Join(l.StateDir(), "baostock.json")
}

// run does the whole job: lists, plan, bars, catalog. The report is filled in
// whatever the error.
func (j *barsJob) run(ctx context.Context) (err error) {
	start := time.Now()
	defer func() { j.report.finish(j, time.Since(start)) }()
	if err := os.MkdirAll(j.lake.Dir(), 0o755); err != nil {
		return fmt.Errorf("the lake cannot be created: %w", err)
	}
	release, err := j.lake.Lock(jobDailyBars)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	// What is committed is published even when the rest of the run failed, and
	// a crash between commit and publication is made good by the next run.
	defer func() {
		if perr := j.app.publish(context.WithoutCancel(ctx), j.lake, j.cfg); perr != nil {
			err = errors.Join(err, perr)
		}
	}()
	defer func() { j.client.Close(context.WithoutCancel(ctx)) }()

	universe, err := j.lists(ctx)
	if err != nil {
		return err
	}
	scope, expected, have, err := j.missing(ctx, universe)
	if err != nil {
		return err
	}
	waiting, err := provisionals(ctx, j.lake, expected.Minus(have))
	if err != nil {
		return err
	}
	outcome, err := j.fetch(ctx, universe, scope, expected, have)
	j.report.outcome(outcome)
	err = errors.Join(err, j.compare(context.WithoutCancel(ctx), waiting))
	if ferr := j.app.fold(ctx, j.cfg, j.lake, etl.DailyBars); ferr != nil && ctx.Err() == nil {
		j.report.warn("small files were not folded, which the next run or barkeep compact makes good: %v", ferr)
	}
	return err
}

// compare reports how the bars that have come differ from the provisional ones
// they replace.
func (j *barsJob) compare(ctx context.Context, waiting []provisional) error {
	for _, p := range waiting {
		c, err := p.compare(ctx, j.lake)
		if err != nil {
			return fmt.Errorf("compare with the provisional bars of %s: %w", p.day, err)
		}
		if c.Compared > 0 {
			j.report.Provisional = append(j.report.Provisional, c)
		}
	}
	return nil
}

// missing works out what should exist and what does. Only when something is
// missing is the server's clock asked, which may say that less is due.
func (j *barsJob) missing(ctx context.Context, u etl.Universe) (etl.Scope, *etl.Cells, *etl.Cells, error) {
	fail := func(err error) (etl.Scope, *etl.Cells, *etl.Cells, error) { return etl.Scope{}, nil, nil, err }
	scope, err := j.options.scope(j.cfg.DailyBars, j.calendar, time.Now())
	if err != nil {
		return fail(err)
	}
	if err := known(u, scope.Symbols); err != nil {
		return fail(err)
	}
	have, err := committed(ctx, j.lake, j.calendar.Days(scope.From, scope.To))
	if err != nil {
		return fail(err)
	}
	expected := etl.Expected(u, scope, have.Days())
	if expected.Minus(have).Len() == 0 {
		j.report.scope(scope)
		return scope, expected, have, nil
	}
	now, err := j.client.Now(ctx)
	if err != nil {
		return fail(err)
	}
	if offset := j.client.ClockOffset(); offset.Abs() > 10*time.Minute {
		here := time.Now().In(schedules.Shanghai)
		j.report.warn("the server's clock shows %s, this machine's %s (Asia/Shanghai); the earlier of the two decides which days are due",
			here.Add(offset).Format("2006-01-02 15:04"), here.Format("2006-01-02 15:04"))
	}
	if due := j.calendar.Published(now, schedules.DailyBarsReady); due < scope.To {
		scope.To = due
		expected = etl.Expected(u, scope, have.Days())
	}
	j.report.scope(scope)
	return scope, expected, have, nil
}

// known refuses symbols that the vendor does not list.
func known(u etl.Universe, symbols []etl.Symbol) error {
	var problems []error
	for _, s := range symbols {
		if _, ok := u.Find(s); ok {
			continue
		}
		hint := ""
		if like := u.Like(s, 3); len(like) > 0 {
			hint = fmt.Sprintf("; there is %q", like)
		}
		problems = append(problems, fmt.Errorf("--symbols: the vendor lists no %s%s", s, hint))
	}
	if len(problems) > 0 {
		return usageError{errors.Join(problems...)}
	}
	return nil
}

// fetch runs the pipeline.
func (j *barsJob) fetch(ctx context.Context, u etl.Universe, scope etl.Scope, expected, have *etl.Cells) (etl.Outcome, error) {
	seen, err := quarantined(ctx, j.lake)
	if err != nil {
		return etl.Outcome{}, err
	}
	info := lake.Info{Job: jobDailyBars, Engine: engine()}
	run := etl.Run{
		Source:     j.client,
		Bars:       appender{j.lake.Table(etl.DailyBars), info, func() { j.publishNow(ctx) }},
		Quarantine: appender{j.lake.Table(etl.Quarantine), info, nil},
		Checks:     appender{j.lake.Table(etl.Checks), info, nil},
		Checker:    etl.NewChecker(j.cfg.Checks, j.calendar, u, newStoredBars(ctx, j.lake, have, j.app.log)),
		ID:         jobDailyBars + " " + time.Now().UTC().Format(time.RFC3339),
		Published:  j.client.Published,
		Calendar:   j.calendar, Universe: u, Expected: expected, Committed: have, Scope: scope, Known: seen,
		Config: j.cfg.DailyBars, PageSize: j.cfg.Baostock.PageSize, Prefetch: j.cfg.Baostock.Prefetch,
		Today: j.today(), Log: j.app.log, Progress: j.app.screen.progress,
	}
	defer j.app.screen.done()
	return run.Do(ctx)
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
