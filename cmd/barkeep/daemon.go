package main

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"barkeep/cmd/barkeep/metrics"
	"barkeep/configs"
	"barkeep/schedules"
	"barkeep/schedules/jobs"
	"barkeep/sinks/lake"
	"barkeep/sinks/runlog"
	"barkeep/sinks/webhook"
)

// daemon is what lives as long as the command serve: the jobs and their history,
// the desk of quotes, the doors. Its parts are exchanged as a whole when the
// configuration is read again or the calendar goes on.
type daemon struct {
	lake    *lake.Lake
	log     *slog.Logger
	history *runlog.Log
	runner  *jobs.Runner

	metrics  *metrics.Set
	presence presence // as other processes see it
	supervisor

	app      atomic.Pointer[app] // with the configuration in force
	calendar atomic.Pointer[schedules.Calendar]
	desk     atomic.Pointer[quoteDesk]
	notifier atomic.Pointer[webhook.Notifier]
	state    atomic.Pointer[health] // the newest look at the lake
	changed  chan struct{}          // holds one: look again
	renewing sync.Mutex             // one renewal of the above at a time
}

// jobsLock is the name of the lock that keeps a second daemon off a lake.
const jobsLock = "serve"

// shutdown is how long runs may take to end once the daemon is to stop.
const shutdown = 9 * time.Second

// newDaemon prepares a daemon; nothing runs or listens yet.
func (a *app) newDaemon(ctx context.Context) (*daemon, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	d := &daemon{log: a.log, changed: make(chan struct{}, 1)}
	if d.lake, err = a.openLake(cfg); err != nil {
		return nil, err
	}
	a.lake = d.lake
	d.history = a.history(d.lake)
	if err := d.renew(ctx, a); err != nil {
		return nil, err
	}
	if d.runner, err = d.newRunner(cfg); err != nil {
		return nil, err
	}
	d.metrics, err = metrics.New(metrics.Options{Version: version, Now: now, Figures: program{d}, Quotes: liveQuotes{d}})
	if err != nil {
		return nil, err
	}
	for _, j := range d.runner.Jobs() {
		d.metrics.AddJob(j.Name)
	}
	last, err := d.history.Last()
	if err != nil {
		return nil, err
	}
	for _, r := range last {
		d.metrics.Remember(r)
	}
	notifier, err := d.newNotifier(cfg.Notify)
	if err != nil {
		return nil, usageError{err}
	}
	d.notifier.Store(notifier)
	return d, nil
}

// renew puts an app in force: its configuration, the calendar as the lake knows it
// now, and a desk of quotes made of both. The old desk stays open for the runs and
// requests that still use it, until the next renewal.
func (d *daemon) renew(ctx context.Context, a *app) error {
	d.renewing.Lock()
	defer d.renewing.Unlock()
	desk, err := a.newQuoteDesk(ctx)
	if err != nil {
		return err
	}
	a.desk = desk
	d.app.Store(a)
	d.calendar.Store(desk.calendar)
	if old := d.desk.Swap(desk); old != nil {
		time.AfterFunc(time.Minute, func() { old.cache.Close() })
	}
	return nil
}

// close gives back what the daemon holds.
func (d *daemon) close() error {
	d.desk.Load().cache.Close()
	return d.notifier.Load().Close()
}

// newRunner makes the runner of the configured jobs.
func (d *daemon) newRunner(cfg configs.Config) (*jobs.Runner, error) {
	list, err := d.jobs(cfg)
	if err != nil {
		return nil, err
	}
	runner, err := jobs.New(list, jobs.Options{
		Calendar: d.calendar.Load, Now: now, Journal: d.history, Judge: judge, Log: d.log, Ended: d.ended, Grace: shutdown,
	})
	if err != nil {
		return nil, usageError{err}
	}
	return runner, nil
}

// fetching is the group of the jobs that share the vendor's one connection.
const fetching = "baostock"

// groups are the jobs that do not run at the same time, by work.
var groups = map[string]string{
	jobDailyBars: fetching, jobInstruments: fetching, jobAdjustFactors: fetching, jobRevisions: fetching,
	jobCompact: "files", jobVacuum: "files",
}

// jobs are the jobs of a configuration, in the order of the works: what others
// build on comes first.
func (d *daemon) jobs(cfg configs.Config) ([]jobs.Job, error) {
	all := map[string]jobs.Work{}
	for _, w := range works {
		all[w.name] = d.work(w)
	}
	list, err := cfg.Jobs.Build(all)
	if err != nil {
		return nil, usageError{err}
	}
	order := func(j jobs.Job) int {
		return slices.IndexFunc(works, func(w work) bool { return w.name == cfg.Jobs.Work(j.Name) })
	}
	slices.SortStableFunc(list, func(a, b jobs.Job) int { return order(a) - order(b) })
	for i, j := range list {
		list[i].Group = groups[cfg.Jobs.Work(j.Name)]
	}
	return list, nil
}

// work lets a run do its work with the configuration in force when it begins.
func (d *daemon) work(w work) jobs.Work {
	return func(ctx context.Context, t jobs.Tick) (jobs.Result, error) {
		if err := w.check("", t.Options); err != nil {
			return jobs.Result{}, err
		}
		report, err := w.do(ctx, d.app.Load().forRun(t), t.Options)
		if kind := sourceError(err); kind != "" && groups[w.name] == fetching {
			d.metrics.SourceError(vendor, kind)
		}
		if report != nil && err != nil {
			report.failed(err)
		}
		return result(report), err
	}
}

// forRun is the app as one run sees it: its progress goes to those who watch.
func (a *app) forRun(t jobs.Tick) *app {
	run := *a
	run.screen = newScreen(lines(t.Progress))
	run.screen.every = time.Second
	run.log = a.log.With("job", t.Job)
	return &run
}

// lines is a writer that hands on each line.
type lines func(string)

// Write takes whole lines, as a screen writes them.
func (l lines) Write(p []byte) (int, error) {
	l(string(bytes.TrimSuffix(p, []byte("\n"))))
	return len(p), nil
}
