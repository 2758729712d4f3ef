package etl

import (
	"cmp"
	"slices"
	"time"

	"barkeep/schedules"
)

// Next returns up to n days to ask for the members of an index, so that the end
// of every month from [MemberIndex.First] to today, and the last Monday, when
// lists are made, lie in the time that a list was in force. No day is asked that
// a known list covers, so a history takes one request a month at most, and fewer
// where lists stay in force for longer.
//
// The most telling days come first: the newest, the oldest, then the middle of
// stretches whose ends differ, the longest first, then of those whose ends agree.
// That both ends have the same members is no proof that nothing changed between
// them, so those are asked as well, only later. today is the last day whose list
// is out: on a Monday before its publication, the day before.
func (h *MemberHistory) Next(x MemberIndex, today schedules.Day, n int) []schedules.Day {
	targets := monthEnds(x.First(), today)
	var days []schedules.Day
	stretches := h.stretches(x, targets)
	for len(stretches) > 0 && len(days) < n {
		best := slices.MaxFunc(stretches, func(a, b stretch) int { return compareStretches(a, b) })
		at := slices.Index(stretches, best)
		stretches = slices.Delete(stretches, at, at+1)
		pick := (best.from + best.to) / 2
		switch {
		case best.to == len(targets)-1:
			pick = best.to // nothing newer is known
		case best.from == 0:
			pick = best.from
		}
		days = append(days, targets[pick])
		for _, half := range []stretch{{best.from, pick - 1, best.differ}, {pick + 1, best.to, best.differ}} {
			if half.from <= half.to {
				stretches = append(stretches, half)
			}
		}
	}
	return days
}

// stretch is a run of days that no list covers, by their places.
type stretch struct {
	from, to int
	differ   bool // the lists around it are not the same
}

func compareStretches(a, b stretch) int {
	side := func(s stretch) int {
		if s.differ {
			return 1
		}
		return 0
	}
	return cmp.Or(side(a)-side(b), (a.to-a.from)-(b.to-b.from), a.to-b.to)
}

// stretches finds the runs of days that no list covers.
func (h *MemberHistory) stretches(x MemberIndex, targets []schedules.Day) (list []stretch) {
	lists := h.lists[x]
	before := func(d schedules.Day) int { // the newest list up to d, or -1
		at, _ := slices.BinarySearchFunc(lists, d+1, func(l MemberList, d schedules.Day) int { return int(l.Updated) - int(d) })
		return at - 1
	}
	for i := 0; i < len(targets); i++ {
		low := before(targets[i])
		if low >= 0 && targets[i] <= lists[low].Asked {
			continue
		}
		s := stretch{i, i, true}
		for s.to+1 < len(targets) && before(targets[s.to+1]) == low {
			s.to++ // the lists are in order, so these are not covered either
		}
		if low >= 0 && low+1 < len(lists) {
			s.differ = !slices.Equal(lists[low].Members, lists[low+1].Members)
		}
		list = append(list, s)
		i = s.to
	}
	return list
}

// monthEnds returns the last days of the months from first on that lie before
// today, and then the last Monday up to today if it lies after all of them.
func monthEnds(first, today schedules.Day) (days []schedules.Day) {
	year, month, _ := first.Date()
	for {
		month++
		end := schedules.MakeDay(year, month, 1) - 1
		if end >= today {
			break
		}
		days = append(days, end)
	}
	monday := today - schedules.Day((int(today.Weekday())-int(time.Monday)+7)%7)
	if monday >= first && (len(days) == 0 || monday > days[len(days)-1]) {
		days = append(days, monday)
	}
	return days
}
