package runlog_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
	"barkeep/sinks/runlog"
)

// hourly is due at every full hour.
type hourly struct{}

func (hourly) Next(_ *schedules.Calendar, after time.Time) (time.Time, bool) {
	return after.Truncate(time.Hour).Add(time.Hour), true
}
func (hourly) Last(_ *schedules.Calendar, at time.Time) (time.Time, bool) {
	return at.Truncate(time.Hour), true
}
func (hourly) String() string { return "hourly" }

// openFiles counts the files that this process has open; 0 where that is unknown.
func openFiles() int {
	list, _ := os.ReadDir("/proc/self/fd")
	return len(list)
}

// TestRestarts: the program starts again for every due time, as under a foreign
// scheduler, and all it knows is the file.
func TestRestarts(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2024, 1, 2, 0, 30, 0, 0, time.UTC)
	n := 0
	work := func(context.Context, jobs.Tick) (jobs.Result, error) {
		if n++; n%5 == 0 {
			return jobs.Result{}, errors.New("no answer")
		}
		return jobs.Result{Rows: 1}, nil
	}
	before, ran := openFiles(), 0
	for i := range 60 {
		r, err := jobs.New([]jobs.Job{
			{Name: "a", Trigger: hourly{}, CatchUp: true, Work: work, Retry: jobs.Retry{Every: 10 * time.Minute}},
		}, jobs.Options{Journal: runlog.Open(dir, nil, 20), Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		runs, err := r.Once(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ran += len(runs)
		if i%3 == 2 { // every 15 minutes, three times an hour, then an hour and a half later
			now = now.Add(90 * time.Minute)
		} else {
			now = now.Add(15 * time.Minute)
		}
	}
	dues := map[time.Time]bool{}
	for _, r := range all(t, runlog.Open(dir, nil, 20), "", 0) {
		if r.Outcome == jobs.Done && dues[r.Due.UTC()] {
			t.Errorf("due %s was done twice", r.Due)
		}
		dues[r.Due.UTC()] = r.Outcome == jobs.Done
	}
	if ran != n || ran < 30 || ran > 60 {
		t.Errorf("%d runs in the answers, %d in fact", ran, n)
	}
	if after := openFiles(); after != before {
		t.Errorf("%d files are open, %d were", after, before)
	}
}
