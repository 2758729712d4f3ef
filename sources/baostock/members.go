package baostock

import (
	"context"
	"fmt"
	"slices"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

var memberTypes = map[etl.MemberIndex]wire.Type{etl.HS300: wire.HS300, etl.SZ50: wire.SZ50, etl.ZZ500: wire.ZZ500}

// Members returns the members of an index as of a day, requests 61, 63 and 65,
// ascending. The vendor answers with his newest list up to the day, and says in
// Updated of which day it is; for a day in the future that is the newest there
// is, in silence, so Updated and not the day asked for dates the members. A day
// before his first list is answered without members.
//
// Rows of different lists, a member twice and a list of a day after the one asked
// for are an etl.DataError. Source: specification of Baostock, 8.7.
func (c *Client) Members(ctx context.Context, index etl.MemberIndex, day schedules.Day) (etl.MemberList, error) {
	name := fmt.Sprintf("members of %s of %s", index, day)
	t, ok := memberTypes[index]
	if !ok {
		return etl.MemberList{}, fmt.Errorf("%s: the vendor has no such list", name)
	}
	l := etl.MemberList{Index: index, Asked: day, Source: source}
	err := c.table(ctx, t, name, []string{"updateDate", "code"}, func(cells [][]byte) error {
		updated, ok := parseDay(cells[0])
		symbol, ok2 := parseCode(cells[1])
		switch {
		case !ok2:
			return fmt.Errorf("%.40q is no code of a security", cells[1])
		case !ok:
			return fmt.Errorf("%s: %.40q is no date of a list", symbol, cells[0])
		case updated > day:
			return fmt.Errorf("%s: the list is of %s, after the day asked for", symbol, updated)
		case len(l.Members) > 0 && updated != l.Updated:
			return fmt.Errorf("%s is in the list of %s, and %s in that of %s", l.Members[0], l.Updated, symbol, updated)
		}
		l.Updated, l.Members = updated, append(l.Members, symbol)
		return nil
	}, day.String())
	if err != nil {
		return etl.MemberList{}, err
	}
	l.Fetched = time.Now()
	slices.Sort(l.Members)
	for i := 1; i < len(l.Members); i++ {
		if l.Members[i] == l.Members[i-1] {
			return etl.MemberList{}, &etl.DataError{Where: name, Problem: l.Members[i].String() + " comes twice"}
		}
	}
	if len(l.Members) == 0 {
		l.Updated = day
	}
	return l, nil
}
