package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// missing works out what should exist and what does. Only when something is to be
// asked for is the server's clock asked, which may say that less is due.
func (j *barsJob) missing(ctx context.Context, u etl.Universe) (etl.Scope, *etl.Cells, *etl.Cells, error) {
	fail := func(err error) (etl.Scope, *etl.Cells, *etl.Cells, error) { return etl.Scope{}, nil, nil, err }
	at, again := time.Now(), j.report.Job == jobRevisions
	if again {
		var err error
		if at, err = j.serverNow(ctx); err != nil {
			return fail(err)
		}
	}
	scope, err := j.options.scope(j.cfg.DailyBars, j.calendar, at)
	if err != nil {
		return fail(err)
	}
	if err := known(u, scope.Symbols); err != nil {
		return fail(err)
	}
	have, err := committed(ctx, j.lake, j.calendar.Days(scope.From, scope.To))
	if err != nil {
		return fail(err)
	}
	if j.explained, err = absent(ctx, j.lake, have.Days()); err != nil {
		return fail(err)
	}
	expected := etl.Expected(u, scope, have.Days())
	asks := expected.Minus(have, j.explained)
	if j.options.again {
		asks = expected.Minus(have)
	}
	if !again && asks.Len() > 0 {
		if at, err = j.serverNow(ctx); err != nil {
			return fail(err)
		}
		if due := j.calendar.Published(at, schedules.DailyBarsReady); due < scope.To {
			scope.To = due
			expected = etl.Expected(u, scope, have.Days())
		}
	}
	j.report.scope(scope)
	return scope, expected, have, nil
}

// serverNow returns the earlier of the two clocks, and warns when they differ.
func (j *barsJob) serverNow(ctx context.Context) (time.Time, error) {
	at, err := j.client.Now(ctx)
	if err != nil {
		return at, err
	}
	if offset := j.client.ClockOffset(); offset.Abs() > 10*time.Minute {
		here := time.Now().In(schedules.Shanghai)
		j.report.warn("the server's clock shows %s, this machine's %s (Asia/Shanghai); the earlier of the two decides which days are due",
			here.Add(offset).Format("2006-01-02 15:04"), here.Format("2006-01-02 15:04"))
	}
	return at, nil
}

// known refuses symbols that the vendor does not list.
func known(u etl.Universe, symbols []etl.Symbol) error {
	var problems []error
	for _, s := range symbols {
		if _, ok := u.Find(s); ok {
			continue
		}
		hint := ""
		if like := u.Like(s, 3); len(like) > 0 {
			hint = fmt.Sprintf("; there is %q", like)
		}
		problems = append(problems, fmt.Errorf("--symbols: the vendor lists no %s%s", s, hint))
	}
	if len(problems) > 0 {
		return usageError{errors.Join(problems...)}
	}
	return nil
}
