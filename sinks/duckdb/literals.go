//go:build cgo

package duckdb

import (
	"fmt"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// Functions of the schema live_files that give a view a literal: what depends on
// the live files and must be known before a query runs, so that DuckDB leaves out
// files and sizes its bit strings by it.
const (
	firstBarDay = liveSchema + ".first_bar_day" // the first day of daily_bars, null without any
	lastBarDay  = liveSchema + ".last_bar_day"  // the last one
	moment      = liveSchema + ".moment"        // the time that the views are about
	instruments = liveSchema + ".instrument_rows"

	// never and always bound the intervals that have no end or no beginning.
	never  = "DATE '9999-01-01'"
	always = "DATE '0001-01-01'"
)

// unknownRows stands for the number of instruments where the log does not say.
const unknownRows = 1 << 16

func scalarMacro(name, value string) string {
	return "CREATE OR REPLACE MACRO " + name + "() AS " + value
}

// literalsSQL makes these functions as they are without files.
func literalsSQL() []string {
	return []string{
		scalarMacro(firstBarDay, "CAST(NULL AS DATE)"),
		scalarMacro(lastBarDay, "CAST(NULL AS DATE)"),
		scalarMacro(moment, "now()"),
		scalarMacro(instruments, "1"),
	}
}

// literalsSQL makes them say what the content is.
func (c content) literalsSQL() []string {
	var sql []string
	for _, v := range c.views {
		if len(v.snap.Files) == 0 {
			continue
		}
		switch v.table.Name {
		case etl.DailyBars.Name:
			low, high := v.dayRange()
			sql = append(sql, scalarMacro(firstBarDay, low), scalarMacro(lastBarDay, high))
		case etl.Instruments.Name:
			sql = append(sql, scalarMacro(instruments, fmt.Sprint(v.instrumentRows())))
		}
	}
	if !c.at.IsZero() {
		sql = append(sql, scalarMacro(moment, "CAST("+quote(stamp(c.at.Truncate(time.Microsecond)))+" AS TIMESTAMP WITH TIME ZONE)"))
	}
	return sql
}

// dayRange is SQL for the first and the last day of the files. Where the log does
// not say, DuckDB looks.
func (v view) dayRange() (low, high string) {
	var first, last schedules.Day
	for i, f := range v.snap.Files {
		from, to, ok := f.DayRange(v.table.Year)
		if !ok {
			of := "FROM " + live(v.table.Name) + ")"
			return "(SELECT min(date) " + of, "(SELECT max(date) " + of
		}
		if i == 0 {
			first, last = from, to
		}
		first, last = min(first, from), max(last, to)
	}
	return "DATE " + quote(first.String()), "DATE " + quote(last.String())
}

// instrumentRows is at least the number of securities, rounded up so that a new
// one seldom changes the statement.
func (v view) instrumentRows() int64 {
	const step = 1024
	var n int64
	for _, f := range v.snap.Files {
		if f.Rows < 0 {
			return unknownRows
		}
		n += f.Rows
	}
	return (n + step) / step * step
}
