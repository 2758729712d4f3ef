package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
)

// tableState is what one table holds.
type tableState struct {
	Name      string        `json:"name"`
	Version   int64         `json:"version"`
	Committed time.Time     `json:"committed_at"`
	Rows      int64         `json:"rows"`
	Files     int           `json:"files"`
	Bytes     int64         `json:"bytes"`
	First     schedules.Day `json:"first,omitzero"` // of its days, where it has any
	Last      schedules.Day `json:"last,omitzero"`
	// Tail is the number of small files in the partition that has most of them,
	// TailMax how many an open one may have, Due whether barkeep compact would fold any.
	Tail    int  `json:"tail_files"`
	TailMax int  `json:"tail_files_max"`
	Due     bool `json:"compaction_due"`
}

// quarantineState counts the rows that were refused.
type quarantineState struct {
	Rows    int           `json:"rows"`
	Reasons []reasonCount `json:"reasons"` // the most frequent first, at most ten

	cells map[etl.BarKey]bool // of daily_bars
}

// reasonCount counts the rows that were refused for one reason.
type reasonCount struct {
	Table  string `json:"table"`
	Reason string `json:"reason"`
	Rows   int    `json:"rows"`
}

// findingCount is what one rule has found in the newest run that checked.
type findingCount struct {
	Run      string    `json:"run"`
	Checked  time.Time `json:"checked_at"`
	Rule     string    `json:"rule"`
	Severity string    `json:"severity"`
	Rows     int64     `json:"rows_found"`
	Sample   string    `json:"sample"`
}

// reasonsKept bounds how many reasons are told apart: some name a day or a symbol.
const (
	reasonsKept  = 1000
	reasonsShown = 10
	otherReasons = "other reasons"
)

// lookAtTables reads the log of every table.
func (x *examiner) lookAtTables(ctx context.Context) error {
	x.Tables = []tableState{}
	closed := closedDay(x.calendar, x.At)
	for _, t := range etl.Tables {
		table := x.lake.Table(t)
		s, err := table.Snapshot(ctx)
		if err != nil {
			x.unreadable(err)
			x.damaged[t.Name] = true
			s = &lake.Snapshot{Version: -1}
		}
		x.snapshots[t.Name] = s
		if s.Version < 0 {
			continue
		}
		state := tableState{Name: t.Name, Version: s.Version, Committed: s.Committed.In(schedules.Shanghai), Rows: s.Rows(), Files: len(s.Files),
			Bytes: s.Bytes(), Tail: tail(s.Files, x.cfg.Compact.FileBytes), TailMax: x.cfg.Compact.TailFiles,
			Due: compact.Due(table, s, compact.Options{Config: x.cfg.Compact, Closed: closed})}
		state.First, state.Last = span(s.Files, "date")
		x.Tables = append(x.Tables, state)
	}
	var due []string
	for _, t := range x.Tables {
		if t.Due {
			due = append(due, t.Name)
		}
	}
	if len(due) > 0 {
		x.warn(troubleFiles, x.app.commandLine("compact"), "small files of %s wait to be folded", strings.Join(due, ", "))
	}
	return nil
}

// tail counts the small files of the partition that has most of them.
func tail(files []lake.File, large int64) int {
	type place struct {
		year int
		day  schedules.Day
	}
	small := map[place]int{}
	for _, f := range files {
		if f.Bytes < large {
			small[place{f.Year, f.Day}]++
		}
	}
	most := 0
	for n := range maps.Values(small) {
		most = max(most, n)
	}
	return most
}

// lookAtQuarantine counts refused rows by reason.
func (x *examiner) lookAtQuarantine(ctx context.Context) error {
	type key struct{ table, reason string }
	reasons := map[key]int{}
	q := &x.Quarantine
	q.cells, q.Reasons = map[etl.BarKey]bool{}, []reasonCount{}
	err := x.lake.Table(etl.Quarantine).Scan(ctx, x.snapshots[etl.Quarantine.Name], []string{"table_name", "symbol", "date", "reason"}, nil, func(r arrow.Record) error {
		tables, symbols := r.Column(0).(*array.String), r.Column(1).(*array.String)
		dates, texts := r.Column(2).(*array.Date32), r.Column(3).(*array.String)
		for i := range texts.Len() {
			q.Rows++
			k := key{tables.Value(i), texts.Value(i)}
			if _, known := reasons[k]; !known {
				if k = (key{strings.Clone(k.table), strings.Clone(k.reason)}); len(reasons) >= reasonsKept {
					k.reason = otherReasons
				}
			}
			reasons[k]++
			if s, err := etl.ParseSymbol(symbols.Value(i)); err == nil && k.table == etl.DailyBars.Name {
				q.cells[etl.BarKey{Symbol: s, Day: schedules.Day(dates.Value(i))}] = true
			}
		}
		return nil
	})
	for k, n := range reasons {
		q.Reasons = append(q.Reasons, reasonCount{k.table, k.reason, n})
	}
	slices.SortFunc(q.Reasons, func(a, b reasonCount) int {
		return cmp.Or(b.Rows-a.Rows, cmp.Compare(a.Table, b.Table), cmp.Compare(a.Reason, b.Reason))
	})
	q.Reasons = q.Reasons[:min(len(q.Reasons), reasonsShown)]
	if q.Rows > 0 {
		x.warn(troubleQuarantine, x.app.commandLine("sql", "SELECT table_name, reason, count(*) FROM quarantine GROUP BY ALL"), "%s in quarantine", plural(q.Rows, "row"))
	}
	return err
}

// lookAtChecks reads what the newest run that checked has found.
func (x *examiner) lookAtChecks(ctx context.Context) error {
	x.Findings = []findingCount{}
	newest := ""
	var at time.Time
	err := all(ctx, x.lake.Table(etl.Checks), func(r arrow.Record) error {
		for i := range int(r.NumRows()) {
			row := rowValues(etl.Checks, r, i)
			run, checked := textCell(row, "run"), timeCell(row, "checked_at")
			if checked.After(at) {
				newest, at, x.Findings = run, checked, x.Findings[:0]
			}
			if found, _ := row["rows_found"].(int64); run == newest && found > 0 {
				x.Findings = append(x.Findings, findingCount{run, checked, textCell(row, "rule"), textCell(row, "severity"), found, textCell(row, "sample")})
			}
		}
		return nil
	})
	slices.SortFunc(x.Findings, func(a, b findingCount) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Rule, b.Rule)) })
	return err
}
