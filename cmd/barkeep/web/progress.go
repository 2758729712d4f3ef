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

// watch writes progress until the run has ended, then the run. The header goes out
// at once: the run has begun.
func (x *exchange) watch(lines *progress, ended <-chan jobs.Run) error {
	x.kind = lineType
	x.begin()
	if err := x.flush(); err != nil {
		return err
	}
	for {
		select {
		case <-lines.more:
			if err := x.writeProgress(lines); err != nil {
				return err
			}
		case run, ok := <-ended:
			if err := x.writeProgress(lines); err != nil {
				return err
			}
			if !ok {
				return x.writeLine(map[string]string{"error": "the program stopped before the run had ended; barkeep runs tells what became of it"})
			}
			return x.writeLine(map[string]jobs.Run{"run": run})
		case <-x.r.Context().Done():
			return x.leave()
		}
	}
}

// leave ends a stream whose client has gone, or which the program ends because it
// stops; the latter is told.
func (x *exchange) leave() error {
	return x.writeLine(map[string]string{"error": "nobody watches any more, because the connection ends; barkeep runs tells what becomes of the run"})
}

func (x *exchange) writeProgress(p *progress) error {
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

// writeLine writes one value and a line end, and sends it on its way.
func (x *exchange) writeLine(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("a line of progress cannot be written as JSON: %w", err)
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
