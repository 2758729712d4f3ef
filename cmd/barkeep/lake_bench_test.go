package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// BenchmarkLake fills a lake with ten years of a market, about 12 million bars,
// and a day of 480 snapshots of quotes, compacts it, and asks the questions
// that users ask: once when everything is compacted, and once with as many small
// files as are ever left. The same rows in a table of DuckDB's own are the
// alternative. It takes some minutes.
func BenchmarkLake(b *testing.B) {
	dir := b.TempDir()
	address := startChildExchange(b, 6350)
	run := func(args ...string) (stdout []byte, memory []int64) {
		return runChild(b, append(args, "--json", "--lake", dir, "--set", "baostock.address="+address, "--set", "compact.tail_files=1000")...)
	}
	calendar := schedules.Embedded()
	days := calendar.Days(schedules.MakeDay(2016, time.November, 21), schedules.MakeDay(2026, time.November, 20))
	const tail = 40
	compacted, late := days[:len(days)-tail], days[len(days)-tail:]

	summary, _ := run("run", "--job", "daily-bars", "--from", days[0].String(), "--to", compacted[len(compacted)-1].String())
	var filled report
	if err := json.Unmarshal(summary, &filled); err != nil || filled.Missing > 0 {
		b.Fatalf("%v\n%s", err, summary)
	}
	b.Run("compact", func(b *testing.B) {
		for b.Loop() {
			out, memory := run("compact", "--all")
			reportCompaction(b, out, peak(memory))
		}
	})
	takeSnapshots(b, dir, 480)
	b.Run("compact-quotes", func(b *testing.B) {
		for b.Loop() {
			out, memory := run("compact", "--table", "quotes", "--all")
			reportCompaction(b, out, peak(memory))
		}
	})
	native := filepath.Join(b.TempDir(), "native.duckdb")
	measureQueries(b, "compacted", dir, native, days)
	b.Run("why", func(b *testing.B) {
		for b.Loop() {
			run("why", "sh600000", days[len(days)/2].String())
		}
	})
	for _, day := range late {
		run("run", "--job", "daily-bars", "--from", day.String(), "--to", day.String())
	}
	measureQueries(b, "tail", dir, native, days)
}

// startChildExchange starts barkeep simulate in another process.
func startChildExchange(tb testing.TB, securities int, args ...string) (address string) {
	tb.Helper()
	exchange := exec.Command("barkeep", append([]string{"simulate", "--listen", "127.0.0.1:0", "--securities", fmt.Sprint(securities)}, args...)...)
	out, err := exchange.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := exchange.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { exchange.Process.Kill(); exchange.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "baostock "))
}

// runChild runs barkeep in another process and samples its memory.
func runChild(tb testing.TB, args ...string) (stdout []byte, memory []int64) {
	tb.Helper()
	c := exec.Command("barkeep", args...)
	var out, stderr bytes.Buffer
	c.Stdout, c.Stderr = &out, &stderr
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	samples := watchMemory(c.Process.Pid)
	err := c.Wait()
	memory = <-samples
	if err != nil {
		tb.Fatalf("barkeep %s: %v\n%s%s", strings.Join(args, " "), err, &stderr, &out)
	}
	return out.Bytes(), memory
}

func reportCompaction(b *testing.B, out []byte, peakMemory int64) {
	b.Helper()
	var r compactReport
	if err := json.Unmarshal(out, &r); err != nil {
		b.Fatal(err)
	}
	rows, before, after := int64(0), 0, 0
	for _, t := range r.Tables {
		for _, m := range t.Merges {
			rows, before, after = rows+m.Rows, before+m.FilesBefore, after+m.FilesAfter
		}
	}
	b.ReportMetric(float64(rows)/r.Seconds, "rows/s")
	b.ReportMetric(float64(rows), "rows")
	b.ReportMetric(float64(before), "files-before")
	b.ReportMetric(float64(after), "files-after")
	b.ReportMetric(float64(peakMemory>>20), "MB-peak")
	b.ReportMetric(0, "ns/op")
}

// takeSnapshots commits n snapshots of a market of 5,500 made-up quotes, half a
// minute apart.
func takeSnapshots(b *testing.B, dir string, n int) {
	b.Helper()
	day := schedules.MakeDay(2026, time.November, 20)
	random := rand.New(rand.NewPCG(1, 1))
	rows := make([]etl.Quote, 5500)
	for i := range rows {
		symbol, err := etl.ParseSymbol(fmt.Sprintf("sh%06d", 600000+i))
		if err != nil {
			b.Fatal(err)
		}
		q := etl.NoQuote(symbol)
		q.Name, q.Status, q.Phase, q.Source = fmt.Sprintf("stock %d", i), etl.Trading, schedules.PhaseMorning, "tencent"
		q.Preclose = float64(500+random.IntN(5000)) / 100
		q.Open, q.High, q.Low, q.Last = q.Preclose, q.Preclose, q.Preclose, q.Preclose
		rows[i] = q
	}
	table := lake.Open(dir, lake.DefaultConfig()).Table(etl.Quotes)
	start := day.At(9, 30)
	for s := range n {
		at := start.Add(time.Duration(s) * 30 * time.Second)
		for i := range rows {
			q := &rows[i]
			q.Time, q.Fetched = at, at.Add(time.Duration(i/900)*time.Millisecond)
			q.Last = max(0.01, q.Last+float64(random.IntN(3)-1)/100)
			q.High, q.Low = max(q.High, q.Last), min(q.Low, q.Last)
			traded := int64(random.IntN(200)) * 100
			q.Volume += traded
			q.Amount += float64(traded) * q.Last
		}
		if err := appendRows(b.Context(), table, etl.QuoteRows(rows, day), lake.Info{}); err != nil {
			b.Fatal(err)
		}
	}
}
