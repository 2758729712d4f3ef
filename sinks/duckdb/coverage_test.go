//go:build cgo

package duckdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// absence is a row of absences.
type absence struct {
	symbol string
	day    schedules.Day
	seen   time.Time
}

func appendAbsences(t testing.TB, l *lake.Lake, list []absence) {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, etl.Absences.Schema())
	defer b.Release()
	for _, a := range list {
		for i, c := range etl.Absences.Columns {
			if c.Name == "seen_at" {
				b.Field(i).(*array.TimestampBuilder).Append(arrow.Timestamp(a.seen.UnixMicro()))
				continue
			}
			appendValue(b.Field(i), c, a.symbol, a.day, 1)
		}
	}
	appendTo(t, l, etl.Absences, b.NewRecord())
}

// randomUniverse has every kind, every odd interval, and Beijing.
func randomUniverse(t *testing.T, r *rand.Rand, days []schedules.Day) etl.Universe {
	var list []etl.Instrument
	for i := range 60 {
		in := etl.Instrument{Symbol: symbolOf(t, fmt.Sprintf("sh%06d", 600000+i*7)), Kind: etl.Stock}
		switch {
		case i%10 == 3:
			in.Kind, in.Symbol = etl.Index, symbolOf(t, fmt.Sprintf("sh%06d", i))
		case i%10 == 5:
			in.Kind, in.Symbol = etl.ETF, symbolOf(t, fmt.Sprintf("sh%06d", 510000+i))
		case i%10 == 7:
			in.Kind = []etl.Kind{etl.Bond, etl.Other}[i%2]
		case i%10 == 9:
			in.Symbol = symbolOf(t, fmt.Sprintf("bj%06d", 430000+i))
		}
		if r.IntN(5) > 0 {
			in.Listed = days[r.IntN(len(days))] + schedules.Day(r.IntN(9)-4)
		}
		if r.IntN(3) == 0 {
			in.Delisted = days[r.IntN(len(days))] + schedules.Day(r.IntN(5)-2) // at times before its listing
		}
		list = append(list, in)
	}
	u, err := etl.MakeUniverse(list)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What coverage counts as missing is what the plan would fetch: the cells that are
// expected, without those in the lake, and without those known to be absent.
func TestCoverageIsThePlans(t *testing.T) {
	days := schedules.Embedded().Days(schedules.MakeDay(2025, 12, 15), schedules.MakeDay(2026, 2, 10))
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 1))
		u, l := randomUniverse(t, r, days), emptyLake(t)
		scope := etl.Scope{From: days[0], To: days[len(days)-1], ETF: seed%2 == 1, Index: seed > 1}
		have, excused := etl.NewCells(days), etl.NewCells(days)
		var bars []bar
		var absences []absence
		newest := time.UnixMicro(fetched)
		for _, in := range u {
			if in.Kind == etl.ETF && !scope.ETF || in.Kind == etl.Index && !scope.Index {
				continue
			}
			for i, d := range days {
				newest = newest.Add(time.Second)
				if i%7 == 3 || r.IntN(20) > 0 || i == 0 || i == len(days)-1 {
					bars = append(bars, bar{symbol: in.Symbol.String(), day: d, price: 5, fetched: newest})
					have.Add(in.Symbol, d)
				}
				if r.IntN(30) == 0 {
					absences = append(absences, absence{in.Symbol.String(), d, newest})
					excused.Add(in.Symbol, d)
				}
			}
		}
		appendBars(t, l, bars)
		appendAbsences(t, l, absences)
		listAll(t, l, u, days)
		expected := etl.Expected(u, scope, days)
		missing := expected.Minus(have, excused)
		db := open(t, l)
		var want []string
		sealed := 0
		for _, d := range days {
			n, open, without := 0, 0, 0
			for _, in := range u {
				if expected.Has(in.Symbol, d) {
					n++
					if !have.Has(in.Symbol, d) {
						open++
					}
					if missing.Has(in.Symbol, d) {
						without++
					}
				}
			}
			if n > 0 && without == 0 {
				sealed++
			}
			want = append(want, fmt.Sprintf("%s,%d,%d,%d,%d,%t", d, n, n-open, open-without, without, n > 0 && without == 0))
		}
		compare(t, db, "SELECT date, expected, present, explained, missing, sealed FROM coverage ORDER BY date", want)
		expect(t, db, "SELECT count(*) FROM coverage WHERE sealed <> (sealed_at IS NOT NULL) OR sealed = (coalesce(why, '') LIKE '%missing:%')", "0")
		var cells, bySymbol []string
		for _, in := range u {
			total, held, gone, first, last := 0, 0, 0, "", ""
			for d := range expected.Of(in.Symbol) {
				total++
				if first == "" {
					first = d.String()
				}
				last = d.String()
				if have.Has(in.Symbol, d) {
					held++
				} else if excused.Has(in.Symbol, d) {
					gone++
				} else {
					cells = append(cells, in.Symbol.String()+","+d.String())
				}
			}
			if total > 0 {
				bySymbol = append(bySymbol, fmt.Sprintf("%s,%s,%s,%d,%d,%d,%d", in.Symbol, first, last, total, held, gone, total-held-gone))
			}
		}
		slices.Sort(cells)
		slices.Sort(bySymbol)
		compare(t, db, "SELECT symbol, date FROM missing_bars(DATE '1990-01-01', DATE '2030-01-01') ORDER BY symbol, date", cells)
		compare(t, db, "SELECT symbol, first_date, last_date, expected, present, explained, missing FROM coverage_by_symbol ORDER BY symbol", bySymbol)
		expect(t, db, "SELECT count(DISTINCT date) FROM daily_bars_sealed", fmt.Sprint(sealed))
		if len(cells) == 0 || sealed == 0 {
			t.Errorf("seed %d tests little: %d missing, %d sealed", seed, len(cells), sealed)
		}
	}
}

