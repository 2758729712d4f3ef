package trigger_test

import (
	"errors"
	"testing"

	"barkeep/schedules/trigger"
)

// TestRefused: every bad spec names its key and says what would be right.
func TestRefused(t *testing.T) {
	const moments = " is neither a time of day nor one of the market: write 17:35, or close+2h35m or open-15m; " +
		"besides open and close the market has its phases, opening_auction to final, by when they begin"
	const fields = ", as * or 5 or 1-5 or 1,3 or */2"
	for _, test := range []struct {
		spec trigger.Spec
		want string
	}{
		{trigger.Spec{}, "on: says on which days, but not when: give cron, at or every, or leave it out"},
		{trigger.Spec{On: "trading-days"}, "on: says on which days, but not when: give cron, at or every, or leave it out"},
		{trigger.Spec{Cron: "* * * * *", At: "17:35"}, `cron: is given beside at: 17:35; only one of cron, at and every can be. at: "" takes it away`},
		{trigger.Spec{Every: "1m", At: "17:35"}, `every: is given beside at: 17:35; only one of cron, at and every can be. at: "" takes it away`},
		{trigger.Spec{Every: "1m", Cron: "@daily"}, `every: is given beside cron: @daily; only one of cron, at and every can be. cron: "" takes it away`},
		{trigger.Spec{At: "17:35", On: "weekdays"}, `on: "weekdays" is none of trading-days, trading-hours and every-day`},

		{trigger.Spec{Cron: "35 25 * * *"}, `cron: "35 25 * * *": field 2, the hour, at column 4 is "25": write 0 to 23` + fields},
		{trigger.Spec{Cron: "0 35  17 0 * *"}, `cron: "0 35  17 0 * *": field 4, the day of the month, at column 10 is "0": write 1 to 31` + fields},
		{trigger.Spec{Cron: "35 17 * * 7"}, `cron: "35 17 * * 7": field 5, the day of the week, at column 11 is "7": write 0 (Sunday) to 6 or sun to sat` + fields},
		{trigger.Spec{Cron: "35 17 * foo *"}, `cron: "35 17 * foo *": field 4, the month, at column 9 is "foo": write 1 to 12 or jan to dec` + fields},
		{trigger.Spec{Cron: "5, 17 * * *"}, `cron: "5, 17 * * *": field 1, the minute, at column 1 is "5,": write 0 to 59` + fields},
		{trigger.Spec{Cron: "30 17-9 * * *"}, `cron: "30 17-9 * * *": field 2, the hour, at column 4 is "17-9": write 0 to 23` + fields},
		{trigger.Spec{Cron: "*/0 * * * *"}, `cron: "*/0 * * * *": field 1, the minute, at column 1 is "*/0": write 0 to 59` + fields},
		{trigger.Spec{Cron: "35 17 * *"}, `cron: "35 17 * *" has 4 fields: write minute, hour, day of the month, month and day of the week, or six with seconds first`},
		{trigger.Spec{Cron: "TZ=UTC 35 17 * * *"}, `cron: "TZ=UTC 35 17 * * *" sets a zone or a variable: leave it out, every trigger is in Asia/Shanghai`},
		{trigger.Spec{Cron: "TZ="}, `cron: "TZ=" sets a zone or a variable: leave it out, every trigger is in Asia/Shanghai`},
		{trigger.Spec{Cron: "@dayly"}, `cron: "@dayly" is no name of a schedule: write @hourly, @daily, @weekly, @monthly, @yearly or @every 10m`},
		{trigger.Spec{Cron: "@every 1d"}, `cron: the interval "1d" is not a duration: write it like 30s, 10m or 2h35m`},

		{trigger.Spec{At: "5pm"}, `at: "5pm"` + moments},
		{trigger.Spec{At: "24:00"}, `at: "24:00"` + moments},
		{trigger.Spec{At: "noon+1h"}, `at: "noon+1h"` + moments},
		{trigger.Spec{At: "close+1h+1h"}, `at: "close+1h+1h"` + moments},
		{trigger.Spec{At: "unknown+1h"}, `at: "unknown+1h"` + moments},
		{trigger.Spec{At: "close+"}, `at: "close+": the offset "" is not a duration: write it like 30s, 10m or 2h35m`},
		{trigger.Spec{At: "close+25h"}, `at: "close+25h": the offset "25h" is longer than 24h`},
		{trigger.Spec{At: "close+1.5s"}, `at: "close+1.5s": the offset "1.5s" has parts of a second; write whole seconds`},
		{trigger.Spec{At: "close+1h", On: "every-day"}, `on: every-day contradicts "close+1h (16:00) on trading days", which comes on trading days only; leave on out`},

		{trigger.Spec{Every: "10"}, `every: the interval "10" is not a duration: write it like 30s, 10m or 2h35m`},
		{trigger.Spec{Every: "0s"}, `every: the interval is no time at all; write 1s or more`},
		{trigger.Spec{Every: "-1h"}, `every: the interval "-1h" is negative`},
		{trigger.Spec{Every: "10000h"}, `every: the interval "10000h" is longer than 8784h`},
		{trigger.Spec{Every: "25h while trading"}, `every: "25h": no phase lasts a day; write a shorter time`},
		{trigger.Spec{Every: "30s while open"}, `every: "open" is not a phase of a trading day: write trading, or opening_auction, auction_fixed, morning, lunch, ` +
			`afternoon, closing_auction, settling, after_hours or final, with commas between them`},
		{trigger.Spec{Every: "30s while trading", On: "trading-hours"}, `on: trading-hours contradicts "every 30s while trading", which comes on trading days only; leave on out`},

		{trigger.Spec{Cron: "0 0 31 2 *"}, "cron: cron 0 0 31 2 * never comes; change the time or the days"},
		{trigger.Spec{Cron: "0 3 * * *", On: "trading-hours"}, "cron: cron 0 3 * * * in trading hours never comes; change the time or the days"},
		{trigger.Spec{Cron: "0 12 * * sat,sun", On: "trading-days"}, "cron: cron 0 12 * * sat,sun on trading days never comes; change the time or the days"},
		{trigger.Spec{Cron: "0 12 1 oct *", On: "trading-days"}, "cron: cron 0 12 1 oct * on trading days never comes; change the time or the days"},
		{trigger.Spec{At: "15:00", On: "trading-hours"}, "at: 15:00 in trading hours never comes; change the time or the days"},
		{trigger.Spec{Every: "24h", On: "trading-hours"}, "every: every 24h in trading hours never comes; change the time or the days"},
	} {
		_, err := trigger.New(test.spec)
		if err == nil || err.Error() != test.want {
			t.Errorf("%+v:\n got %v\nwant %s", test.spec, err, test.want)
		}
		var wrong *trigger.Error
		if err != nil && !errors.As(err, &wrong) {
			t.Errorf("%+v: %T is no *Error", test.spec, err)
		}
	}
	_, err := trigger.New(trigger.Spec{At: "5pm", On: "holidays"})
	if list, ok := err.(interface{ Unwrap() []error }); !ok || len(list.Unwrap()) != 2 {
		t.Errorf("two problems give %v", err)
	}
}
