package trigger_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"barkeep/schedules"
	"barkeep/schedules/trigger"
)

var various = []trigger.Spec{
	{Cron: "35 17 * * *", On: "trading-days"},
	{Cron: "*/7 * * * * *", On: "trading-hours"},
	{Cron: "5-50/15 30 9-15/2 * * mon,wed"},
	{Cron: "0 0 29 2 *"},
	{Cron: "59 59 23 31 12 *"},
	{Cron: "0 0 13 * 5", On: "trading-days"},
	{Cron: "@hourly", On: "trading-hours"},
	{Cron: "@every 37m", On: "trading-hours"},
	{At: "00:00"}, {At: "23:59", On: "trading-days"}, {At: "10:00", On: "trading-hours"},
	{At: "close+24h"}, {At: "open-24h"}, {At: "final+6m"},
	{Every: "1s"}, {Every: "7m"}, {Every: "100h", On: "trading-days"}, {Every: "13s", On: "trading-hours"},
	{Every: "17m while trading"}, {Every: "11s while lunch"}, {Every: "1h while opening_auction, trading, after_hours"},
}

// TestNextAndLast: firings strictly increase, each is its own last, and no other
// lies between two of them.
func TestNextAndLast(t *testing.T) {
	c := schedules.Embedded()
	rng := rand.New(rand.NewPCG(6, 17))
	from, span := at(t, "1990-12-01"), int64(at(t, "2027-02-01").Sub(at(t, "1990-12-01"))/time.Second)
	for _, s := range various {
		tr := parse(t, s)
		for range 300 {
			now := from.Add(time.Duration(rng.Int64N(span))*time.Second + time.Duration(rng.Int64N(2))*time.Millisecond)
			if problem := between(c, tr, now); problem != "" {
				t.Fatalf("%s: %s", tr, problem)
			}
		}
	}
}

// between looks at the firings around a moment and says what is wrong with them.
func between(c *schedules.Calendar, tr *trigger.Trigger, now time.Time) string {
	next, ok := tr.Next(c, now)
	last, was := tr.Last(c, now)
	if was && last.After(now) || was && last.Nanosecond() != 0 {
		return fmt.Sprintf("last at %s is %s", now, last)
	}
	if again, ok := tr.Last(c, last); was && (!ok || !again.Equal(last)) {
		return fmt.Sprintf("last %s is not its own last, but %s", last, again)
	}
	if !ok {
		return ""
	}
	if !next.After(now) || next.Location() != schedules.Shanghai {
		return fmt.Sprintf("next after %s is %s", now, next)
	}
	if own, ok := tr.Last(c, next); !ok || !own.Equal(next) {
		return fmt.Sprintf("next %s is not its own last, but %s", next, own)
	}
	if before, ok := tr.Last(c, next.Add(-1)); ok != was || was && !before.Equal(last) {
		return fmt.Sprintf("before %s comes %s, and at %s the last was %s", next, before, now, last)
	}
	if was {
		if after, ok := tr.Next(c, last); !ok || !after.Equal(next) {
			return fmt.Sprintf("after %s comes %s, after %s %s", last, after, now, next)
		}
	}
	return ""
}

// TestAgainstCron holds cron lines against the library that reads them, and their
// filters against the calendar's own phases.
func TestAgainstCron(t *testing.T) {
	c := schedules.Embedded()
	parser := cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	lines := []string{"35 17 * * *", "*/7 9-11 * * 1-5", "0 */5 * * * *", "30 5-55/25 0,12 1,15,31 */2 *", "0 0 13 * 5", "1 2 3 4 *", "@weekly", "@monthly", "15,45 * ? * sun"}
	for _, line := range lines {
		parsed, err := parser.Parse("TZ=Asia/Shanghai " + line)
		if err != nil {
			t.Fatal(err)
		}
		for _, on := range []string{"", "trading-days", "trading-hours"} {
			tr, err := trigger.New(trigger.Spec{Cron: line, On: on})
			if err != nil {
				continue // never, with this filter
			}
			now := at(t, "2023-12-20 10:00:01")
			for range 60 {
				want := parsed.Next(now)
				for !allowed(c, on, want) && want.Before(at(t, "2026-12-31")) {
					want = parsed.Next(want)
				}
				if on != "" && want.After(at(t, "2026-12-31")) {
					break // the calendar ends
				}
				got, ok := tr.Next(c, now)
				if !ok || !got.Equal(want) {
					t.Fatalf("%s after %s: %s, want %s", tr, now, got, want)
				}
				now = got
			}
		}
	}
}

