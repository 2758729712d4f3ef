package lake

import (
	"errors"
	"fmt"
)

var (
	// ErrBusy: another run holds the job's lock.
	ErrBusy = errors.New("busy")
	// ErrConflict: a commit that came first changed what this one relies on.
	// Nothing was committed; take a new snapshot and plan again.
	ErrConflict = errors.New("conflicting commit")
	// ErrCommitted: the transaction named in Info is in the table already, so
	// the rows are, too. Nothing was written.
	ErrCommitted = errors.New("already committed")

	// errUncertain marks a failure after which the commit may nevertheless
	// be in the log, so that its data files must stay.
	errUncertain = errors.New("the commit may have taken place, a new snapshot tells")
)

// ConflictError says which commit came first and what in it conflicts. It
// matches ErrConflict.
type ConflictError struct {
	Table   string
	Version int64  // of the commit that came first
	Found   string // what it did
}

// Error names the table, the version and the reason.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("commit to %s: version %d came first and %s; nothing was committed, plan again",
		e.Table, e.Version, e.Found)
}

// Unwrap returns ErrConflict.
func (e *ConflictError) Unwrap() error { return ErrConflict }

// SchemaError says how the table on disk, or the rows to be written to it,
// differ from the table's definition.
type SchemaError struct {
	Table   string
	Column  string
	Problem string
}

// Error names the table, the column and the difference.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("table %s, column %s: %s", e.Table, e.Column, e.Problem)
}

// LogError says which file of the transaction log, and which line of it, is
// damaged or missing.
type LogError struct {
	File string // absolute
	Line int    // from 1; 0 when the whole file is meant
	Err  error
}

// Error names the file, the line and the damage.
func (e *LogError) Error() string {
	const advice = "the table cannot be read past this point: restore the file from a copy"
	if e.Line == 0 {
		return fmt.Sprintf("transaction log %s: %v; %s", e.File, e.Err, advice)
	}
	return fmt.Sprintf("transaction log %s, line %d: %v; %s", e.File, e.Line, e.Err, advice)
}

// Unwrap returns the cause.
func (e *LogError) Unwrap() error { return e.Err }

// ProtocolError says that the table asks for more of the Delta protocol than
// this package does: reader version 1, writer version 2.
type ProtocolError struct {
	Table string
	Needs string // such as "reader version 3"
}

// Error names the table and what it needs.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("table %s needs Delta protocol %s; barkeep reads version 1 and writes version 2: use the program that raised it, or a copy from before",
		e.Table, e.Needs)
}
