package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"barkeep/schedules/jobs"
)

// Of progress, only so many lines wait for a client, each cut to a length; one
// that reads too slowly is told how many it has missed.
const (
	maxLines = 256
	maxLine  = 4 << 10
)

// writePatience is how long a client may take to read one line of progress.
const writePatience = 30 * time.Second

var lineType = []string{"application/x-ndjson"}

// progress holds lines between a run and the client that watches it, so that the
// run never waits.
type progress struct {
	mu     sync.Mutex
	lines  []string
	missed int
	more   chan struct{} // holds one when there is something to take
}

func newProgress() *progress { return &progress{more: make(chan struct{}, 1)} }

// add puts a line in; beyond the bound the oldest goes.
func (p *progress) add(text string) {
	p.mu.Lock()
	if len(p.lines) == maxLines {
		copy(p.lines, p.lines[1:])
		p.lines = p.lines[:maxLines-1]
		p.missed++
	}
	p.lines = append(p.lines, abbreviate(text, maxLine))
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
}

// take returns what has come together and how many lines before it were missed.
func (p *progress) take() (lines []string, missed int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines, missed = p.lines, p.missed
	p.lines, p.missed = nil, 0
	return lines, missed
}

// beginAfter is how long a run may be silent before its watcher is told that it has
// begun; until then an error can still have a status of its own.
const beginAfter = 250 * time.Millisecond

// ending is what Trigger returns.
type ending struct {
	run jobs.Run
	err error
}

// trigger runs a job. It ends with the program, not with the request.
func (x *exchange) trigger(name string, options map[string]string) (*progress, <-chan ending) {
	lines, ended := newProgress(), make(chan ending, 1)
	program, life := x.jobs, x.life // the exchange is another request's by then
	go func() {
		run, err := program.Trigger(life, name, options, lines.add)
		ended <- ending{run, err}
	}()
	return lines, ended
}

// watch writes progress until the run has ended, then the run.
func (x *exchange) watch(lines *progress, ended <-chan ending) error {
	silent := time.NewTimer(beginAfter)
	defer silent.Stop()
	for {
		select {
		case <-silent.C:
		case <-lines.more:
		case end := <-ended:
			return x.writeEnd(lines, end)
		case <-x.r.Context().Done():
			// The program stops; or the client has gone, and hears nothing.
			return x.writeLine(map[string]string{"error": "the connection ends here; barkeep runs tells what becomes of the run"})
		}
		if err := x.writeProgress(lines); err != nil {
			return err
		}
	}
}

func (x *exchange) writeEnd(lines *progress, end ending) error {
	if end.run.ID == "" && end.err != nil && !x.begun {
		return x.notRun(end.err)
	}
	if err := x.writeProgress(lines); err != nil {
		return err
	}
	switch {
	case end.run.ID != "":
		return x.writeLine(map[string]jobs.Run{"run": end.run})
	case end.err != nil:
		return x.writeLine(map[string]string{"error": end.err.Error()})
	}
	return x.writeLine(map[string]string{"error": "nothing is known of the run"})
}

func (x *exchange) writeProgress(p *progress) error {
	if err := x.beginLines(); err != nil {
		return err
	}
	lines, missed := p.take()
	if missed > 0 {
		lines = append([]string{fmt.Sprintf("(%d lines were left out: they came faster than they were read)", missed)}, lines...)
	}
	for _, text := range lines {
		if err := x.writeLine(map[string]string{"progress": text}); err != nil {
			return err
		}
	}
	return nil
}

// beginLines sends the header, once.
func (x *exchange) beginLines() error {
	if x.begun {
		return nil
	}
	x.kind = lineType
	x.begin()
	return x.flush()
}

// writeLine writes one value and a line end, and sends it on its way.
func (x *exchange) writeLine(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("a line of progress cannot be written as JSON: %w", err)
	}
	if err := x.beginLines(); err != nil {
		return err
	}
	if _, err := x.w.Write(append(line, '\n')); err != nil {
		return err
	}
	return x.flush()
}

// flush sends what has been written, and gives the client its time for the next
// line.
func (x *exchange) flush() error {
	c := http.NewResponseController(x.w)
	if err := c.Flush(); err != nil {
		return err
	}
	if err := c.SetWriteDeadline(time.Now().Add(writePatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
