package metrics_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"barkeep/cmd/barkeep/metrics"
	"barkeep/schedules/jobs"
	"barkeep/sources/quotes"
)

type figures metrics.Figures

func (f *figures) Figures() metrics.Figures { return metrics.Figures(*f) }

type cache struct{}

func (cache) Stats() quotes.Stats {
	return quotes.Stats{Hits: 9, Misses: 4, Entries: 5, Providers: []quotes.ProviderStats{{Name: "tencent", Requests: 7, Bytes: 800}, {Name: "sina", Open: true}}}
}

var noon = time.Date(2026, 9, 23, 4, 0, 0, 0, time.UTC)

func full() *figures {
	missing, free, none := int64(17), int64(1<<40), 0
	f := &figures{Missing: &missing, DiskFree: &free, Problems: &none, Sealed: noon.Add(-60 * time.Hour),
		Budgets: []metrics.Budget{{Source: "baostock", Used: 120, Limit: 50_000}, {Source: "tencent", Used: 3}}}
	for i, name := range []string{"daily_bars", "quotes", "instruments", "trading_days", "adjust_factors", "index_members", "index_lists", "absences", "revisions", "checks", "quarantine"} {
		f.Tables = append(f.Tables, metrics.Table{Name: name, Fresh: noon.Add(-time.Duration(i) * time.Minute), Commits: 3, Files: 2, Rows: 1_000_000, Bytes: 5 << 30, Debt: 1})
	}
	f.Tables = append(f.Tables, metrics.Table{Name: "empty"})
	return f
}

