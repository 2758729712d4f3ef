package market_test

import (
	"math/big"
	"strconv"
	"strings"
	"testing"

	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// price reads a cell with 4 decimals.
func price(t testing.TB, row *market.Row, column int) int64 {
	text := string(row.Cell(column))
	if i := strings.IndexByte(text, '.'); i < 0 || len(text)-i != 5 {
		t.Fatalf("%s: %q does not have 4 decimals", row.Text(), text)
	}
	v, ok := market.ParseFixed(row.Cell(column), 4)
	if !ok {
		t.Fatalf("%s: %q is no price", row.Text(), text)
	}
	return v
}

// limit returns the limit rate of a stock in per mille by the exchange's
// rules, written down here once more: 0 for none.
func limit(code string, listed, day schedules.Day, age int, warned bool) (up, down int64) {
	d := day.String()
	registered := strings.HasPrefix(code, "sh.68") ||
		strings.HasPrefix(code, "sz.30") && listed.String() >= "2020-08-24" || listed.String() >= "2023-04-10"
	switch {
	case d < "1996-12-16", registered && age < 5:
		return 0, 0
	case age == 0 && listed.String() >= "2014-01-01":
		return 440, 360
	case age == 0:
		return 0, 0
	case strings.HasPrefix(code, "sh.68"), strings.HasPrefix(code, "sz.30") && d >= "2020-08-24":
		return 200, 200
	case warned && d < "2026-07-06":
		return 50, 50
	}
	return 100, 100
}

// halfUp rounds a price scaled by 1000 half up to the tick.
func halfUp(milli, tick int64) int64 { return (milli + tick*500) / (tick * 1000) * tick }

// TestStockIdentities checks every row of every stock against the rules of
// the exchange.
func TestStockIdentities(t *testing.T) {
	m := shared()
	seen := map[string]int{}
	for i, s := range m.Securities() {
		if s.Kind != market.Stock {
			continue
		}
		days := schedules.Embedded().Days(s.First, s.Last)
		rights := m.ExDates(i)
		age, before := 0, int64(0)
		for row := range m.Bars(i, begin, end) {
			if age >= len(days) || row.Day != days[age] {
				t.Fatalf("%s: row %d is of %s; there must be one for every trading day", s.Code, age, row.Day)
			}
			line := string(row.Text())
			preclose, closing := price(t, row, market.PreClose), price(t, row, market.Close)
			switch {
			case age == 0:
			case len(rights) > 0 && rights[0].Day == row.Day:
				r := rights[0]
				reference := halfUp((before-r.Cash)*1000*1000/(1000+r.Bonus), 100)
				if preclose != reference || r.Before != before || preclose >= before {
					t.Fatalf("%s: preclose, want %d from %+v", line, reference, r)
				}
				rights = rights[1:]
				seen["ex-date"]++
			case preclose != before:
				t.Fatalf("%s: preclose differs from the close before, %d", line, before)
			}
			if string(row.Cell(market.TradeStatus)) == "0" {
				suspended(t, row)
				seen["suspended"]++
			} else {
				traded(t, s, row, age, seen)
			}
			if s.Delisted == 0 && (closing < 1e4 || closing > 500e4) {
				t.Fatalf("%s: outside 1 to 500 yuan", line)
			}
			before = closing
			age++
		}
		if age != len(days) || len(rights) != 0 {
			t.Errorf("%s: %d rows of %d days, %d ex-dates without a row", s.Code, age, len(days), len(rights))
		}
		if s.Delisted != 0 {
			seen["delisted"]++
			if next, _ := schedules.Embedded().Next(s.Last); next != s.Delisted {
				t.Errorf("%s: last row %s, delisted %s", s.Code, s.Last, s.Delisted)
			}
		}
	}
	for _, what := range []string{"ex-date", "suspended", "delisted", "warned", "limit-up", "limit-down", "odd lot", "one price"} {
		if seen[what] == 0 {
			t.Errorf("the market has no %s", what)
		}
	}
	t.Log(seen)
}

func suspended(t *testing.T, row *market.Row) {
	t.Helper()
	for c := market.Open; c <= market.Close; c++ {
		if string(row.Cell(c)) != string(row.Cell(market.PreClose)) {
			t.Fatalf("%s: a suspended day has one price", row.Text())
		}
	}
	want := "0|0.0000|3||0|0.000000"
	if row.Day.String() >= "2021-10-27" {
		want = "||3||0|"
	}
	var got []string
	for c := market.Volume; c <= market.PctChg; c++ {
		got = append(got, string(row.Cell(c)))
	}
	if strings.Join(got, "|") != want {
		t.Fatalf("%s: suspended, want %s", row.Text(), want)
	}
}

func traded(t *testing.T, s market.Security, row *market.Row, age int, seen map[string]int) {
	line := string(row.Text())
	preclose, closing := price(t, row, market.PreClose), price(t, row, market.Close)
	open, high, low := price(t, row, market.Open), price(t, row, market.High), price(t, row, market.Low)
	for _, p := range []int64{open, high, low, closing, preclose} {
		if p%100 != 0 {
			t.Fatalf("%s: %d is between ticks", line, p)
		}
	}
	if low > min(open, closing) || high < max(open, closing) {
		t.Fatalf("%s: open or close outside low..high", line)
	}
	volume, err := strconv.ParseInt(string(row.Cell(market.Volume)), 10, 64)
	amount := price(t, row, market.Amount)
	if err != nil || amount < volume*low || amount > volume*high {
		t.Fatalf("%s: amount / volume outside low..high", line)
	}
	if volume < 100 || strings.HasPrefix(s.Code, "sh.68") && volume < 200 {
		t.Fatalf("%s: less than a lot", line)
	}
	if volume%100 != 0 {
		seen["odd lot"]++
	}
	if high == low {
		seen["one price"]++
	}
	warned := row.Warned()
	if warned {
		seen["warned"]++
	}
	if up, down := limit(s.Code, s.Listed, row.Day, age, warned); up > 0 {
		top, bottom := halfUp(preclose*(1000+up), 100), halfUp(preclose*(1000-down), 100)
		if high > top || low < bottom {
			// Only the first day of a delisting period has no limit.
			seen["free "+s.Code]++
			if s.Delisted == 0 || seen["free "+s.Code] > 1 || s.Last-row.Day > 45 {
				t.Fatalf("%s: outside %d..%d", line, bottom, top)
			}
		}
		if closing == top {
			seen["limit-up"]++
		}
		if closing == bottom {
			seen["limit-down"]++
		}
	}
	changes(t, row, preclose, closing)
	for c := market.PeTTM; c <= market.PcfNcfTTM; c++ {
		empty := age < 3 || row.Day.String() == "2023-12-11"
		if (len(row.Cell(c)) == 0) != empty {
			t.Fatalf("%s: valuation %q on day %d", line, row.Cell(c), age)
		}
	}
}

// changes checks pctChg and turn against exact arithmetic.
func changes(t *testing.T, row *market.Row, preclose, closing int64) {
	if row.Day%5 > 0 { // exact arithmetic is slow
		return
	}
	change := new(big.Rat).SetFrac64(100*(closing-preclose), preclose)
	decimals, pad := 6, ""
	if row.Day.String() >= "2019-07-30" {
		decimals, pad = 4, "00"
	}
	if want := change.FloatString(decimals) + pad; string(row.Cell(market.PctChg)) != want && want != "-0."+strings.Repeat("0", 6) {
		t.Fatalf("%s: pctChg, want %s", row.Text(), want)
	}
	if turn := string(row.Cell(market.Turn)); !strings.HasSuffix(turn, pad) || len(turn)-strings.IndexByte(turn, '.') != 7 {
		t.Fatalf("%s: turn %q", row.Text(), turn)
	}
}

// TestFactors checks that back factors are the chain of close / preclose.
func TestFactors(t *testing.T) {
	m := shared()
	for i, s := range m.Securities() {
		chain := big.NewRat(1, 1)
		rights := m.ExDates(i)
		var before int64
		for row := range m.Bars(i, begin, end) {
			preclose := price(t, row, market.PreClose)
			if len(rights) > 0 && rights[0].Day == row.Day {
				chain.Mul(chain, big.NewRat(before, preclose))
				got := new(big.Rat).SetFrac64(rights[0].Back, 1e6)
				diff, _ := new(big.Rat).Sub(got, chain).Float64()
				if diff > 1e-6 || diff < -1e-6 {
					t.Fatalf("%s %s: factor %s, want %s", s.Code, row.Day, got.FloatString(6), chain.FloatString(8))
				}
				rights = rights[1:]
			}
			before = price(t, row, market.Close)
		}
	}
}
