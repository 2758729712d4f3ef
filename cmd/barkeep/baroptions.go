package main

import (
	"errors"
	"fmt"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// barOptions is what run and plan take from the command line.
type barOptions struct {
	from, to   string
	symbols    []string
	etf, index bool
	again      bool // ask for absent bars as well
	days       int  // without from, so many trading days up to to; 0 for those of the configuration
}

// scope reads the options into a scope; what is not said comes from the
// configuration. To is the last day the vendor can have published at now.
func (o barOptions) scope(c etl.Config, calendar *schedules.Calendar, now time.Time) (s etl.Scope, err error) {
	var problems []error
	s = etl.Scope{From: c.From, To: calendar.Published(now, schedules.DailyBarsReady), ETF: o.etf || c.ETF, Index: o.index || c.Index}
	if o.from != "" {
		if s.From, err = schedules.ParseDay(o.from); err != nil {
			problems = append(problems, fmt.Errorf("--from: %w", err))
		}
	}
	if o.to != "" {
		to, err := schedules.ParseDay(o.to)
		if err != nil {
			problems = append(problems, fmt.Errorf("--to: %w", err))
		} else if o.from != "" && to < s.From {
			problems = append(problems, fmt.Errorf("--to %s lies before --from %s", to, s.From))
		}
		s.To = min(s.To, to)
	}
	if o.from == "" && o.days > 0 {
		s.From = max(s.From, back(calendar, s.To, o.days))
	}
	if s.Symbols, err = parseSymbols("--symbols: ", o.symbols); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return s, usageError{errors.Join(problems...)}
	}
	return s, nil
}

// back returns the first of n trading days that end with a day.
func back(c *schedules.Calendar, day schedules.Day, n int) schedules.Day {
	for first := day + 1; ; n-- {
		prev, ok := c.Prev(first)
		if !ok || n == 0 {
			return first
		}
		first = prev
	}
}