func allowed(c *schedules.Calendar, on string, at time.Time) bool {
	m := c.Moment(at)
	switch on {
	case "trading-days":
		return c.Status(schedules.DayOf(at)) == schedules.Open
	case "trading-hours":
		return m.Phase == schedules.PhaseMorning || m.Phase == schedules.PhaseAfternoon || m.Phase == schedules.PhaseClosingAuction
	}
	return true
}

// TestEveryIsComplete counts the snapshots of a year: 480 a trading day.
func TestEveryIsComplete(t *testing.T) {
	c, n := schedules.Embedded(), 0
	tr := parse(t, trigger.Spec{Every: "30s while trading"})
	end := at(t, "2026-01-01")
	for now := at(t, "2025-01-01"); ; n++ {
		next, ok := tr.Next(c, now)
		if !ok || !next.Before(end) {
			break
		}
		if !allowed(c, "trading-hours", next) || next.Second()%30 != 0 {
			t.Fatalf("a snapshot at %s", next)
		}
		now = next
	}
	if want := 480 * c.Count(schedules.MakeDay(2025, 1, 1), schedules.MakeDay(2025, 12, 31)); n != want {
		t.Errorf("%d snapshots in 2025, want %d", n, want)
	}
}

// TestZoneOfHost: neither the zone of the host nor that of the question matters.
func TestZoneOfHost(t *testing.T) {
	c, host := schedules.Embedded(), time.Local
	defer func() { time.Local = host }()
	for _, s := range various {
		want := ""
		for _, name := range []string{"UTC", "America/New_York", "Asia/Kathmandu"} {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			time.Local = zone
			tr := parse(t, s)
			got, now := "", time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC).In(zone) // New York changes its clocks the next day
			for range 40 {
				next, ok := tr.Next(c, now.In(zone))
				last, _ := tr.Last(c, now.In(zone))
				got += fmt.Sprintln(next, ok, last)
				now = next
			}
			if want == "" {
				want = got
			} else if got != want {
				t.Errorf("%s in %s:\n%s\nwant\n%s", tr, name, got, want)
			}
		}
	}
}

// FuzzNew: no text brings the parser or a trigger down, and what is read keeps
// its order.
func FuzzNew(f *testing.F) {
	for _, s := range various {
		f.Add(s.Cron, s.At, s.Every, s.On, int64(1_770_000_000))
	}
	f.Add("TZ= ", "", "", "", int64(0))
	f.Add("*/99999999999999999999 1-2-3 1/2/3 , *", "", "", "", int64(0))
	f.Add("* * 31 2 *", "", "", "trading-days", int64(1<<62))
	f.Add("", "open--1h", "", "", int64(-1<<62))
	f.Add("", "", "9223372036854775807ns while while", "", int64(-1<<40))
	f.Fuzz(func(t *testing.T, line, moment, every, on string, unix int64) {
		s := trigger.Spec{Cron: line, At: moment, Every: every, On: on}
		tr, err := trigger.New(s)
		if err != nil {
			if tr != nil || err.Error() == "" {
				t.Fatalf("%+v gives %v and %v", s, tr, err)
			}
			return
		}
		now := time.Unix(unix, unix&0xffff)
		if problem := between(schedules.Embedded(), tr, now); problem != "" {
			t.Fatalf("%+v: %s", s, problem)
		}
		tr.Next(schedules.Embedded(), at(t, "2026-09-30 15:00"))
	})
}

var sink time.Time

func BenchmarkNext(b *testing.B) {
	c := schedules.Embedded()
	for _, s := range []trigger.Spec{{Every: "30s while trading"}, {At: "17:35", On: "trading-days"}, {Cron: "*/30 * * * * *", On: "trading-hours"}, {Cron: "0 0 29 2 *"}} {
		tr := parse(b, s)
		holiday := at(b, "2026-09-30 18:00")
		b.Run(tr.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink, _ = tr.Next(c, holiday)
				sink, _ = tr.Last(c, sink.Add(-1))
			}
		})
	}
}
