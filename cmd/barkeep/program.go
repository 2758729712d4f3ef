package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"barkeep/cmd/barkeep/metrics"
	"barkeep/cmd/barkeep/web"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/jobs"
)

// program is the daemon as its HTTP door sees it.
type program struct{ d *daemon }

var (
	_ web.Health     = program{}
	_ web.Status     = program{}
	_ web.Jobs       = program{}
	_ metrics.Source = program{}
)

// Ready returns what is not well: the problems of the newest look at the lake. Days
// that are merely waited for are well until the job's deadline.
func (p program) Ready(context.Context) []string {
	h := p.d.state.Load()
	if h == nil {
		return []string{"the lake has not been looked at yet"}
	}
	list := []string{}
	for _, t := range h.Problems {
		if t.Kind == troubleBehind && now().Before(p.d.deadline(h.Bars.Due)) {
			continue
		}
		list = append(list, t.sentence())
	}
	return list
}

// programStatus is what GET /api/v1/status answers.
type programStatus struct {
	Daemon presence     `json:"daemon"`
	Health *health      `json:"health"` // null until the first look
	Jobs   []jobs.State `json:"jobs"`
}

// Status returns the newest look at the lake and the state of the jobs.
func (p program) Status(context.Context) any {
	return programStatus{p.d.presence, p.d.state.Load(), p.States()}
}

// States returns all jobs, without the reports of their runs.
func (p program) States() []jobs.State {
	list := p.d.runner.Jobs()
	for i := range list {
		list[i].Last, list[i].Good = brief(list[i].Last), brief(list[i].Good)
	}
	return list
}

func brief(r *jobs.Run) *jobs.Run {
	if r == nil {
		return nil
	}
	short := *r
	short.Summary, short.Text = nil, ""
	return &short
}

// Runs returns the history, newest first.
func (p program) Runs(_ context.Context, job string, limit int) ([]jobs.Run, error) {
	list, _, err := p.d.history.Runs(job, limit)
	if err == nil && len(list) == 0 && job != "" && !p.knows(job) {
		return nil, web.ErrUnknownJob
	}
	return list, err
}

func (p program) knows(job string) bool {
	return slices.ContainsFunc(p.d.runner.Jobs(), func(s jobs.State) bool { return s.Name == job })
}

// Trigger begins a run by hand. It goes on whoever watches, until the daemon stops.
func (p program) Trigger(job string, o map[string]string, progress func(string)) (<-chan jobs.Run, error) {
	if !p.knows(job) {
		return nil, web.ErrUnknownJob
	}
	w, err := workNamed(p.d.app.Load().loaded.Value.Jobs.Work(job))
	if err != nil {
		return nil, err
	}
	if err := w.check("", o); err != nil {
		return nil, fmt.Errorf("%w: %w", web.ErrOption, err)
	}
	wait, err := p.d.runner.Begin(p.d.life, job, o, progress)
	switch {
	case errors.Is(err, jobs.ErrRunning):
		return nil, fmt.Errorf("%w: %w", web.ErrRunning, err)
	case err != nil:
		return nil, err
	}
	ended := make(chan jobs.Run, 1)
	go func() {
		defer close(ended)
		if r, err := wait(); err == nil {
			ended <- r
		}
	}()
	return ended, nil
}

// Figures returns the newest look at the lake in numbers.
func (p program) Figures() (f metrics.Figures) {
	h := p.d.state.Load()
	if h == nil {
		return f
	}
	for _, t := range h.Tables {
		row := metrics.Table{Name: t.Name, Fresh: t.Committed, Commits: t.Version + 1, Files: int64(t.Files), Rows: t.Rows, Bytes: t.Bytes}
		if t.Name == etl.DailyBars.Name && t.Last > 0 {
			row.Fresh = schedules.Clock(15 * 60).On(t.Last)
		}
		if t.Due {
			row.Debt = int64(t.Tail)
		}
		f.Tables = append(f.Tables, row)
	}
	missing, free, problems := int64(h.Bars.Missing), int64(h.Disk.Free), len(p.Ready(context.Background()))
	f.Missing, f.DiskFree, f.Problems = &missing, &free, &problems
	if h.Bars.Sealed > 0 {
		f.Sealed = h.Bars.Sealed.At(0, 0)
	}
	f.Budgets = []metrics.Budget{{Source: vendor, Used: int64(h.Budget.Used), Limit: int64(h.Budget.Limit)}}
	return f
}