func newSet(t testing.TB, f metrics.Source, q metrics.Quotes) *metrics.Set {
	t.Helper()
	s, err := metrics.New(metrics.Options{Version: "1.2.3", Now: func() time.Time { return noon }, Figures: f, Quotes: q})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// text returns what a scrape gets, and every sample in it as name{labels} and
// value, by Prometheus' own parser.
func text(t testing.TB, s *metrics.Set) (string, map[string]float64) {
	t.Helper()
	var out bytes.Buffer
	if err := s.WriteText(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	samples := map[string]float64{}
	for name, f := range families {
		if !strings.HasPrefix(name, "barkeep_") || f.GetHelp() == "" {
			t.Errorf("%s has another prefix, or no help", name)
		}
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			key := name + "{" + strings.Join(labels, ",") + "}"
			switch {
			case m.Counter != nil:
				samples[key] = m.Counter.GetValue()
			case m.Gauge != nil:
				samples[key] = m.Gauge.GetValue()
			case m.Histogram != nil:
				samples[key] = m.Histogram.GetSampleSum()
			}
		}
	}
	return out.String(), samples
}

func TestSamples(t *testing.T) {
	t.Parallel()
	s := newSet(t, full(), cache{})
	s.AddJob("quotes")
	s.Remember(jobs.Run{Job: "vacuum", Outcome: jobs.Done, Ended: noon.Add(-time.Hour)})
	for range 2 {
		s.Observe(jobs.Run{Job: "daily-bars", Outcome: jobs.TimedOut, Began: noon.Add(-90 * time.Second), Ended: noon, Result: jobs.Result{Rows: 500, Bytes: 7000, Requests: 8}})
	}
	s.SourceError("baostock", "timeout")
	_, got := text(t, s)
	for name, want := range map[string]float64{
		"barkeep_runs_total{job=daily-bars,outcome=timed out}": 2, "barkeep_run_duration_seconds{job=daily-bars}": 180,
		"barkeep_run_rows_total{job=daily-bars}": 1000, "barkeep_run_received_bytes_total{job=daily-bars}": 14000, "barkeep_run_requests_total{job=daily-bars}": 16,
		"barkeep_runs_total{job=quotes,outcome=failed}": 0, "barkeep_run_rows_total{job=quotes}": 0,
		"barkeep_run_last_end_timestamp_seconds{job=vacuum,outcome=done}": float64(noon.Add(-time.Hour).Unix()),
		"barkeep_source_errors_total{kind=timeout,source=baostock}":       1,
		"barkeep_freshness_seconds{table=quotes}":                         60, "barkeep_table_rows{table=quotes}": 1e6, "barkeep_compaction_debt{table=checks}": 1,
		"barkeep_table_commits_total{table=empty}": 0, "barkeep_coverage_missing{}": 17, "barkeep_sealed_day_age_seconds{}": 216_000,
		"barkeep_budget_used{source=baostock}": 120, "barkeep_budget_limit{source=baostock}": 50_000, "barkeep_budget_used{source=tencent}": 3,
		"barkeep_disk_free_bytes{}": 1 << 40, "barkeep_problems{}": 0,
		"barkeep_quote_cache_hits_total{}": 9, "barkeep_quote_cache_misses_total{}": 4, "barkeep_quote_cache_entries{}": 5,
		"barkeep_provider_requests_total{provider=tencent}": 7, "barkeep_provider_paused{provider=sina}": 1, "barkeep_provider_paused{provider=tencent}": 0,
	} {
		if v, there := got[name]; !there || v != want {
			t.Errorf("%s is %v (there: %t), want %v", name, v, there, want)
		}
	}
	for _, name := range []string{"barkeep_go_goroutines{}", "barkeep_process_resident_memory_bytes{}"} {
		if got[name] <= 0 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	for _, name := range []string{"barkeep_freshness_seconds{table=empty}", "barkeep_budget_limit{source=tencent}"} {
		if v, there := got[name]; there {
			t.Errorf("%s is %v; nothing is known of it", name, v)
		}
	}
}

// TestNothingKnown holds that what is not known has no sample.
func TestNothingKnown(t *testing.T) {
	t.Parallel()
	_, got := text(t, newSet(t, &figures{}, nil))
	for name := range got {
		for _, word := range []string{"coverage", "sealed", "disk", "problems", "table", "quote_cache"} {
			if strings.Contains(name, "barkeep_"+word) {
				t.Errorf("%s is shown", name)
			}
		}
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	s := newSet(t, full(), cache{})
	s.Observe(jobs.Run{Job: "quotes", Outcome: jobs.Done})
	s.SourceError("sina", "refused")
	problems, err := testutil.GatherAndLint(s.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestKindsAreBounded holds that texts of vendors cannot fill the memory.
func TestKindsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSet(t, nil, nil)
	for i := range 1000 {
		s.SourceError("baostock", fmt.Sprint("code ", i))
	}
	s.SourceError("baostock", "code 5")
	_, got := text(t, s)
	n := 0
	for name := range got {
		if strings.HasPrefix(name, "barkeep_source_errors_total{") {
			n++
		}
	}
	if n != 101 || got["barkeep_source_errors_total{kind=other,source=other}"] != 900 || got["barkeep_source_errors_total{kind=code 5,source=baostock}"] != 2 {
		t.Errorf("%d series, %v others", n, got["barkeep_source_errors_total{kind=other,source=other}"])
	}
}

// TestNamesTwice holds that Figures that contradict themselves are an error, not a
// page that Prometheus refuses.
func TestNamesTwice(t *testing.T) {
	t.Parallel()
	s := newSet(t, &figures{Tables: []metrics.Table{{Name: "a"}, {Name: "a"}}}, nil)
	if err := s.WriteText(t.Context(), &bytes.Buffer{}); err == nil {
		t.Error("a table that is there twice is shown")
	}
}

// BenchmarkWriteText is a scrape of a daemon with all tables and jobs, without
// HTTP. It reports the bytes of a page and the slowest of a hundred.
func BenchmarkWriteText(b *testing.B) {
	s := newSet(b, full(), cache{})
	for _, job := range []string{"daily-bars", "quotes", "instruments", "adjust-factors", "revisions", "compact", "vacuum"} {
		s.AddJob(job)
		s.Observe(jobs.Run{Job: job, Outcome: jobs.Done, Ended: noon})
	}
	var times []time.Duration
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		from := time.Now()
		if err := s.WriteText(b.Context(), &out); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(from))
	}
	slices.Sort(times)
	b.ReportMetric(float64(out.Len()), "bytes/page")
	b.ReportMetric(float64(times[min(len(times)-1, len(times)*99/100)].Microseconds()), "p99-µs")
}
