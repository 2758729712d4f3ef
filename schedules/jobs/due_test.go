package jobs_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
)

func TestDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-02-07 12:00").start(jobs.Job{Name: "a", Trigger: daily(trading, 17*hour+35*min), Work: takes(min)})
		if s := b.Jobs()[0]; s.Next.Format(time.DateTime) != "2024-02-07 17:35:00" || s.Trigger == "" || s.Running || s.Last != nil {
			t.Errorf("state %+v", s)
		}
		b.sleepUntil("2024-02-07 17:35:30")
		if s := b.Jobs()[0]; !s.Running || s.Since.Format(time.TimeOnly) != "17:35:00" || s.Next.Format(time.DateOnly) != "2024-02-08" {
			t.Errorf("state while running %+v", s)
		}
		b.sleepUntil("2024-02-20 12:00") // across the Spring Festival
		if s := b.Jobs()[0]; s.Running || s.Last == nil || s.Last != s.Good && s.Last.ID != s.Good.ID || s.Last.Rows != 1 {
			t.Errorf("state %+v", s)
		}
		b.end(`
			a 02-07 17:35:00 schedule done
			a 02-08 17:35:00 schedule done
			a 02-19 17:35:00 schedule done`)
	})
}

// TestOverlap: a run of 100 s meets three due times, which become one.
func TestOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, under := 0, 0
		b := lab(t, "2024-01-03 09:29:50").start(jobs.Job{Name: "q", Trigger: quotesTrigger(), Work: func(ctx context.Context, tick jobs.Tick) (jobs.Result, error) {
			if under++; under > 1 {
				t.Error("two runs at once")
			}
			defer func() { under-- }()
			if n++; n == 1 {
				time.Sleep(100 * time.Second)
			}
			return jobs.Result{}, nil
		}})
		b.sleepUntil("2024-01-03 09:32:31")
		if s := b.Jobs()[0]; s.Missed != 2 {
			t.Errorf("%d due times missed, want 2", s.Missed)
		}
		b.end(`
			q 01-03 09:30:00 schedule done
			q 01-03 09:31:30 schedule done +2
			q 01-03 09:32:00 schedule done
			q 01-03 09:32:30 schedule done`)
	})
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 12:00")
		b.o.Judge = func(error) jobs.Verdict { t.Error("the program was asked"); return jobs.Verdict{} }
		b.start(jobs.Job{Name: "a", Trigger: daily(everyDay, 13*hour), Timeout: min, Work: takes(hour), Retry: jobs.Retry{Every: 10 * min, Until: 13*hour + 20*min}})
		b.sleepUntil("2024-01-03 23:00")
		b.end(`
			a 01-03 13:00:00 schedule timed out
			a 01-03 13:00:00 retry timed out #2`)
	})
}

// TestPanic: neither a panic nor the end of a goroutine is the end of the program.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		b := lab(t, "2024-01-03 12:00").start(jobs.Job{Name: "a", Trigger: daily(everyDay, 13*hour), Work: func(context.Context, jobs.Tick) (jobs.Result, error) {
			n++
			var none []int
			return jobs.Result{Rows: int64(none[n])}, nil
		}})
		b.sleepUntil("2024-01-04 13:01")
		b.end(`
			a 01-03 13:00:00 schedule failed
			a 01-04 13:00:00 schedule failed`)
		if e := b.journal.runs[0].Error; !strings.Contains(e, "panic: runtime error: index out of range [1]") {
			t.Errorf("the error is %q", e)
		}
		if log := b.log.String(); !strings.Contains(log, "due_test.go") {
			t.Errorf("no stack in the log:\n%s", log)
		}
	})
}

// TestHorizon: past the calendar's end there is no next due time, which is said once a
// day, and a new calendar brings it back.
func TestHorizon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2026-12-30 12:00")
		calendar := schedules.Embedded()
		var now atomic.Pointer[schedules.Calendar]
		now.Store(calendar)
		b.o.Calendar = now.Load
		b.start(jobs.Job{Name: "a", Trigger: daily(trading, 17*hour), Work: takes(min)})
		b.sleepUntil("2027-01-03 12:00")
		if s := b.Jobs()[0]; !s.Next.IsZero() {
			t.Errorf("due at %s, which nobody can know", s.Next)
		}
		if n := strings.Count(b.log.String(), "extend the calendar"); n != 3 {
			t.Errorf("said %d times in three days:\n%s", n, &b.log)
		}
		longer, _ := calendar.Extend("vendor", []schedules.VendorDay{
			{Day: schedules.MakeDay(2027, 1, 1)}, {Day: schedules.MakeDay(2027, 1, 2)}, {Day: schedules.MakeDay(2027, 1, 3)},
			{Day: schedules.MakeDay(2027, 1, 4), Open: true}, {Day: schedules.MakeDay(2027, 1, 5), Open: true},
		})
		now.Store(longer)
		b.sleepUntil("2027-01-05 18:00")
		b.end(`
			a 12-30 17:00:00 schedule done
			a 12-31 17:00:00 schedule done
			a 01-04 17:00:00 schedule done
			a 01-05 17:00:00 schedule done`)
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 12:59").start(jobs.Job{Name: "a", Trigger: daily(everyDay, 13*hour), Work: takes(hour)})
		b.sleepUntil("2024-01-03 13:10")
		began := time.Now()
		b.end(`a 01-03 13:00:00 schedule interrupted`)
		if time.Since(began) > 0 {
			t.Errorf("stopping took %s", time.Since(began))
		}
		release := make(chan struct{})
		b = lab(t, "2024-01-03 12:59").start(jobs.Job{Name: "deaf", Trigger: daily(everyDay, 13*hour), Work: func(context.Context, jobs.Tick) (jobs.Result, error) {
			<-release
			return jobs.Result{}, nil
		}})
		b.sleepUntil("2024-01-03 13:10")
		began = time.Now()
		if err := b.stop(); err == nil || !strings.Contains(err.Error(), "deaf") || time.Since(began) != 10*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		close(release)
		synctest.Wait()
	})
}

// TestCalendarChanges: a new calendar moves the next due time.
func TestCalendarChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 12:00")
		other, _ := schedules.Embedded().Extend("vendor", []schedules.VendorDay{{Day: schedules.MakeDay(2027, 1, 1)}})
		var now atomic.Pointer[schedules.Calendar]
		now.Store(schedules.Embedded())
		b.o.Calendar = now.Load
		b.start(jobs.Job{Name: "a", Work: takes(min), Trigger: daily(func(c *schedules.Calendar, d schedules.Day) schedules.Status {
			if c == other && d == schedules.MakeDay(2024, 1, 3) {
				return schedules.Closed
			}
			return c.Status(d)
		}, 17*hour)})
		now.Store(other)
		b.sleepUntil("2024-01-04 18:00")
		b.end(`a 01-04 17:00:00 schedule done`)
	})
}
