package jobs

import (
	"context"
	"encoding/json"
	"time"

	"barkeep/schedules"
)

// Job is something to do again and again. Its name is unique in a Runner.
type Job struct {
	Name    string
	Trigger Trigger  // nil: only by hand, or after others
	After   []string // runs when one of these has ended well
	Timeout time.Duration
	Retry   Retry
	CatchUp bool // whether due times that passed while nothing ran are made good by one run
	// Group names what the job cannot share, such as a vendor's only connection:
	// of the jobs of one group one runs at a time, in the order they became due,
	// those asked for by hand first. Empty: waits for no other job.
	Group string
	Work  Work
}

// Trigger says when a job is due.
type Trigger interface {
	// Next returns the first due time after a moment, false when the calendar
	// knows none.
	Next(c *schedules.Calendar, after time.Time) (time.Time, bool)
	// Last returns the last due time at or before a moment.
	Last(c *schedules.Calendar, at time.Time) (time.Time, bool)
	// String is the trigger in words, such as "17:35 on trading days".
	String() string
}

// Retry says what follows a run that did not end well: another one after Every,
// then after twice as long, up to Max, until the clock in Shanghai shows Until on
// the day the run was due (a catch-up: the day it was found to be due), or, where
// Until is 0, as long as nothing else is due. The next due time always takes the
// place of a retry.
type Retry struct {
	Every, Max time.Duration // Every 0: no retry; Max below Every: always after Every
	Until      time.Duration // since midnight in Shanghai
}

// Work does a job once. The context ends at the job's timeout and when the
// program stops; Work returns soon after that, with everything whole.
type Work func(ctx context.Context, t Tick) (Result, error)

// Tick is what a run is told.
type Tick struct {
	Job      string
	Due      time.Time         // when it should have begun
	Why      Why               // what began it
	Attempt  int               // 1 for the first
	Missed   int               // due times that passed and that this run stands for, besides its own
	Options  map[string]string // given by hand; nil otherwise
	Progress func(text string) // shows a line to those who watch; never nil, safe for concurrent use
}

// Why says what began a run.
type Why string

// What begins runs.
const (
	BySchedule Why = "schedule"
	ByCatchUp  Why = "catch-up"
	ByRetry    Why = "retry"
	ByOther    Why = "after" // another job has ended well
	ByHand     Why = "hand"
)

// Result is what a run has done; it is filled in whatever the error.
type Result struct {
	Rows     int64 `json:"rows"`     // committed
	Bytes    int64 `json:"bytes"`    // received
	Requests int64 `json:"requests"` // sent
	// Summary is the job's own report, as one JSON object; Text the same for people.
	Summary json.RawMessage `json:"summary,omitempty"`
	Text    string          `json:"text,omitempty"`
}

// Outcome says how a run ended.
type Outcome string

// The outcomes of runs.
const (
	Done        Outcome = "done"
	Partial     Outcome = "partial"     // something is missing; what arrived is committed
	Failed      Outcome = "failed"      // a panic is this, too
	Refused     Outcome = "refused"     // by the source: banned, or the budget is spent
	Busy        Outcome = "busy"        // another process does this job on this lake
	TimedOut    Outcome = "timed out"   // Timeout passed
	Interrupted Outcome = "interrupted" // the program stopped
)

// Verdict is how the program judges the error of a run.
type Verdict struct {
	Outcome   Outcome
	NotBefore time.Time // no attempt before but by hand; the zero Time for none
	Retry     bool      // whether another attempt may bring more
}

// Run is one run that has ended, as the history keeps it and --json shows it.
type Run struct {
	ID      string    `json:"id"` // unique; sorts by time
	Job     string    `json:"job"`
	Why     Why       `json:"why"`
	Due     time.Time `json:"due"` // after another job: when that one ended; by hand: when it was asked for
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"` // Began and the time it took, whatever the clock did meanwhile
	Outcome Outcome   `json:"outcome"`
	Attempt int       `json:"attempt"`
	Missed  int       `json:"missed"`
	Error   string    `json:"error,omitempty"`
	Result
	// Options were given by hand. A run that has some may have done a part of the
	// work only, so it settles no due time.
	Options   map[string]string `json:"options,omitempty"`
	NotBefore time.Time         `json:"not_before,omitzero"` // no attempt before, says the source
}

// Journal keeps the history of runs, across restarts. A Runner adds runs from
// several goroutines at once.
type Journal interface {
	// Append adds a run that has ended.
	Append(Run) error
	// Last returns of every job the newest run of each outcome, those by hand
	// counted apart, in any order.
	Last() ([]Run, error)
}

// State is what a Runner knows of a job now.
type State struct {
	Name    string    `json:"name"`
	Trigger string    `json:"trigger"` // in words; empty for none
	After   []string  `json:"after,omitempty"`
	Running bool      `json:"running"`
	Since   time.Time `json:"since,omitzero"` // of the run under way
	// Progress is the newest line of the run under way. Waits names the running job
	// of its group that a due or wanted run waits for.
	Progress string    `json:"progress,omitempty"`
	Waits    string    `json:"waits,omitempty"`
	Next     time.Time `json:"next,omitzero"`  // when it is due next, or tried again
	Missed   int64     `json:"missed"`         // due times that passed during runs, since the start
	Last     *Run      `json:"last,omitempty"` // the newest run
	Good     *Run      `json:"good,omitempty"` // the newest that ended well
}
