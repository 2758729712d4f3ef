package main

import (
	"context"
	"time"

	"barkeep/schedules"
	"barkeep/sources"
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

// diskState is the space where the lake is, in bytes.
type diskState struct {
	Free  int64 `json:"free"` // to an ordinary user
	Total int64 `json:"total"`
	Known bool  `json:"known"`
}

// lookAtBudget reads what may still be sent today, which goes by the real time
// even in a rehearsal.
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
