package main

import (
	"context"
	"errors"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources/baostock"
)

// vendorLists are the vendor's lists of securities and trading days, as jobs keep
// them in the lake.
type vendorLists struct {
	lake     *lake.Lake
	client   *baostock.Client
	calendar *schedules.Calendar
	from     schedules.Day // the first day that the calendar must hold
	job      string
	warn     func(format string, args ...any)

	asked  bool               // whether load has asked the vendor
	change etl.UniverseChange // what the fresh list has changed
}

// load returns the securities and the vendor's calendar. Both are asked of the vendor
// once after each publication time and kept in the lake; when he cannot be asked,
// older lists serve, and the report says so.
func (v *vendorLists) load(ctx context.Context) (etl.Universe, []schedules.VendorDay, error) {
	universe, fetched, days, err := v.stored(ctx)
	if err != nil || !v.stale(universe, fetched, days) {
		return universe, days, err
	}
	release, err := v.turn(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	// Another job may have asked in the meantime.
	if universe, fetched, days, err = v.stored(ctx); err != nil || !v.stale(universe, fetched, days) {
		return universe, days, err
	}
	fresh, freshDays, err := v.refresh(ctx, days)
	switch {
	case err == nil:
		return fresh, freshDays, nil
	case len(universe) == 0 || errors.Is(err, etl.ErrRefused) || ctx.Err() != nil:
		return nil, nil, err
	}
	var data *etl.DataError
	if errors.As(err, &data) {
		if err := v.refused(ctx, data); err != nil {
			return nil, nil, err
		}
	}
	v.warn("the lists of securities and trading days are of %s, newer ones could not be had: %v",
		fetched.In(schedules.Shanghai).Format("2006-01-02 15:04"), err)
	return universe, days, nil
}

// ruleListRefused is a list that contradicts itself or is cut short; it is not used.
const ruleListRefused = "list_refused"

// refused keeps in the table checks why a list was not used.
func (v *vendorLists) refused(ctx context.Context, why *etl.DataError) error {
	now := time.Now()
	verdict := etl.Verdict{Rule: ruleListRefused, Severity: etl.Reject, Checked: 1}
	verdict.Add(schedules.DayOf(now), why.Error())
	rows := etl.VerdictRows([]etl.Verdict{verdict}, runID(v.job), etl.Instruments.Name, now)
	return appendRows(ctx, v.lake.Table(etl.Checks), rows, lake.Info{Job: v.job, Engine: engine()})
}

// turn waits until no other job is asking for the lists.
func (v *vendorLists) turn(ctx context.Context) (release func() error, err error) {
	for {
		release, err := v.lake.Lock("lists")
		if !errors.Is(err, lake.ErrBusy) {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (v *vendorLists) stored(ctx context.Context) (u etl.Universe, fetched time.Time, days []schedules.VendorDay, err error) {
	if u, fetched, err = instruments(ctx, v.lake); err == nil {
		days, err = vendorDays(ctx, v.lake)
	}
	return u, fetched, days, err
}

// stale reports whether the lake's lists are missing, older than the last
// publication, or too short for the days wanted.
func (v *vendorLists) stale(u etl.Universe, fetched time.Time, days []schedules.VendorDay) bool {
	due := v.calendar.Published(time.Now(), schedules.DailyBarsReady)
	return len(u) == 0 || fetched.Before(schedules.DailyBarsReady.On(due)) || len(days) == 0 || days[0].Day > v.from
}

// refresh asks the vendor for both lists and stores them.
func (v *vendorLists) refresh(ctx context.Context, stored []schedules.VendorDay) (etl.Universe, []schedules.VendorDay, error) {
	v.asked = true
	today := schedules.DayOf(time.Now())
	from := v.from
	if len(stored) > 0 && stored[0].Day <= from {
		// Past days do not change; a month back catches late corrections.
		from = min(today-30, stored[len(stored)-1].Day)
	}
	yearEnd := schedules.MakeDay(today.Year(), time.December, 31)
	days, err := v.client.TradeDates(ctx, from, yearEnd)
	if err != nil {
		return nil, nil, err
	}
	universe, err := v.client.Instruments(ctx)
	if err != nil {
		return nil, nil, err
	}
	industries, err := v.client.Industries(ctx)
	switch {
	case errors.Is(err, etl.ErrRefused) || ctx.Err() != nil:
		return nil, nil, err
	case err != nil: // the securities keep those they had
		v.warn("the industries could not be had: %v", err)
		industries = nil
	}
	days = merge(stored, days)
	now := time.Now()
	info := lake.Info{Job: v.job, Engine: engine()}
	if err := v.mergeInstruments(ctx, universe, industries, now, info); err != nil {
		return nil, nil, err
	}
	if len(days) > 0 {
		err = replace(ctx, v.lake.Table(etl.TradingDays), etl.CalendarRows(days, v.calendar, vendor, now), info)
	}
	return universe, days, err
}

// mergeInstruments stores what a fresh list of securities says anew, and when each
// security was last seen. What it has changed about known ones are findings.
func (v *vendorLists) mergeInstruments(ctx context.Context, fresh etl.Universe, industries []etl.Industry, now time.Time, info lake.Info) error {
	table := v.lake.Table(etl.Instruments)
	var stored []etl.InstrumentVersion
	err := all(ctx, table, func(r arrow.Record) error {
		part, err := etl.ReadInstrumentVersions(r)
		stored = append(stored, part...)
		return err
	})
	if err != nil {
		return err
	}
	history, change, err := etl.MergeUniverse(stored, fresh, industries, vendor, now)
	if err != nil {
		return err
	}
	v.change = change
	if err := replace(ctx, table, etl.InstrumentVersionRows(history), info); err != nil || len(stored) == 0 {
		return err
	}
	rows := etl.VerdictRows(change.Verdicts(history, now), runID(v.job), etl.Instruments.Name, now)
	return appendRows(ctx, v.lake.Table(etl.Checks), rows, info)
}
