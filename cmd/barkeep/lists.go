package main

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

const vendor = "baostock"

// lists returns the securities to work with and brings the calendar up to date; see
// vendorLists.load.
func (j *barsJob) lists(ctx context.Context) (etl.Universe, error) {
	v, err := j.vendorLists()
	if err != nil {
		return nil, err
	}
	universe, days, err := v.load(ctx)
	if err != nil {
		return nil, err
	}
	j.learn(days)
	return universe, nil
}

func (j *barsJob) vendorLists() (*vendorLists, error) {
	scope, err := j.options.scope(j.cfg.DailyBars, j.calendar, time.Now())
	if err != nil {
		return nil, err
	}
	return &vendorLists{lake: j.lake, client: j.client, calendar: j.calendar, from: scope.From, job: jobDailyBars, warn: j.report.warn}, nil
}

// stale reports whether the lists would be asked for anew.
func (j *barsJob) stale(u etl.Universe, fetched time.Time, days []schedules.VendorDay) bool {
	v, err := j.vendorLists()
	return err == nil && v.stale(u, fetched, days)
}

func replace(ctx context.Context, t *lake.Table, rows arrow.Record, info lake.Info) error {
	defer rows.Release()
	_, err := t.Replace(ctx, []arrow.Record{rows}, info)
	return err
}

// merge puts newer days in place of stored ones.
func merge(stored, newer []schedules.VendorDay) []schedules.VendorDay {
	if len(newer) == 0 {
		return stored
	}
	first, last := newer[0].Day, newer[len(newer)-1].Day
	var merged []schedules.VendorDay
	for _, d := range stored {
		if d.Day < first {
			merged = append(merged, d)
		}
	}
	merged = append(merged, newer...)
	for _, d := range stored {
		if d.Day > last {
			merged = append(merged, d)
		}
	}
	return merged
}

// extend carries a calendar on with the vendor's days up to today, and tells where
// the two disagree. Days in the future are the vendor's guess and teach nothing.
func extend(c *schedules.Calendar, days []schedules.VendorDay, today schedules.Day) (*schedules.Calendar, []schedules.Disagreement) {
	past := make([]schedules.VendorDay, 0, len(days))
	for _, d := range days {
		if d.Day <= today {
			past = append(past, d)
		}
	}
	return c.Extend(vendor, past)
}

// learn extends the job's calendar and reports where the vendor disagrees.
func (j *barsJob) learn(days []schedules.VendorDay) {
	calendar, disagreements := extend(j.calendar, days, schedules.DayOf(time.Now()))
	j.calendar = calendar
	for _, d := range disagreements {
		j.report.Calendar = append(j.report.Calendar, d.String())
	}
	if len(disagreements) > 0 {
		j.report.warn("%s", fmt.Sprintf("the calendars disagree on %d days; barkeep's own is followed (see calendar.file): %s", len(disagreements), disagreements[0]))
	}
}
