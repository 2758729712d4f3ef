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

func TestBadLists(t *testing.T) {
	work := takes(0)
	for want, list := range map[string][]jobs.Job{
		"two jobs have the name a":                     {{Name: "a", Work: work}, {Name: "a", Work: work}},
		"job 2 has no name":                            {{Name: "a", Work: work}, {Work: work}},
		"job a has no work":                            {{Name: "a"}},
		"job a runs after x, which is no job":          {{Name: "a", Work: work, After: []string{"x"}}},
		"circle: a after b after c after a":            {{Name: "a", Work: work, After: []string{"b"}}, {Name: "b", Work: work, After: []string{"c"}}, {Name: "c", Work: work, After: []string{"a"}}},
		"circle: a after a":                            {{Name: "a", Work: work, After: []string{"a"}}},
		"no work\njob b runs after y, which is no job": {{Name: "a"}, {Name: "b", Work: work, After: []string{"y"}}},
	} {
		if _, err := jobs.New(list, jobs.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: %v, want %q", err, want)
		}
	}
	if _, err := jobs.New(nil, jobs.Options{Journal: &journal{err: errors.New("unreadable")}}); err == nil {
		t.Error("a journal that cannot be read is no error")
	}
}

// TestOnce: everything due, one after the other, what comes after it, and no waiting.
func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 18:00:20")
		list := []jobs.Job{
			{Name: "factors", After: []string{"bars"}, Work: takes(min)},
			{Name: "bars", Trigger: daily(trading, 17*hour+35*min), CatchUp: true, Work: takes(min)},
			{Name: "fails", Trigger: daily(trading, 17*hour), CatchUp: true, Work: fails(1), Retry: jobs.Retry{Every: 10 * min}},
			{Name: "now", Trigger: daily(trading, 18*hour), Work: takes(min)},
			{Name: "before", Trigger: daily(trading, 17*hour), Work: takes(min)},
		}
		for i, want := range []string{
			"bars catch-up done, fails catch-up failed, now schedule done, factors after done",
			"",
			"fails retry done",
			"",
		} {
			runs, err := b.make(list...).Once(t.Context())
			var got []string
			for k, r := range runs {
				got = append(got, fmt.Sprint(r.Job, " ", r.Why, " ", r.Outcome))
				if k > 0 && r.Began.Before(runs[k-1].Ended) {
					t.Errorf("%s began before %s had ended", r.Job, runs[k-1].Job)
				}
			}
			if strings.Join(got, ", ") != want || err != nil {
				t.Errorf("call %d: %q, %v, want %q", i+1, got, err, want)
			}
			time.Sleep(6 * min)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		b.journal.runs = nil
		if runs, err := b.make(list...).Once(ctx); !errors.Is(err, context.DeadlineExceeded) || len(runs) != 1 || runs[0].Outcome != jobs.Interrupted {
			t.Errorf("cut short: %+v, %v", runs, err)
		}
	})
}

func TestReplace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := jobs.Job{Name: "long", Trigger: daily(everyDay, 13*hour), Work: takes(hour), Group: "g"}
		moved := jobs.Job{Name: "moved", Trigger: daily(everyDay, 15*hour), Work: takes(min)}
		gone := jobs.Job{Name: "gone", Work: takes(hour), Group: "g"}
		b := lab(t, "2024-01-03 12:59").start(long, moved, gone)
		b.sleepUntil("2024-01-03 13:10")
		answer := make(chan error)
		go func() { _, err := b.Trigger(t.Context(), "gone", nil, nil); answer <- err }()
		synctest.Wait()
		if err := b.Replace([]jobs.Job{{Name: "x"}}); err == nil || len(b.Jobs()) != 3 {
			t.Errorf("a bad list: %v", err)
		}
		moved.Trigger = daily(everyDay, 13*hour+30*min)
		fresh := jobs.Job{Name: "fresh", Trigger: daily(everyDay, 9*hour), CatchUp: true, Work: takes(min), Group: "g"}
		if err := b.Replace([]jobs.Job{fresh, moved}); err != nil {
			t.Fatal(err)
		}
		if err := <-answer; err == nil || !strings.Contains(err.Error(), "taken out of the configuration") {
			t.Errorf("who waited for the job that is gone: %v", err)
		}
		b.sleepUntil("2024-01-04 10:00")
		if err := b.Replace([]jobs.Job{long, moved}); err != nil {
			t.Fatal(err)
		}
		b.sleepUntil("2024-01-04 15:00")
		b.end(`
			moved 01-03 13:30:00 schedule done
			long 01-03 13:00:00 schedule done
			fresh 01-03 09:00:00 catch-up done
			fresh 01-04 09:00:00 schedule done
			moved 01-04 13:30:00 schedule done
			long 01-04 13:00:00 schedule done`)
	})
}

