package jobs_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
)

// TestYearOfCrashes kills the program at random, in runs and between them, and starts
// it again minutes to days later. By what the journal knows, every due time of a job
// that catches up is done once: by a run of its own or by one that counts it.
func TestYearOfCrashes(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			var mu sync.Mutex // runs fail at random side by side
			faults := rand.New(rand.NewPCG(seed, 8))
			fails := func() bool {
				mu.Lock()
				defer mu.Unlock()
				return faults.IntN(20) == 0
			}
			b := lab(t, "2024-12-31 23:00")
			list := defaults(func(job string, long time.Duration) jobs.Work {
				good := takes(long)
				return func(ctx context.Context, tick jobs.Tick) (jobs.Result, error) {
					if fails() {
						return jobs.Result{}, errLate
					}
					return good(ctx, tick)
				}
			})
			list = append(list[:3], list[4:]...) // quotes do not catch up
			kept := &journal{}
			crashes := 0
			for end := b.o.Now().AddDate(1, 0, 0); b.o.Now().Before(end); crashes++ {
				b.journal = &journal{runs: kept.runs}
				b.o.Journal = b.journal
				b.start(list...)
				time.Sleep(time.Duration(random.Int64N(int64(4 * 24 * hour))))
				b.journal.mu.Lock()
				b.journal.dead = true // what ends now was never written
				kept.runs = b.journal.runs
				b.journal.mu.Unlock()
				b.stop()
				if random.IntN(2) == 0 {
					time.Sleep(time.Duration(random.Int64N(int64(5 * 24 * hour))))
				}
			}
			b.journal = &journal{runs: kept.runs}
			b.o.Journal = b.journal
			b.start(list...)
			time.Sleep(24 * hour)
			now := b.o.Now()
			b.stop()
			for _, j := range list {
				checkDone(t, j, b.journal.runs, now)
			}
			t.Logf("%d crashes, %d runs", crashes, len(b.journal.runs))
		})
	}
}

// checkDone holds a job's good runs against its due times: each is newer than the one
// before, and what lies between had a run of its own that did not end well, or is
// counted.
func checkDone(t *testing.T, j jobs.Job, runs []jobs.Run, now time.Time) {
	t.Helper()
	calendar := schedules.Embedded()
	var settled time.Time
	between := map[time.Time]int{} // due times with a run of their own: what they stand for
	for _, r := range runs {
		if r.Job != j.Name {
			continue
		}
		if r.Outcome != jobs.Done {
			between[r.Due.UTC()] = 1 + r.Missed
			continue
		}
		if !r.Due.After(settled) {
			t.Errorf("%s: due %s was done twice", j.Name, r.Due)
		}
		if j.Trigger != nil && !settled.IsZero() {
			delete(between, r.Due.UTC())
			due, n := settled, -1
			for due.Before(r.Due) {
				due, _ = j.Trigger.Next(calendar, due)
				n++
			}
			counted := r.Missed
			for _, of := range between {
				counted += of
			}
			if !due.Equal(r.Due) || r.Missed > n || counted < n {
				t.Errorf("%s: the run of %s stands for %d due times and %d others had runs; %d passed since %s", j.Name, r.Due, r.Missed, len(between), n, settled)
			}
		}
		settled = r.Due
		clear(between)
	}
	last := time.Time{}
	if j.Trigger != nil {
		last, _ = j.Trigger.Last(calendar, now.Add(-12*hour))
	}
	for _, r := range runs {
		if j.Trigger == nil && r.Job == j.After[0] && r.Outcome == jobs.Done && r.Ended.Before(now.Add(-12*hour)) {
			last = r.Ended
		}
	}
	if settled.Before(last) {
		t.Errorf("%s: due %s was never done; the newest is %s", j.Name, last, settled)
	}
}
