package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

var large = flag.Bool("large", false, "run the backfill of ten years of 5,200 securities; takes minutes")

// TestLargeBackfill fetches ten years of a whole market from a fake exchange in
// another process and watches the memory of the run: it stays under 500 MB and
// does not grow with what has been fetched.
func TestLargeBackfill(t *testing.T) {
	if !*large {
		t.Skip("SKIPPED: the large backfill runs with -large only; .ci/run does")
	}
	stdout, memory := runChild(t, "run", "--job", "daily-bars", "--json", "--from", "2016-11-21", "--to", "2026-11-20",
		"--lake", t.TempDir(), "--set", "baostock.address="+startChildExchange(t, 5600))
	var summary report
	if err := json.Unmarshal(stdout, &summary); err != nil {
		t.Fatal(err)
	}
	// A warm-up of a fifth, then two halves that should look alike.
	warm := memory[len(memory)/5:]
	early, late := peak(warm[:len(warm)/2]), peak(warm[len(warm)/2:])
	t.Logf("%d rows in %.0f s (%.0f rows/s), %d commits, %d MB of Parquet; resident at most %d MB, in the two halves of the run %d and %d MB",
		summary.Rows, summary.Seconds, float64(summary.Rows)/summary.Seconds, summary.Commits, summary.BytesWritten>>20,
		peak(memory)>>20, early>>20, late>>20)
	if summary.Rows < 10_000_000 || summary.Missing != 0 {
		t.Errorf("%d rows, %d missing", summary.Rows, summary.Missing)
	}
	if peak(memory) > 500<<20 {
		t.Errorf("resident memory reached %d MB, at most 500 are allowed", peak(memory)>>20)
	}
	if late > early+early/4 {
		t.Errorf("memory grows: %d MB in the first half, %d MB in the second", early>>20, late>>20)
	}
}

// watchMemory samples the resident memory of a process until it has ended.
func watchMemory(pid int) <-chan []int64 {
	done := make(chan []int64, 1)
	go func() {
		var samples []int64
		for range time.Tick(100 * time.Millisecond) {
			n, err := resident(pid)
			if err != nil {
				break
			}
			samples = append(samples, n)
		}
		done <- samples
	}()
	return done
}

// resident reads the resident set size of a process in bytes.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("process %d has no memory left", pid)
}

func peak(samples []int64) int64 {
	top := int64(0)
	for _, n := range samples {
		top = max(top, n)
	}
	return top
}
