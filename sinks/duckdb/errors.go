//go:build cgo

package duckdb

import (
	"errors"
	"fmt"
	"strings"
)

// ErrEmptyLake: there is no table to ask yet.
var ErrEmptyLake = errors.New("the lake is empty")

// RefusedError says that a query is not of the kind that DB.Query takes. The
// fault is the asker's; nothing was run.
type RefusedError struct {
	Found  string // the keyword or function that is refused; may be empty
	Reason string // a whole sentence without its full stop
}

// Error returns the reason.
func (e *RefusedError) Error() string { return e.Reason }

func refuseStatement(found string) error {
	return &RefusedError{Found: found, Reason: fmt.Sprintf(
		"%s is refused: queries only read the lake, so a statement begins with %s", found, allowedList)}
}

func refuseFunction(name string) error {
	return &RefusedError{Found: name, Reason: fmt.Sprintf(
		"the function %s is refused: queries only read the lake's tables", name)}
}

// QueryError is DuckDB's own answer to a query it cannot run.
type QueryError struct {
	Kind    string // such as "Parser Error" or "Binder Error"
	Message string // DuckDB's text, often with a hint and the place in the query
}

// Error returns DuckDB's text.
func (e *QueryError) Error() string { return e.Message }

// Usage says whether the query itself is at fault, as against the machine or
// the files.
func (e *QueryError) Usage() bool {
	switch e.Kind {
	case "IO Error", "Out of Memory Error", "Internal Error", "FATAL Error", "TransactionContext Error":
		return false
	}
	return true
}

func newQueryError(text string) *QueryError {
	kind, _, found := strings.Cut(text, ": ")
	if !found || len(kind) > 40 {
		kind = ""
	}
	return &QueryError{Kind: kind, Message: strings.TrimSpace(text)}
}
