package schedules_test

import (
	"testing"
	"time"

	"barkeep/schedules"
)

// daysPerYear is the published number of trading days, 1990 to 2026.
var daysPerYear = []int{
	9,
	255, 255, 257, 252, 251, 247, 243, 246, 239,
	239, 240, 237, 241, 243, 242, 241, 242, 246, 244,
	242, 244, 243, 238, 245, 244, 244, 244, 243, 244,
	243, 243, 242, 242, 242, 243, 242,
}

func day(t testing.TB, text string) schedules.Day {
	t.Helper()
	d, err := schedules.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEmbeddedCounts(t *testing.T) {
	c := schedules.Embedded()
	if got, want := c.First(), day(t, "1990-12-19"); got != want {
		t.Errorf("First() = %s, want %s", got, want)
	}
	if got, want := c.Horizon(), day(t, "2026-12-31"); got != want {
		t.Errorf("Horizon() = %s, want %s", got, want)
	}
	total := 0
	for i, want := range daysPerYear {
		year := 1990 + i
		from, to := schedules.MakeDay(year, 1, 1), schedules.MakeDay(year, 12, 31)
		if got := c.Count(from, to); got != want {
			t.Errorf("%d has %d trading days, want %d", year, got, want)
		}
		total += want
	}
	if days := c.Days(c.First(), c.Horizon()); len(days) != total || total != 8797 {
		t.Errorf("%d trading days in all, the years add up to %d, want 8797", len(days), total)
	}
	closures := 0
	for d := c.First(); d <= c.Horizon(); d++ {
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		switch c.Status(d) {
		case schedules.Closed:
			if !weekend {
				closures++
			}
		case schedules.Open:
			if weekend {
				t.Errorf("%s is a %s and open", d, d.Weekday())
			}
		default:
			t.Errorf("%s is inside the horizon and %s", d, c.Status(d))
		}
	}
	if closures != 605 {
		t.Errorf("%d weekday closures, want 605", closures)
	}
}

func TestStatus(t *testing.T) {
	c := schedules.Embedded()
	for _, test := range []struct {
		day  string
		want schedules.Status
	}{
		{"1990-12-18", schedules.Unknown}, // the day before the exchange opened
		{"1990-12-15", schedules.Unknown}, // a Saturday before it
		{"1990-12-19", schedules.Open},
		{"1992-05-04", schedules.Open},   // missing from some lists
		{"2016-01-07", schedules.Open},   // circuit breaker, a trading day all the same
		{"2018-12-31", schedules.Closed}, // missing from some lists
		{"2024-02-04", schedules.Closed}, // a working Sunday
		{"2024-02-09", schedules.Closed},
		{"2024-02-19", schedules.Open},
		{"2026-12-31", schedules.Open},
		{"2027-01-01", schedules.Unknown}, // surely a holiday, yet nobody has said so
		{"2027-01-02", schedules.Closed},  // Saturday
		{"2027-01-03", schedules.Closed},  // Sunday
		{"2027-01-04", schedules.Unknown},
		{"9999-12-31", schedules.Unknown},
	} {
		if got := c.Status(day(t, test.day)); got != test.want {
			t.Errorf("Status(%s) = %s, want %s", test.day, got, test.want)
		}
	}
	extremes := []schedules.Day{-1 << 31, 1<<31 - 1}
	for _, d := range extremes {
		if got := c.Status(d); got == schedules.Open {
			t.Errorf("Status(%d) = %s", int32(d), got)
		}
		if _, ok := c.Next(d); ok {
			t.Errorf("Next(%d) found a day", int32(d))
		}
		if got, ok := c.Prev(d); ok {
			t.Errorf("Prev(%d) = %s", int32(d), got)
		}
	}
	if got := c.Count(extremes[0], extremes[1]); got != 8797 {
		t.Errorf("Count over everything = %d", got)
	}
}

func TestNextPrev(t *testing.T) {
	c := schedules.Embedded()
	for _, test := range []struct{ day, next, prev string }{
		{"1990-12-17", "", ""}, // the 18th is unknown
		{"1990-12-18", "1990-12-19", ""},
		{"1990-12-19", "1990-12-20", ""},
		{"1990-12-20", "1990-12-21", "1990-12-19"},
		{"1999-02-09", "1999-03-01", "1999-02-08"}, // the longest closure of all
		{"2026-02-20", "2026-02-24", "2026-02-13"},
		{"2026-12-30", "2026-12-31", "2026-12-29"},
		{"2026-12-31", "", "2026-12-30"},
		{"2027-01-01", "", "2026-12-31"},
		{"2027-01-02", "", ""}, // 2027-01-01 lies between and is unknown
		{"2030-01-01", "", ""},
	} {
		next, ok := c.Next(day(t, test.day))
		if ok != (test.next != "") || ok && next != day(t, test.next) {
			t.Errorf("Next(%s) = %s, %t, want %q", test.day, next, ok, test.next)
		}
		prev, ok := c.Prev(day(t, test.day))
		if ok != (test.prev != "") || ok && prev != day(t, test.prev) {
			t.Errorf("Prev(%s) = %s, %t, want %q", test.day, prev, ok, test.prev)
		}
	}
}

// TestWalk compares the bit arithmetic with a plain walk over Status.
func TestWalk(t *testing.T) {
	c := schedules.Embedded()
	var want []schedules.Day
	for d := c.First(); d <= c.Horizon(); d++ {
		if next, ok := c.Prev(d); len(want) > 0 && (!ok || next != want[len(want)-1]) {
			t.Fatalf("Prev(%s) = %s, %t, want %s", d, next, ok, want[len(want)-1])
		}
		if got := c.Count(c.First(), d-1); got != len(want) {
			t.Fatalf("Count(First, %s) = %d, want %d", d-1, got, len(want))
		}
		if c.Status(d) == schedules.Open {
			want = append(want, d)
		}
	}
	for i, d := range want[1:] {
		if next, ok := c.Next(want[i]); !ok || next != d {
			t.Fatalf("Next(%s) = %s, %t, want %s", want[i], next, ok, d)
		}
		if n := c.Count(want[i], d); n != 2 {
			t.Fatalf("Count(%s, %s) = %d, want 2", want[i], d, n)
		}
	}
}

func TestDays(t *testing.T) {
	c := schedules.Embedded()
	got := c.Days(day(t, "2024-02-08"), day(t, "2024-02-20"))
	want := []schedules.Day{day(t, "2024-02-08"), day(t, "2024-02-19"), day(t, "2024-02-20")}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("Days over Spring Festival = %v, want %v", got, want)
	}
	for _, span := range [][2]string{
		{"2024-02-20", "2024-02-08"}, {"2027-01-01", "2028-01-01"},
		{"1980-01-01", "1990-12-18"}, {"2024-02-09", "2024-02-18"},
	} {
		if got := c.Days(day(t, span[0]), day(t, span[1])); got != nil {
			t.Errorf("Days(%s, %s) = %v, want none", span[0], span[1], got)
		}
	}
}

