package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// panicError is the panic of a run.
type panicError struct {
	what  string
	stack []byte
}

// Error names what the panic was about; the stack is for the log.
func (e *panicError) Error() string { return "panic: " + e.what }

// call does the work and turns a panic into an error.
func call(ctx context.Context, work Work, t Tick) (result Result, err error) {
	// On a goroutine of its own, because runtime.Goexit in the work would end this one.
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err = errors.New("the job ended its goroutine instead of returning")
		defer func() {
			if p := recover(); p != nil {
				err = &panicError{fmt.Sprint(p), debug.Stack()}
			}
		}()
		result, err = work(ctx, t)
	}()
	<-ended
	return result, err
}

// NewID names a run that began at a time; ids sort by that time.
func NewID(at time.Time) string {
	var salt [4]byte
	rand.Read(salt[:]) // never fails
	return fmt.Sprintf("%s-%x", at.UTC().Format("20060102T150405.000000"), salt)
}
