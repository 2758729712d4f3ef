package trigger_test

import (
	"strings"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/schedules/jobs"
	"barkeep/schedules/trigger"
)

var _ jobs.Trigger = (*trigger.Trigger)(nil)

const layout = "2006-01-02 15:04:05"

func at(t testing.TB, text string) time.Time {
	t.Helper()
	instant, err := schedules.ParseInstant(text)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func parse(t testing.TB, s trigger.Spec) *trigger.Trigger {
	t.Helper()
	tr, err := trigger.New(s)
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	return tr
}

// firings lists what follows a moment, with END where the trigger knows no more.
func firings(tr *trigger.Trigger, after time.Time, n int) string {
	var list []string
	for range n {
		next, ok := tr.Next(schedules.Embedded(), after)
		if !ok {
			list = append(list, "END")
			break
		}
		list, after = append(list, next.Format(layout)), next
	}
	return strings.Join(list, ", ")
}

func TestFirings(t *testing.T) {
	for _, test := range []struct {
		spec        trigger.Spec
		words       string
		after, want string
	}{
		{trigger.Spec{Cron: "35 17 * * *", On: "trading-days"}, "cron 35 17 * * * on trading days",
			"2026-02-13 17:35", "2026-02-24 17:35:00, 2026-02-25 17:35:00"}, // Spring Festival
		{trigger.Spec{Cron: "35 17 * * *"}, "cron 35 17 * * *", "2026-02-13 17:35", "2026-02-14 17:35:00, 2026-02-15 17:35:00"},
		{trigger.Spec{Cron: " 0  35 17 * * MON-FRI ", On: "every-day"}, "cron 0 35 17 * * MON-FRI",
			"2026-02-13 17:34:59", "2026-02-13 17:35:00, 2026-02-16 17:35:00"},
		{trigger.Spec{Cron: "*/20 * * * * *", On: "trading-hours"}, "cron */20 * * * * * in trading hours",
			"2026-02-13 11:29:20", "2026-02-13 11:29:40, 2026-02-13 13:00:00, 2026-02-13 13:00:20"},
		{trigger.Spec{Cron: "*/20 * * * * *", On: "trading-hours"}, "cron */20 * * * * * in trading hours",
			"2026-02-13 14:59:40", "2026-02-24 09:30:00, 2026-02-24 09:30:20"},
		{trigger.Spec{Cron: "@weekly"}, "cron @weekly", "2026-02-13", "2026-02-15 00:00:00, 2026-02-22 00:00:00"},
		{trigger.Spec{Cron: "@every 36h"}, "cron @every 36h", "2001-01-01", "2001-01-02 12:00:00, 2001-01-04 00:00:00"},
		{trigger.Spec{Cron: "0 0 29 2 *"}, "cron 0 0 29 2 *", "2096-02-29", "2104-02-29 00:00:00"}, // 2100 is no leap year
		{trigger.Spec{Cron: "0 0 13 * 5"}, "cron 0 0 13 * 5", "2026-02-01", "2026-02-06 00:00:00, 2026-02-13 00:00:00, 2026-02-20 00:00:00, 2026-02-27 00:00:00, 2026-03-06 00:00:00, 2026-03-13 00:00:00"},
		{trigger.Spec{At: "17:35"}, "17:35 every day", "2026-12-31 17:35", "2027-01-01 17:35:00"},
		{trigger.Spec{At: "17:35", On: "trading-days"}, "17:35 on trading days", "2026-12-30 17:35", "2026-12-31 17:35:00, END"},
		{trigger.Spec{At: "close+2h35m"}, "close+2h35m (17:35) on trading days", "2026-02-13 17:34:59.999", "2026-02-13 17:35:00, 2026-02-24 17:35:00"},
		{trigger.Spec{At: "open - 15m", On: "trading-days"}, "open-15m (09:15) on trading days", "2026-02-13", "2026-02-13 09:15:00, 2026-02-24 09:15:00"},
		{trigger.Spec{At: "closing-auction+30s"}, "closing-auction+30s (14:57:30) on trading days", "2026-02-13", "2026-02-13 14:57:30"},
		{trigger.Spec{At: "opening_auction"}, "opening_auction (09:15) on trading days", "2026-02-13", "2026-02-13 09:15:00"},
		{trigger.Spec{At: "lunch"}, "lunch (11:30) on trading days", "2026-02-13", "2026-02-13 11:30:00"},
		{trigger.Spec{At: "close+10h"}, "close+10h (01:00 of the day after) on trading days", "2026-02-13 12:00", "2026-02-14 01:00:00, 2026-02-25 01:00:00"},
		{trigger.Spec{At: "close+10h"}, "close+10h (01:00 of the day after) on trading days", "2026-12-31 12:00", "2027-01-01 01:00:00, END"},
		{trigger.Spec{At: "open-10h"}, "open-10h (23:30 of the day before) on trading days", "2026-02-13 12:00", "2026-02-23 23:30:00, 2026-02-24 23:30:00"},
		{trigger.Spec{Every: "10m"}, "every 10m", "2026-02-14 23:45", "2026-02-14 23:50:00, 2026-02-15 00:00:00"},
		{trigger.Spec{Every: "168h"}, "every 168h", "2026-02-14", "2026-02-16 00:00:00, 2026-02-23 00:00:00"},
		{trigger.Spec{Every: "10m", On: "trading-days"}, "every 10m on trading days", "2026-02-13 23:45", "2026-02-13 23:50:00, 2026-02-24 00:00:00"},
		{trigger.Spec{Every: "1h", On: "trading-hours"}, "every 1h in trading hours", "2026-02-13 10:00", "2026-02-13 11:00:00, 2026-02-13 13:00:00, 2026-02-13 14:00:00, 2026-02-24 10:00:00"},
		{trigger.Spec{Every: "45m while trading"}, "every 45m while trading", "2026-02-13 09:00",
			"2026-02-13 09:30:00, 2026-02-13 10:15:00, 2026-02-13 11:00:00, 2026-02-13 13:00:00, 2026-02-13 13:45:00, 2026-02-13 14:30:00, 2026-02-24 09:30:00"},
		{trigger.Spec{Every: "4m  while  opening-auction, settling,after_hours"}, "every 4m while opening-auction, settling,after_hours", "2026-02-13 09:00",
			"2026-02-13 09:15:00, 2026-02-13 09:19:00, 2026-02-13 09:23:00, 2026-02-13 15:00:00, 2026-02-13 15:04:00"},
		{trigger.Spec{Every: "24h while trading"}, "every 24h while trading", "2026-02-13", "2026-02-13 09:30:00, 2026-02-13 13:00:00, 2026-02-24 09:30:00"},
		{trigger.Spec{Every: "30s while trading"}, "every 30s while trading", "2026-12-31 14:59:00", "2026-12-31 14:59:30, END"},
	} {
		tr := parse(t, test.spec)
		if tr.String() != test.words {
			t.Errorf("%+v is %q, want %q", test.spec, tr, test.words)
		}
		if got := firings(tr, at(t, test.after), strings.Count(test.want, ",")+1); got != test.want {
			t.Errorf("%s after %s:\n got %s\nwant %s", tr, test.after, got, test.want)
		}
	}
}

// TestLast: what was due at a moment, over holidays, at the edges of the calendar
// and past them.
func TestLast(t *testing.T) {
	for _, test := range []struct {
		spec     trigger.Spec
		at, want string
	}{
		{trigger.Spec{At: "17:35", On: "trading-days"}, "2026-02-23 12:00", "2026-02-13 17:35:00"},
		{trigger.Spec{At: "17:35", On: "trading-days"}, "2026-02-24 17:35", "2026-02-24 17:35:00"},
		{trigger.Spec{At: "17:35", On: "trading-days"}, "2026-02-24 17:34:59.999999999", "2026-02-13 17:35:00"},
		{trigger.Spec{At: "17:35", On: "trading-days"}, "2031-05-05", "2026-12-31 17:35:00"}, // the calendar ends
		{trigger.Spec{At: "17:35", On: "trading-days"}, "1990-12-19 17:00", ""},
		{trigger.Spec{At: "17:35", On: "trading-days"}, "0001-01-01", ""},
		{trigger.Spec{At: "17:35"}, "2031-05-05", "2031-05-04 17:35:00"},
		{trigger.Spec{Every: "30s while trading"}, "2026-02-23 12:00", "2026-02-13 14:59:30"},
		{trigger.Spec{Every: "30s while trading"}, "2026-02-13 12:00", "2026-02-13 11:29:30"},
		{trigger.Spec{Every: "30s while trading"}, "2027-01-01 10:00", "2026-12-31 14:59:30"},
		{trigger.Spec{Cron: "* * * * * *", On: "trading-hours"}, "2099-01-01", "2026-12-31 14:59:59"},
		{trigger.Spec{Cron: "0 12 1 * *", On: "trading-days"}, "2026-03-15", "2025-12-01 12:00:00"}, // 1 January to 1 March are closed
		{trigger.Spec{At: "close+10h"}, "2026-02-14 00:59", "2026-02-13 01:00:00"},
		{trigger.Spec{At: "close+10h"}, "2026-02-20", "2026-02-14 01:00:00"},
		{trigger.Spec{Every: "168h"}, "2026-02-15 23:59:59", "2026-02-09 00:00:00"},
	} {
		tr := parse(t, test.spec)
		last, ok := tr.Last(schedules.Embedded(), at(t, test.at))
		if got := last.Format(layout); ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%s at %s: last %s, %t, want %q", tr, test.at, got, ok, test.want)
		}
	}
}