func TestPublished(t *testing.T) {
	c := schedules.Embedded()
	at := func(text string) time.Time {
		now, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	for _, test := range []struct{ now, want string }{
		{"2024-01-03T17:29:59+08:00", "2024-01-02"},
		{"2024-01-03T17:30:00+08:00", "2024-01-03"},
		{"2024-01-03T09:30:00Z", "2024-01-03"},      // the same instant, said in London
		{"2024-01-03T04:29:59-05:00", "2024-01-02"}, // one second earlier, said in New York
		{"2024-01-03T23:59:59+08:00", "2024-01-03"},
		{"2024-01-04T00:00:00+08:00", "2024-01-03"},
		{"2024-01-06T12:00:00+08:00", "2024-01-05"}, // Saturday
		{"2024-01-08T09:00:00+08:00", "2024-01-05"}, // Monday morning
		{"2024-02-18T20:00:00+08:00", "2024-02-08"}, // the last day of a long closure
		{"2024-02-19T17:30:00+08:00", "2024-02-19"},
		{"2026-12-31T17:30:00+08:00", "2026-12-31"},
		{"2027-06-01T12:00:00+08:00", "2026-12-31"}, // past the horizon nothing is assumed
		{"1990-12-19T17:29:00+08:00", "1990-12-18"}, // nothing published yet
		{"1980-01-01T00:00:00Z", "1990-12-18"},
	} {
		got := c.Published(at(test.now), schedules.DailyBarsReady)
		if got.String() != test.want {
			t.Errorf("Published(%s) = %s, want %s", test.now, got, test.want)
		}
	}
	if got := c.Published(at("2024-01-03T17:45:00+08:00"), 18*60); got.String() != "2024-01-02" {
		t.Errorf("data ready at 18:00 counted as published at 17:45: %s", got)
	}
}

// TestSummerTime: clocks in Shanghai were one hour ahead in the summer of 1991.
func TestSummerTime(t *testing.T) {
	if got, want := schedules.DailyBarsReady.On(day(t, "1991-07-01")).UTC().Format("15:04"), "08:30"; got != want {
		t.Errorf("17:30 in the summer of 1991 was %s UTC, want %s", got, want)
	}
	if got, want := schedules.DailyBarsReady.On(day(t, "2024-07-01")).UTC().Format("15:04"), "09:30"; got != want {
		t.Errorf("17:30 in the summer of 2024 is %s UTC, want %s", got, want)
	}
}

func TestAllocationFree(t *testing.T) {
	c := schedules.Embedded()
	d := day(t, "2024-02-09")
	now := time.Date(2024, 2, 9, 12, 0, 0, 0, time.UTC)
	if n := testing.AllocsPerRun(100, func() {
		c.Status(d)
		c.Next(d)
		c.Prev(d)
		c.Count(c.First(), d)
		c.Published(now, schedules.DailyBarsReady)
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkStatus(b *testing.B) {
	c := schedules.Embedded()
	first, n := c.First(), c.Horizon()-c.First()
	open := 0
	for i := 0; b.Loop(); i++ {
		if c.Status(first+schedules.Day(i)%n) == schedules.Open {
			open++
		}
	}
}

// BenchmarkStatusMap is the alternative that BenchmarkStatus is measured
// against: a map of all trading days.
func BenchmarkStatusMap(b *testing.B) {
	c := schedules.Embedded()
	first, n := c.First(), c.Horizon()-c.First()
	days := map[schedules.Day]bool{}
	for _, d := range c.Days(first, c.Horizon()) {
		days[d] = true
	}
	open := 0
	for i := 0; b.Loop(); i++ {
		if days[first+schedules.Day(i)%n] {
			open++
		}
	}
}
