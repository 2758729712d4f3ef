package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
)

// journal keeps runs in memory, at most some.
type journal struct {
	mu   sync.Mutex
	runs []jobs.Run
	dead bool // the process was killed: nothing arrives any more
	err  error
}

func (j *journal) Append(r jobs.Run) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	if !j.dead {
		// Through JSON, as on disk.
		text, err := json.Marshal(r)
		var back jobs.Run
		if err := errors.Join(err, json.Unmarshal(text, &back)); err != nil {
			return err
		}
		j.runs = append(j.runs, back)
	}
	return nil
}

func (j *journal) Last() ([]jobs.Run, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	newest := map[string]jobs.Run{}
	for _, r := range j.runs {
		newest[fmt.Sprint(r.Job, r.Outcome, r.Why == jobs.ByHand, len(r.Options))] = r
	}
	var list []jobs.Run
	for _, r := range newest {
		list = append(list, r)
	}
	return list, j.err
}

// lines renders the runs of the journal, such as "a 17:35 schedule done", one a line.
func (j *journal) lines() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var b strings.Builder
	for _, r := range j.runs {
		fmt.Fprintf(&b, "%s %s %s %s", r.Job, r.Due.In(schedules.Shanghai).Format("01-02 15:04:05"), r.Why, r.Outcome)
		if r.Attempt > 1 {
			fmt.Fprintf(&b, " #%d", r.Attempt)
		}
		if r.Missed > 0 {
			fmt.Fprintf(&b, " +%d", r.Missed)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// bench is a program with a Runner, a wall clock that can be set, and its log.
type bench struct {
	t       *testing.T
	o       jobs.Options
	journal *journal
	shift   atomic.Int64 // of the wall clock against the bubble's
	log     bytes.Buffer
	*jobs.Runner
	stop func() error
}

// lab makes a bench whose clock shows a time in Shanghai.
func lab(t *testing.T, clock string) *bench {
	b := &bench{t: t, journal: &journal{}}
	b.set(clock)
	b.o = jobs.Options{
		Now:     func() time.Time { return time.Now().Add(time.Duration(b.shift.Load())) },
		Journal: b.journal,
		Log:     slog.New(slog.NewTextHandler(&b.log, nil)),
	}
	return b
}

// set sets the wall clock.
func (b *bench) set(clock string) {
	b.t.Helper()
	at, err := schedules.ParseInstant(clock)
	if err != nil {
		b.t.Fatal(err)
	}
	b.shift.Store(int64(time.Until(at)))
}

// sleepUntil lets time pass until the clock shows a time.
func (b *bench) sleepUntil(clock string) {
	b.t.Helper()
	at, err := schedules.ParseInstant(clock)
	if err != nil {
		b.t.Fatal(err)
	}
	time.Sleep(at.Sub(b.o.Now()))
	synctest.Wait()
}

// make makes the Runner.
func (b *bench) make(list ...jobs.Job) *bench {
	b.t.Helper()
	r, err := jobs.New(list, b.o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Runner = r
	return b
}

// start makes the Runner and runs it.
func (b *bench) start(list ...jobs.Job) *bench {
	b.t.Helper()
	b.make(list...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.Run(ctx) }()
	b.stop = func() error { cancel(); return <-ended }
	synctest.Wait()
	return b
}

// end stops the Runner and compares the journal.
func (b *bench) end(want string) {
	b.t.Helper()
	if err := b.stop(); err != nil {
		b.t.Error(err)
	}
	b.wantRuns(want)
}

// wantRuns compares the journal with lines, without their indentation.
func (b *bench) wantRuns(want string) {
	b.t.Helper()
	var lines strings.Builder
	for line := range strings.Lines(strings.TrimSpace(want)) {
		lines.WriteString(strings.TrimSpace(line) + "\n")
	}
	if got := b.journal.lines(); strings.TrimSpace(got) != strings.TrimSpace(lines.String()) {
		b.t.Errorf("the runs are\n%swant\n%s", got, &lines)
	}
}

// takes is work that takes a while and ends well.
func takes(d time.Duration) jobs.Work {
	return func(ctx context.Context, _ jobs.Tick) (jobs.Result, error) {
		select {
		case <-ctx.Done():
			return jobs.Result{}, ctx.Err()
		case <-time.After(d):
			return jobs.Result{Rows: 1}, nil
		}
	}
}

var (
	errLate = errors.New("the vendor is late")
	errBan  = errors.New("the vendor has had enough")
)

// fails is work that fails so many times and ends well from then on.
func fails(times int) jobs.Work {
	return func(context.Context, jobs.Tick) (jobs.Result, error) {
		if times--; times >= 0 {
			return jobs.Result{}, errLate
		}
		return jobs.Result{}, nil
	}
}
