package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sources/baostock/wire"
)

// TestMembersAreTheExchanges compares the members that SQL finds for the days of
// lists with those that the exchange names when it is asked for these days.
func TestMembersAreTheExchanges(t *testing.T) {
	_, address := generatedMarket(t, 900)
	dir := t.TempDir()
	for range 2 {
		command(t, exitDone, "run", "--lake", dir, "--set", "baostock.address="+address, "--job", "instruments")
	}
	rows, err := published(t, dir).Query(`SELECT l.index_name, strftime(d, '%Y-%m-%d'), list(m.symbol ORDER BY m.symbol)::VARCHAR
		FROM (SELECT DISTINCT index_name, unnest([updated, asked]) AS d FROM index_lists WHERE members > 0) l
		JOIN index_members m ON m.index_name = l.index_name AND m.since <= d AND (m.until IS NULL OR d < m.until) GROUP BY ALL`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var index, day, members string
		if err := rows.Scan(&index, &day, &members); err != nil {
			t.Fatal(err)
		}
		if n++; n%5 != 0 {
			continue
		}
		kind, method := wire.HS300, "query_hs300_stocks"
		switch index {
		case "SZ50":
			kind, method = wire.SZ50, "query_sz50_stocks"
		case "ZZ500":
			kind, method = wire.ZZ500, "query_zz500_stocks"
		}
		var want []string
		for _, row := range pageOf(t, address, kind, method, day) {
			want = append(want, strings.Replace(row[1], ".", "", 1))
		}
		slices.Sort(want)
		if got := strings.Split(strings.Trim(members, "[]"), ", "); !slices.Equal(got, want) {
			t.Errorf("%s of %s: %d members, the exchange names %d", index, day, len(got), len(want))
		}
	}
	if n < 60 || rows.Err() != nil {
		t.Errorf("%d lists, %v", n, rows.Err())
	}
}

// TestMembersSurviveEveryFault cuts the writing of both tables off at every change of
// the disk: what is read back afterwards is a history that was whole, and the next
// run completes it.
func TestMembersSurviveEveryFault(t *testing.T) {
	symbol := func(i int) etl.Symbol { return etl.MakeSymbol(etl.Shanghai, 600000+i) }
	list := func(week int) etl.MemberList {
		day := schedules.MakeDay(2024, 1, 1) + schedules.Day(7*week)
		l := etl.MemberList{Index: etl.SZ50, Updated: day, Asked: day + 3, Source: "test", Fetched: (day + 4).At(9, 0)}
		for i := range 5 {
			l.Members = append(l.Members, symbol(week+i))
		}
		return l
	}
	write := func(l *lake.Lake, weeks int) error {
		h, err := openMembers(context.Background(), l)
		if err != nil {
			t.Fatalf("the tables do not belong together: %v", err)
		}
		for w := range weeks {
			if err := h.Add(list(w)); err != nil {
				t.Fatal(err)
			}
		}
		_, err = saveMembers(context.Background(), l, h)
		return err
	}
	for cut := 0; ; cut++ {
		l := lake.Open(t.TempDir(), lake.DefaultConfig())
		if err := write(l, 2); err != nil {
			t.Fatal(err)
		}
		n, died := 0, false
		l.Disk().Before = func(string, string) error {
			if n++; n > cut {
				died = true
				return errors.New("the process is gone")
			}
			return nil
		}
		err := write(l, 6)
		l.Disk().Before = nil
		h, rerr := openMembers(t.Context(), l)
		if rerr != nil {
			t.Fatalf("cut off at change %d (%v): %v", cut, err, rerr)
		}
		if got := len(h.Lists(etl.SZ50)); got != 2 && got != 6 || err == nil && got != 6 {
			t.Fatalf("cut off at change %d: %d lists", cut, got)
		}
		if err := write(l, 6); err != nil {
			t.Fatalf("after a cut at change %d: %v", cut, err)
		}
		if h, err := openMembers(t.Context(), l); err != nil || len(h.Lists(etl.SZ50)) != 6 || len(h.Intervals()) != 10 {
			t.Fatalf("after a cut at change %d: %v", cut, err)
		}
		if !died {
			break
		}
	}
}
