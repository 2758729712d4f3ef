package main

import (
	"context"
	"fmt"
	"time"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/jobs"
	"barkeep/sinks/lake"
	"barkeep/sources"
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

// budgetState is what is left of the day's requests.
type budgetState struct {
	Used        int        `json:"used"`
	Limit       int        `json:"limit"`
	Left        int        `json:"left"`
	BannedUntil *time.Time `json:"banned_until"` // null when nothing is banned
	BanReason   string     `json:"ban_reason,omitempty"`
}

// calendarState is how far the trading calendar reaches.
type calendarState struct {
	Horizon schedules.Day `json:"horizon"`
	Left    int           `json:"days_left"` // calendar days
}

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
	snapshots map[string]*lake.Snapshot // by table
}

// health looks at the lake; it reads and changes nothing, sends nothing and
// prints nothing. The error is that of a lake that cannot be read.
func (a *app) health(ctx context.Context, o healthOptions) (*health, error) {
	start := time.Now()
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
	x := &examiner{app: a, cfg: cfg, lake: l, options: o, snapshots: map[string]*lake.Snapshot{}, health: &health{
		At: now().In(schedules.Shanghai), Lake: l.Dir(), Problems: []trouble{}, Warnings: []trouble{}, Next: map[string]time.Time{}}}
	if x.calendar, err = extended(ctx, l, calendar); err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context) error{x.lookAtTables, x.lookAtQuarantine, x.lookAtBars, x.lookAtChecks, x.lookAtBudget, x.lookAtRuns} {
		if err := look(ctx); err != nil {
			return nil, err
		}
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

func (x *examiner) warn(kind, command, format string, args ...any) {
	x.Warnings = append(x.Warnings, trouble{kind, fmt.Sprintf(format, args...), command})
}

func (x *examiner) runBars(args ...string) string {
	return x.app.commandLine(append([]string{"run", "--job", jobDailyBars}, args...)...)
}

// lookAtBudget reads what may still be sent today.
func (x *examiner) lookAtBudget(context.Context) error {
	u, err := sources.OpenLedger(ledgerPath(x.cfg, x.lake), x.cfg.Baostock.Budget).Usage()
	if err != nil {
		x.problem(troubleBudget, "", "%v", err)
		return nil
	}
	x.Budget = budgetState{Used: u.Used, Limit: u.Limit, Left: u.Left()}
	if time.Now().Before(u.BannedUntil) {
		until := u.BannedUntil.In(schedules.Shanghai)
		x.Budget.BannedUntil, x.Budget.BanReason = &until, u.BanReason
		x.problem(troubleBanned, "", "nothing is sent to the vendor before %s: %s", clockText(until), u.BanReason)
	}
	if u.Limit > 0 && float64(u.Used) >= budgetLow*float64(u.Limit) {
		x.warn(troubleBudget, "", "%s of the day's %s requests are used; what is missing comes tomorrow", count(int64(u.Used)), count(int64(u.Limit)))
	}
	return nil
}

// lookAtCalendar tells before the calendar ends, since past its end nothing is due.
func (x *examiner) lookAtCalendar() {
	x.Calendar = calendarState{x.calendar.Horizon(), int(x.calendar.Horizon() - schedules.DayOf(x.At))}
	const help = "install a newer release, or name a newer table of closures as calendar.file"
	switch left := x.Calendar.Left; {
	case left < 0:
		x.problem(troubleCalendar, "", "the trading calendar ended on %s, so no later day is fetched: %s", x.Calendar.Horizon, help)
	case left < horizonDays:
		x.warn(troubleCalendar, "", "the trading calendar ends on %s, in %s: %s", x.Calendar.Horizon, plural(left, "day"), help)
	}
}

// lookAtDisk tells before the disk is full.
func (x *examiner) lookAtDisk() {
	var ok bool
	if x.Disk, ok = diskSpace(x.lake.Dir()); !ok {
		return
	}
	switch {
	case x.Disk.Free < diskFull:
		x.problem(troubleDisk, x.app.commandLine("vacuum"), "the disk has %s left; writing stops when it is full", size(x.Disk.Free))
	case x.Disk.Free < diskLow:
		x.warn(troubleDisk, x.app.commandLine("vacuum"), "the disk has %s left", size(x.Disk.Free))
	}
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
