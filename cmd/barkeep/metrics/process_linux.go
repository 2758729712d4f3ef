package metrics

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	processTime     = describe("process_cpu_seconds_total", "Processor time that the process has used.")
	processResident = describe("process_resident_memory_bytes", "Resident memory of the process.")
	processVirtual  = describe("process_virtual_memory_bytes", "Virtual memory of the process.")
	processFiles    = describe("process_open_fds", "Open file descriptors.")
	processMost     = describe("process_max_fds", "How many file descriptors there may be.")
	processStart    = describe("process_start_time_seconds", "When the process began to count.")
)

// processCollector shows what the kernel knows of the process. The library's own
// reads and parses six files for each scrape, and shows as the process's the network
// traffic of the whole host.
type processCollector struct{ start time.Time }

func newProcessCollector() prometheus.Collector { return processCollector{time.Now()} }

// Describe names the metrics there can be.
func (processCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{processTime, processResident, processVirtual, processFiles, processMost, processStart} {
		ch <- d
	}
}

// Collect sends what can be read; the rest has no sample.
func (c processCollector) Collect(ch chan<- prometheus.Metric) {
	send := sampleTo(ch)
	send(processStart, prometheus.GaugeValue, float64(c.start.UnixMilli())/1000)
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err == nil {
		send(processTime, prometheus.CounterValue, float64(used.Utime.Nano()+used.Stime.Nano())/1e9)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		send(processMost, prometheus.GaugeValue, float64(limit.Cur))
	}
	if open, err := openFiles(); err == nil {
		send(processFiles, prometheus.GaugeValue, float64(open))
	}
	var virtual, resident float64
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return
	}
	if _, err := fmt.Sscan(string(text), &virtual, &resident); err == nil {
		page := float64(os.Getpagesize())
		send(processVirtual, prometheus.GaugeValue, virtual*page)
		send(processResident, prometheus.GaugeValue, resident*page)
	}
}

// openFiles counts descriptors without the one that it counts with.
func openFiles() (int, error) {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	return len(names) - 1, err
}
