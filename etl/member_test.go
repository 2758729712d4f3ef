package etl_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// members makes a list of HS300 from the numbers of its members.
func members(updated, asked schedules.Day, numbers ...int) etl.MemberList {
	l := etl.MemberList{Index: etl.HS300, Updated: updated, Asked: asked, Source: "baostock", Fetched: time.UnixMicro(1795318392299396).UTC()}
	for _, n := range numbers {
		l.Members = append(l.Members, etl.MakeSymbol(etl.Shanghai, 600000+n))
	}
	return l
}

func TestMemberIntervals(t *testing.T) {
	d := schedules.MakeDay(2024, 1, 1)
	lists := []etl.MemberList{members(d-100, d-100), members(d, d+3, 1, 2), members(d+7, d+9, 1, 3), members(d+14, d+14, 2, 3), members(d+14, d+20, 2, 3)}
	want := []string{"1 0 9 14", "2 0 3 7", "2 14 20 0", "3 7 20 0"} // number, since, last, until
	rng := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		rng.Shuffle(len(lists), func(i, j int) { lists[i], lists[j] = lists[j], lists[i] })
		var h etl.MemberHistory
		for _, l := range lists {
			if err := h.Add(l); err != nil {
				t.Fatal(err)
			}
		}
		got := h.Intervals()
		for i, v := range got {
			until := 0
			if v.Until != 0 {
				until = int(v.Until - d)
			}
			text := strings.Join([]string{strconv.Itoa(v.Symbol.Code() - 600000), strconv.Itoa(int(v.Since - d)), strconv.Itoa(int(v.Last - d)), strconv.Itoa(until)}, " ")
			if i >= len(want) || text != want[i] || v.Index != etl.HS300 {
				t.Fatalf("interval %d is %s, want %v", i, text, want)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d intervals", len(got))
		}
		roundTrip(t, &h)
	}
}

// roundTrip stores both tables and restores the history from them.
func roundTrip(t *testing.T, h *etl.MemberHistory) {
	t.Helper()
	a, b := etl.MemberRows(h.Intervals()), etl.MemberListRows(h)
	defer a.Release()
	defer b.Release()
	noNulls(t, a, etl.IndexMembers)
	noNulls(t, b, etl.IndexLists)
	intervals, err := etl.ReadMembers(a)
	if err != nil || !slices.Equal(intervals, h.Intervals()) {
		t.Fatalf("intervals come back as %v, %v", intervals, err)
	}
	lists, err := etl.ReadMemberLists(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := etl.RestoreMembers(intervals, lists)
	if err != nil || !slices.Equal(again.Intervals(), h.Intervals()) || len(again.Lists(etl.HS300)) != len(h.Lists(etl.HS300)) {
		t.Fatalf("restored: %v, %v", again, err)
	}
	for i, l := range again.Lists(etl.HS300) {
		if w := h.Lists(etl.HS300)[i]; !slices.Equal(l.Members, w.Members) || l.Updated != w.Updated || l.Asked != w.Asked {
			t.Fatalf("list %v, want %v", l, w)
		}
	}
	if len(intervals) > 0 {
		if _, err := etl.RestoreMembers(intervals[1:], lists); err == nil {
			t.Fatal("tables of different moments pass")
		}
	}
}

func TestMemberListsThatContradict(t *testing.T) {
	d := schedules.MakeDay(2024, 1, 1)
	var h etl.MemberHistory
	if err := h.Add(members(d, d+3, 1, 2)); err != nil {
		t.Fatal(err)
	}
	for want, l := range map[string]etl.MemberList{
		"members that are not":    members(d, d+4, 1, 3),
		"is empty":                members(d+7, d+7),
		"after the day asked":     members(d+7, d+6, 1),
		"comes after sh600002":    members(d+7, d+7, 2, 2),
		"no such index":           {Index: 9, Updated: d, Asked: d},
		"arrived before that":     {Index: etl.HS300, Updated: 40000, Asked: 40001, Fetched: d.At(1, 1), Members: members(1, 1, 1).Members},
		"a later list is empty":   members(d-200, d-200, 1),
		"members of HS300 of 202": members(d+1, d),
	} {
		before := h.Intervals()
		if want == "a later list is empty" {
			if err := h.Add(members(d-100, d-100)); err != nil {
				t.Fatal(err)
			}
		}
		err := h.Add(l)
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if !slices.Equal(before, h.Intervals()) {
			t.Errorf("%q has changed the history", want)
		}
	}
	future := members(d+7, 60000, 1, 2)
	if err := h.Add(future); err != nil || h.Intervals()[0].Last != schedules.DayOf(future.Fetched) {
		t.Errorf("asked about the future: %v, %v", h.Intervals()[0], err)
	}
	if p := members(d, d, 1, 2).Problem(); !strings.Contains(p, "2 members instead of 300") {
		t.Errorf("the problem of a short list: %q", p)
	}
	for _, x := range etl.MemberIndices {
		if got, err := etl.ParseMemberIndex(x.String()); got != x || err != nil {
			t.Errorf("%s is read as %s, %v", x, got, err)
		}
	}
	if _, err := etl.ParseMemberIndex("hs300"); err == nil {
		t.Error("hs300 is read")
	}
}

// TestNextMembers drives the whole backfill against a vendor with weekly lists:
// every month is asked once, each run continues where the last ended, and the
// result does not depend on how the days were dealt out.
func TestNextMembers(t *testing.T) {
	today := schedules.MakeDay(2026, 4, 22)
	vendor := func(asked schedules.Day) etl.MemberList {
		if asked < schedules.MakeDay(2006, 2, 6) {
			return members(asked, asked)
		}
		monday := asked - schedules.Day((int(asked.Weekday())+6)%7)
		year, month, _ := monday.Date()
		half := year*2 + (int(month)-1)/6
		return members(monday, asked, 1, 2+half%50, 100+half)
	}
	months := (2026-2006)*12 + 4
	var want []etl.MemberInterval
	for _, n := range []int{1000, 1, 7} {
		var h etl.MemberHistory
		asked := 0
		first := h.Next(etl.HS300, today, 3)
		if len(first) != 3 || first[0] != today-2 || first[1] != schedules.MakeDay(2006, 1, 31) {
			t.Errorf("first %v", first)
		}
		for {
			days := h.Next(etl.HS300, today, n)
			if len(days) == 0 {
				break
			}
			for _, d := range days {
				asked++
				if err := h.Add(vendor(d)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if asked > months {
			t.Errorf("%d at a time: %d requests for %d months", n, asked, months)
		}
		got := h.Intervals()
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) || len(got) < 40 {
			t.Errorf("%d at a time: %d intervals instead of %d", n, len(got), len(want))
		}
		roundTrip(t, &h)
		if later := h.Next(etl.HS300, today+7, 9); len(later) != 1 || later[0] != today+5 {
			t.Errorf("a week later %v is asked", later)
		}
	}
}
