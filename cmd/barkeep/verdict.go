package main

import (
	"context"
	"errors"
	"io"
	"net"

	"barkeep/etl"
	"barkeep/schedules/jobs"
	"barkeep/sinks/lake"
)

// judge says what the error of a run means for the job.
func judge(err error) jobs.Verdict {
	var refused *etl.RefusedError
	switch exitCode(err) {
	case exitDone:
		return jobs.Verdict{Outcome: jobs.Done}
	case exitUsage: // another attempt would be as wrong
		return jobs.Verdict{Outcome: jobs.Failed}
	case exitRefused:
		v := jobs.Verdict{Outcome: jobs.Refused, Retry: true}
		if errors.As(err, &refused) {
			v.NotBefore = refused.Until
		}
		return v
	case exitBusy:
		return jobs.Verdict{Outcome: jobs.Busy, Retry: true}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return jobs.Verdict{Outcome: jobs.Interrupted, Retry: true}
	case errors.Is(err, context.DeadlineExceeded):
		return jobs.Verdict{Outcome: jobs.TimedOut, Retry: true}
	case exitCode(err) == exitPartial:
		return jobs.Verdict{Outcome: jobs.Partial, Retry: true}
	}
	return jobs.Verdict{Outcome: jobs.Failed, Retry: true}
}

// sourceError returns in one word what went wrong between us and a source, or ""
// when the error is none of its.
func sourceError(err error) string {
	var data *etl.DataError
	var network net.Error
	switch {
	case errors.Is(err, etl.ErrRefused):
		return "refused"
	case errors.As(err, &data):
		return "data"
	case errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "connection"
	}
	return ""
}

// doneElsewhere is the error of a run that another process does, or has done and
// reported.
type doneElsewhere struct {
	text string
	is   error
}

// Error is the text that the other process gave.
func (e doneElsewhere) Error() string { return e.text }

// Unwrap returns the error that decides the exit code.
func (e doneElsewhere) Unwrap() error { return e.is }

// runError is judge the other way round: the error of a run that the daemon did,
// with the exit code that the same run has here.
func runError(r jobs.Run) error {
	switch r.Outcome {
	case jobs.Done:
		return nil
	case jobs.Partial:
		if r.Error == "" {
			return partialError{}
		}
		return partialError{errors.New(r.Error)}
	case jobs.Refused:
		return doneElsewhere{r.Error, etl.ErrRefused}
	case jobs.Busy:
		return doneElsewhere{r.Error, lake.ErrBusy}
	case jobs.Interrupted:
		return doneElsewhere{"the daemon stopped during the run: " + r.Error, context.Canceled}
	}
	return errors.New(r.Error)
}
