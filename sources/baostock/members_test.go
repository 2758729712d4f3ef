package baostock_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

func TestMembers(t *testing.T) {
	c := client(t, exchange(t, nil).Addr())
	monday := today - 4
	for _, day := range []schedules.Day{today, today + 400} { // a Friday
		l, err := c.Members(t.Context(), etl.SZ50, day)
		if err != nil || l.Asked != day || l.Updated != monday || len(l.Members) == 0 || !slices.IsSorted(l.Members) || l.Source != "baostock" || l.Fetched.IsZero() {
			t.Errorf("asked about %s: %+v, %v", day, l, err)
		}
		for _, s := range l.Members {
			if s.Exchange() != etl.Shanghai {
				t.Errorf("%s is a member of SZ50", s)
			}
		}
	}
	l, err := c.Members(t.Context(), etl.ZZ500, schedules.MakeDay(2006, 12, 29))
	if err != nil || len(l.Members) != 0 || l.Updated != l.Asked {
		t.Errorf("before the first list: %+v, %v", l, err)
	}
	if _, err := c.Members(t.Context(), 9, today); err == nil {
		t.Error("an unknown index is asked for")
	}
}

func TestMembersThatContradictThemselves(t *testing.T) {
	day := schedules.MakeDay(2026, 4, 22)
	for want, rows := range map[string][]string{
		"after the day asked for":                {"2026-04-23,sh.600000,a"},
		"no date of a list":                      {"soon,sh.600000,a"},
		"no code":                                {"2026-04-20,600000,a"},
		"sh600000 comes twice":                   {"2026-04-20,sh.600000,a", "2026-04-20,sh.600001,b", "2026-04-20,sh.600000,a"},
		"and sh600001 in that of 2026-04-13":     {"2026-04-20,sh.600000,a", "2026-04-13,sh.600001,b"},
		"a row has 2 cells for 3 columns":        {"2026-04-20,sh.600000"},
		"members of HS300 of 2026-04-22, page 1": {"2026-04-20,,a"},
	} {
		_, err := serving(t, rows...).Members(t.Context(), etl.HS300, day)
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
