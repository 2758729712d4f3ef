//go:build cgo

package duckdb_test

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/recorded"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// factorOn returns the factors of a day from the newest of a security's versions:
// those of 1.000000 and of the first forward one before the first ex-date.
func factorOn(factors []etl.FactorVersion, s etl.Symbol, day schedules.Day) (fore, back int64) {
	fore, back = etl.One, etl.One
	newest := int64(0)
	for _, f := range factors {
		if f.Symbol == s {
			newest = f.Back
		}
	}
	if newest > 0 {
		fore = rounded(etl.One, newest)
	}
	for _, f := range factors {
		if f.Symbol == s && f.Date <= day {
			fore, back = f.Fore, f.Back
		}
	}
	return fore, back
}

func rounded(back, newest int64) int64 { return (back*etl.One + newest/2) / newest }

// priceText prints what a price adjusted by the vendor reads, or null.
func priceText(price, factor int64) string {
	if float64(price)*float64(factor) > 99e6*1e10 {
		return ""
	}
	return etl.AdjustText(price, factor)
}

// randomFactors gives a security ex-dates on random days, on the first of January
// and twice in a year, some of them in two versions.
func randomFactors(r *rand.Rand, s etl.Symbol, days []schedules.Day) []etl.Factor {
	var list []etl.Factor
	for _, i := range r.Perm(len(days))[:r.IntN(min(12, len(days)))] {
		list = append(list, etl.Factor{Symbol: s, Date: days[i], Fore: 1 + r.Int64N(5_000_000), Back: 1 + r.Int64N(1<<(10+r.IntN(24)))})
	}
	slices.SortFunc(list, func(a, b etl.Factor) int { return int(a.Date - b.Date) })
	return list
}

// Every adjusted price is what the vendor would print, digit for digit, whatever
// its size.
func TestAdjustedDigits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 18))
	l := emptyLake(t)
	all := schedules.Embedded().Days(schedules.MakeDay(2018, 12, 20), schedules.MakeDay(2022, 1, 10))
	var bars []bar
	var first, second []etl.Factor
	prices := map[string]int64{}
	for i := range 40 {
		s := symbolOf(t, fmt.Sprintf("sh%06d", 600000+i))
		if i > 2 { // some have no ex-date
			factors := randomFactors(r, s, all)
			first = append(first, factors...)
			for _, f := range factors {
				if r.IntN(4) == 0 {
					f.Back += 7
					second = append(second, f)
				}
			}
		}
		for _, d := range all {
			if r.IntN(3) > 0 {
				continue
			}
			price := 1 + r.Int64N(1<<(4+r.IntN(27))) // 1e-4 yuan, up to 107,374
			bars = append(bars, bar{symbol: s.String(), day: d, price: float64(price) / 1e4, fetched: time.UnixMicro(fetched)})
			prices[s.String()+d.String()] = price
		}
	}
	appendBars(t, l, bars)
	early, late := time.UnixMicro(fetched), time.UnixMicro(fetched).Add(time.Hour)
	appendFactors(t, l, first, early)
	appendFactors(t, l, second, late)
	factors := etl.NewestFactors(append(versions(first, early), versions(second, late)...), time.Time{})
	db := open(t, l)
	for _, view := range []string{"hfq", "qfq"} {
		var want []string
		for _, b := range bars {
			fore, back := factorOn(factors, symbolOf(t, b.symbol), b.day)
			factor := back
			if view == "qfq" {
				factor = fore
			}
			text := priceText(prices[b.symbol+b.day.String()], factor)
			want = append(want, fmt.Sprintf("%s,%s,%s,%s,%s", b.symbol, b.day, text, text, etl.FactorText(factor)))
		}
		slices.Sort(want)
		compare(t, db, "SELECT symbol, date, CAST(close AS VARCHAR), CAST(preclose AS VARCHAR), printf('%.6f', factor) FROM daily_bars_"+view+" ORDER BY symbol, date", want)
		expect(t, db, "SELECT count(*) FROM daily_bars_"+view+" a JOIN daily_bars b USING (symbol, date, volume, amount, traded) WHERE a.year = b.year", fmt.Sprint(len(bars)))
	}
	asOf := schedules.MakeDay(2021, 1, 4)
	for _, known := range []time.Time{{}, early} {
		then := slices.DeleteFunc(etl.NewestFactors(append(versions(first, early), versions(second, late)...), known),
			func(f etl.FactorVersion) bool { return f.Date > asOf })
		var want []string
		for _, b := range bars {
			s := symbolOf(t, b.symbol)
			_, back := factorOn(then, s, b.day)
			_, newest := factorOn(then, s, asOf)
			if b.day <= asOf {
				want = append(want, fmt.Sprintf("%s,%s,%s", b.symbol, b.day, priceText(prices[b.symbol+b.day.String()], rounded(back, newest))))
			}
		}
		slices.Sort(want)
		query := "FROM adjusted(DATE '2021-01-04')"
		if !known.IsZero() {
			query = "FROM adjusted(DATE '2021-01-04', known_at := TIMESTAMPTZ '" + known.UTC().Format("2006-01-02 15:04:05.999999") + "+00')"
		}
		compare(t, db, "SELECT symbol, date, CAST(open AS VARCHAR) "+query+" ORDER BY symbol, date", want)
	}
}

