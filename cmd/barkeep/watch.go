package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
	"barkeep/sinks/webhook"
)

// How often the daemon looks at its lake while nothing happens, and how long it
// waits after a run for the next one that may follow at once.
const (
	lookEvery = 5 * time.Minute
	lookAfter = 2 * time.Second
)

// watch looks at the lake now and then, and after runs that may have changed it,
// until ctx ends.
func (d *daemon) watch(ctx context.Context) {
	for {
		d.look(ctx)
		if !slices.ContainsFunc(d.runner.Jobs(), func(s jobs.State) bool { return s.Running }) {
			giveBack()
		}
		timer := time.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-d.changed:
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookAfter):
			}
		}
	}
}

// ended takes note of a run that has ended.
func (d *daemon) ended(r jobs.Run) {
	d.metrics.Observe(r)
	cfg := d.app.Load().loaded.Value
	switch r.Outcome {
	case jobs.Done, jobs.Partial:
		d.notifier.Load().Clear(webhook.RunFailed, r.Job, "The newest run ended well.")
	case jobs.Failed, jobs.TimedOut:
		if tried(r) {
			break // who asked for it has seen it
		}
		d.notifier.Load().Raise(webhook.Event{Kind: webhook.RunFailed, Key: r.Job, Since: r.Began,
			Text: fmt.Sprintf("%s %s: %s. The report: barkeep runs %s", r.Job, r.Outcome, shorten(r.Error, 500), r.ID)})
	}
	if cfg.Jobs.Work(r.Job) == jobQuotes {
		return // it comes every few seconds, and changes nothing that look is about
	}
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// look takes stock: the state that the doors show, the incidents that follow from
// it, and a calendar that has gone on. A lake that cannot be read leaves the last
// state in place.
func (d *daemon) look(ctx context.Context) {
	a := d.app.Load()
	h, err := a.health(ctx, healthOptions{nextDue: d.nextDue})
	if err != nil {
		if ctx.Err() == nil {
			d.log.Warn("the state of the lake cannot be told", "error", err)
		}
		return
	}
	d.announce(d.state.Swap(h), h)
	d.incidents(h)
	if h.Calendar.Horizon != d.calendar.Load().Horizon() {
		if err := d.renew(ctx, a); err != nil {
			d.log.Warn("the longer calendar cannot be used yet", "error", err)
		}
	}
}

// announce logs that the lake has become well, or what is not well with it now.
func (d *daemon) announce(was, is *health) {
	switch {
	case was != nil && slices.Equal(was.kinds(), is.kinds()):
	case was == nil && slices.Equal(is.kinds(), []string{troubleEmpty}): // the first runs are about to fill it
	case is.Healthy:
		d.log.Info("the lake is healthy", "sealed_to", is.Bars.Sealed)
	default:
		d.log.Warn("the lake is not healthy", "problems", is.kinds(), "first", is.Problems[0].sentence())
	}
}

// kinds are those of the problems.
func (h *health) kinds() []string {
	list := make([]string, len(h.Problems))
	for i, t := range h.Problems {
		list[i] = t.Kind
	}
	return list
}

// nextDue tells when each job is due next.
func (d *daemon) nextDue() map[string]time.Time {
	next := map[string]time.Time{}
	for _, j := range d.runner.Jobs() {
		if !j.Next.IsZero() {
			next[j.Name] = j.Next
		}
	}
	return next
}

// incidents tells the notifier what is wrong and what is not.
func (d *daemon) incidents(h *health) {
	d.incident(webhook.Banned, vendor, h.has(troubleBanned), "Requests may be sent again.")
	spent := h.has(troubleBudget)
	if h.Budget.Left > 0 {
		spent = nil // nearly spent is no incident
	}
	d.incident(webhook.BudgetSpent, vendor, spent, "A new day has a new budget.")
	d.incident(webhook.CalendarHorizon, "", h.has(troubleCalendar), "The calendar goes on.")
	d.incident(webhook.DiskLow, h.Lake, h.has(troubleDisk), "There is room on the disk again.")
	due := h.Bars.Due
	if h.Bars.Sealed < due && due > 0 && !now().Before(d.deadline(due)) {
		d.notifier.Load().Raise(webhook.Event{Kind: webhook.DayUnsealed, Key: due.String(),
			Text: fmt.Sprintf("%s is not sealed: %s. barkeep status tells more.", due, h.Bars.Why)})
	}
	for _, day := range d.calendar.Load().Days(h.Bars.Sealed-unsealedDays, h.Bars.Sealed) {
		d.notifier.Load().Clear(webhook.DayUnsealed, day.String(), "The day is sealed.")
	}
}

// unsealedDays is how far back a day that is sealed late is announced.
const unsealedDays = 60

// incident raises what is wrong, or clears it where nothing is.
func (d *daemon) incident(kind webhook.Kind, key string, wrong *trouble, recovery string) {
	if wrong == nil {
		d.notifier.Load().Clear(kind, key, recovery)
		return
	}
	d.notifier.Load().Raise(webhook.Event{Kind: kind, Key: key, Text: wrong.sentence()})
}

// deadline is when the bars of a day are late: when daily-bars is not tried again.
func (d *daemon) deadline(day schedules.Day) time.Time {
	until := d.app.Load().loaded.Value.Jobs[jobDailyBars].Until
	if clock, err := schedules.ParseClock(until); err == nil {
		return clock.On(day)
	}
	return (day + 1).At(0, 0)
}

// has returns the trouble of a kind, or nil.
func (h *health) has(kind string) *trouble {
	for _, list := range [][]trouble{h.Problems, h.Warnings} {
		for i := range list {
			if list[i].Kind == kind {
				return &list[i]
			}
		}
	}
	return nil
}

// sentence is a trouble for those who do not see the terminal.
func (t *trouble) sentence() string {
	text := strings.TrimSuffix(t.Text, ".") + "."
	if t.Command != "" {
		text += " What helps: " + t.Command
	}
	return text
}
