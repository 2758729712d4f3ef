package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"barkeep/schedules/jobs"
	"barkeep/sources/quotes"
)

// prefix begins every name.
const prefix = "barkeep_"

// maxErrorKinds bounds the pairs of source and kind.
const maxErrorKinds = 100

// durations are the upper bounds of the histogram, in seconds: from a snapshot of
// quotes to the first backfill.
var durations = []float64{0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1800, 3600, 10800, 36000}

// Quotes are the counters of the quote cache.
type Quotes interface {
	Stats() quotes.Stats
}

// Options are what a Set takes from the program around it.
type Options struct {
	Version string
	Now     func() time.Time // nil for time.Now
	Figures Source           // nil for none
	Quotes  Quotes           // nil for none
}

// Set is all metrics of a process. Its methods are safe for concurrent use.
type Set struct {
	registry *prometheus.Registry

	runs      *prometheus.CounterVec
	durations *prometheus.HistogramVec
	rows      *prometheus.CounterVec
	bytes     *prometheus.CounterVec
	requests  *prometheus.CounterVec
	ended     *prometheus.GaugeVec
	errors    *prometheus.CounterVec

	mu    sync.Mutex
	kinds map[[2]string]bool // pairs of source and kind that have a series
}

// New returns a Set that has counted nothing yet.
func New(o Options) (*Set, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	job := []string{"job"}
	s := &Set{registry: prometheus.NewRegistry(), kinds: map[[2]string]bool{},
		runs: counters("runs_total", "Runs that have ended.", "job", "outcome"),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + "run_duration_seconds",
			Help: "How long runs took.", Buckets: durations}, job),
		rows:     counters("run_rows_total", "Rows that runs have committed.", job...),
		bytes:    counters("run_received_bytes_total", "Bytes that runs have received.", job...),
		requests: counters("run_requests_total", "Requests that runs have sent.", job...),
		ended: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + "run_last_end_timestamp_seconds",
			Help: "When a run last ended so."}, []string{"job", "outcome"}),
		errors: counters("source_errors_total", "Requests to sources that have failed.", "source", "kind"),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + "build_info", Help: "1, labelled with the version."}, []string{"version", "goversion"})
	build.WithLabelValues(o.Version, runtime.Version()).Set(1)
	process := prometheus.WrapRegistererWithPrefix(prefix, s.registry)
	err := errors.Join(process.Register(collectors.NewGoCollector()), s.registry.Register(newProcessCollector()))
	for _, c := range []prometheus.Collector{build, s.runs, s.durations, s.rows, s.bytes, s.requests, s.ended, s.errors} {
		err = errors.Join(err, s.registry.Register(c))
	}
	if o.Figures != nil {
		err = errors.Join(err, s.registry.Register(&lakeCollector{o.Figures, o.Now}))
	}
	if o.Quotes != nil {
		err = errors.Join(err, s.registry.Register(&quoteCollector{o.Quotes}))
	}
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return s, nil
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
}

// outcomes are those that a job's series begin with, at 0, so that the first
// failure is seen as an increase.
var outcomes = []jobs.Outcome{jobs.Done, jobs.Partial, jobs.Failed, jobs.Refused, jobs.Busy, jobs.TimedOut, jobs.Interrupted}

// AddJob begins the series of a job that has not run yet.
func (s *Set) AddJob(name string) {
	for _, o := range outcomes {
		s.runs.WithLabelValues(name, string(o))
	}
	s.durations.WithLabelValues(name)
	s.rows.WithLabelValues(name)
	s.bytes.WithLabelValues(name)
	s.requests.WithLabelValues(name)
}

// Observe counts a run that has ended.
func (s *Set) Observe(r jobs.Run) {
	s.runs.WithLabelValues(r.Job, string(r.Outcome)).Inc()
	s.durations.WithLabelValues(r.Job).Observe(max(0, r.Ended.Sub(r.Began).Seconds()))
	s.rows.WithLabelValues(r.Job).Add(float64(max(0, r.Rows)))
	s.bytes.WithLabelValues(r.Job).Add(float64(max(0, r.Bytes)))
	s.requests.WithLabelValues(r.Job).Add(float64(max(0, r.Requests)))
	s.Remember(r)
}

// Remember shows when a run of an earlier process ended, without counting it.
func (s *Set) Remember(r jobs.Run) {
	s.ended.WithLabelValues(r.Job, string(r.Outcome)).Set(float64(r.Ended.UnixMilli()) / 1e3)
}

// SourceError counts a request that failed. kind is one of few words, such as
// timeout.
func (s *Set) SourceError(source, kind string) {
	pair := [2]string{source, kind}
	s.mu.Lock()
	if !s.kinds[pair] {
		if len(s.kinds) >= maxErrorKinds {
			pair = [2]string{"other", "other"}
		} else {
			s.kinds[pair] = true
		}
	}
	s.mu.Unlock()
	s.errors.WithLabelValues(pair[0], pair[1]).Inc()
}

// Gatherer returns what collects the metrics, for tools that read it.
func (s *Set) Gatherer() prometheus.Gatherer { return s.registry }

// WriteText writes all metrics in Prometheus' text format, version 0.0.4. After an
// error nothing has been written that counts.
func (s *Set) WriteText(ctx context.Context, w io.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	families, err := s.registry.Gather()
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	encoder := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			return fmt.Errorf("metrics: write %s: %w", f.GetName(), err)
		}
	}
	return nil
}