func versions(list []etl.Factor, at time.Time) []etl.FactorVersion {
	var out []etl.FactorVersion
	for _, f := range list {
		out = append(out, etl.FactorVersion{Factor: f, Source: "baostock", Fetched: at})
	}
	return out
}

// compare shows the first line that differs.
func compare(t *testing.T, db *duckdb.DB, query string, want []string) {
	t.Helper()
	text, err := rowsOf(t.Context(), db, query)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(text, "\n")
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", query, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s\n got %s\nwant %s", query, got[i], want[i])
		}
	}
}

// The factors that the vendor gave for sh.600000, and two prices that he printed.
// Source: specification of Baostock, 8.4.
func TestAdjustedRecorded(t *testing.T) {
	f, err := os.Open(filepath.Join(recorded.Dir(t), "baostock", "reference", "adjust_factor_sh.600000_20260927.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 27 {
		t.Fatal(len(rows), err)
	}
	s := symbolOf(t, "sh600000")
	var factors []etl.Factor
	for _, row := range rows[1:] {
		f := etl.Factor{Symbol: s}
		if f.Date, err = schedules.ParseDay(row[1]); err != nil {
			t.Fatal(err)
		}
		for i, to := range []*int64{&f.Fore, &f.Back, &f.Adjust} {
			var whole, part int64
			if _, err := fmt.Sscanf(row[2+i], "%d.%06d", &whole, &part); err != nil {
				t.Fatal(row, err)
			}
			*to = whole*etl.One + part
		}
		factors = append(factors, f)
	}
	l := emptyLake(t)
	at := schedules.MakeDay(2023, 1, 3)
	appendBars(t, l, []bar{{symbol: "sh600000", day: schedules.MakeDay(2000, 7, 5), price: 25}, {symbol: "sh600000", day: at, price: 7.23}})
	appendFactors(t, l, factors, time.UnixMicro(fetched))
	db := open(t, l)
	fore, _ := factorOn(versions(factors, time.Time{}), s, at)
	expect(t, db, "SELECT CAST(close AS VARCHAR) FROM daily_bars_hfq WHERE date = '2023-01-03'", "82.6709361300")
	expect(t, db, "SELECT CAST(close AS VARCHAR) FROM daily_bars_qfq WHERE date = '2023-01-03'", etl.AdjustText(72300, fore))
	expect(t, db, "SELECT CAST(close AS VARCHAR) FROM daily_bars_hfq WHERE date = '2000-07-05'", "25.0000000000")
	expect(t, db, "SELECT printf('%.6f', factor) FROM daily_bars_qfq WHERE date = '2000-07-05'", etl.FactorText(rounded(etl.One, factors[25].Back)))
	// Of the day itself: only the ex-dates up to then.
	expect(t, db, "SELECT CAST(close AS VARCHAR) FROM adjusted(DATE '2023-01-03') WHERE date = '2023-01-03'", "7.2300000000")
}

// A factor that no true one can be gives null, not an error for everybody.
func TestAdjustedOverflow(t *testing.T) {
	l := lake.Open(t.TempDir(), lake.DefaultConfig())
	day := schedules.MakeDay(2024, 1, 2)
	appendBars(t, l, []bar{{symbol: "sh600000", day: day, price: 10}, {symbol: "sh600001", day: day, price: 20}})
	appendFactors(t, l, []etl.Factor{{Symbol: symbolOf(t, "sh600000"), Date: day, Fore: 1, Back: 1 << 50}}, time.UnixMicro(fetched))
	expect(t, open(t, l), "SELECT symbol, CAST(close AS VARCHAR) FROM daily_bars_hfq ORDER BY symbol", "sh600000,\nsh600001,20.0000000000")
}
