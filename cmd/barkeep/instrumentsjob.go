package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

const jobInstruments = "instruments"

// instrumentsJob is one run of instruments: the lists of trading days, securities and
// industries, the members of indices, and what contradicts in them.
type instrumentsJob struct {
	vendorJob

	report instrumentsReport
}

// newInstrumentsJob prepares a run; nothing is read or sent yet.
func (a *app) newInstrumentsJob() (*instrumentsJob, error) {
	base, err := a.newVendorJob()
	if err != nil {
		return nil, err
	}
	j := &instrumentsJob{vendorJob: base}
	j.report = instrumentsReport{Job: jobInstruments, Findings: findings{}}
	return j, nil
}

// runInstruments does the job instruments.
func runInstruments(ctx context.Context, a *app, _ options) (runReport, error) {
	j, err := a.newInstrumentsJob()
	if err != nil {
		return nil, err
	}
	return &j.report, j.report.verdict(j.run(ctx))
}

// run does the whole job. The report is filled in whatever the error.
func (j *instrumentsJob) run(ctx context.Context) error {
	start := time.Now()
	defer func() { j.report.finish(j.client, j.ledger, time.Since(start)) }()
	return j.alone(ctx, jobInstruments, func() error { return j.work(ctx) })
}

func (j *instrumentsJob) work(ctx context.Context) error {
	v := &vendorLists{lake: j.lake, client: j.client, calendar: j.calendar, from: j.cfg.DailyBars.From, job: jobInstruments, warn: j.report.warn}
	universe, days, err := v.load(ctx)
	if err != nil {
		return err
	}
	calendar, differences := extend(j.calendar, days, schedules.DayOf(time.Now()))
	j.calendar = calendar
	j.report.lists(universe, len(days), v.change)
	err = j.members(ctx)
	settle := context.WithoutCancel(ctx)
	return errors.Join(err, j.differ(settle, differences, len(days)), j.compare(settle, universe))
}

// ruleCalendar is a day that the vendor's calendar and barkeep's own say different
// things of; barkeep's is followed.
const ruleCalendar = "calendar_differs"

// differ keeps where the calendars disagree, once for each version of the vendor's.
func (j *instrumentsJob) differ(ctx context.Context, list []schedules.Disagreement, days int) error {
	v := etl.Verdict{Rule: ruleCalendar, Severity: etl.Warn, Checked: int64(days)}
	for _, d := range list {
		v.Add(d.Day, d.String())
	}
	j.report.Findings.add([]etl.Verdict{v})
	at, err := lookedAt(ctx, j.lake, etl.TradingDays)
	if err != nil {
		return err
	}
	return keepVerdicts(ctx, j.lake, []etl.Verdict{v}, etl.TradingDays, jobInstruments, at)
}

// compare holds the bars against the list of securities, once for each version of
// the two.
func (j *instrumentsJob) compare(ctx context.Context, u etl.Universe) error {
	bars, err := readBarHistory(ctx, j.lake, j.calendar, u, true)
	if err != nil {
		return err
	}
	if bars.rows == 0 {
		return nil
	}
	verdicts := etl.CheckListings(u, bars.present)
	j.report.Findings.add(verdicts)
	at, err := lookedAt(ctx, j.lake, etl.DailyBars, etl.Instruments)
	if err != nil {
		return err
	}
	return keepVerdicts(ctx, j.lake, verdicts, etl.Instruments, jobInstruments, at)
}

// instrumentsReport is the summary of a run of instruments; its JSON is what --json
// prints.
type instrumentsReport struct {
	Job string `json:"job"`
	traffic
	Findings findings `json:"findings"`

	Securities  int          `json:"securities"`
	TradingDays int          `json:"trading_days"` // calendar days that the vendor's calendar holds
	New         int          `json:"new"`          // securities that the list did not name before
	Changed     int          `json:"changed"`
	Reused      int          `json:"reused"`
	Vanished    int          `json:"vanished"`
	MemberLists int          `json:"member_lists"` // lists of index members asked for by this run
	Waiting     int          `json:"member_lists_waiting"`
	Intervals   int          `json:"member_intervals"` // rows of index_members
	Committed   int64        `json:"rows"`             // rows written to index_members
	members     []memberLine // by index, for people
}

// memberLine is how far the members of one index are known.
type memberLine struct {
	index   etl.MemberIndex
	members int           // today's
	first   schedules.Day // day of the oldest list
	waiting int
}

func (r *instrumentsReport) lists(u etl.Universe, days int, c etl.UniverseChange) {
	r.Securities, r.TradingDays = len(u), days
	r.New, r.Changed, r.Reused, r.Vanished = len(c.New), len(c.Changed), len(c.Reused), len(c.Vanished)
}

// verdict turns the report and the error of a run into the command's error. Lists of
// the past that are still to come are no failure: every run asks for a few.
func (r *instrumentsReport) verdict(err error) error {
	switch {
	case err != nil && r.Securities > 0:
		return partialError{err}
	case err == nil && len(r.Failed) > 0:
		return partialError{}
	}
	return err
}

func (r *instrumentsReport) tally() tally { return tally{r.Committed, r.Bytes, r.Requests} }

// write prints the report for people.
func (r *instrumentsReport) write(w io.Writer) {
	fmt.Fprintf(w, "%s: %s securities, %s, %s received, %.1f s\n", r.Job, count(int64(r.Securities)), plural(int(r.Requests), "request"), size(r.Bytes), r.Seconds)
	if r.New+r.Changed+r.Reused+r.Vanished > 0 {
		fmt.Fprintf(w, "  securities   %s new, %s changed, %s under a code used before, %s vanished\n",
			count(int64(r.New)), count(int64(r.Changed)), count(int64(r.Reused)), count(int64(r.Vanished)))
	}
	for _, m := range r.members {
		fmt.Fprintf(w, "  %-12s %s members, known back to %s", m.index, count(int64(m.members)), m.first)
		if m.waiting > 0 {
			fmt.Fprintf(w, "; %s still to ask for, which the next runs do", plural(m.waiting, "list"))
		}
		fmt.Fprintln(w)
	}
	r.Findings.write(w)
	r.traffic.write(w)
}
