package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
	"barkeep/sources"
)

// The exit codes of every command.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2 // wrong usage or configuration
	exitPartial = 3 // something is missing; what arrived is committed
	exitRefused = 4 // banned, or the budget of requests is spent
	exitBusy    = 5 // this job is already running on this lake, or another asks the vendor
)

// usageError is a wrong argument.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// partialError ends a command that did a part of its work and has said so; cause
// is nil when nothing failed and something is missing all the same.
type partialError struct{ cause error }

// Error says what failed, or that something is missing.
func (e partialError) Error() string {
	if e.cause == nil {
		return "something is missing"
	}
	return e.cause.Error()
}

// Unwrap returns the cause.
func (e partialError) Unwrap() error { return e.cause }

// exitCode maps an error to its code.
func exitCode(err error) int {
	var wrong usageError
	var problems *configs.Problems
	var partial partialError
	var refused *duckdb.RefusedError
	var query *duckdb.QueryError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &wrong), errors.As(err, &problems), errors.As(err, &refused):
		return exitUsage
	case errors.As(err, &query) && query.Usage():
		return exitUsage
	case errors.Is(err, etl.ErrRefused):
		return exitRefused
	case errors.Is(err, lake.ErrBusy), errors.Is(err, sources.ErrOccupied):
		return exitBusy
	case errors.As(err, &partial):
		return exitPartial
	}
	return exitFailed
}

// explain prints an error the way people read it. Partial results have been
// reported by the command itself.
func explain(w io.Writer, err error) {
	var partial partialError
	var elsewhere doneElsewhere
	switch {
	case err == nil:
	case errors.As(err, &partial) && partial.cause == nil:
	case errors.As(err, &elsewhere): // it was the daemon that was interrupted, or it goes on
		fmt.Fprintf(w, "barkeep: %v\n", err)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "barkeep: interrupted")
		for _, other := range apart(err) {
			if !errors.Is(other, context.Canceled) {
				fmt.Fprintf(w, "barkeep: %v\n", other)
			}
		}
	default:
		fmt.Fprintf(w, "barkeep: %v\n", err)
	}
}

// apart returns the errors that were joined into one.
func apart(err error) []error {
	var partial partialError
	if errors.As(err, &partial) && partial.cause != nil {
		err = partial.cause
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, apart(e)...)
	}
	return list
}
