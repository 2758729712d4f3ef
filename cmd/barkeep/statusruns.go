package main

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"barkeep/schedules/jobs"
	"barkeep/sinks/runlog"
)

// lookAtRuns reads the newest run of each job, and when the next one is due. A
// history that cannot be read is told, and no reason to tell nothing else.
func (x *examiner) lookAtRuns(context.Context) error {
	runs, broken, err := newestRuns(x.app.history(x.lake))
	x.Runs = []jobs.Run{}
	if err != nil {
		x.warn(troubleLog, "", "the history of runs cannot be read: %v", err)
	}
	if broken > 0 {
		x.warn(troubleLog, "", "the history of runs has %s that cannot be read; the others are used", plural(broken, "line"))
	}
	if x.options.nextDue != nil {
		maps.Copy(x.Next, x.options.nextDue())
	}
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		r := runs[name]
		x.Runs = append(x.Runs, r)
		switch r.Outcome {
		case jobs.Failed, jobs.TimedOut, jobs.Refused:
			x.problem(troubleRun, x.app.commandLine("run", "--job", name), "the newest run of %s %s at %s: %s", name, outcomeText(r.Outcome), clockText(r.Ended), cmp.Or(r.Error, "no reason is known"))
		case jobs.Partial:
			x.warn(troubleRun, x.app.commandLine("run", "--job", name), "the newest run of %s, at %s, left something out%s", name, clockText(r.Ended), because(r.Error))
		}
	}
	return nil
}

func outcomeText(o jobs.Outcome) string {
	switch o {
	case jobs.TimedOut:
		return "took too long"
	case jobs.Refused:
		return "was refused by the source"
	}
	return string(o)
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// newestRuns returns the run that ended last of each job, without its report, and
// how many lines of the history are broken. A run with options that did not end well,
// which somebody has seen who asked for it, gives way to the one before.
func newestRuns(history *runlog.Log) (newest map[string]jobs.Run, broken int, err error) {
	newest = map[string]jobs.Run{}
	runs, broken, err := history.Runs("", 0)
	for _, r := range runs { // the newest first
		if last, known := newest[r.Job]; !known || tried(last) && !tried(r) {
			r.Summary, r.Text = nil, ""
			newest[r.Job] = r
		}
	}
	return newest, broken, err
}

// tried reports whether a run with options did not end well.
func tried(r jobs.Run) bool {
	return len(r.Options) > 0 && r.Outcome != jobs.Done && r.Outcome != jobs.Partial
}
