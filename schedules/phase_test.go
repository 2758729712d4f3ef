package schedules_test

import (
	"testing"
	"time"

	"barkeep/schedules"
)

// at reads an instant as clocks in Shanghai show it.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	instant, err := time.ParseInLocation("2006-01-02 15:04:05", text, schedules.Shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func TestPhaseNames(t *testing.T) {
	seen := map[string]bool{}
	for p := schedules.PhaseClosed; p <= schedules.PhaseUnknown; p++ {
		name := p.String()
		if seen[name] {
			t.Errorf("two phases are called %s", name)
		}
		seen[name] = true
		if got, ok := schedules.ParsePhase(name); !ok || got != p {
			t.Errorf("ParsePhase(%q) = %v, %t", name, got, ok)
		}
		if want := p != schedules.PhaseClosed && p != schedules.PhaseLunch; p.Open() != want {
			t.Errorf("%s.Open() = %t", p, p.Open())
		}
	}
	if _, ok := schedules.ParsePhase("invalid"); ok {
		t.Error("invalid is no phase")
	}
	if got := schedules.Phase(200).String(); got != "invalid" {
		t.Errorf("Phase(200) is %q", got)
	}
}

// course is a trading day as the specification of the market has it, 2.
var course = []struct {
	from  string
	phase schedules.Phase
}{
	{"00:00:00", schedules.PhaseClosed},
	{"09:15:00", schedules.PhaseOpeningAuction},
	{"09:25:00", schedules.PhaseAuctionFixed},
	{"09:30:00", schedules.PhaseMorning},
	{"11:30:00", schedules.PhaseLunch},
	{"13:00:00", schedules.PhaseAfternoon},
	{"14:57:00", schedules.PhaseClosingAuction},
	{"15:00:00", schedules.PhaseSettling},
	{"15:05:00", schedules.PhaseAfterHours},
	{"15:30:00", schedules.PhaseFinal},
	{"15:36:00", schedules.PhaseClosed},
}

// TestMomentEverySecond compares a whole trading day with the course.
func TestMomentEverySecond(t *testing.T) {
	c := schedules.Embedded()
	begin := at(t, "2026-07-06 00:00:00") // a Monday
	row := 0
	for instant := begin; instant.Before(begin.Add(24 * time.Hour)); instant = instant.Add(time.Second) {
		for row+1 < len(course) && !instant.Before(at(t, "2026-07-06 "+course[row+1].from)) {
			row++
		}
		want := schedules.Moment{Phase: course[row].phase, Day: day(t, "2026-07-06"), Until: at(t, "2026-07-07 09:15:00")}
		if row == 0 {
			want.Day = day(t, "2026-07-03")
		}
		if row+1 < len(course) {
			want.Until = at(t, "2026-07-06 "+course[row+1].from)
		}
		if got := c.Moment(instant); got.Phase != want.Phase || got.Day != want.Day || !got.Until.Equal(want.Until) {
			t.Fatalf("Moment(%s) = %s %s until %s, want %s %s until %s", instant, got.Phase, got.Day, got.Until, want.Phase, want.Day, want.Until)
		}
	}
}

