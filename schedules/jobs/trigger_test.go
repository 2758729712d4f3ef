package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules/jobs"
)

// TestTrigger: by hand with and without Run.
func TestTrigger(t *testing.T) {
	for _, live := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			reported := 0
			b := lab(t, "2024-01-03 12:00")
			b.o.Ended = func(jobs.Run) { time.Sleep(time.Second); reported++ }
			list := []jobs.Job{
				{Name: "a", Work: func(_ context.Context, tick jobs.Tick) (jobs.Result, error) {
					tick.Progress("at work")
					time.Sleep(min)
					return jobs.Result{Bytes: 5, Text: "fine"}, fmt.Errorf("%s of %s: %w", tick.Why, tick.Options["since"], errLate)
				}, Retry: jobs.Retry{Every: min}},
				{Name: "b", Work: takes(min)},
				{Name: "c", After: []string{"b"}, Work: takes(min)},
			}
			if b.make(list...); live {
				b.start(list...)
			}
			var said []string
			r, err := b.Trigger(t.Context(), "a", map[string]string{"since": "monday"}, func(s string) { said = append(said, s) })
			if err != nil || r.Outcome != jobs.Failed || r.Error != "hand of monday: the vendor is late" || r.Bytes != 5 ||
				r.Ended.Sub(r.Began) != min || r.ID == "" || strings.Join(said, ",") != "at work" {
				t.Errorf("%+v, %v, progress %q", r, err, said)
			}
			if !live && reported != 1 {
				t.Error("the answer came before the report")
			}
			if _, err := b.Trigger(t.Context(), "b", nil, nil); err != nil {
				t.Error(err)
			}
			_, err = b.Trigger(t.Context(), "x", nil, nil)
			if err == nil || !strings.Contains(err.Error(), "jobs are a, b, c") {
				t.Errorf("an unknown job: %v", err)
			}
			time.Sleep(hour)
			want := "a 01-03 12:00:00 hand failed\nb 01-03 12:01:00 hand done\n"
			if live {
				b.stop()
				want += "c 01-03 12:02:00 after done"
			} else {
				want = strings.Replace(want, "12:01:00", "12:01:01", 1)
			}
			b.wantRuns(want)
		})
	}
}

func TestTriggerRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 12:00").start(
			jobs.Job{Name: "a", Trigger: daily(everyDay, 12*hour+min), Work: takes(hour), Group: "g"},
			jobs.Job{Name: "b", Work: takes(hour), Group: "g"},
		)
		b.sleepUntil("2024-01-03 12:10")
		if _, err := b.Trigger(t.Context(), "a", nil, nil); !errors.Is(err, jobs.ErrRunning) {
			t.Errorf("while it runs: %v", err)
		}
		answers := make(chan error, 2)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, err := b.Trigger(ctx, "b", nil, nil); answers <- err }()
		synctest.Wait()
		if _, err := b.Trigger(t.Context(), "b", nil, nil); !errors.Is(err, jobs.ErrRunning) || !strings.Contains(err.Error(), "waits for job a") {
			t.Errorf("while it waits: %v", err)
		}
		cancel()
		if err := <-answers; !errors.Is(err, context.Canceled) {
			t.Errorf("given up before it began: %v", err)
		}
		go func() { _, err := b.Trigger(t.Context(), "b", nil, nil); answers <- err }()
		synctest.Wait()
		b.end(`a 01-03 12:01:00 schedule interrupted`)
		if err := <-answers; !errors.Is(err, jobs.ErrStopping) {
			t.Errorf("the program stopped: %v", err)
		}
	})
}

// TestTriggerEnds: the asker's end is the run's end, and so is the program's.
func TestTriggerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 12:00").start(jobs.Job{Name: "a", Work: takes(hour)})
		ctx, cancel := context.WithTimeout(t.Context(), min)
		defer cancel()
		if r, err := b.Trigger(ctx, "a", nil, nil); err != nil || r.Outcome != jobs.Interrupted || r.Ended.Sub(r.Began) != min {
			t.Errorf("the asker left: %+v, %v", r, err)
		}
		answer := make(chan jobs.Run)
		go func() { r, _ := b.Trigger(t.Context(), "a", nil, nil); answer <- r }()
		synctest.Wait()
		go b.stop()
		if r := <-answer; r.Outcome != jobs.Interrupted {
			t.Errorf("the program left: %+v", r)
		}
		synctest.Wait()
	})
}

// TestHandSettles: a good run by hand makes a retry needless, one with options not.
func TestHandSettles(t *testing.T) {
	for _, options := range []map[string]string{nil, {"symbols": "sh600000"}} {
		synctest.Test(t, func(t *testing.T) {
			b := lab(t, "2024-01-03 17:30").start(jobs.Job{Name: "a", Trigger: daily(everyDay, 17*hour+35*min), Work: fails(1), Retry: jobs.Retry{Every: hour}})
			b.sleepUntil("2024-01-03 17:40")
			if _, err := b.Trigger(t.Context(), "a", options, nil); err != nil {
				t.Error(err)
			}
			b.sleepUntil("2024-01-03 20:00")
			want := "a 01-03 17:35:00 schedule failed\na 01-03 17:40:00 hand done\n"
			if options != nil {
				want += "a 01-03 17:35:00 retry done #2"
			}
			b.end(want)
		})
	}
}
