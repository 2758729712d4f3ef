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

// The rules that lists of index members are held against.
const (
	ruleMemberCount    = "member_count"    // another number of members than the index has by its rules
	ruleMemberContrary = "member_contrary" // a list that contradicts itself or one that is known; it is not used
)

// memberReady is how long after midnight a Monday's lists are out, and with them those
// of the days that follow. Source: specification of Baostock, 9.
const memberReady = 18 * time.Hour

// openMembers reads the history of members.
func openMembers(ctx context.Context, l *lake.Lake) (*etl.MemberHistory, error) {
	var intervals []etl.MemberInterval
	var lists []etl.MemberList
	err := all(ctx, l.Table(etl.IndexMembers), func(r arrow.Record) error {
		part, err := etl.ReadMembers(r)
		intervals = append(intervals, part...)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = all(ctx, l.Table(etl.IndexLists), func(r arrow.Record) error {
		part, err := etl.ReadMemberLists(r)
		lists = append(lists, part...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return etl.RestoreMembers(intervals, lists)
}

// saveMembers replaces both tables, the members first: their intervals give back the
// older lists as well, so a crash between the two loses the newer lists and nothing
// else.
func saveMembers(ctx context.Context, l *lake.Lake, h *etl.MemberHistory) (rows int64, err error) {
	info := lake.Info{Job: jobInstruments, Engine: engine()}
	if intervals := h.Intervals(); len(intervals) > 0 {
		if err := replace(ctx, l.Table(etl.IndexMembers), etl.MemberRows(intervals), info); err != nil {
			return 0, err
		}
		rows = int64(len(intervals))
	}
	return rows, replace(ctx, l.Table(etl.IndexLists), etl.MemberListRows(h), info)
}

// members asks for the lists of index members that tell most: today's first, then
// some of those not asked for yet.
func (j *instrumentsJob) members(ctx context.Context) (err error) {
	h, err := openMembers(ctx, j.lake)
	if err != nil {
		return err
	}
	defer func() { j.report.memberLines(h, listedBy(time.Now())) }()
	plan := planMembers(h, listedBy(time.Now()), j.cfg.Members.MemberLists)
	if len(plan) == 0 {
		return nil
	}
	// A day that the vendor has not reached is answered with his newest list.
	now, err := j.client.Now(ctx)
	if err != nil {
		return err
	}
	plan = planMembers(h, listedBy(now), j.cfg.Members.MemberLists)
	verdicts := []etl.Verdict{{Rule: ruleMemberCount, Severity: etl.Warn}, {Rule: ruleMemberContrary, Severity: etl.Reject}}
	added, err := j.ask(ctx, h, plan, verdicts)
	settle := context.WithoutCancel(ctx)
	if added > 0 {
		rows, serr := saveMembers(settle, j.lake, h)
		j.report.Committed = rows
		err = errors.Join(err, serr)
	}
	j.report.Findings.add(verdicts)
	if verdicts[0].Checked > 0 {
		at := time.Now()
		rows := etl.VerdictRows(verdicts, jobInstruments+" "+at.UTC().Format(time.RFC3339), etl.IndexMembers.Name, at)
		err = errors.Join(err, appendRows(settle, j.lake.Table(etl.Checks), rows, lake.Info{Job: jobInstruments, Engine: engine()}))
	}
	return err
}

// listedBy returns the last day whose lists are out at a moment.
func listedBy(now time.Time) schedules.Day { return schedules.DayOf(now.Add(-memberReady)) }

// memberAsk is one list to ask for.
type memberAsk struct {
	index etl.MemberIndex
	day   schedules.Day
}

// planMembers deals n requests out to the indices in turn.
func planMembers(h *etl.MemberHistory, today schedules.Day, n int) (plan []memberAsk) {
	days := map[etl.MemberIndex][]schedules.Day{}
	for _, x := range etl.MemberIndices {
		days[x] = h.Next(x, today, n)
	}
	for i := 0; i < n; i++ {
		for _, x := range etl.MemberIndices {
			if i < len(days[x]) && len(plan) < n {
				plan = append(plan, memberAsk{x, days[x][i]})
			}
		}
	}
	return plan
}

// ask sends the requests and adds what arrives to the history.
func (j *instrumentsJob) ask(ctx context.Context, h *etl.MemberHistory, plan []memberAsk, verdicts []etl.Verdict) (added int, err error) {
	defer j.app.screen.done()
	failures := 0
	for i, q := range plan {
		j.app.screen.show(step{jobInstruments, "lists of members", i, len(plan), 0})
		l, err := j.client.Members(ctx, q.index, q.day)
		var data *etl.DataError
		if err == nil {
			err = h.Add(l)
		}
		switch {
		case err == nil:
			j.report.MemberLists++
			added++
			verdicts[0].Checked++
			verdicts[1].Checked++
			if problem := l.Problem(); problem != "" {
				verdicts[0].Add(l.Updated, problem)
			}
			failures = 0
		case errors.As(err, &data):
			j.report.MemberLists++
			verdicts[0].Checked++
			verdicts[1].Checked++
			verdicts[1].Add(q.day, err.Error())
			failures = 0
		case errors.Is(err, etl.ErrRefused) || ctx.Err() != nil:
			return added, err
		default:
			j.report.Failed = append(j.report.Failed, err.Error())
			if failures++; failures == maxFailures {
				return added, fmt.Errorf("%d requests in a row failed, the last with: %w", failures, err)
			}
		}
	}
	return added, nil
}

// memberLines notes how far the history reaches.
func (r *instrumentsReport) memberLines(h *etl.MemberHistory, today schedules.Day) {
	r.Intervals, r.Waiting, r.members = len(h.Intervals()), 0, nil
	for _, x := range etl.MemberIndices {
		line := memberLine{index: x, waiting: len(h.Next(x, today, 10_000))}
		r.Waiting += line.waiting
		for _, l := range h.Lists(x) {
			if len(l.Members) > 0 && line.first == 0 {
				line.first = l.Updated
			}
			line.members = len(l.Members)
		}
		if line.first != 0 {
			r.members = append(r.members, line)
		}
	}
}
