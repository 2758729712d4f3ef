package etl

import (
	"fmt"
	"slices"

	"barkeep/schedules"
)

// MemberHistory folds lists of index members, arriving in any order, into
// intervals. The zero value is empty. Not safe for concurrent use.
type MemberHistory struct {
	lists map[MemberIndex][]MemberList // ascending by Updated
}

// Add takes a list. It refuses, and changes nothing, when the list contradicts
// itself or one that is known: another one of the same day, or one without
// members after one that has some, since an index does not lose all of them.
func (h *MemberHistory) Add(l MemberList) error {
	if err := l.check(); err != nil {
		return err
	}
	lists := h.lists[l.Index]
	at, found := slices.BinarySearchFunc(lists, l.Updated, func(l MemberList, d schedules.Day) int { return int(l.Updated) - int(d) })
	if found {
		known := &lists[at]
		if !slices.Equal(known.Members, l.Members) {
			return contradiction(l, *known, fmt.Sprintf("has %d members that are not the %d of the same list asked for %s", len(l.Members), len(known.Members), known.Asked))
		}
		known.Asked = max(known.Asked, l.Asked)
		return nil
	}
	if at > 0 && len(l.Members) == 0 && len(lists[at-1].Members) > 0 {
		return contradiction(l, lists[at-1], "is empty, though the list before is not")
	}
	if at < len(lists) && len(l.Members) > 0 && len(lists[at].Members) == 0 {
		return contradiction(l, lists[at], "has members, though a later list is empty")
	}
	l.Members = slices.Clone(l.Members)
	if h.lists == nil {
		h.lists = map[MemberIndex][]MemberList{}
	}
	h.lists[l.Index] = slices.Insert(lists, at, l)
	return nil
}

func contradiction(l, known MemberList, problem string) error {
	return &DataError{fmt.Sprintf("members of %s of %s, list of %s", l.Index, l.Asked, l.Updated),
		fmt.Sprintf("%s (list of %s, fetched %s)", problem, known.Updated, known.Fetched.UTC().Format("2006-01-02 15:04:05Z"))}
}

// Lists returns the lists of an index, ascending by Updated. They are only read.
func (h *MemberHistory) Lists(x MemberIndex) []MemberList { return h.lists[x] }

// Intervals returns the intervals of all indices, sorted by the index's name,
// symbol and Since.
func (h *MemberHistory) Intervals() []MemberInterval {
	var all []MemberInterval
	for _, x := range MemberIndices {
		all = append(all, h.intervals(x)...)
	}
	slices.SortFunc(all, compareIntervals)
	return all
}

func (h *MemberHistory) intervals(x MemberIndex) (closed []MemberInterval) {
	open := map[Symbol]*MemberInterval{}
	lists := h.lists[x]
	for i, l := range lists {
		last := l.Asked
		if i+1 < len(lists) { // a day may be asked about before its list is out
			last = min(last, lists[i+1].Updated-1)
		}
		for _, s := range l.Members {
			v := open[s]
			if v == nil {
				v = &MemberInterval{Index: x, Symbol: s, Since: l.Updated, Source: l.Source, Fetched: l.Fetched}
				open[s] = v
			}
			v.Last = last
		}
		for s, v := range open {
			if _, still := slices.BinarySearch(l.Members, s); !still {
				v.Until = l.Updated
				closed = append(closed, *v)
				delete(open, s)
			}
		}
	}
	for _, v := range open {
		closed = append(closed, *v)
	}
	return closed
}

// compareIntervals orders as the table's texts do, which HS300, SZ50, ZZ500 do.
func compareIntervals(a, b MemberInterval) int {
	switch {
	case a.Index != b.Index:
		return int(a.Index) - int(b.Index)
	case a.Symbol != b.Symbol:
		return int(a.Symbol) - int(b.Symbol)
	}
	return int(a.Since) - int(b.Since)
}

// RestoreMembers is the inverse of Intervals and Lists: it gives back the history
// that both were taken from. It is a DataError if they do not belong together.
func RestoreMembers(intervals []MemberInterval, lists []MemberList) (*MemberHistory, error) {
	h := &MemberHistory{}
	for _, l := range lists {
		want := len(l.Members)
		var members []Symbol
		for _, v := range intervals {
			if v.Index == l.Index && v.Since <= l.Updated && (v.Until == 0 || l.Updated < v.Until) {
				members = append(members, v.Symbol)
			}
		}
		if len(members) != want {
			return nil, &DataError{"table index_members", fmt.Sprintf("has %d members of %s on %s, and index_lists says %d: the two tables are not of one moment",
				len(members), l.Index, l.Updated, want)}
		}
		slices.Sort(members)
		l.Members = members
		if err := h.Add(l); err != nil {
			return nil, err
		}
	}
	return h, nil
}
