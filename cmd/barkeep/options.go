package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"barkeep/schedules"
)

// options are what a run is told beyond the configuration: by flags of run, or by
// a trigger over HTTP. Lists are comma separated.
type options map[string]string

// check refuses values that no run can be done with, all of them at once; mark is as
// in work.check.
func (o options) check(mark string) error {
	var problems []error
	days := map[string]schedules.Day{}
	for _, name := range []string{"from", "to"} {
		if o[name] == "" {
			continue
		}
		day, err := schedules.ParseDay(o[name])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s%s: %w", mark, name, err))
			continue
		}
		days[name] = day
	}
	if len(days) == 2 && days["to"] < days["from"] {
		problems = append(problems, fmt.Errorf("%sto %s lies before %sfrom %s", mark, days["to"], mark, days["from"]))
	}
	for _, name := range []string{"etf", "index", "again"} {
		if _, err := o.flag(name); err != nil {
			problems = append(problems, fmt.Errorf("%s%w", mark, err))
		}
	}
	_, symbols := parseSymbols(mark+"symbols: ", o.list("symbols"))
	_, tables := pickTables(mark+"table", o.list("table"))
	if err := errors.Join(append(problems, symbols, tables)...); err != nil {
		return usageError{err}
	}
	return nil
}

// flag reads an option that is true or false; it is false when it is not given.
func (o options) flag(name string) (bool, error) {
	text, given := o[name]
	if !given {
		return false, nil
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		return false, usage("%s is %q; must be true or false", name, text)
	}
	return v, nil
}

// list reads an option that is a list.
func (o options) list(name string) []string {
	if o[name] == "" {
		return nil
	}
	return strings.Split(o[name], ",")
}
