package simulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator/market"
)

const periodFields = "date,code,open,high,low,close,volume,amount,adjustflag,turn,pctChg"

func number(t *testing.T, text string, decimals int) int64 {
	t.Helper()
	v, ok := market.ParseFixed([]byte(text), decimals)
	if !ok && text != "" {
		t.Fatalf("%q is no number", text)
	}
	return v
}

// TestPeriods adds daily bars up once more and compares.
func TestPeriods(t *testing.T) {
	c := dial(t, start(t, config(), generated())).login()
	for _, frequency := range []string{"w", "m"} {
		for _, flag := range []string{"1", "3"} {
			decimals := map[string]int{"1": 10, "3": 4}[flag]
			daily := c.bars("sz.000001", "2019-12-01", "2026-12-31", flag).rows
			groups := map[string][][]string{}
			for _, row := range daily {
				d, _ := schedules.ParseDay(row[0])
				y, w := time.Unix(int64(d)*86400, 0).UTC().ISOWeek()
				key := fmt.Sprint(y, w)
				if frequency == "m" {
					key = row[0][:7]
				}
				groups[key] = append(groups[key], row)
			}
			byDate := map[string][][]string{}
			for _, g := range groups {
				byDate[g[len(g)-1][0]] = g
			}
			rows := c.paged(wire.KLine, "1", "10000", "sz.000001", periodFields, "2020-01-10", "2026-12-31", frequency, flag).want(t, "0").rows
			if len(rows) < 70 || !slices.IsSortedFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) }) {
				t.Fatalf("%s: %d rows", frequency, len(rows))
			}
			for _, row := range rows {
				g := byDate[row[0]]
				if g == nil || row[0] < "2020-01-10" {
					t.Fatalf("%s: %q is not dated on the last trading day of its period", frequency, row)
				}
				checkPeriod(t, row, g, decimals)
			}
			// The Friday's week is out on Saturday only.
			if last := rows[len(rows)-1][0]; last >= friday.String() {
				t.Errorf("%s: the running period is dated %s", frequency, last)
			}
		}
	}
}

func checkPeriod(t *testing.T, row []string, days [][]string, decimals int) {
	t.Helper()
	var volume, amount, high, open int64
	low, growth := int64(1<<62), 1.0
	for _, d := range days {
		if d[market.TradeStatus] == "0" {
			continue
		}
		if volume == 0 {
			open = number(t, d[market.Open], decimals)
		}
		high, low = max(high, number(t, d[market.High], decimals)), min(low, number(t, d[market.Low], decimals))
		volume += number(t, d[market.Volume], 0)
		amount += number(t, d[market.Amount], 4)
		growth *= float64(number(t, d[market.Close], decimals)) / float64(number(t, d[market.PreClose], decimals))
	}
	last := number(t, days[len(days)-1][market.Close], decimals)
	if volume == 0 {
		open, high, low = last, last, last
	}
	got := []int64{number(t, row[2], decimals), number(t, row[3], decimals), number(t, row[4], decimals), number(t, row[5], decimals), number(t, row[6], 0), number(t, row[7], 4)}
	if want := []int64{open, high, low, last, volume, amount}; !slices.Equal(got, want) {
		t.Fatalf("%q\ngot  %d\nwant %d", row, got, want)
	}
	if change := float64(number(t, strings.TrimPrefix(row[10], "-"), 6)) / 1e6; !near(change, growth*100-100) {
		t.Fatalf("%q: pctChg, want %.6f", row, growth*100-100)
	}
	if (row[9] == "") != (volume == 0) {
		t.Fatalf("%q: turn", row)
	}
}

func near(a, b float64) bool {
	if b < 0 {
		b = -b
	}
	return a-b < 1e-4 && b-a < 1e-4
}

// TestWeekIsReady checks the vendor's time for weekly bars.
func TestWeekIsReady(t *testing.T) {
	for _, x := range []struct {
		now  time.Time
		want string
	}{
		{(friday + 1).At(17, 29), "2026-09-11"}, {(friday + 1).At(17, 30), "2026-09-18"},
	} {
		cfg := config()
		cfg.Now = func() time.Time { return x.now }
		c := dial(t, start(t, cfg, generated())).login()
		rows := c.paged(wire.KLine, "1", "100", "sh.000001", periodFields, "2026-08-01", "2026-12-31", "w", "3").rows
		if last := rows[len(rows)-1][0]; last != x.want {
			t.Errorf("at %s the last week is dated %s", x.now, last)
		}
	}
}
