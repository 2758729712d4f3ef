package main

import (
	"database/sql"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"barkeep/schedules"
)

// BenchmarkTruth asks the views of adjusted prices and of coverage over 35 years of
// a market of 5,500 securities, and the plain bars beside them. Processor time is
// reported, too, since others may use the machine. Making the lake takes a minute.
func BenchmarkTruth(b *testing.B) {
	to := schedules.MakeDay(2025, time.December, 31)
	l, _ := generatedLake(b, 5500, schedules.MakeDay(1990, time.December, 19), to)
	db := openCatalog(b, l)
	columns := "count(symbol), max(date), max(open), max(high), max(low), max(close), max(preclose), sum(volume), sum(amount), max(turn), count(traded), " +
		"max(pct_chg), max(pe_ttm), max(pb_mrq), max(ps_ttm), max(pcf_ncf_ttm), count(is_st), max(source), max(fetched_at)"
	const twelveMillion = " WHERE year BETWEEN 2013 AND 2025"
	const one = "SELECT date, open, high, low, close, preclose, volume FROM %s WHERE symbol = 'sh600010' ORDER BY date"
	const decade = "SELECT date, open, high, low, close, preclose, volume FROM %s WHERE symbol = 'sh600010' AND year >= 2016 ORDER BY date"
	for _, q := range []struct{ name, query, against string }{
		{"hfq-scan", "SELECT " + columns + " FROM daily_bars_hfq" + twelveMillion, "SELECT " + columns + " FROM daily_bars" + twelveMillion},
		{"hfq-closes", "SELECT max(symbol), max(date), max(close) FROM daily_bars_hfq" + twelveMillion, "SELECT max(symbol), max(date), max(close) FROM daily_bars" + twelveMillion},
		{"hfq-symbol", fmt.Sprintf(one, "daily_bars_hfq"), fmt.Sprintf(one, "daily_bars")},
		{"hfq-symbol-decade", fmt.Sprintf(decade, "daily_bars_hfq"), fmt.Sprintf(decade, "daily_bars")},
		{"qfq-symbol", fmt.Sprintf(one, "daily_bars_qfq"), fmt.Sprintf(one, "daily_bars")},
		{"coverage", "SELECT sum(expected), sum(missing), max(why), max(sealed_at) FROM coverage", "SELECT count(*), max(fetched_at) FROM daily_bars GROUP BY date"},
		{"coverage-year", "SELECT * FROM coverage WHERE year = 2024", "SELECT count(*), max(fetched_at) FROM daily_bars WHERE year = 2024 GROUP BY date"},
		{"coverage-symbols", "FROM coverage_by_symbol", "SELECT symbol, count(*) FROM daily_bars GROUP BY symbol"},
		{"missing-day", "FROM missing_bars(DATE '2024-03-01', DATE '2024-03-01')", "SELECT count(*) FROM daily_bars WHERE year = 2024 AND date = DATE '2024-03-01'"},
	} {
		b.Run(q.name, func(b *testing.B) {
			var rows int
			if err := db.QueryRow("SELECT count(*) FROM daily_bars").Scan(&rows); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				ours, oursCPU := fastest(b, db, q.query)
				theirs, theirsCPU := fastest(b, db, q.against)
				b.ReportMetric(float64(ours.Microseconds())/1000, "ms")
				b.ReportMetric(float64(oursCPU.Microseconds())/1000, "ms-cpu")
				b.ReportMetric(float64(theirs.Microseconds())/1000, "ms-plain")
				b.ReportMetric(float64(oursCPU)/float64(theirsCPU), "times-plain-cpu")
				b.ReportMetric(float64(rows)/1e6, "Mrows-in-lake")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// fastest asks five times and returns the least time and processor time.
func fastest(b *testing.B, db *sql.DB, query string) (wall, cpu time.Duration) {
	b.Helper()
	var walls, cpus []time.Duration
	for range 5 {
		used := processorTime(b)
		walls = append(walls, takeAll(b, db, query))
		cpus = append(cpus, processorTime(b)-used)
	}
	return slices.Min(walls), slices.Min(cpus)
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
