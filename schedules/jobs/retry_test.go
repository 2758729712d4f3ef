package jobs_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules/jobs"
)

// TestRetry: waits double up to the longest, until the deadline of the day.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var began []string
		b := lab(t, "2024-01-03 17:00")
		b.start(jobs.Job{
			Name: "a", Trigger: daily(everyDay, 20*hour), Retry: jobs.Retry{Every: 10 * min, Max: 40 * min, Until: 23 * hour},
			Work: func(_ context.Context, tick jobs.Tick) (jobs.Result, error) {
				began = append(began, b.o.Now().Format("15:04"))
				if len(began) != tick.Attempt {
					t.Errorf("attempt %d is the %d.", tick.Attempt, len(began))
				}
				return jobs.Result{Rows: 7}, errLate
			},
		})
		b.sleepUntil("2024-01-03 20:35")
		if s := b.Jobs()[0]; s.Next.Format("15:04") != "21:10" || s.Last.Error != errLate.Error() || s.Last.Rows != 7 || s.Good != nil {
			t.Errorf("state %+v, last %+v", s, s.Last)
		}
		b.sleepUntil("2024-01-04 12:00")
		if s := b.Jobs()[0]; s.Next.Format("15:04") != "20:00" {
			t.Errorf("after the deadline due at %s", s.Next)
		}
		b.stop()
		want := []string{"20:00", "20:10", "20:30", "21:10", "21:50", "22:30"}
		if got := len(began); got != len(want) {
			t.Fatalf("began at %v, want %v", began, want)
		}
	})
}

// TestRetryEnds: a good attempt, the next due time, a verdict and the absence of a
// retry end it.
func TestRetryEnds(t *testing.T) {
	final := func(error) jobs.Verdict { return jobs.Verdict{Outcome: jobs.Partial} }
	for name, test := range map[string]struct {
		work  jobs.Work
		retry jobs.Retry
		judge func(error) jobs.Verdict
		want  string
	}{
		"good":     {fails(2), jobs.Retry{Every: min}, nil, "a 01-03 17:00:00 schedule failed\na 01-03 17:00:00 retry failed #2\na 01-03 17:00:00 retry done #3\na 01-04 17:00:00 schedule done\n"},
		"next due": {fails(3), jobs.Retry{Every: 15 * hour, Max: 15 * hour}, nil, "a 01-03 17:00:00 schedule failed\na 01-03 17:00:00 retry failed #2\na 01-04 17:00:00 schedule failed\n"},
		"verdict":  {fails(9), jobs.Retry{Every: min}, final, "a 01-03 17:00:00 schedule partial\na 01-04 17:00:00 schedule partial\n"},
		"none":     {fails(1), jobs.Retry{}, nil, "a 01-03 17:00:00 schedule failed\na 01-04 17:00:00 schedule done\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := lab(t, "2024-01-03 16:00")
				b.o.Judge = test.judge
				b.start(jobs.Job{Name: "a", Trigger: daily(everyDay, 17*hour), Retry: test.retry, Work: test.work})
				b.sleepUntil("2024-01-04 17:30")
				b.end(test.want)
			})
		})
	}
}

// TestAfter: after a good run, once, however many it waits for; not after a bad one.
func TestAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 16:00").start(
			jobs.Job{Name: "a", Trigger: daily(everyDay, 17*hour), Work: takes(10 * min), Group: "g"},
			jobs.Job{Name: "b", Trigger: daily(everyDay, 17*hour), Work: takes(10 * min), Group: "g"},
			jobs.Job{Name: "bad", Trigger: daily(everyDay, 16*hour+30*min), Work: fails(2), Retry: jobs.Retry{Every: min}},
			jobs.Job{Name: "c", After: []string{"a", "b"}, Work: takes(10 * min), Group: "g"},
			jobs.Job{Name: "d", After: []string{"bad", "c"}, Work: takes(min)},
		)
		b.sleepUntil("2024-01-03 20:00")
		b.end(`
			bad 01-03 16:30:00 schedule failed
			bad 01-03 16:30:00 retry failed #2
			bad 01-03 16:30:00 retry done #3
			d 01-03 16:32:00 after done
			a 01-03 17:00:00 schedule done
			b 01-03 17:00:00 schedule done
			c 01-03 17:20:00 after done +1
			d 01-03 17:30:00 after done`)
	})
}

// TestGroups: one at a time in the order in which they became due, by hand first; who
// has no group waits for nobody.
func TestGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 09:59").start(
			jobs.Job{Name: "late", Trigger: daily(everyDay, 10*hour+2*min), Work: takes(5 * min), Group: "vendor"},
			jobs.Job{Name: "early", Trigger: daily(everyDay, 10*hour+min), Work: takes(5 * min), Group: "vendor"},
			jobs.Job{Name: "long", Trigger: daily(everyDay, 10*hour), Work: takes(10 * min), Group: "vendor"},
			jobs.Job{Name: "hand", Work: takes(5 * min), Group: "vendor"},
			jobs.Job{Name: "quick", Trigger: &days{"5m", everyDay, 5 * min, []stretch{{10*hour + 2*min, 10*hour + 12*min}}}, Work: takes(time.Second)},
			jobs.Job{Name: "other", Trigger: daily(everyDay, 10*hour+4*min), Work: takes(min), Group: "disk"},
		)
		b.sleepUntil("2024-01-03 10:05")
		for _, s := range b.Jobs() {
			if want := s.Name == "late" || s.Name == "early"; (s.Waits == "long") != want {
				t.Errorf("%s waits for %q", s.Name, s.Waits)
			}
		}
		var said []string
		r, err := b.Trigger(t.Context(), "hand", nil, func(text string) { said = append(said, text) })
		if err != nil || r.Began.Format("15:04") != "10:10" || len(said) != 1 || said[0] != "waits for job long" {
			t.Errorf("by hand %+v, %v, progress %q", r, err, said)
		}
		b.sleepUntil("2024-01-03 11:00")
		b.end(`
			quick 01-03 10:02:00 schedule done
			other 01-03 10:04:00 schedule done
			quick 01-03 10:07:00 schedule done
			long 01-03 10:00:00 schedule done
			quick 01-03 10:12:00 schedule done
			hand 01-03 10:05:00 hand done
			early 01-03 10:01:00 schedule done
			late 01-03 10:02:00 schedule done`)
	})
}

// TestRetryGivesWay: a due time that comes during a run that fails takes the place of
// its retry.
func TestRetryGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		b := lab(t, "2024-01-03 12:00").start(jobs.Job{
			Name: "a", Trigger: &days{"30m", everyDay, 30 * min, []stretch{{13 * hour, 13*hour + 30*min}}}, Retry: jobs.Retry{Every: 5 * min},
			Work: func(context.Context, jobs.Tick) (jobs.Result, error) {
				if n++; n == 1 {
					time.Sleep(40 * min)
					return jobs.Result{}, errLate
				}
				return jobs.Result{}, nil
			},
		})
		b.sleepUntil("2024-01-03 15:00")
		b.end(`
			a 01-03 13:00:00 schedule failed
			a 01-03 13:30:00 schedule done`)
	})
}
