package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkDaemon measures a daemon as a process of its own, on a lake of 300
// securities that it fills itself: what it takes while nothing happens, how soon
// after a trigger the first byte leaves, how long it takes to end in the middle of a
// backfill, and how long its doors take to answer during one.
func BenchmarkDaemon(b *testing.B) {
	line := tap(b, startChildExchange(b, 300))
	lake := b.TempDir()
	settings := []string{"--set", "baostock.address=" + line.address, "--set", "daily_bars.from=2024-01-01",
		"--set", "calendar.now=2026-11-20T19:00:00", "--set", "calendar.speed=1"}
	filled := startDaemon(b, lake, settings...)
	filled.await(b, "the last catch-up", func() bool {
		return strings.Contains(text(filepath.Join(lake, "_state", "runs.jsonl")), `"job":"vacuum"`)
	})
	b.Run("idle-after-catch-up", func(b *testing.B) { idle(b, filled) })
	filled.stop(b)
	rested := startDaemon(b, lake, settings...)
	b.Run("idle", func(b *testing.B) { idle(b, rested) })
	b.Run("trigger", func(b *testing.B) { firstRequest(b, rested, line) })
	rested.stop(b)
	// The vendor's own latency is higher; without any, exchange and daemon want more
	// processors than there are.
	slow := append(slices.Clone(settings), "--set", "baostock.address="+startChildExchange(b, 300, "--latency", "20ms"))
	b.Run("doors", func(b *testing.B) { doors(b, slow) })
	b.Run("doors-crowded", func(b *testing.B) { doors(b, settings) })
	b.Run("shutdown", func(b *testing.B) { shutdowns(b, settings) })
}

// idleFor is how long an idle daemon is watched.
const idleFor = 20 * time.Second

func idle(b *testing.B, d *child) {
	for b.Loop() {
		time.Sleep(3 * time.Second) // the look that follows runs
		before := ticksOf(b, d.cmd.Process.Pid)
		time.Sleep(idleFor)
		used := ticksOf(b, d.cmd.Process.Pid) - before
		memory, err := resident(d.cmd.Process.Pid)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(memory)/1e6, "MB-resident")
		b.ReportMetric(100*used.Seconds()/idleFor.Seconds(), "%-cpu")
		b.ReportMetric(0, "ns/op")
		for _, kind := range []string{"RssAnon", "RssFile"} {
			b.ReportMetric(float64(statusOf(b, d.cmd.Process.Pid, kind))/1e6, "MB-"+kind)
		}
	}
}

// firstRequest triggers runs that have to plan before they can ask, each with one
// more day to fetch.
func firstRequest(b *testing.B, d *child, line *wiretap) {
	var times []time.Duration
	for day := 29; len(times) < 15; day-- {
		d.await(b, "the end of the jobs that follow", func() bool {
			_, list := d.get(b, "/api/v1/jobs")
			return !strings.Contains(list, `"running":true`)
		})
		line.arm()
		begin := time.Now()
		progress := d.trigger(b, jobDailyBars, fmt.Sprintf(`"from":"2023-12-%02d"`, day))
		if _, err := io.Copy(io.Discard, progress); err != nil {
			b.Fatal(err)
		}
		progress.Close()
		if first := line.first(); !first.IsZero() { // no trading day has come with the others
			times = append(times, first.Sub(begin))
		}
		if day == 1 {
			break
		}
	}
	if len(times) < 10 {
		b.Fatalf("%d runs have sent something", len(times))
	}
	slices.Sort(times)
	b.ReportMetric(ms(times[len(times)/2]), "ms-median")
	b.ReportMetric(ms(times[len(times)-1]), "ms-worst")
	b.ReportMetric(0, "ns/op")
}

// doors asks for the cheap pages some 30 times a second each while a backfill runs,
// and for one of a daemon that has nothing to do, which shows what the machine allows.
func doors(b *testing.B, settings []string) {
	calm := startDaemon(b, b.TempDir(), append(settings, "--no-jobs")...)
	d := startDaemon(b, b.TempDir(), append(settings, "--no-jobs", "--set", "daily_bars.from=2010-01-01")...)
	progress := d.trigger(b, jobDailyBars, "")
	ended := make(chan string, 1)
	go func() {
		last := ""
		for lines := bufio.NewScanner(progress); lines.Scan(); {
			last = lines.Text()
		}
		ended <- last
	}()
	times := map[string][]time.Duration{}
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for over := ""; over == ""; {
		for _, page := range []struct {
			of         *child
			path, name string
		}{{d, "/metrics", "metrics"}, {d, "/healthz", "healthz"}, {calm, "/healthz", "calm"}} {
			<-pace.C
			begin := time.Now()
			if status, body := page.of.get(b, page.path); status != 200 {
				b.Fatalf("%s: %d %s", page.path, status, body)
			}
			times[page.name] = append(times[page.name], time.Since(begin))
		}
		select {
		case over = <-ended:
			if !strings.Contains(over, `"outcome":"done"`) {
				b.Fatal(over)
			}
		default:
		}
	}
	for name, list := range times {
		slices.Sort(list)
		b.ReportMetric(ms(list[len(list)/2]), "ms-half-"+name)
		b.ReportMetric(ms(list[len(list)*99/100]), "ms-p99-"+name)
	}
	b.ReportMetric(float64(len(times["calm"])), "asked")
	b.ReportMetric(0, "ns/op")
	d.stop(b)
	calm.stop(b)
}

// shutdowns ends daemons in the middle of a backfill, each a little later in it.
func shutdowns(b *testing.B, settings []string) {
	var worst time.Duration
	for files := 1; files <= 100; files += 9 {
		lake := b.TempDir()
		d := startDaemon(b, lake, append(settings, "--set", "daily_bars.from=2010-01-01", "--set", "daily_bars.commit_rows=20000")...)
		d.await(b, "files", func() bool {
			found, err := filepath.Glob(filepath.Join(lake, "daily_bars", "year=*", "*"))
			return err == nil && len(found) >= files
		})
		worst = max(worst, d.stop(b))
	}
	b.ReportMetric(ms(worst), "ms-worst")
	b.ReportMetric(0, "ns/op")
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ticksOf is the processor time that a process has used.
func ticksOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	// The name, which may hold anything, ends with the last bracket. Source: proc(5);
	// a tick is 10 ms on every Linux that Go runs on.
	fields := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	ticks := 0
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// statusOf is a figure of /proc/PID/status, in bytes.
func statusOf(tb testing.TB, pid int, name string) int64 {
	tb.Helper()
	for line := range strings.Lines(text(fmt.Sprintf("/proc/%d/status", pid))) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			return kb << 10
		}
	}
	return 0
}

// wiretap stands between a daemon and the exchange and sees when something is sent.
type wiretap struct {
	address string
	mu      sync.Mutex
	armed   bool
	at      time.Time
}

func tap(b *testing.B, exchange string) *wiretap {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	w := &wiretap{address: l.Addr().String()}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", exchange)
			if err != nil {
				near.Close()
				continue
			}
			go func() { io.Copy(near, far); near.Close() }()
			go func() { io.Copy(far, io.TeeReader(near, w)); far.Close() }()
		}
	}()
	return w
}

// Write notes the time of the first bytes since arm.
func (w *wiretap) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.armed {
		w.armed, w.at = false, time.Now()
	}
	return len(p), nil
}

func (w *wiretap) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.at = true, time.Time{}
}

func (w *wiretap) first() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}
