package schedules

import (
	"fmt"
	"slices"
	"time"
)

// VendorDay is one row of a vendor's calendar.
type VendorDay struct {
	Day  Day
	Open bool
}

// Disagreement is a day of which a vendor says something else than the
// calendar.
type Disagreement struct {
	Day      Day
	Calendar Status // what the calendar, or its rules past the horizon, say
	Vendor   string // who says otherwise, such as baostock
	Says     Status // what the vendor says
}

// String returns such as
// "2024-02-09: barkeep's calendar says closed, baostock says open".
func (d Disagreement) String() string {
	return fmt.Sprintf("%s: barkeep's calendar says %s, %s says %s", d.Day, d.Calendar, d.Vendor, d.Says)
}

// Extend compares a vendor's list of days, in any order, with the calendar.
//
// Inside the horizon the calendar rules and every difference is returned,
// ascending. Past the horizon the contiguous days right after it extend the
// calendar, up to the first day that is missing, listed both ways, or cannot
// be: a weekday 1 January, 1 May or 1 October that the vendor calls open shows
// that it guesses its future, for these have been closed since 1991. Weekends
// stay closed by rule. What contradicts the rules is returned too. Rows before
// First say nothing and are ignored.
//
// The receiver is unchanged, and is returned when nothing extends it. Baostock
// lists future days of the current year that it may only guess; pass it days
// up to today.
func (c *Calendar) Extend(vendor string, list []VendorDay) (*Calendar, []Disagreement) {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b VendorDay) int {
		switch {
		case a.Day != b.Day:
			return int(int64(a.Day) - int64(b.Day))
		case a.Open == b.Open:
			return 0
		case b.Open:
			return -1
		}
		return 1
	})
	list = slices.Compact(list)

	var differences []Disagreement
	var more []VendorDay // contiguous days past the horizon
	growing := true
	for i, v := range list {
		if v.Day < c.first {
			continue
		}
		twice := i > 0 && list[i-1].Day == v.Day || i+1 < len(list) && list[i+1].Day == v.Day
		known := c.Status(v.Day)
		if known == Unknown && v.Open && alwaysClosed(v.Day) {
			known = Closed
		}
		if known != Unknown && known != v.status() {
			differences = append(differences, Disagreement{v.Day, known, vendor, v.status()})
		}
		if v.Day <= c.last {
			continue
		}
		guess := v.Open && alwaysClosed(v.Day) && !weekend(v.Day)
		growing = growing && !twice && !guess && v.Day == c.last+1+Day(len(more))
		if growing {
			more = append(more, VendorDay{v.Day, v.Open && !weekend(v.Day)})
		}
	}
	if len(more) == 0 {
		return c, differences
	}
	longer := newCalendar(c.first, c.last+Day(len(more)))
	copy(longer.open, c.open)
	for _, v := range more {
		if v.Open {
			longer.setOpen(v.Day)
		}
	}
	return longer, differences
}

func (v VendorDay) status() Status {
	if v.Open {
		return Open
	}
	return Closed
}

// alwaysClosed names the holidays whose date never moves.
func alwaysClosed(d Day) bool {
	_, m, day := d.Date()
	return day == 1 && (m == time.January || m == time.May || m == time.October)
}
