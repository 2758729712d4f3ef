package schedules_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"barkeep/schedules"
)

// vendorList says open on every weekday of [from, to] but the closed ones.
func vendorList(t *testing.T, from, to string, closed ...string) []schedules.VendorDay {
	t.Helper()
	shut := map[schedules.Day]bool{}
	for _, c := range closed {
		shut[day(t, c)] = true
	}
	var list []schedules.VendorDay
	for d := day(t, from); d <= day(t, to); d++ {
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		list = append(list, schedules.VendorDay{Day: d, Open: !weekend && !shut[d]})
	}
	return list
}

func TestExtendPastHorizon(t *testing.T) {
	c := schedules.Embedded()
	list := vendorList(t, "2026-12-25", "2027-02-28", "2027-01-01", "2027-02-08", "2027-02-09")
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	longer, differences := c.Extend("baostock", list)
	if len(differences) != 0 {
		t.Errorf("differences %v", differences)
	}
	if got := longer.Horizon().String(); got != "2027-02-28" {
		t.Errorf("horizon %s", got)
	}
	if got := c.Horizon().String(); got != "2026-12-31" {
		t.Errorf("the old calendar's horizon moved to %s", got)
	}
	for date, want := range map[string]schedules.Status{
		"2026-12-31": schedules.Open,
		"2027-01-01": schedules.Closed,
		"2027-01-02": schedules.Closed,
		"2027-01-04": schedules.Open,
		"2027-02-09": schedules.Closed,
		"2027-02-10": schedules.Open,
		"2027-03-01": schedules.Unknown,
	} {
		if got := longer.Status(day(t, date)); got != want {
			t.Errorf("Status(%s) = %s, want %s", date, got, want)
		}
	}
	if got := longer.Count(c.First(), c.Horizon()); got != 8797 {
		t.Errorf("%d trading days inside the old horizon", got)
	}
	if prev, ok := longer.Prev(day(t, "2027-01-04")); !ok || prev.String() != "2026-12-31" {
		t.Errorf("Prev(2027-01-04) = %s, %t", prev, ok)
	}
}

func TestExtendStops(t *testing.T) {
	c := schedules.Embedded()
	gap := vendorList(t, "2027-01-01", "2027-01-20", "2027-01-01")
	gap = append(gap[:5], gap[6:]...) // 2027-01-06 is missing
	both := vendorList(t, "2027-01-01", "2027-01-20", "2027-01-01")
	both = append(both, schedules.VendorDay{Day: day(t, "2027-01-12"), Open: false})
	for _, test := range []struct {
		name, horizon string
		list          []schedules.VendorDay
	}{
		{"nothing", "2026-12-31", nil},
		{"not contiguous", "2026-12-31", vendorList(t, "2027-01-02", "2027-01-20")},
		{"a day missing", "2027-01-05", gap},
		{"a day listed both ways", "2027-01-11", both},
		{"every weekday called open", "2026-12-31", vendorList(t, "2027-01-01", "2027-12-31")},
		{"National Day called open", "2027-09-30", vendorList(t, "2027-01-01", "2027-12-31", "2027-01-01", "2027-05-01")},
	} {
		longer, _ := c.Extend("baostock", test.list)
		if got := longer.Horizon().String(); got != test.horizon {
			t.Errorf("%s: horizon %s, want %s", test.name, got, test.horizon)
		}
	}
}

func TestExtendDisagreements(t *testing.T) {
	c := schedules.Embedded()
	open := func(date string) schedules.VendorDay { return schedules.VendorDay{Day: day(t, date), Open: true} }
	shut := func(date string) schedules.VendorDay { return schedules.VendorDay{Day: day(t, date)} }
	longer, differences := c.Extend("baostock", []schedules.VendorDay{
		open("2027-01-02"), // a Saturday past the horizon
		shut("2027-01-01"),
		open("2024-02-09"),
		shut("2024-02-08"),
		open("2024-02-10"), // a Saturday
		shut("2024-02-11"),
		open("1985-01-02"), // before the calendar
		open("2027-05-01"), // a Saturday, and not contiguous
	})
	want := []string{
		"2024-02-08: barkeep's calendar says open, baostock says closed",
		"2024-02-09: barkeep's calendar says closed, baostock says open",
		"2024-02-10: barkeep's calendar says closed, baostock says open",
		"2027-01-02: barkeep's calendar says closed, baostock says open",
		"2027-05-01: barkeep's calendar says closed, baostock says open",
	}
	if len(differences) != len(want) {
		t.Fatalf("differences %v", differences)
	}
	for i := range want {
		if got := differences[i].String(); got != want[i] {
			t.Errorf("got  %s\nwant %s", got, want[i])
		}
	}
	if got := longer.Status(day(t, "2027-01-02")); got != schedules.Closed {
		t.Errorf("a Saturday became %s", got)
	}
	if got := longer.Horizon().String(); got != "2027-01-02" {
		t.Errorf("horizon %s", got)
	}
}