// What coverage says in words, and when a day was sealed.
func TestCoverageWhy(t *testing.T) {
	days := schedules.Embedded().Days(schedules.MakeDay(2024, 1, 2), schedules.MakeDay(2024, 1, 8))
	at := func(minute int) time.Time {
		return time.UnixMicro(fetched).UTC().Add(time.Duration(minute) * time.Minute)
	}
	l := emptyLake(t)
	var u etl.Universe
	var bars []bar
	for i := range 5 {
		s := symbolOf(t, fmt.Sprintf("sh60000%d", i))
		u = append(u, etl.Instrument{Symbol: s, Kind: etl.Stock, Listed: days[0]})
		for k, d := range days[:3] {
			if k == 0 || k == 1 && i == 2 || k == 2 && i != 3 {
				bars = append(bars, bar{symbol: s.String(), day: d, price: 5, fetched: at(i)})
			}
		}
	}
	// One alone of its kind makes no gap of the others.
	for i := range 3 {
		u = append(u, etl.Instrument{Symbol: symbolOf(t, fmt.Sprintf("sh00030%d", i)), Kind: etl.Index, Listed: days[0]})
	}
	bars = append(bars, bar{symbol: "sh000300", day: days[0], price: 5, fetched: at(2)})
	u, err := etl.MakeUniverse(u)
	if err != nil {
		t.Fatal(err)
	}
	appendBars(t, l, bars)
	appendAbsences(t, l, []absence{{"sh600003", days[2], at(30)}})
	listAll(t, l, u, days)
	query := "SELECT date, missing, sealed_at, why FROM coverage ORDER BY date"
	want := strings.Join([]string{
		"2024-01-02,0,2024-01-02 09:39:00.123456+00,",
		`2024-01-03,4,,"4 of 5 bars missing: sh600000, sh600001, sh600003, ..."`,
		`2024-01-04,0,2024-01-02 10:05:00.123456+00,"1 of 5 bars do not exist at the vendor, see absences"`,
		"2024-01-05,5,,none of 5 bars has arrived",
		"2024-01-08,5,,none of 5 bars has arrived",
	}, "\n")
	got, err := rowsOf(t.Context(), open(t, l), query)
	if err != nil {
		t.Fatal(err)
	}
	if stripped := strings.NewReplacer("T", " ", "Z", "+00").Replace(got); stripped != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	script := publish(t, l)
	ask(t, reader(t, script.Path), "SELECT list(missing ORDER BY date) FROM coverage", "[0, 4, 0, 5, 5]")
	ask(t, loaded(t, l.Dir()), "SELECT list(why ORDER BY date) FROM coverage WHERE date = '2024-01-03'", "['4 of 5 bars missing: sh600000, sh600001, sh600003, ...']")
}

func TestCoverageOfNothing(t *testing.T) {
	l := newLake(t, t.TempDir())
	db := open(t, l)
	expect(t, db, "SELECT count(*) FROM coverage WHERE sealed", "0")
	empty := emptyLake(t)
	listAll(t, empty, nil, days(2024, 3))
	for _, query := range []string{"coverage", "coverage_by_symbol", "daily_bars_sealed", "missing_bars('2020-01-01', '2024-12-31')",
		"daily_bars_hfq", "daily_bars_qfq", "adjusted(DATE '2024-01-01')", "st_intervals", "runs", "index_members_on(DATE '2024-01-01')"} {
		expect(t, open(t, empty), "SELECT count(*) FROM "+query, "0")
	}
}
