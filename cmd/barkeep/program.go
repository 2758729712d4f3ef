package main

import (
	"context"
	"fmt"

	"barkeep/cmd/barkeep/metrics"
	"barkeep/cmd/barkeep/web"
	"barkeep/etl"
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
	return programStatus{p.d.presence, p.d.state.Load(), p.Jobs()}
}

// Jobs returns all jobs, without the reports of their runs.
func (p program) Jobs() []jobs.State {
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

// Trigger runs a job by hand, whoever watches, until ctx ends.
func (p program) Trigger(ctx context.Context, job string, o map[string]string, progress func(string)) (jobs.Run, error) {
	for name, text := range o {
		if text == "" { // nothing would stand for everything
			return jobs.Run{}, fmt.Errorf("%w: %s is empty", web.ErrOption, name)
		}
	}
	if w, ok := workNamed(p.d.app.Load().loaded.Value.Jobs.Work(job)); ok {
		if err := w.check("", o); err != nil {
			return jobs.Run{}, fmt.Errorf("%w: %w", web.ErrOption, err)
		}
	}
	return p.d.runner.Trigger(ctx, job, o, progress)
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
			row.Fresh = t.Last.At(15, 0) // its close
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
