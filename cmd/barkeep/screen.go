package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"barkeep/etl"
)

// screen is the error stream with a progress bar at its bottom: log lines are
// written above the bar. Where nobody looks it is a plain stream, and progress is
// a line now and then.
type screen struct {
	mu     sync.Mutex
	w      io.Writer
	people bool
	bar    *progressbar.ProgressBar

	start, last time.Time
}

func newScreen(w io.Writer) *screen { return &screen{w: w, people: isTerminal(w)} }

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

// progress shows how far a run has come.
func (s *screen) progress(p etl.Progress) {
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
	if now.Sub(s.last) < lineEvery {
		return
	}
	s.last = now
	elapsed := now.Sub(s.start)
	left := time.Duration(float64(elapsed) / float64(max(p.Requests, 1)) * float64(p.Planned-p.Requests))
	fmt.Fprintf(s.w, "daily-bars: %d of %d requests, %d rows, %s elapsed, about %s left\n",
		p.Requests, p.Planned, p.Rows, elapsed.Round(time.Second), left.Round(time.Second))
}

func (s *screen) drawBar(p etl.Progress) {
	if s.bar == nil {
		s.bar = progressbar.NewOptions(p.Planned,
			progressbar.OptionSetWriter(s.w),
			progressbar.OptionSetDescription("daily-bars"),
			progressbar.OptionSetItsString("requests"),
			progressbar.OptionShowIts(),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish())
	}
	if s.bar.GetMax() != p.Planned {
		s.bar.ChangeMax(max(p.Planned, 1))
	}
	s.bar.Describe(fmt.Sprintf("daily-bars %d rows", p.Rows))
	s.bar.Set(min(p.Requests, p.Planned))
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
