package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

const (
	factorCommitEvery = time.Minute // the longest time between commits while answers arrive
	maxFailures       = 3           // requests in a row that fail before a run gives up
)

// fetch asks for what is missing and commits it. What has arrived is committed
// whatever the error.
func (j *factorsJob) fetch(ctx context.Context) (err error) {
	plan, left, err := j.plan()
	if err != nil {
		return err
	}
	if len(plan) == 0 {
		if usage, err := j.ledger.Usage(); err != nil || left == 0 || usage.Left() > 0 {
			return err
		}
		return j.ledger.Take() // refuses, and says until when
	}
	// Only now is the server's clock asked, which may say that less is published.
	now, err := j.client.Now(ctx)
	if err != nil {
		return err
	}
	j.latest = min(j.latest, j.calendar.Published(now, schedules.AdjustFactorsReady))
	if plan, _, err = j.plan(); err != nil {
		return err
	}
	defer func() {
		j.app.screen.done()
		if cerr := j.commit(context.WithoutCancel(ctx)); cerr != nil {
			err = errors.Join(err, cerr)
		}
	}()
	for {
		again, err := j.ask(ctx, plan)
		if err != nil || !again {
			return err
		}
		if plan, _, err = j.plan(); err != nil {
			return err
		}
	}
}

// ask sends the requests of a plan; again says that another plan is needed, because
// the vendor does not know one kind of them.
func (j *factorsJob) ask(ctx context.Context, plan []etl.FactorRequest) (again bool, err error) {
	failures, last := 0, time.Now()
	for i, q := range plan {
		j.app.screen.show(step{jobAdjustFactors, "requests", i, len(plan), j.report.Rows})
		before := j.sent()
		a, err := j.answer(ctx, q)
		j.asked.spend(schedules.DayOf(time.Now()), int(j.sent()-before))
		switch {
		case err == nil:
			failures = 0
			sound, err := j.factors.add(ctx, a)
			if err != nil {
				return false, err
			}
			j.asked.add(q, a, sound, j.latest)
		case errors.Is(err, etl.ErrUnsupported) && q.Symbol == 0:
			j.noDay = true
			return true, nil
		case errors.Is(err, etl.ErrRefused) || ctx.Err() != nil:
			return false, err
		default:
			j.failed(q, err)
			if failures++; failures == maxFailures {
				return false, fmt.Errorf("%d requests in a row failed, the last with: %w", failures, err)
			}
		}
		if time.Since(last) > factorCommitEvery {
			if err := j.commit(ctx); err != nil {
				return false, err
			}
			last = time.Now()
		}
	}
	return false, nil
}

func (j *factorsJob) answer(ctx context.Context, q etl.FactorRequest) (etl.FactorAnswer, error) {
	if q.Symbol == 0 {
		return j.client.FactorsOn(ctx, q.From)
	}
	return j.client.Factors(ctx, q.Symbol, q.From, q.To)
}

// sent is how many requests for factors were sent by this run.
func (j *factorsJob) sent() int64 {
	t := j.client.Traffic()
	return t.Requests[string(wire.FactorDay)] + t.Requests[string(wire.AdjustFactor)]
}

func (j *factorsJob) failed(q etl.FactorRequest, err error) {
	text := err.Error()
	if !strings.HasPrefix(text, q.String()) {
		text = q.String() + ": " + text
	}
	j.report.Failed = append(j.report.Failed, text)
}

// commit writes what has arrived, and then what was asked for: after a crash between
// the two it is asked for again.
func (j *factorsJob) commit(ctx context.Context) error {
	err := j.factors.commit(ctx)
	j.report.commits(j.factors.commits)
	j.report.Quarantined = j.factors.refused.rows()
	if err != nil {
		return err
	}
	return j.asked.save(j.lake)
}
