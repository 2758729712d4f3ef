package baostock

import (
	"fmt"

	"barkeep/etl"
	"barkeep/sources/baostock/wire"
)

// Error is an error answer of the server. It is an etl.ErrUnsupported when the
// server does not know the type of the request.
type Error struct {
	Request string // what was asked
	Code    int    // see the specification of Baostock, section 7
	Message string // the server's words
}

// Error names the request, the code and the server's words.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: the server answers %d %s", e.Request, e.Code, e.Message)
}

// Is reports whether target is etl.ErrUnsupported and the code says so.
func (e *Error) Is(target error) bool {
	return target == etl.ErrUnsupported && e.Code == wire.CodeUnknownType
}

// Temporary reports whether a repetition may succeed: after network errors and
// the server's own. A lost login is no such case, since the one repetition it is
// worth has been made already. Source: the advice in the specification of
// Baostock, section 7.
func (e *Error) Temporary() bool {
	network := e.Code >= 10002001 && e.Code <= 10002999
	return network || e.Code == wire.CodeSystem
}

// ConnectionError is an exchange that failed on the way: no connection, a
// timeout, a damaged frame, an answer to another request. The connection was
// closed; a repetition uses a new one.
type ConnectionError struct {
	Request string
	Cause   error
}

// Error names the request and the cause.
func (e *ConnectionError) Error() string { return e.Request + ": " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *ConnectionError) Unwrap() error { return e.Cause }

// Temporary is true: nothing is wrong with the request itself.
func (e *ConnectionError) Temporary() bool { return true }
