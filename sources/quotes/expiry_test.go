package quotes_test

import (
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

func TestExpiry(t *testing.T) {
	cal := schedules.Embedded()
	for _, tc := range []struct {
		fetched, own string
		status       etl.QuoteStatus
		want         string
	}{
		// The course of 2026-07-06, a Monday, each boundary to the second.
		{"2026-07-06 09:14:59", "2026-07-03 15:30:00", etl.Trading, "2026-07-06 09:15:00"},
		{"2026-07-06 09:15:00", "2026-07-06 09:15:00", etl.CallAuction, "2026-07-06 09:15:30"},
		{"2026-07-06 09:24:59", "2026-07-06 09:24:58", etl.CallAuction, "2026-07-06 09:25:00"},
		{"2026-07-06 09:25:00", "2026-07-06 09:25:00", etl.Trading, "2026-07-06 09:26:00"},
		{"2026-07-06 09:29:59", "2026-07-06 09:25:03", etl.Trading, "2026-07-06 09:30:00"},
		{"2026-07-06 09:30:00", "2026-07-06 09:30:00", etl.Trading, "2026-07-06 09:30:30"},
		{"2026-07-06 11:29:59", "2026-07-06 11:29:58", etl.Trading, "2026-07-06 11:30:00"},
		{"2026-07-06 11:30:00", "2026-07-06 11:30:00", etl.Trading, "2026-07-06 11:31:00"},
		{"2026-07-06 12:59:30", "2026-07-06 11:30:00", etl.Trading, "2026-07-06 13:00:00"},
		{"2026-07-06 13:00:00", "2026-07-06 13:00:00", etl.Trading, "2026-07-06 13:00:30"},
		{"2026-07-06 14:56:45", "2026-07-06 14:56:44", etl.Trading, "2026-07-06 14:57:00"},
		{"2026-07-06 14:59:50", "2026-07-06 14:59:49", etl.Trading, "2026-07-06 15:00:00"}, // not the long life
		{"2026-07-06 15:00:00", "2026-07-06 15:00:00", etl.Trading, "2026-07-06 15:00:30"},
		{"2026-07-06 15:04:59", "2026-07-06 15:00:03", etl.Trading, "2026-07-06 15:05:00"},
		{"2026-07-06 15:05:00", "2026-07-06 15:00:03", etl.Trading, "2026-07-06 15:05:30"},
		{"2026-07-06 15:29:45", "2026-07-06 15:29:44", etl.Trading, "2026-07-06 15:30:00"},
		{"2026-07-06 15:30:00", "2026-07-06 15:30:00", etl.Trading, "2026-07-06 15:30:30"},
		{"2026-07-06 15:35:59", "2026-07-06 15:35:00", etl.Trading, "2026-07-06 15:36:00"},
		{"2026-07-06 15:36:00", "2026-07-06 15:00:00", etl.Trading, "2026-07-07 09:15:00"},
		{"2026-07-06 23:59:59", "2026-07-06 16:14:03", etl.Trading, "2026-07-07 09:15:00"},
		{"2026-07-07 00:00:00", "2026-07-06 16:14:03", etl.Trading, "2026-07-07 09:15:00"},

		// Rows that are not the day's last after the close.
		{"2026-07-06 15:36:00", "2026-07-06 14:59:59", etl.Trading, "2026-07-06 15:37:00"},
		{"2026-07-06 15:36:00", "2026-07-03 15:30:00", etl.Trading, "2026-07-06 15:37:00"},
		{"2026-07-06 18:00:00", "2026-07-06 09:24:00", etl.CallAuction, "2026-07-06 18:01:00"},
		{"2026-07-07 09:01:00", "2026-07-07 09:00:00", etl.Trading, "2026-07-07 09:02:00"}, // reset for the day
		{"2026-07-07 09:14:30", "2026-07-07 09:00:00", etl.Trading, "2026-07-07 09:15:00"},

		// What does not trade has no later row, but may resume in the session.
		{"2026-07-06 15:36:00", "2026-07-06 11:30:00", etl.Suspended, "2026-07-07 09:15:00"},
		{"2026-07-06 15:36:00", "2020-01-01 11:45:01", etl.Delisted, "2026-07-07 09:15:00"},
		{"2026-07-06 15:36:00", "2026-07-06 09:00:00", etl.NotListed, "2026-07-07 09:15:00"},
		{"2026-07-06 10:00:00", "2026-07-06 10:00:00", etl.Suspended, "2026-07-06 10:00:30"},

		// Weekends and holidays.
		{"2026-07-03 15:40:00", "2026-07-03 15:30:00", etl.Trading, "2026-07-06 09:15:00"},
		{"2026-07-04 10:00:00", "2026-07-03 15:30:00", etl.Trading, "2026-07-06 09:15:00"},
		{"2026-07-04 10:00:00", "2026-07-02 15:30:00", etl.Trading, "2026-07-04 10:01:00"},
		{"2026-02-13 16:00:00", "2026-02-13 15:30:00", etl.Trading, "2026-02-24 09:15:00"},
		{"2026-02-18 10:00:00", "2026-02-13 15:30:00", etl.Trading, "2026-02-24 09:15:00"}, // a Wednesday
		{"2026-09-30 15:36:00", "2026-09-30 15:30:00", etl.Trading, "2026-10-08 09:15:00"},
		{"2026-05-05 11:00:00", "2026-04-30 15:30:00", etl.Trading, "2026-05-06 09:15:00"},

		// The horizon.
		{"2026-12-31 14:59:50", "2026-12-31 14:59:50", etl.Trading, "2026-12-31 15:00:00"},
		{"2026-12-31 15:36:00", "2026-12-31 15:30:00", etl.Trading, "2027-01-01 09:15:00"},
		{"2027-01-01 09:15:00", "2026-12-31 15:30:00", etl.Trading, "2027-01-01 09:15:30"},
		{"2027-01-01 15:35:50", "2026-12-31 15:30:00", etl.Trading, "2027-01-01 15:36:00"},
		{"2027-01-01 20:00:00", "2026-12-31 15:30:00", etl.Trading, "2027-01-01 20:01:00"}, // was it a holiday, or is the provider late?
		{"2027-01-01 20:00:00", "2027-01-01 15:30:00", etl.Trading, "2027-01-04 09:15:00"},
		{"2027-01-02 20:00:00", "2027-01-01 15:30:00", etl.Trading, "2027-01-04 09:15:00"}, // a Saturday
		{"2027-01-05 08:00:00", "2027-01-04 15:30:00", etl.Trading, "2027-01-05 09:15:00"},
		{"2027-01-05 10:00:00", "2027-01-05 10:00:00", etl.Suspended, "2027-01-05 10:00:30"},
		{"2027-01-05 16:00:00", "2027-01-05 10:00:00", etl.Suspended, "2027-01-06 09:15:00"},
	} {
		q := etl.NoQuote(1)
		q.Status, q.Fetched, q.Time = tc.status, at(t, tc.fetched), at(t, tc.own)
		for _, zone := range []*time.Location{time.UTC, time.FixedZone("west", -9*3600)} {
			q.Fetched, q.Time = q.Fetched.In(zone), q.Time.In(zone)
			if got := quotes.DefaultConfig().Expiry(cal, &q); !got.Equal(at(t, tc.want)) {
				t.Errorf("%s row of %s fetched at %s expires at %s, want %s", tc.status, tc.own, tc.fetched,
					got.In(schedules.Shanghai).Format(time.DateTime), tc.want)
			}
		}
	}
}

// oracle is the rule in other words, from the minute of the day and the days'
// status alone: of a row that is always as current as it can be.
func oracle(cal *schedules.Calendar, fetched time.Time) time.Time {
	local := fetched.In(schedules.Shanghai)
	second := local.Hour()*3600 + local.Minute()*60 + local.Second()
	day := schedules.DayOf(fetched)
	clock := func(minute int) time.Time { return schedules.Clock(minute).On(day) }
	if status := cal.Status(day); status != schedules.Closed && second >= 555*60 && second < 936*60 {
		if status == schedules.Unknown {
			return earlier(fetched.Add(30*time.Second), clock(936))
		}
		ttl := 30 * time.Second
		if second >= 565*60 && second < 570*60 || second >= 690*60 && second < 780*60 {
			ttl = time.Minute
		}
		for _, end := range []int{565, 570, 690, 780, 897, 900, 905, 930, 936} {
			if second < end*60 {
				return earlier(fetched.Add(ttl), clock(end))
			}
		}
	}
	if second >= 555*60 || cal.Status(day) == schedules.Closed {
		for day++; cal.Status(day) == schedules.Closed; day++ {
		}
	}
	return day.At(9, 15)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// TestExpiryThroughTheYears compares 2026 and the beginning of 2027, every 397
// seconds and around each boundary, and checks what must hold of any lifetime.
func TestExpiryThroughTheYears(t *testing.T) {
	cal := schedules.Embedded()
	config := quotes.DefaultConfig()
	check := func(fetched time.Time) {
		q := etl.NoQuote(1)
		q.Fetched, q.Time = fetched, fetched
		// The newest row there can be: of now, or of the end of the last day.
		if cal.Moment(fetched).Phase == schedules.PhaseClosed {
			day := schedules.DayOf(fetched)
			if fetched.Before(day.At(15, 36)) {
				day--
			}
			for cal.Status(day) == schedules.Closed {
				day--
			}
			q.Time = day.At(15, 30)
		}
		got, want := config.Expiry(cal, &q), oracle(cal, fetched)
		if !got.Equal(want) {
			t.Fatalf("fetched at %s: expires at %s, want %s", fetched.In(schedules.Shanghai), got.In(schedules.Shanghai), want.In(schedules.Shanghai))
		}
		if !got.After(fetched) {
			t.Fatalf("fetched at %s: expired at once", fetched)
		}
	}
	end := at(t, "2027-01-20 00:00:00")
	for instant := at(t, "2026-01-01 00:00:00"); instant.Before(end); instant = instant.Add(397 * time.Second) {
		check(instant)
	}
	for day := schedules.MakeDay(2026, 1, 1); day < schedules.MakeDay(2027, 1, 20); day++ {
		for _, minute := range []schedules.Clock{0, 540, 555, 565, 570, 690, 780, 897, 900, 905, 930, 936, 1439} {
			for _, shift := range []time.Duration{-time.Second, -time.Nanosecond, 0, time.Nanosecond, time.Second} {
				check(minute.On(day).Add(shift))
			}
		}
	}
}
