package web

import (
	"context"
	"errors"
	"io"

	"barkeep/schedules/jobs"
)

// Program is what the door shows of the program around it besides quotes. Any of
// it may be nil: the routes that need it are then paths that nobody knows. All
// methods are safe for concurrent use.
type Program struct {
	Health  Health
	Status  Status
	Jobs    Jobs
	History History
	Metrics Metrics
	SQL     SQL
}

// Health knows what is not as it should be.
type Health interface {
	// Ready returns one sentence for each thing that is not well, none when all
	// is. It is asked every few seconds, so it looks nothing up.
	Ready(context.Context) []string
}

// Status tells what the program is doing.
type Status interface {
	// Status returns what encoding/json can write: an object.
	Status(context.Context) any
}

// Jobs are the program's jobs.
type Jobs interface {
	// Jobs returns all jobs, in the order in which people see them.
	Jobs() []jobs.State
	// Trigger runs a job by hand and returns when the run has ended; how it ended is
	// in the Run. It goes on whether or not anybody watches; the context ends it, and
	// does so when the program stops. Progress never blocks. When there is no Run,
	// the error says why the job was not run; it matches ErrOption when an option is
	// the reason.
	Trigger(ctx context.Context, name string, options map[string]string, progress func(text string)) (jobs.Run, error)
}

// History is what is kept of runs.
type History interface {
	// Runs returns at most limit runs that have ended, newest first: of one job
	// or, when job is empty, of all. Skipped counts what could not be read.
	Runs(job string, limit int) (runs []jobs.Run, skipped int, err error)
}

// ErrOption: a job has no such option, or not with this value.
var ErrOption = errors.New("the job does not take this option")

// ErrNothingToAsk: there is no table yet that a query could read.
var ErrNothingToAsk = errors.New("there is nothing to ask yet")

// Metrics are figures about the program.
type Metrics interface {
	// WriteText writes all of them in Prometheus' text format, version 0.0.4.
	WriteText(context.Context, io.Writer) error
}

// SQL answers queries that read.
type SQL interface {
	// Query starts one statement, whose answer has at most so many rows. It stops,
	// then or while rows are written, when the context is done. The fault is the
	// asker's if the error is a QueryError, then or later. Rows must be closed.
	Query(ctx context.Context, query string, most int64) (Rows, error)
}

// Rows are the answer to a query, computed while they are written. They belong to
// one goroutine.
type Rows interface {
	// Write writes all rows as json, csv or arrow. It is called once.
	Write(w io.Writer, format string) error
	// Count returns how many rows were written and whether there were more.
	Count() (rows int64, more bool)
	Close()
}

// QueryError is an error for which the query is to blame: what it asks is
// refused, wrong or too much.
type QueryError struct{ Err error }

// Error returns the text of Err.
func (e *QueryError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *QueryError) Unwrap() error { return e.Err }
