package etl

import (
	"fmt"
	"slices"
	"time"

	"barkeep/schedules"
)

// MemberIndex is an index whose members the vendor lists.
type MemberIndex uint8

// The indices. Source: specification of Baostock, 8.7.
const (
	HS300 MemberIndex = iota + 1 // sh000300, 300 large companies
	SZ50                         // sh000016, 50 of Shanghai
	ZZ500                        // sh000905, the 500 that follow the 300
)

// MemberIndices are all indices with members.
var MemberIndices = []MemberIndex{HS300, SZ50, ZZ500}

// String returns HS300, SZ50 or ZZ500.
func (x MemberIndex) String() string {
	switch x {
	case HS300:
		return "HS300"
	case SZ50:
		return "SZ50"
	case ZZ500:
		return "ZZ500"
	}
	return "unknown index"
}

// ParseMemberIndex is the inverse of MemberIndex.String.
func ParseMemberIndex(text string) (MemberIndex, error) {
	for _, x := range MemberIndices {
		if text == x.String() {
			return x, nil
		}
	}
	return 0, fmt.Errorf("%q is no index with members: write HS300, SZ50 or ZZ500", text)
}

// Size returns how many members the index has by its rules.
func (x MemberIndex) Size() int {
	switch x {
	case HS300:
		return 300
	case SZ50:
		return 50
	}
	return 500
}

// First returns the first day the vendor may have a list for. Source:
// specification of Baostock, 8.7; for SZ50, about which it is silent, the first
// of them.
func (x MemberIndex) First() schedules.Day {
	if x == ZZ500 {
		return schedules.MakeDay(2007, 1, 1)
	}
	return schedules.MakeDay(2006, 1, 1)
}

// MemberList is the vendor's list of an index as of one day.
type MemberList struct {
	Index MemberIndex
	// Asked is the day the vendor was asked about, Updated the day of the newest
	// list up to then. The list was in force from Updated to Asked: the vendor
	// knows of none in between. Both are equal when there was no list yet.
	Asked   schedules.Day
	Updated schedules.Day
	Members []Symbol // ascending, without repetitions; empty before the first list
	Source  string
	Fetched time.Time
}

// Problem returns "" for a list of the size its index has by its rules, or a
// sentence. Such a list may be cut short; it may also be true for a few days.
func (l MemberList) Problem() string {
	if n := len(l.Members); n != l.Index.Size() && n > 0 {
		return fmt.Sprintf("%s of %s has %d members instead of %d", l.Index, l.Updated, n, l.Index.Size())
	}
	return ""
}

// MemberInterval says that a security was a member of an index. Its bounds are
// days of lists that were asked for and say so; between them it was in every
// list that was asked for. It has not been asked, and is not said, whether it
// left and came back between two of those.
type MemberInterval struct {
	Index  MemberIndex
	Symbol Symbol
	Since  schedules.Day // day of the first list with it; it may have been a member before
	Last   schedules.Day // last day that a list with it was in force
	Until  schedules.Day // day of the first list without it; 0 while it is a member
	// Source and Fetched are those of the list of Since.
	Source  string
	Fetched time.Time
}

// IndexMembers is the table index_members: the intervals that follow from all
// lists asked for so far. Who was a member on day D: since <= D and (until is
// null or D < until).
var IndexMembers = Table{
	Name:    "index_members",
	Comment: "members of indices, as intervals between the lists that were asked for",
	Sort:    []string{"index_name", "symbol", "since"},
	Unique:  true,
	Columns: []Column{
		{Name: "index_name", Type: String, Comment: "HS300, SZ50 or ZZ500"},
		{Name: "symbol", Type: String, Comment: "the member, such as sh600000"},
		{Name: "since", Type: Date, Comment: "day of the first list seen with it; the true day may lie after the list before"},
		{Name: "until", Type: Date, Nullable: true, Comment: "day of the first list seen without it; null while it is a member; the true day may lie after last_seen"},
		{Name: "last_seen", Type: Date, Comment: "last day that a list with it was in force"},
		{Name: "source", Type: String, Comment: "which vendor sent the list of since"},
		{Name: "fetched_at", Type: Timestamp, Comment: "when the list of since arrived"},
	},
}

// IndexLists is the table index_lists: which lists were asked for. Together with
// index_members it gives each of them back.
var IndexLists = Table{
	Name:    "index_lists",
	Comment: "the lists of index members that were asked for",
	Sort:    []string{"index_name", "updated"},
	Unique:  true,
	Columns: []Column{
		{Name: "index_name", Type: String, Comment: "HS300, SZ50 or ZZ500"},
		{Name: "updated", Type: Date, Comment: "day of the list, as the vendor says; the day asked for when there was none"},
		{Name: "asked", Type: Date, Comment: "last day asked for that this list answered: it was in force until then"},
		{Name: "members", Type: Int64, Comment: "number of members; 0 before the first list"},
		{Name: "source", Type: String, Comment: "which vendor sent the list"},
		{Name: "fetched_at", Type: Timestamp, Comment: "when it arrived first"},
	},
}

// check returns an error for a list that contradicts itself. A day asked for that
// lies in the future is answered with the newest list, which is then in force up
// to the day of the answer only.
func (l *MemberList) check() error {
	bad := func(format string, args ...any) error {
		return &DataError{fmt.Sprintf("members of %s of %s", l.Index, l.Asked), fmt.Sprintf(format, args...)}
	}
	if !slices.Contains(MemberIndices, l.Index) {
		return bad("no such index")
	}
	for i, s := range l.Members {
		if i > 0 && s <= l.Members[i-1] {
			return bad("%s comes after %s; members ascend and come once", s, l.Members[i-1])
		}
	}
	if len(l.Members) == 0 && l.Updated == 0 {
		l.Updated = l.Asked
	}
	if l.Updated == 0 || l.Updated > l.Asked {
		return bad("the list is of %s, after the day asked for", l.Updated)
	}
	if today := schedules.DayOf(l.Fetched); l.Asked > today {
		if l.Updated > today {
			return bad("the list is of %s and arrived before that", l.Updated)
		}
		l.Asked = today
	}
	return nil
}
