package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
)

// defaults are the jobs of a daemon, with work that takes as long as theirs.
func defaults(work func(job string, takes time.Duration) jobs.Work) []jobs.Job {
	retry := jobs.Retry{Every: 10 * min, Max: hour, Until: 23 * hour}
	return []jobs.Job{
		{Name: "instruments", Trigger: daily(trading, 8*hour+30*min), Group: "vendor", CatchUp: true, Retry: retry, Work: work("instruments", 2*min)},
		{Name: "daily-bars", Trigger: daily(trading, 17*hour+35*min), Group: "vendor", CatchUp: true, Retry: retry, Timeout: 5 * hour, Work: work("daily-bars", 20*min)},
		{Name: "adjust-factors", Trigger: daily(trading, 18*hour+5*min), Group: "vendor", CatchUp: true, Retry: retry, Work: work("adjust-factors", 5*min)},
		{Name: "quotes", Trigger: quotesTrigger(), Timeout: 25 * time.Second, Work: work("quotes", 3*time.Second)},
		{Name: "revisions", Trigger: daily(sundays, 3*hour), Group: "vendor", CatchUp: true, Retry: retry, Work: work("revisions", 2*hour)},
		{Name: "compact", Trigger: daily(everyDay, 2*hour), Group: "disk", CatchUp: true, Work: work("compact", 5*min)},
		{Name: "vacuum", Trigger: daily(everyDay, 4*hour), Group: "disk", CatchUp: true, Work: work("vacuum", min)},
		{Name: "summary", After: []string{"daily-bars"}, CatchUp: true, Retry: retry, Work: work("summary", min)},
	}
}

// ledger is a journal that checks instead of keeping: every due time of every job has
// a first attempt exactly once, in order.
type ledger struct {
	t        *testing.T
	mu       sync.Mutex
	calendar *schedules.Calendar
	triggers map[string]jobs.Trigger
	last     map[string]time.Time // newest due time of a first attempt
	first    map[string]int
	tries    int
}

func (l *ledger) Last() ([]jobs.Run, error) { return nil, nil }

func (l *ledger) Append(r jobs.Run) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch r.Why {
	case jobs.ByRetry:
		l.tries++
		return nil
	case jobs.ByOther:
		l.first[r.Job]++
		return nil
	}
	if before, ok := l.last[r.Job]; ok {
		want, _ := l.triggers[r.Job].Next(l.calendar, before)
		if !r.Due.Equal(want) || r.Missed != 0 || r.Why != jobs.BySchedule {
			l.t.Errorf("%s was due %s (missed %d, %s), want %s", r.Job, r.Due, r.Missed, r.Why, want)
		}
	}
	if late := r.Began.Sub(r.Due); l.first[r.Job] > 0 && late > 3*hour || r.Job == "quotes" && late > 0 {
		l.t.Errorf("%s due %s began %s late", r.Job, r.Due, late)
	}
	l.last[r.Job] = r.Due
	l.first[r.Job]++
	return nil
}

// counter counts bytes.
type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// TestYear runs the jobs of a daemon for a year. The vendor is late on some days.
func TestYear(t *testing.T) {
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2025-01-01 05:00:00")
		l := &ledger{t: t, calendar: schedules.Embedded(), triggers: map[string]jobs.Trigger{}, last: map[string]time.Time{}, first: map[string]int{}}
		b.o.Journal = l
		var log counter
		b.o.Log = slog.New(slog.NewJSONHandler(&log, nil))
		random := rand.New(rand.NewPCG(1, 2))
		list := defaults(func(job string, long time.Duration) jobs.Work {
			good := takes(long)
			return func(ctx context.Context, tick jobs.Tick) (jobs.Result, error) {
				if job == "daily-bars" && tick.Attempt < 4 && random.IntN(10) == 0 {
					time.Sleep(min)
					return jobs.Result{}, errLate
				}
				return good(ctx, tick)
			}
		})
		for _, j := range list {
			l.triggers[j.Name] = j.Trigger
		}
		b.start(list...)
		var heaps []uint64
		var goroutines []int
		for month := 1; month <= 12; month++ {
			b.sleepUntil(fmt.Sprintf("2025-%02d-28 12:00:00", month))
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			heaps, goroutines = append(heaps, m.HeapAlloc), append(goroutines, runtime.NumGoroutine())
		}
		b.sleepUntil("2026-01-01 05:00:00")
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		tradingDays := l.calendar.Count(schedules.MakeDay(2025, 1, 1), schedules.MakeDay(2025, 12, 31))
		for job, want := range map[string]int{
			"daily-bars": tradingDays + 1, "instruments": tradingDays + 1, "adjust-factors": tradingDays + 1, "summary": tradingDays + 1, // 1: the catch-up of the start
			"quotes": tradingDays * 542, "compact": 366, "vacuum": 366, "revisions": 53,
		} {
			if l.first[job] != want {
				t.Errorf("%s ran %d times, want %d", job, l.first[job], want)
			}
		}
		if l.tries < 10 {
			t.Errorf("%d retries: the vendor was never late", l.tries)
		}
		for i := range heaps {
			if heaps[i] > heaps[0]+1<<18 || goroutines[i] > goroutines[0]+4 {
				t.Errorf("not flat by month: heap %d, goroutines %d", heaps, goroutines)
				break
			}
		}
		t.Logf("%d trading days, runs %v, %d retries, heap %d to %d, goroutines %v, log %d bytes",
			tradingDays, l.first, l.tries, heaps[0], heaps[11], goroutines, log)
	})
	if took := time.Since(began); took > time.Minute {
		t.Errorf("a year took %s", took)
	}
}
