package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"barkeep/etl"
	"barkeep/sinks/lake/verify"
)

// screen is the error stream with a progress bar at its bottom: log lines are
// written above the bar. Where nobody looks it is a plain stream, and progress is
// a line now and then.
type screen struct {
	mu     sync.Mutex
	w      io.Writer
	people bool
	every  time.Duration // between lines of progress
	bar    *progressbar.ProgressBar

	start, last time.Time
}

func newScreen(w io.Writer) *screen {
	return &screen{w: w, people: isTerminal(w), every: lineEvery}
}

// Write writes a log line above the bar.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		s.bar.Clear()
	}
	return s.w.Write(p)
}

// lineEvery is how often progress is reported where there is no terminal.
const lineEvery = 10 * time.Second

// step is how far something has come, in units such as requests.
type step struct {
	name, unit  string
	done, total int
	rows        int64
}

// progress shows how far a run of daily bars has come.
func (s *screen) progress(p etl.Progress) {
	s.show(step{"daily-bars", "requests", p.Requests, p.Planned, p.Rows})
}

// verifying shows how far the proof of a table has come.
func (s *screen) verifying(p verify.Progress) {
	s.show(step{"verify " + p.Table, "files", p.Files, p.All, p.Rows})
}

func (s *screen) show(p step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.start.IsZero() {
		s.start, s.last = now, now
	}
	if s.people {
		s.drawBar(p)
		return
	}
	if now.Sub(s.last) < s.every {
		return
	}
	s.last = now
	elapsed := now.Sub(s.start)
	left := time.Duration(float64(elapsed) / float64(max(p.done, 1)) * float64(p.total-p.done))
	fmt.Fprintf(s.w, "%s: %d of %d %s, %d rows, %s elapsed, about %s left\n",
		p.name, p.done, p.total, p.unit, p.rows, elapsed.Round(time.Second), left.Round(time.Second))
}

func (s *screen) drawBar(p step) {
	if s.bar == nil {
		s.bar = progressbar.NewOptions(p.total,
			progressbar.OptionSetWriter(s.w),
			progressbar.OptionSetDescription(p.name),
			progressbar.OptionSetItsString(p.unit),
			progressbar.OptionShowIts(),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish())
	}
	if s.bar.GetMax() != p.total {
		s.bar.ChangeMax(max(p.total, 1))
	}
	s.bar.Describe(fmt.Sprintf("%s %d rows", p.name, p.rows))
	s.bar.Set(min(p.done, p.total))
}

// done removes the bar.
func (s *screen) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		s.bar.Finish()
		s.bar.Clear()
		s.bar = nil
	}
	s.start = time.Time{}
}
