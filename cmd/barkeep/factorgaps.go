package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// waiting groups by reason the ex-dates whose factor is still to come, and those whose
// security still lacks the forward factors that they have made; cause is what ended
// the run.
func (j *factorsJob) waiting(cause error) []etl.Gap {
	g := gaps{byReason: map[string]*etl.Gap{}, symbols: map[string]map[etl.Symbol]bool{}}
	known := j.factors.all()
	for _, e := range etl.WithoutFactor(j.bars.exDates, known, j.universe) {
		g.add(j.why(e, cause), e)
	}
	for _, e := range j.asked.stale(known) {
		g.add("forward factors "+j.unasked(cause), e)
	}
	return g.list()
}

// gaps gathers ex-dates by reason.
type gaps struct {
	byReason map[string]*etl.Gap
	symbols  map[string]map[etl.Symbol]bool
}

func (g *gaps) add(reason string, e etl.ExDate) {
	if reason == "" {
		return
	}
	one := g.byReason[reason]
	if one == nil {
		one = &etl.Gap{Reason: reason, First: e.Day, Last: e.Day, Example: e.Symbol}
		g.byReason[reason], g.symbols[reason] = one, map[etl.Symbol]bool{}
	}
	if e.Day < one.First {
		one.First, one.Example = e.Day, e.Symbol
	}
	one.Last = max(one.Last, e.Day)
	one.Cells++
	g.symbols[reason][e.Symbol] = true
	one.Symbols = len(g.symbols[reason])
}

func (g *gaps) list() []etl.Gap {
	list := []etl.Gap{}
	for _, reason := range slices.Sorted(maps.Keys(g.byReason)) {
		list = append(list, *g.byReason[reason])
	}
	return list
}

// why says why a factor is still to come; "" when nothing more is expected, which
// the rule factor_missing tells then.
func (j *factorsJob) why(e etl.ExDate, cause error) string {
	one := j.asked.covers(e)
	switch {
	case e.Day > j.latest:
		return "the factors of the day are published at 18:00"
	case j.holed(e):
		return "the bars of the days before are missing"
	case one != nil && (e.Gap || one.old(e.Day)):
		return ""
	case one != nil:
		return "the vendor has none yet"
	}
	return j.unasked(cause)
}

// unasked says why a request was not answered.
func (j *factorsJob) unasked(cause error) string {
	switch {
	case errors.Is(cause, etl.ErrRefused):
		return "not asked: the source refuses more requests today"
	case errors.Is(cause, context.Canceled):
		return "not asked: interrupted"
	case cause != nil:
		return "not asked: the run stopped after an error"
	case len(j.report.Failed) > 0 && j.asked.left(schedules.DayOf(time.Now()), j.cfg.Factors.DailyRequests) > 0:
		return "the request failed"
	}
	return "not asked: the day's requests are spent (adjust_factors.daily_requests, baostock.budget); the next days go on"
}
