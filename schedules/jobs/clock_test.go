package jobs_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules/jobs"
)

// TestClockForward: a host that slept. Who catches up has one run, others wait.
func TestClockForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 14:59:45").start(
			jobs.Job{Name: "bars", Trigger: daily(trading, 17*hour+35*min), CatchUp: true, Work: takes(min)},
			jobs.Job{Name: "vacuum", Trigger: daily(trading, 19*hour), Work: takes(min)},
		)
		b.set("2024-01-09 09:00")
		time.Sleep(3 * min)
		b.sleepUntil("2024-01-09 20:00")
		if s := b.Jobs()[1]; s.Missed != 4 {
			t.Errorf("%d due times missed, want 4", s.Missed)
		}
		b.end(`
			bars 01-02 17:35:00 catch-up done
			bars 01-08 17:35:00 catch-up done +3
			bars 01-09 17:35:00 schedule done
			vacuum 01-09 19:00:00 schedule done`)
		if n := strings.Count(b.log.String(), "the clock jumped"); n != 1 {
			t.Errorf("%d warnings:\n%s", n, &b.log)
		}
	})
}

// TestClockBack: a due time that had its run is not due again, in this process or in
// the next.
func TestClockBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := []jobs.Job{
			{Name: "bars", Trigger: daily(trading, 17*hour+36*min), CatchUp: true, Work: takes(time.Second)},
			{Name: "quotes", Trigger: &days{"5m", trading, 5 * min, []stretch{{17 * hour, 18 * hour}}}, Work: takes(time.Second)},
		}
		b := lab(t, "2024-01-03 17:29").start(list...)
		b.sleepUntil("2024-01-03 17:41")
		b.set("2024-01-03 17:28")
		b.sleepUntil("2024-01-03 17:33")
		b.stop()
		b.start(list...)
		b.sleepUntil("2024-01-03 17:51")
		b.end(`
			bars 01-02 17:36:00 catch-up done
			quotes 01-03 17:30:00 schedule done
			quotes 01-03 17:35:00 schedule done
			bars 01-03 17:36:00 schedule done
			quotes 01-03 17:40:00 schedule done
			quotes 01-03 17:45:00 schedule done
			quotes 01-03 17:50:00 schedule done`)
	})
}

// TestClockYearAhead: the host came up with a clock a year ahead, which is set right
// later. Nobody waits for a year, in this process or after a restart.
func TestClockYearAhead(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			list := []jobs.Job{
				{Name: "bars", Trigger: daily(trading, 17*hour+35*min), CatchUp: true, Work: fails(1), Retry: jobs.Retry{Every: 10 * min}},
				{Name: "quotes", Trigger: quotesTrigger(), Work: takes(time.Second)},
			}
			b := lab(t, "2025-01-03 09:59:50").start(list...)
			b.sleepUntil("2025-01-03 10:00:05")
			b.set("2024-01-03 10:00:05")
			if restart {
				b.stop()
				b.journal.runs = b.journal.runs[:2]
				b.start(list...)
			}
			b.sleepUntil("2024-01-03 10:02:15")
			var quotes, bars int
			b.sleepUntil("2024-01-03 17:36")
			if err := b.stop(); err != nil {
				t.Error(err)
			}
			for _, r := range b.journal.runs[2:] {
				switch {
				case r.Due.Year() != 2024:
					if r.Why != jobs.ByRetry {
						t.Errorf("due %s after the clock was set right", r.Due)
					}
				case r.Job == "quotes":
					quotes++
				case r.Why == jobs.BySchedule:
					bars++
				}
			}
			if quotes < 445 || bars != 1 {
				t.Errorf("restart %t: %d quotes and %d bars of the true day", restart, quotes, bars)
			}
		})
	}
}

