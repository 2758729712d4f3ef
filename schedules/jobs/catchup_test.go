package jobs_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
)

// past makes a run of the journal.
func past(t *testing.T, job, due string, outcome jobs.Outcome, attempt int) jobs.Run {
	t.Helper()
	at, err := schedules.ParseInstant(due)
	if err != nil {
		t.Fatal(err)
	}
	return jobs.Run{ID: due, Job: job, Why: jobs.BySchedule, Due: at, Began: at, Ended: at.Add(time.Minute), Outcome: outcome, Attempt: attempt}
}

// TestCatchUp: a week off. The runs come one after the other, each behind what it
// runs after; who does not catch up waits.
func TestCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-10 10:00:05")
		b.journal.runs = []jobs.Run{
			past(t, "bars", "2024-01-03 17:35", jobs.Done, 1),
			past(t, "weekly", "2024-01-07 03:00", jobs.Done, 1),
		}
		b.start(
			jobs.Job{Name: "factors", Trigger: daily(trading, 18*hour), After: []string{"bars"}, CatchUp: true, Work: takes(min)},
			jobs.Job{Name: "bars", Trigger: daily(trading, 17*hour+35*min), CatchUp: true, Work: takes(10 * min)},
			jobs.Job{Name: "quotes", Trigger: quotesTrigger(), Work: takes(time.Second)},
			jobs.Job{Name: "weekly", Trigger: daily(sundays, 3*hour), CatchUp: true, Work: takes(min)},
			jobs.Job{Name: "compact", Trigger: daily(everyDay, 9*hour), CatchUp: true, Work: takes(min)},
		)
		b.sleepUntil("2024-01-10 10:00:40")
		for _, s := range b.Jobs() {
			if s.Running != (s.Name == "bars") {
				t.Errorf("%s is running: %t", s.Name, s.Running)
			}
		}
		b.sleepUntil("2024-01-10 10:01:15")
		b.journal.runs = b.journal.runs[2:]
		b.wantRuns(`
			quotes 01-10 10:00:30 schedule done
			quotes 01-10 10:01:00 schedule done`)
		b.sleepUntil("2024-01-10 13:00")
		b.stop()
		var rest []jobs.Run
		for _, r := range b.journal.runs {
			if r.Job != "quotes" {
				rest = append(rest, r)
			}
		}
		b.journal.runs = rest
		b.wantRuns(`
			bars 01-09 17:35:00 catch-up done +3
			factors 01-10 10:10:05 after done +1
			compact 01-10 09:00:00 catch-up done`)
		for i, r := range rest[1:] {
			if r.Began.Before(rest[i].Ended) {
				t.Errorf("%s began during %s", r.Job, rest[i].Job)
			}
		}
	})
}

// TestNothingToCatchUp: what ended well is not due again at a restart.
func TestNothingToCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 20:00")
		b.journal.runs = []jobs.Run{past(t, "bars", "2024-01-03 17:35", jobs.Done, 1)}
		hand := past(t, "hand", "2024-01-03 19:00", jobs.Done, 1)
		hand.Why = jobs.ByHand
		part := hand
		part.Job, part.Options = "part", map[string]string{"symbols": "sh600000"}
		b.journal.runs = append(b.journal.runs, hand, part)
		at := daily(trading, 17*hour+35*min)
		b.start(
			jobs.Job{Name: "bars", Trigger: at, CatchUp: true, Work: takes(min)},
			jobs.Job{Name: "hand", Trigger: at, CatchUp: true, Work: takes(min)},
			jobs.Job{Name: "part", Trigger: at, CatchUp: true, Work: takes(min)},
		)
		b.sleepUntil("2024-01-03 23:00")
		b.journal.runs = b.journal.runs[3:]
		b.end(`part 01-03 17:35:00 catch-up done`)
	})
}

// TestChainAcrossRestart: the program died between the two.
func TestChainAcrossRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-03 20:00")
		b.journal.runs = []jobs.Run{past(t, "a", "2024-01-03 17:35", jobs.Done, 1)}
		list := []jobs.Job{
			{Name: "a", Trigger: daily(trading, 17*hour+35*min), CatchUp: true, Work: takes(min)},
			{Name: "b", After: []string{"a"}, CatchUp: true, Work: takes(min)},
			{Name: "c", After: []string{"a"}, Work: takes(min)},
		}
		b.start(list...)
		b.sleepUntil("2024-01-03 21:00")
		b.stop()
		b.start(list...)
		b.sleepUntil("2024-01-03 22:00")
		b.journal.runs = b.journal.runs[1:]
		b.end(`b 01-03 17:36:00 catch-up done`)
	})
}

