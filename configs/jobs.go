package configs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/jobs"
	"barkeep/schedules/trigger"
)

// Jobs is the section "jobs": what is done when, by the name of the job.
type Jobs map[string]jobs.Config

// Works names what a job can do. A job of one of these names does that unless it
// says otherwise.
func Works() []string {
	return []string{"daily-bars", "quotes", "instruments", "adjust-factors", "revisions", "compact", "vacuum"}
}

// Bounds on times; beyond them a unit is wrong.
const (
	longestTimeout = 7 * 24 * time.Hour
	longestRetry   = 24 * time.Hour
)

// Validate returns every problem as an etl.KeyError.
func (j Jobs) Validate() error {
	var e etl.KeyErrors
	for _, name := range slices.Sorted(maps.Keys(j)) {
		c := j[name]
		problem := workProblem(name, c.Run)
		e.Check(problem == "", name+".run", problem)
		t, err := triggerOf(c)
		for _, err := range split(err) {
			var wrong *trigger.Error
			if errors.As(err, &wrong) {
				e.Check(false, name+"."+wrong.Key, wrong.Problem)
			} else {
				e.Check(false, name, err.Error())
			}
		}
		problem = j.afterProblem(name, c)
		e.Check(problem == "", name+".after", problem)
		checkTimes(&e, name, c, t)
	}
	j.checkCycles(&e)
	return e.Err()
}

func workProblem(job, run string) string {
	known := Works()
	work := run
	if work == "" {
		work = job
	}
	if slices.Contains(known, work) {
		return ""
	}
	hint := didYouMean(work, known) + "; the works are " + strings.Join(known, ", ")
	if run == "" {
		return fmt.Sprintf("is missing, and no work is called %s: say which this job does%s", job, hint)
	}
	return fmt.Sprintf("is %q, which is no work%s", run, hint)
}

// triggerOf returns nil for a job that has no trigger of its own.
func triggerOf(c jobs.Config) (*trigger.Trigger, error) {
	s := trigger.Spec{Cron: c.Cron, At: c.At, Every: c.Every, On: c.On}
	if s == (trigger.Spec{}) {
		return nil, nil
	}
	return trigger.New(s)
}

func (j Jobs) afterProblem(name string, c jobs.Config) string {
	asleep := 0
	for i, other := range c.After {
		o, known := j[other]
		switch {
		case other == name:
			return "names the job itself"
		case !known:
			return fmt.Sprintf("names %q, which is no job%s", other, didYouMean(other, slices.Sorted(maps.Keys(j))))
		case slices.Contains(c.After[:i], other):
			return "names " + other + " twice"
		case !o.Enabled:
			asleep++
		}
	}
	own := c.Cron != "" || c.At != "" || c.Every != ""
	if c.Enabled && !own && len(c.After) > 0 && asleep == len(c.After) {
		return "names only jobs that are not enabled, so this one never runs; give it a time, or set enabled: false"
	}
	return ""
}

// checkTimes holds durations and the end of retries.
func checkTimes(e *etl.KeyErrors, name string, c jobs.Config, t *trigger.Trigger) {
	fits := func(d, most time.Duration) bool { return d == 0 || d >= time.Second && d <= most }
	e.Check(fits(c.Timeout, longestTimeout), name+".timeout", "must be 0s, or lie in 1s..168h")
	e.Check(fits(c.Retry, longestRetry), name+".retry", "must be 0s, or lie in 1s..24h")
	e.Check(fits(c.RetryMax, longestRetry), name+".retry_max", "must be 0s, or lie in 1s..24h")
	if c.Retry == 0 {
		e.Check(c.RetryMax == 0, name+".retry_max", "bounds tries that there are not; set retry, or leave it out")
		e.Check(c.Until == "", name+".until", "ends tries that there are not; set retry, or leave it out")
		return
	}
	e.Check(c.RetryMax == 0 || c.RetryMax >= c.Retry, name+".retry_max", fmt.Sprintf("is shorter than retry, %s", renderDuration(c.Retry)))
	if c.Until == "" {
		return
	}
	until, err := schedules.ParseClock(c.Until)
	if err != nil {
		e.Check(false, name+".until", err.Error())
		return
	}
	e.Check(until > 0, name+".until", `must be later than 00:00, when the day begins; "" for no end`)
	if c.At == "" || t == nil {
		return
	}
	// A job of this kind is due at the same time of every day it is due.
	due, _ := t.Next(schedules.Embedded(), schedules.MakeDay(2020, time.January, 1).At(0, 0))
	e.Check(until.On(schedules.DayOf(due)).After(due), name+".until", fmt.Sprintf("is not after %s, when the job is due, so it would never be tried again", due.Format("15:04")))
}

// checkCycles reports each ring of jobs that run after each other without end.
func (j Jobs) checkCycles(e *etl.KeyErrors) {
	done := map[string]bool{}
	var path []string
	var walk func(name string)
	walk = func(name string) {
		if i := slices.Index(path, name); i >= 0 {
			if ring := append(slices.Clone(path[i:]), name); len(ring) > 2 { // afterProblem knows the others
				e.Check(false, path[i]+".after", "runs in a ring: "+strings.Join(ring, " after ")+"; one of them must not wait for the other")
			}
			return
		}
		if done[name] {
			return
		}
		path = append(path, name)
		for _, other := range j[name].After {
			if _, known := j[other]; known {
				walk(other)
			}
		}
		path = path[:len(path)-1]
		done[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(j)) {
		walk(name)
	}
}

// Work returns what the job of a name does.
func (j Jobs) Work(name string) string {
	if run := j[name].Run; run != "" {
		return run
	}
	return name
}

// Build makes the jobs, by name, of a section that Validate accepts. The works
// are by the names of Works. A job that is not enabled has no trigger and waits
// for no other, so it runs by hand only.
func (j Jobs) Build(works map[string]jobs.Work) ([]jobs.Job, error) {
	var list []jobs.Job
	for _, name := range slices.Sorted(maps.Keys(j)) {
		c := j[name]
		job := jobs.Job{Name: name, Timeout: c.Timeout, CatchUp: c.CatchUp, Retry: jobs.Retry{Every: c.Retry, Max: max(c.Retry, c.RetryMax)}}
		work := j.Work(name)
		if job.Work = works[work]; job.Work == nil {
			return nil, fmt.Errorf("jobs.%s: the work %q is not here", name, work)
		}
		if c.Until != "" {
			until, err := schedules.ParseClock(c.Until)
			if err != nil {
				return nil, fmt.Errorf("jobs.%s.until: %w", name, err)
			}
			job.Retry.Until = time.Duration(until) * time.Minute
		}
		t, err := triggerOf(c)
		if err != nil {
			return nil, fmt.Errorf("jobs.%s.%w", name, err)
		}
		if c.Enabled {
			job.After = slices.Clone(c.After)
			if t != nil { // a nil *Trigger would be a Trigger
				job.Trigger = t
			}
		}
		list = append(list, job)
	}
	return list, nil
}