// TestClockDrifts: corrections of less than a minute are nothing to talk about.
func TestClockDrifts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 17:00").start(jobs.Job{Name: "a", Trigger: &days{"1m", everyDay, min, []stretch{{17 * hour, 18 * hour}}}, Work: takes(time.Second)})
		for i := range 29 {
			time.Sleep(min)
			by := 20 * time.Second
			if i%2 == 1 {
				by = -by
			}
			b.shift.Add(int64(by))
		}
		b.sleepUntil("2024-01-03 17:40:30")
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		dues := map[time.Time]int{}
		for _, r := range b.journal.runs {
			dues[r.Due.UTC()]++
		}
		if len(dues) != 40 || len(b.journal.runs) != 40 || b.log.Len() > 0 && strings.Contains(b.log.String(), "jumped") {
			t.Errorf("%d runs of %d due times, want 40 of 40\n%s", len(b.journal.runs), len(dues), &b.log)
		}
	})
}

// TestClockWild sets the clock at random: whatever it shows, no due time has two first
// attempts, and as soon as it is left alone all is as usual.
func TestClockWild(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 3))
			b := lab(t, "2024-03-04 12:00").start(
				jobs.Job{Name: "bars", Trigger: daily(everyDay, 17*hour+35*min), CatchUp: true, Work: fails(int(seed) % 3), Retry: jobs.Retry{Every: 10 * min}},
				jobs.Job{Name: "quotes", Trigger: &days{"5m", everyDay, 5 * min, []stretch{{9 * hour, 15 * hour}}}, Work: takes(100 * time.Second)},
			)
			for range 25 {
				time.Sleep(time.Duration(random.Int64N(int64(20 * hour))))
				by := time.Duration(random.Int64N(int64(3 * 24 * hour)))
				if random.IntN(2) == 0 {
					by = -by
				}
				if random.IntN(4) == 0 {
					by /= 5000
				}
				b.shift.Add(int64(by))
			}
			b.set("2024-09-01 00:00")
			b.sleepUntil("2024-09-02 00:00")
			if err := b.stop(); err != nil {
				t.Error(err)
			}
			seen, inPeace := map[string]bool{}, 0
			for _, r := range b.journal.runs {
				if r.Attempt > 1 {
					continue
				}
				key := r.Job + r.Due.UTC().String()
				if seen[key] {
					t.Errorf("seed %d: %s due %s had two first attempts", seed, r.Job, r.Due)
				}
				seen[key] = true
				if r.Due.Month() == 9 {
					inPeace++
				}
			}
			if inPeace != 74 {
				t.Errorf("seed %d: %d due times on a quiet day, want 74", seed, inPeace)
			}
		})
	}
}

// TestWaitsAcrossClockBack: a wait for a retry, and one that the source asked for, are
// times to pass, not dates.
func TestWaitsAcrossClockBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2025-01-03 16:00")
		b.o.Judge = func(err error) jobs.Verdict {
			if err == errBan {
				return jobs.Verdict{Outcome: jobs.Refused, NotBefore: b.o.Now().Add(2 * hour)}
			}
			return jobs.Verdict{Outcome: jobs.Failed, Retry: true}
		}
		bans := 1
		b.start(
			jobs.Job{Name: "retry", Trigger: daily(everyDay, 16*hour+59*min), Work: fails(1), Retry: jobs.Retry{Every: hour}},
			jobs.Job{Name: "ban", Trigger: &days{"10m", everyDay, 10 * min, []stretch{{17 * hour, 17*hour + 50*min}}}, Work: func(context.Context, jobs.Tick) (jobs.Result, error) {
				if bans--; bans >= 0 {
					return jobs.Result{}, errBan
				}
				return jobs.Result{}, nil
			}},
		)
		b.sleepUntil("2025-01-03 17:05")
		b.set("2024-01-03 17:05")
		b.sleepUntil("2024-01-03 19:30")
		b.end(`
			retry 01-03 16:59:00 schedule failed
			ban 01-03 17:00:00 schedule refused
			retry 01-03 16:59:00 retry done #2
			ban 01-03 17:50:00 schedule done +4`)
		if r := b.journal.runs[3]; r.Began.Format("15:04") != "19:10" {
			t.Errorf("asked again at %s", r.Began)
		}
	})
}