// TestHorizon: where the calendar knows nothing, no trading day is guessed; a
// longer calendar carries the trigger on.
func TestHorizon(t *testing.T) {
	c := schedules.Embedded()
	tr := parse(t, trigger.Spec{At: "17:35", On: "trading-days"})
	for _, after := range []string{"2026-12-31 17:35", "2027-01-02", "2027-01-04 17:00", "9999-12-31", "1990-12-01", "0001-01-01"} {
		if next, ok := tr.Next(c, at(t, after)); ok {
			t.Errorf("after %s comes %s", after, next)
		}
	}
	longer, _ := c.Extend("test", []schedules.VendorDay{
		{Day: schedules.MakeDay(2027, 1, 1)}, {Day: schedules.MakeDay(2027, 1, 2)}, {Day: schedules.MakeDay(2027, 1, 3)},
		{Day: schedules.MakeDay(2027, 1, 4), Open: true},
	})
	if next, ok := tr.Next(longer, at(t, "2026-12-31 17:35")); !ok || !next.Equal(at(t, "2027-01-04 17:35")) {
		t.Errorf("with the new year known: %s, %t", next, ok)
	}
	// Saturdays past the horizon are closed, but what follows them is unknown.
	mixed := parse(t, trigger.Spec{Cron: "0 12 * * 1,6", On: "trading-days"})
	if next, ok := mixed.Next(c, at(t, "2026-12-31")); ok {
		t.Errorf("a Monday of 2027 was guessed: %s", next)
	}
}