// TestReplaceBack: a job that is taken out and put back while it runs does not overlap
// itself.
func TestReplaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := jobs.Job{Name: "a", Trigger: daily(everyDay, 13*hour), Work: takes(hour)}
		b := lab(t, "2024-01-03 12:59").start(a)
		b.sleepUntil("2024-01-03 13:10")
		for _, list := range [][]jobs.Job{nil, {a}} {
			if err := b.Replace(list); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if _, err := b.Trigger(t.Context(), "a", nil, nil); !errors.Is(err, jobs.ErrRunning) {
			t.Errorf("the job that came back: %v", err)
		}
		b.sleepUntil("2024-01-03 15:00")
		b.end(`a 01-03 13:00:00 schedule done`)
	})
}

// TestLog: a job that fails all day says so once an hour and when it changes.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		b := lab(t, "2024-01-03 09:00").start(jobs.Job{Name: "q", Trigger: quotesTrigger(), Work: func(context.Context, jobs.Tick) (jobs.Result, error) {
			if n++; n > 400 {
				return jobs.Result{}, nil
			}
			return jobs.Result{}, fmt.Errorf("request %d: connection refused", n)
		}})
		b.sleepUntil("2024-01-03 18:00")
		b.stop()
		if n != 542 {
			t.Errorf("%d runs", n)
		}
		if lines := strings.Count(b.log.String(), "\n"); lines > 8 || !strings.Contains(b.log.String(), "alike_before=119") {
			t.Errorf("%d lines for 542 runs:\n%s", lines, &b.log)
		}
	})
}

// TestJournalFails: the run is in the log, whole, and the job goes on.
func TestJournalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 12:59").start(jobs.Job{Name: "a", Trigger: daily(everyDay, 13*hour), Work: takes(min)})
		b.journal.mu.Lock()
		b.journal.err = errors.New("no space left on device")
		b.journal.mu.Unlock()
		b.sleepUntil("2024-01-03 13:10")
		s := b.Jobs()[0]
		b.stop()
		if log := b.log.String(); s.Last == nil || !strings.Contains(log, "no space left") || !strings.Contains(log, s.Last.ID) || !strings.Contains(log, `\"rows\":1`) {
			t.Errorf("last %+v, log\n%s", s.Last, log)
		}
	})
}

// TestEndedIsSlow: reports come in order, one at a time, and nobody waits for them.
func TestEndedIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		b := lab(t, "2024-01-03 09:29:50")
		b.o.Grace = 24 * hour
		b.o.Ended = func(r jobs.Run) {
			if told = append(told, r.ID); len(told) == 1 {
				time.Sleep(2 * hour)
				panic("in a report")
			}
		}
		b.start(jobs.Job{Name: "q", Trigger: quotesTrigger(), Work: takes(time.Second)})
		b.sleepUntil("2024-01-03 10:29:50")
		if len(told) != 1 || len(b.journal.runs) != 120 {
			t.Errorf("%d reports and %d runs", len(told), len(b.journal.runs))
		}
		if err := b.stop(); err != nil || len(told) != 120 {
			t.Errorf("%d reports, %v", len(told), err)
		}
		for i, r := range b.journal.runs {
			if told[i] != r.ID {
				t.Fatalf("report %d is of another run", i)
			}
		}
	})
}