func TestMomentBoundaries(t *testing.T) {
	c := schedules.Embedded()
	before := -time.Nanosecond
	for _, tc := range []struct {
		at    string
		shift time.Duration
		phase schedules.Phase
		day   string // empty = 0
		until string
	}{
		{"2026-01-05 09:15:00", before, schedules.PhaseClosed, "2025-12-31", "2026-01-05 09:15:00"},
		{"2026-01-05 09:15:00", 0, schedules.PhaseOpeningAuction, "2026-01-05", "2026-01-05 09:25:00"},
		{"2026-01-05 15:36:00", before, schedules.PhaseFinal, "2026-01-05", "2026-01-05 15:36:00"},
		{"2026-01-05 15:36:00", 0, schedules.PhaseClosed, "2026-01-05", "2026-01-06 09:15:00"},

		// A weekend, and a Sunday on which offices work.
		{"2026-07-04 10:00:00", 0, schedules.PhaseClosed, "2026-07-03", "2026-07-06 09:15:00"},
		{"2024-02-04 10:00:00", 0, schedules.PhaseClosed, "2024-02-02", "2024-02-05 09:15:00"},

		// Spring Festival 2026: eleven days between two openings.
		{"2026-02-13 15:36:00", 0, schedules.PhaseClosed, "2026-02-13", "2026-02-24 09:15:00"},
		{"2026-02-18 10:00:00", 0, schedules.PhaseClosed, "2026-02-13", "2026-02-24 09:15:00"},
		{"2026-02-24 09:14:59", 0, schedules.PhaseClosed, "2026-02-13", "2026-02-24 09:15:00"},
		{"2026-02-24 09:15:00", 0, schedules.PhaseOpeningAuction, "2026-02-24", "2026-02-24 09:25:00"},

		// The horizon: 2026-12-31, a Thursday, is the last day of the table.
		{"2026-12-31 14:59:59", 0, schedules.PhaseClosingAuction, "2026-12-31", "2026-12-31 15:00:00"},
		{"2026-12-31 15:36:00", 0, schedules.PhaseClosed, "2026-12-31", "2027-01-01 09:15:00"},
		{"2027-01-01 09:14:59", 0, schedules.PhaseClosed, "2026-12-31", "2027-01-01 09:15:00"},
		{"2027-01-01 09:15:00", 0, schedules.PhaseUnknown, "2027-01-01", "2027-01-01 15:36:00"},
		{"2027-01-01 15:36:00", before, schedules.PhaseUnknown, "2027-01-01", "2027-01-01 15:36:00"},
		{"2027-01-01 15:36:00", 0, schedules.PhaseClosed, "2026-12-31", "2027-01-04 09:15:00"},
		{"2027-01-02 12:00:00", 0, schedules.PhaseClosed, "2026-12-31", "2027-01-04 09:15:00"},
		{"2036-05-07 12:00:00", 0, schedules.PhaseUnknown, "2036-05-07", "2036-05-07 15:36:00"},
		{"2036-05-07 16:00:00", 0, schedules.PhaseClosed, "2026-12-31", "2036-05-08 09:15:00"},

		// Before the calendar.
		{"1990-12-18 12:00:00", 0, schedules.PhaseClosed, "", "1990-12-19 09:15:00"},
		{"1990-12-19 09:00:00", 0, schedules.PhaseClosed, "", "1990-12-19 09:15:00"},
		{"1990-12-19 09:15:00", 0, schedules.PhaseOpeningAuction, "1990-12-19", "1990-12-19 09:25:00"},
		{"1949-10-01 12:00:00", 0, schedules.PhaseClosed, "", "1990-12-19 09:15:00"},
	} {
		instant := at(t, tc.at).Add(tc.shift)
		var want schedules.Day
		if tc.day != "" {
			want = day(t, tc.day)
		}
		// An instant is the same in every zone.
		for _, zone := range []*time.Location{schedules.Shanghai, time.UTC, time.FixedZone("west", -10*3600)} {
			got := c.Moment(instant.In(zone))
			if got.Phase != tc.phase || got.Day != want || !got.Until.Equal(at(t, tc.until)) {
				t.Errorf("Moment(%s%+d in %s) = %s %s until %s, want %s %s until %s", tc.at, tc.shift, zone,
					got.Phase, got.Day, got.Until.In(schedules.Shanghai), tc.phase, want, tc.until)
			}
		}
	}
}

// TestMomentsJoin walks from phase to phase through the whole calendar: every
// Until is the first instant of another phase, no trading day is left out, and
// each has its ten phases.
func TestMomentsJoin(t *testing.T) {
	c := schedules.Embedded()
	instant := at(t, "1990-12-19 00:00:00")
	days, changes := 0, 0
	last := c.Moment(instant)
	for c.Horizon() >= schedules.DayOf(instant) {
		m := c.Moment(instant)
		if before := c.Moment(m.Until.Add(-1)); before.Phase != m.Phase || before.Day != m.Day || !before.Until.Equal(m.Until) {
			t.Fatalf("%s: the phase %s of %s is over before %s: %s", instant, m.Phase, m.Day, m.Until, before.Phase)
		}
		if changes > 0 && m.Phase == last.Phase {
			t.Fatalf("%s: still %s", instant, m.Phase)
		}
		if m.Phase == schedules.PhaseOpeningAuction {
			days++
			if c.Status(m.Day) != schedules.Open || schedules.DayOf(instant) != m.Day {
				t.Fatalf("%s: an auction on %s", instant, m.Day)
			}
		}
		last, instant = m, m.Until
		changes++
	}
	if days != 8797 || changes != 10*8797+1 {
		t.Errorf("%d days with %d changes of phase, want 8797 with %d", days, changes, 10*8797+1)
	}
}

func TestMomentAllocatesNothing(t *testing.T) {
	c := schedules.Embedded()
	instant := at(t, "2026-07-06 15:20:00")
	if n := testing.AllocsPerRun(100, func() { c.Moment(instant) }); n != 0 {
		t.Errorf("Moment allocates %v times", n)
	}
}
