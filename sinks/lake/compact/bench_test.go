//go:build unix

package compact_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
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
	"barkeep/sinks/lake/compact"
)

const benchSymbols, yearDays, lateDays = 5200, 203, 40

// market makes whole-market days of daily bars: prices walk in cents, and so do
// ratios with six decimals.
type market struct {
	rng     *rand.Rand
	symbols []string
	price   []float64
}

func newMarket(n int) *market {
	m := &market{rng: rand.New(rand.NewPCG(1, 2))}
	for i := range n {
		m.symbols = append(m.symbols, etl.MakeSymbol(etl.Exchange(1+i*3/n), i*3%1_000_000).String())
		m.price = append(m.price, 5+float64(m.rng.IntN(5000))/100)
	}
	return m
}

func (m *market) day(d schedules.Day) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, etl.DailyBars.Schema())
	defer b.Release()
	for s, symbol := range m.symbols {
		before := m.price[s]
		m.price[s] = max(1, before+float64(m.rng.IntN(21)-10)/100)
		volume := int64(m.rng.IntN(1e6)) * 100
		for c, column := range etl.DailyBars.Columns {
			switch f := b.Field(c).(type) {
			case *array.Date32Builder:
				f.Append(arrow.Date32(d))
			case *array.StringBuilder:
				f.Append(map[bool]string{true: symbol, false: "baostock"}[column.Name == "symbol"])
			case *array.Int64Builder:
				f.Append(volume)
			case *array.BooleanBuilder:
				f.Append(column.Name == "traded")
			case *array.TimestampBuilder:
				f.Append(arrow.Timestamp(int64(d) * 86400e6))
			case *array.Float64Builder:
				switch {
				case column.Unit == "CNY/share":
					f.Append(cents(m.price[s] + float64(c-4)/100))
				case column.Name == "amount":
					f.Append(cents(float64(volume) * m.price[s]))
				case column.Name == "turn" && s%50 == 0:
					f.AppendNull()
				case column.Name == "pct_chg":
					f.Append(float64(int((m.price[s]/before-1)*1e8)) / 1e6)
				default:
					f.Append(float64(int(m.price[s]*float64(c+s%17)*1e6)) / 1e6)
				}
			}
		}
	}
	return b.NewRecord()
}

func cents(v float64) float64 { return float64(int64(v*100+0.5)) / 100 }

// BenchmarkCompact folds 40 files of one day and a file of the rest of the year,
// all checks included.
func BenchmarkCompact(b *testing.B) {
	template := lake.Open(b.TempDir(), lake.DefaultConfig())
	table := template.Table(etl.DailyBars)
	m := newMarket(benchSymbols)
	first := schedules.MakeDay(2024, time.January, 2)
	var batches []arrow.Record
	rows := 0
	put := func() {
		if _, err := table.Append(context.Background(), batches, lake.Info{}); err != nil {
			b.Fatal(err)
		}
		batches = nil
	}
	for d := range yearDays + lateDays {
		batches = append(batches, m.day(first+schedules.Day(d*3/2)))
		rows += benchSymbols
		if d >= yearDays-1 {
			put()
		}
	}
	runCompact(b, template, etl.DailyBars, rows, compact.Options{Config: compact.DefaultConfig(), All: true})
}

// BenchmarkSums is what the comparison costs a row, beside reading it back.
func BenchmarkSums(b *testing.B) {
	r := newMarket(122_880).day(schedules.MakeDay(2024, time.May, 6))
	cells := compact.Sum(etl.DailyBars, r, nil)
	for b.Loop() {
		cells = compact.Sum(etl.DailyBars, r, cells)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/122_880, "ns/row")
}

// BenchmarkQuotes makes one file of a day of 480 snapshots, with 45 columns, and of
// 30 files with two large row groups each, which together do not fit into memory.
func BenchmarkQuotes(b *testing.B) {
	for _, bb := range []struct {
		name        string
		files, rows int
	}{{"snapshots", 480, 5500}, {"large", 30, 130_000}} {
		b.Run(bb.name, func(b *testing.B) {
			template := lake.Open(b.TempDir(), lake.DefaultConfig())
			quoteFiles(b, template.Table(etl.Quotes), bb.files, bb.rows, 1)
			runtime.GC()
			runCompact(b, template, etl.Quotes, bb.files*bb.rows, compact.Options{Config: compact.DefaultConfig(), All: true})
		})
	}
}

func runCompact(b *testing.B, template *lake.Lake, t etl.Table, rows int, o compact.Options) {
	var most uint64
	var before, after int64
	var busy time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		dir := filepath.Join(b.TempDir(), fmt.Sprint(n))
		n++
		linkTree(b, template.Dir(), dir)
		peak := sampleHeap()
		b.StartTimer()
		cpu := cpuTime()
		r, err := compact.Run(context.Background(), lake.Open(dir, lake.DefaultConfig()).Table(t), o)
		b.StopTimer()
		busy += cpuTime() - cpu
		most = max(most, peak())
		if err != nil || len(r.Merges) != 1 || r.Rows != int64(rows) {
			b.Fatal(r, err)
		}
		before, after = r.BytesBefore, r.BytesAfter
		if err := os.RemoveAll(dir); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportAllocs()
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(busy.Nanoseconds())/float64(rows)/float64(b.N), "cpu-ns/row")
	b.ReportMetric(float64(most)/1e6, "peak-heap-MB")
	b.ReportMetric(float64(before)/float64(rows), "bytes/row-before")
	b.ReportMetric(float64(after)/float64(rows), "bytes/row-after")
	b.ReportMetric(maxRSS()/1e6, "process-peak-MB")
}

// cpuTime returns what the process has used of the processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// maxRSS returns the most memory the process has had, in bytes, 0 where the system
// does not tell.
func maxRSS() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kB float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kB); n == 1 {
			return kB * 1024
		}
	}
	return 0
}
