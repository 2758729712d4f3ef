package verify_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/verify"
)

// market appends days of 5,200 securities in commits of the given length, so that
// files of a year overlap or not.
func market(tb testing.TB, table *lake.Table, years, daysPerYear int, bySymbol bool) int64 {
	tb.Helper()
	const securities, parts = 5200, 4
	total := int64(0)
	b := array.NewRecordBuilder(memory.DefaultAllocator, etl.DailyBars.Schema())
	defer b.Release()
	for y := range years {
		for part := range parts {
			n := 0
			for s := range securities {
				if bySymbol && s%parts != part { // every file spans all symbols and all days
					continue
				}
				symbol := etl.MakeSymbol(etl.Exchange(1+s%3), s*190).String()
				first := schedules.MakeDay(2015+y, time.January, 1)
				for d := range daysPerYear {
					if !bySymbol && d%parts != part {
						continue
					}
					fill(b, etl.DailyBars, symbol, first+schedules.Day(d*365/daysPerYear), s*31+d)
					n++
				}
			}
			batch := b.NewRecord()
			if _, err := table.Append(context.Background(), []arrow.Record{batch}, lake.Info{}); err != nil {
				tb.Fatal(err)
			}
			batch.Release()
			total += int64(n)
		}
	}
	return total
}

// BenchmarkVerify looks at a table whose files all overlap, the worst case for keys
// across files. BARKEEP_VERIFY_YEARS=10 takes ten years of 240 days, 12.5 million
// rows; the default is one of 60.
func BenchmarkVerify(b *testing.B) {
	years, days := 1, 60
	if n, err := strconv.Atoi(os.Getenv("BARKEEP_VERIFY_YEARS")); err == nil {
		years, days = n, 240
	}
	table := open(b, etl.DailyBars)
	total := market(b, table, years, days, true)
	b.Run("scan", func(b *testing.B) { // the reader alone, one file after the other
		before := used(b)
		for b.Loop() {
			snap, err := table.Snapshot(context.Background())
			if err == nil {
				err = table.Scan(context.Background(), snap, nil, nil, func(arrow.Record) error { return nil })
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		b.ReportMetric(float64(total)*float64(b.N)/(used(b)-before).Seconds(), "rows/cpu-s")
	})
	for _, deep := range []bool{false, true} {
		b.Run(fmt.Sprintf("deep=%t", deep), func(b *testing.B) {
			b.ReportAllocs()
			before := used(b)
			for b.Loop() {
				r, err := verify.Run(context.Background(), table, verify.Options{Deep: deep})
				if err != nil || len(r.Findings) > 0 || r.Rows != total {
					b.Fatal(err, r)
				}
			}
			b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(total)*float64(b.N)/(used(b)-before).Seconds(), "rows/cpu-s")
			b.ReportMetric(float64(total), "rows")
			b.ReportMetric(peak(), "peak-MB")
		})
	}
}

// used returns the processor time the process has taken, which a busy machine does
// not change.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak returns the most memory the process ever took, in MB; 0 where that is not
// told.
func peak() float64 {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}
