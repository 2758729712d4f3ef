package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/jobs"
	"barkeep/sinks/lake"
)

// health is how fresh, complete and sound a lake is; its JSON is what status
// --json prints.
type health struct {
	At      time.Time `json:"at"`
	Lake    string    `json:"lake"`
	Healthy bool      `json:"healthy"`
	// Problems make the lake unhealthy, the worst first; Warnings do not.
	Problems []trouble `json:"problems"`
	Warnings []trouble `json:"warnings"`

	Bars       coverage             `json:"daily_bars"`
	Tables     []tableState         `json:"tables"`
	Quarantine quarantineState      `json:"quarantine"`
	Findings   []findingCount       `json:"findings"` // of the newest checks
	Budget     budgetState          `json:"budget"`
	Runs       []jobs.Run           `json:"runs"` // the newest of each job, by name
	Next       map[string]time.Time `json:"next"` // when jobs are due, as far as known
	Calendar   calendarState        `json:"calendar"`
	Disk       diskState            `json:"disk"`
	Seconds    float64              `json:"seconds"` // to find all this out
}

// trouble is one thing that is wrong or soon will be.
type trouble struct {
	Kind    string `json:"kind"`
	Text    string `json:"text"`
	Command string `json:"command,omitempty"` // what helps
}

// The kinds of trouble.
const (
	troubleDamaged    = "damaged"    // a table cannot be read
	troubleEmpty      = "empty"      // no daily bars at all
	troubleBehind     = "behind"     // newest days are not sealed
	troubleHoles      = "holes"      // older days are not sealed
	troubleBanned     = "banned"     // nothing may be sent
	troubleBudget     = "budget"     // nearly or wholly spent
	troubleRun        = "run"        // the newest run of a job did not end well
	troubleCalendar   = "calendar"   // ends soon, or has ended
	troubleDisk       = "disk"       // nearly full
	troubleFiles      = "files"      // small ones have become many
	troubleQuarantine = "quarantine" // rows wait for a look
	troubleHistory    = "history"    // bars from before the days looked at are missing
	troubleLog        = "log"        // the history of runs is damaged
)

// Bounds below which there is a warning, or a problem.
const (
	horizonDays = 45   // calendar days; the exchanges publish a year's closures in November and December
	diskLow     = 10e9 // bytes
	diskFull    = 1e9  // bytes
	budgetLow   = 0.9  // share of the day's requests
	holeWindow  = 365  // calendar days in which missing bars are looked for
	holesShown  = 5    // days spelled out
)

// healthOptions says what health looks at.
type healthOptions struct {
	all bool // look for missing bars in the whole history
	// nextDue tells when jobs are due next, by name; nil when that is not known.
	nextDue func() map[string]time.Time
}

// examiner is what health works with.
type examiner struct {
	*health
	app       *app
	cfg       configs.Config
	lake      *lake.Lake
	calendar  *schedules.Calendar
	options   healthOptions
	snapshots map[string]*lake.Snapshot // by table; without files where there is none
	damaged   map[string]bool           // tables whose log cannot be read
}

// health looks at the lake; it changes nothing, sends nothing and prints nothing.
// What cannot be read is a problem; the error is that of the configuration, or of
// the context. It may be called from several goroutines once the configuration
// has been read. Over 12 million bars it takes half a second, so that doors which
// are asked often keep the answer for a while.
func (a *app) health(ctx context.Context, o healthOptions) (*health, error) {
	start := time.Now()
	cfg, calendar, l, err := a.open()
	if err != nil {
		return nil, err
	}
	x := &examiner{app: a, cfg: cfg, lake: l, options: o, snapshots: map[string]*lake.Snapshot{}, damaged: map[string]bool{}, health: &health{
		At: now().In(schedules.Shanghai), Lake: l.Dir(), Problems: []trouble{}, Warnings: []trouble{}, Next: map[string]time.Time{}}}
	if x.calendar, err = extended(ctx, l, calendar); err != nil {
		x.calendar = calendar
		x.unreadable(err)
	}
	for _, look := range []func(context.Context) error{x.lookAtTables, x.lookAtQuarantine, x.lookAtBars, x.lookAtChecks, x.lookAtBudget, x.lookAtRuns} {
		if err := look(ctx); err != nil && ctx.Err() == nil {
			x.unreadable(err) // and the rest is looked at all the same
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x.lookAtCalendar()
	x.lookAtDisk()
	x.Healthy = len(x.Problems) == 0
	x.Seconds = time.Since(start).Seconds()
	return x.health, nil
}

func (x *examiner) problem(kind, command, format string, args ...any) {
	x.Problems = append(x.Problems, trouble{kind, fmt.Sprintf(format, args...), command})
}

// unreadable notes once that something of the lake cannot be read.
func (x *examiner) unreadable(err error) {
	t := trouble{troubleDamaged, err.Error(), x.app.commandLine("verify")}
	if !slices.Contains(x.Problems, t) {
		x.Problems = append(x.Problems, t)
	}
}

func (x *examiner) warn(kind, command, format string, args ...any) {
	x.Warnings = append(x.Warnings, trouble{kind, fmt.Sprintf(format, args...), command})
}

func (x *examiner) runBars(args ...string) string {
	return x.app.commandLine(append([]string{"run", "--job", jobDailyBars}, args...)...)
}

// missingOf says how many bars there are not.
func missingOf(n, expected int) string {
	return fmt.Sprintf("%s of %s bars", count(int64(n)), count(int64(expected)))
}

// expectedCells returns the cells that should exist, by the list of securities
// and the configured kinds.
func (x *examiner) expectedCells(u etl.Universe, days []schedules.Day) *etl.Cells {
	if len(days) == 0 {
		return etl.NewCells(nil)
	}
	return etl.Expected(u, x.scope(days[0], days[len(days)-1]), days)
}

func (x *examiner) scope(from, to schedules.Day) etl.Scope {
	return etl.Scope{From: from, To: to, ETF: x.cfg.DailyBars.ETF, Index: x.cfg.DailyBars.Index}
}