// TestRetryAcrossRestart: the wait goes on, the deadline counts, and what was
// interrupted goes on at once.
func TestRetryAcrossRestart(t *testing.T) {
	retry := jobs.Retry{Every: 10 * min, Max: hour, Until: 23 * hour}
	for _, test := range []struct {
		name, now string
		catchUp   bool
		last      jobs.Run
		want      string
	}{
		{"wait", "2024-01-03 17:40", true, past(t, "a", "2024-01-03 17:35", jobs.Partial, 2), "a 01-03 17:35:00 retry done #3 at 17:56:00"},
		{"wait, no catch-up", "2024-01-03 17:40", false, past(t, "a", "2024-01-03 17:35", jobs.Partial, 1), "a 01-03 17:35:00 retry done #2 at 17:46:00"},
		{"wait is over", "2024-01-03 20:00", true, past(t, "a", "2024-01-03 17:35", jobs.Failed, 1), "a 01-03 17:35:00 retry done #2 at 20:00:00"},
		{"interrupted", "2024-01-03 17:37", true, past(t, "a", "2024-01-03 17:35", jobs.Interrupted, 3), "a 01-03 17:35:00 retry done #4 at 17:37:00"},
		{"deadline passed", "2024-01-03 23:10", true, past(t, "a", "2024-01-03 17:35", jobs.Failed, 9), "a 01-03 17:35:00 catch-up done #10 at 23:10:00"},
		{"deadline passed, no catch-up", "2024-01-03 23:10", false, past(t, "a", "2024-01-03 17:35", jobs.Failed, 9), ""},
		{"next day", "2024-01-05 09:00", true, past(t, "a", "2024-01-03 17:35", jobs.Failed, 9), "a 01-04 17:35:00 catch-up done at 09:00:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := lab(t, test.now)
				b.journal.runs = []jobs.Run{test.last}
				b.start(jobs.Job{Name: "a", Trigger: daily(trading, 17*hour+35*min), CatchUp: test.catchUp, Retry: retry, Work: takes(min)})
				time.Sleep(50 * min)
				b.stop()
				b.journal.runs = b.journal.runs[1:]
				got := strings.TrimSpace(b.journal.lines())
				if got != "" {
					got += " at " + b.journal.runs[0].Began.In(schedules.Shanghai).Format(time.TimeOnly)
				}
				if got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			})
		})
	}
}

// TestCatchUpRetries: a catch-up has the whole day that it was found on for its retries,
// across a restart as well.
func TestCatchUpRetries(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := lab(t, "2024-01-04 09:00")
			b.journal.runs = []jobs.Run{past(t, "a", "2024-01-02 17:35", jobs.Done, 1)}
			job := jobs.Job{Name: "a", Trigger: daily(trading, 17*hour+35*min), CatchUp: true, Retry: jobs.Retry{Every: 10 * min, Until: 23 * hour}, Work: fails(3)}
			b.start(job)
			if restart {
				b.sleepUntil("2024-01-04 09:05")
				b.stop()
				b.start(job)
			}
			b.sleepUntil("2024-01-04 12:00")
			b.journal.runs = b.journal.runs[1:]
			b.end(`
				a 01-03 17:35:00 catch-up failed
				a 01-03 17:35:00 retry failed #2
				a 01-03 17:35:00 retry failed #3
				a 01-03 17:35:00 retry done #4`)
		})
	}
}

// TestBan: the source named a time, and nothing is asked before, whether it is due or
// not and whether or not the program runs all the time. By hand is another matter.
func TestBan(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := lab(t, "2024-01-03 17:00")
			b.journal.runs = []jobs.Run{past(t, "a", "2024-01-02 17:35", jobs.Done, 1)}
			until := b.o.Now().Add(26 * hour) // past the next due time
			b.o.Judge = func(error) jobs.Verdict { return jobs.Verdict{Outcome: jobs.Refused, Retry: true, NotBefore: until} }
			job := jobs.Job{Name: "a", Trigger: daily(trading, 17*hour+35*min), CatchUp: true, Retry: jobs.Retry{Every: min}, Work: fails(2)}
			b.start(job)
			b.sleepUntil("2024-01-03 18:00")
			if restart {
				b.stop()
				b.sleepUntil("2024-01-04 03:00")
				b.start(job)
			}
			if s := b.Jobs()[0]; s.Next.IsZero() || s.Next.After(until) {
				t.Errorf("due at %s, want no later than %s", s.Next, until)
			}
			if r, err := b.Trigger(t.Context(), "a", nil, nil); err != nil || r.Outcome != jobs.Refused {
				t.Errorf("by hand: %+v, %v", r, err)
			}
			b.sleepUntil("2024-01-04 23:00")
			b.stop()
			runs := b.journal.runs[2:]
			if len(runs) != 2 || runs[1].Outcome != jobs.Done || !runs[1].Began.Equal(until) || runs[1].Due.In(schedules.Shanghai).Day() != 4 {
				t.Errorf("restart %t: the runs are %+v", restart, runs)
			}
		})
	}
}

// TestFutureHistory: runs that were written under a clock a year ahead do not keep
// anyone from catching up, and are spoken of.
func TestFutureHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := lab(t, "2024-01-04 09:00")
		b.journal.runs = []jobs.Run{past(t, "a", "2024-01-02 17:35", jobs.Failed, 1), past(t, "a", "2025-01-02 17:35", jobs.Done, 1)}
		b.start(jobs.Job{Name: "a", Trigger: daily(trading, 17*hour+35*min), CatchUp: true, Work: takes(min)})
		b.sleepUntil("2024-01-04 12:00")
		b.journal.runs = b.journal.runs[2:]
		b.end(`a 01-03 17:35:00 catch-up done`)
		if !strings.Contains(b.log.String(), "runs from the future") {
			t.Errorf("the log is\n%s", &b.log)
		}
	})
}
