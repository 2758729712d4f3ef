package simulator_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator/market"
)

// TestLists compares the lists of a day with the bars of that day.
func TestLists(t *testing.T) {
	c := dial(t, start(t, config(), generated())).login()
	const d = "2014-03-05" // a Wednesday
	all := c.paged(wire.AllStock, "1", "10000", d)
	status := map[string][]string{}
	indices := 0
	for i, row := range all.rows {
		status[row[0]] = row
		if i > 0 && all.rows[i-1][0] >= row[0] {
			t.Errorf("%s after %s", row[0], all.rows[i-1][0])
		}
		if strings.HasPrefix(row[0], "sh.000") || strings.HasPrefix(row[0], "sz.399") {
			indices++
		}
	}
	day := c.day(d)
	if len(day.rows)+indices != len(all.rows) || indices < 5 {
		t.Errorf("%d rows of the day and %d indices, but %d in the list", len(day.rows), indices, len(all.rows))
	}
	for _, row := range day.rows {
		s := status[row[1]]
		if s == nil || s[1] != row[market.TradeStatus] || (row[market.IsST] == "1") != strings.Contains(s[2], "ST") && !strings.HasSuffix(s[2], "退") {
			t.Errorf("%q in the list, %q in bars", s, row)
		}
	}
	if rows := c.paged(wire.AllStock, "1", "10000", "2014-03-08").rows; len(rows) != 0 {
		t.Errorf("%d rows on a Saturday", len(rows))
	}
	for kind, most := range map[wire.Type]int{wire.HS300: 300, wire.SZ50: 50, wire.ZZ500: 500, "67": 9999, "69": 9999, "71": 9999, "73": 9999} {
		rows := c.paged(kind, "1", "10000", d).rows
		if len(rows) > most || len(rows) == 0 && kind != wire.ZZ500 && kind != "71" && kind != "73" {
			t.Errorf("type %s: %d rows", kind, len(rows))
		}
		for _, row := range rows {
			if row[0] != "2014-03-03" { // the Monday
				t.Errorf("type %s: %q", kind, row)
			}
		}
	}
	future := c.paged(wire.HS300, "1", "10000", "2029-01-01")
	if future.rows[0][0] != "2026-09-14" || future.fields[7] != "2029-01-01" {
		t.Errorf("a future date gives the list of %s and the echo %s", future.rows[0][0], future.fields[7])
	}
	if rows := c.paged(wire.HS300, "1", "10000", "2005-12-01").rows; len(rows) != 0 {
		t.Errorf("%d members before the index", len(rows))
	}
	one := c.paged(wire.Industry, "1", "10", "sh.600000", d).rows
	if len(one) != 1 || one[0][4] != "证监会行业分类" || one[0][3] == "" {
		t.Errorf("industry %q", one)
	}
	named := c.paged(wire.StockBasic, "1", "10", "", "科创板50").rows
	if len(named) != 1 || !slices.Equal(named[0], []string{"sh.000688", "上证科创板50成份指数", "2020-07-23", "", "2", "1"}) {
		t.Errorf("by name: %q", named)
	}
}

// TestDividends rebuilds precloses from the dividend table.
func TestDividends(t *testing.T) {
	c := dial(t, start(t, config(), generated())).login()
	checked := 0
	for i, s := range generated().Securities() {
		rights := generated().ExDates(i)
		if len(rights) == 0 || rights[0].Day > friday {
			continue
		}
		r := rights[0]
		rows := c.paged("13", "1", "100", s.Code, r.Day.String()[:4], "operate").want(t, "0").rows
		if len(rows) != 1 || rows[0][6] != r.Day.String() {
			t.Fatalf("%s: %q, want the ex-date %s", s.Code, rows, r.Day)
		}
		cash, stocks := new(big.Rat), new(big.Rat)
		if rows[0][9] != "" {
			cash.SetString(rows[0][9])
		}
		stocks.SetString(rows[0][11])
		reference := new(big.Rat).Sub(big.NewRat(r.Before, 1e4), cash)
		reference.Quo(reference, stocks.Add(stocks, big.NewRat(1, 1)))
		bar := c.bars(s.Code, r.Day.String(), r.Day.String(), "3").rows[0]
		if got, want := bar[market.PreClose], reference.FloatString(2)+"00"; got != want {
			t.Errorf("%s %s: preclose %s, the dividend %q makes it %s", s.Code, r.Day, got, rows[0], want)
		}
		record, _ := schedules.ParseDay(rows[0][5])
		if next, _ := schedules.Embedded().Next(record); next != r.Day {
			t.Errorf("%s: registered on %s for %s", s.Code, record, r.Day)
		}
		checked++
	}
	if checked < 50 {
		t.Errorf("%d dividends checked", checked)
	}
}
