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

const vendor = "baostock"

// lists returns the securities to work with and brings the calendar up to date.
// Both are asked of the vendor once after each publication time and kept in the
// lake; when the vendor cannot be asked, older lists serve, and the report says
// so.
func (j *barsJob) lists(ctx context.Context) (etl.Universe, error) {
	universe, fetched, err := instruments(ctx, j.lake)
	if err != nil {
		return nil, err
	}
	days, err := vendorDays(ctx, j.lake)
	if err != nil {
		return nil, err
	}
	if j.stale(universe, fetched, days) {
		fresh, freshDays, err := j.refresh(ctx, days)
		switch {
		case err == nil:
			universe, days = fresh, freshDays
		case len(universe) == 0 || errors.Is(err, etl.ErrRefused) || ctx.Err() != nil:
			return nil, err
		default:
			j.report.warn("the lists of securities and trading days are of %s, newer ones could not be had: %v",
				fetched.In(schedules.Shanghai).Format("2006-01-02 15:04"), err)
		}
	}
	j.learn(days)
	return universe, nil
}

// stale reports whether the lake's lists are missing, older than the last
// publication, or too short for the days wanted.
func (j *barsJob) stale(u etl.Universe, fetched time.Time, days []schedules.VendorDay) bool {
	due := j.calendar.Published(time.Now(), schedules.DailyBarsReady)
	return len(u) == 0 || fetched.Before(schedules.DailyBarsReady.On(due)) || !j.covered(days)
}

// covered reports whether the vendor's calendar in the lake reaches back to the
// first day wanted.
func (j *barsJob) covered(days []schedules.VendorDay) bool {
	scope, err := j.options.scope(j.cfg.DailyBars, j.calendar, time.Now())
	return err == nil && len(days) > 0 && days[0].Day <= scope.From
}

// refresh asks the vendor for both lists and stores them.
func (j *barsJob) refresh(ctx context.Context, stored []schedules.VendorDay) (etl.Universe, []schedules.VendorDay, error) {
	scope, err := j.options.scope(j.cfg.DailyBars, j.calendar, time.Now())
	if err != nil {
		return nil, nil, err
	}
	today := schedules.DayOf(time.Now())
	from := scope.From
	if len(stored) > 0 && stored[0].Day <= from {
		// Past days do not change; a month back catches late corrections.
		from = min(today-30, stored[len(stored)-1].Day)
	}
	yearEnd := schedules.MakeDay(today.Year(), time.December, 31)
	days, err := j.client.TradeDates(ctx, from, yearEnd)
	if err != nil {
		return nil, nil, err
	}
	universe, err := j.client.Instruments(ctx)
	if err != nil {
		return nil, nil, err
	}
	industries, err := j.client.Industries(ctx)
	switch {
	case errors.Is(err, etl.ErrRefused) || ctx.Err() != nil:
		return nil, nil, err
	case err != nil: // the securities keep those they had
		j.report.warn("the industries could not be had: %v", err)
		industries = nil
	}
	days = merge(stored, days)
	now := time.Now()
	info := lake.Info{Job: jobDailyBars, Engine: engine()}
	if err := mergeInstruments(ctx, j.lake, universe, industries, now, info); err != nil {
		return nil, nil, err
	}
	if len(days) > 0 {
		err = replace(ctx, j.lake.Table(etl.TradingDays), etl.CalendarRows(days, j.calendar, vendor, now), info)
	}
	return universe, days, err
}

// mergeInstruments stores what a fresh list of securities says anew, and when each
// security was last seen.
func mergeInstruments(ctx context.Context, l *lake.Lake, fresh etl.Universe, industries []etl.Industry, now time.Time, info lake.Info) error {
	table := l.Table(etl.Instruments)
	var stored []etl.InstrumentVersion
	err := all(ctx, table, func(r arrow.Record) error {
		part, err := etl.ReadInstrumentVersions(r)
		stored = append(stored, part...)
		return err
	})
	if err != nil {
		return err
	}
	history, _, err := etl.MergeUniverse(stored, fresh, industries, vendor, now)
	if err != nil {
		return err
	}
	return replace(ctx, table, etl.InstrumentVersionRows(history), info)
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
