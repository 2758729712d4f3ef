package compact

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// CheckError says that what was written is not what was read. Nothing was
// committed, and the files written are gone.
type CheckError struct {
	Table     string
	Partition string // as in the path; empty for none
	Check     string // what was compared, such as "column close: sum of values"
	Want, Got string // the figure of the files read, and that of the files written
}

// Error names the table, the partition, the check and both figures.
func (e *CheckError) Error() string {
	return fmt.Sprintf("compact %s: %s: %s in the files read, %s in what was written; nothing was changed: run it again, and if it comes back look at disk and memory",
		place(e.Table, e.Partition), e.Check, e.Want, e.Got)
}

// DuplicateError says that a key is there more than once in a table that has each
// once. Nothing was changed.
type DuplicateError struct {
	Table     string
	Partition string   // as in the path; empty for none
	Key       string   // such as "symbol=sh600000 date=2024-01-02"
	Files     []string // that hold it, relative to the table's directory; one when it is twice in there
}

// Error names the key and the files.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("compact %s: the row %s is there more than once, in %s, and must be unique; nothing was changed: barkeep verify --deep tells what to do",
		place(e.Table, e.Partition), e.Key, strings.Join(e.Files, " and "))
}

// inputError says that a live file cannot be read, or is not what it should be.
type inputError struct {
	file string
	err  error
}

func (e *inputError) Error() string {
	return fmt.Sprintf("file %s: %v; nothing was changed: barkeep verify --deep tells more", e.file, e.err)
}

func (e *inputError) Unwrap() error { return e.err }

func place(table, partition string) string {
	if partition == "" {
		return table
	}
	return table + ", " + partition
}

// hopeless says that after this error other partitions fare no better.
func hopeless(err error) bool {
	for _, e := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
