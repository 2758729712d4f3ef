package etl

import (
	"errors"
	"fmt"
	"time"
)

// Errors that end a run for a reason the caller must be able to tell apart.
var (
	// ErrRefused: the source must not be asked any more today, because it
	// banned us or because the budget of requests is spent.
	ErrRefused = errors.New("refused by the source")
	// ErrUnsupported: the source does not know this kind of request.
	ErrUnsupported = errors.New("not supported by the source")
)

// RefusedError says until when nothing may be sent. It is an ErrRefused.
type RefusedError struct {
	Until  time.Time
	Reason string
}

// Error names the reason and the time in Asia/Shanghai.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s; nothing is sent before %s Asia/Shanghai", e.Reason, e.Until.In(shanghai).Format("2006-01-02 15:04"))
}

// Is reports whether target is ErrRefused.
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }

// DataError is an answer or a list that contradicts itself or the request.
type DataError struct {
	Where   string // which answer, and the offset where one is known
	Problem string
}

// Error returns "where: problem".
func (e *DataError) Error() string { return e.Where + ": " + e.Problem }
