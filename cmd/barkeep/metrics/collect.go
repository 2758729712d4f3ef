package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// sample is a function of the samples that a scrape sends.
type sample func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string)

func sampleTo(ch chan<- prometheus.Metric) sample {
	return func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
}

var (
	freshness  = describe("freshness_seconds", "Seconds since the newest data of the table arrived.", "table")
	commits    = describe("table_commits_total", "Commits since the table was made.", "table")
	files      = describe("table_files", "Live files of the table.", "table")
	rows       = describe("table_rows", "Rows of the table.", "table")
	bytes      = describe("table_bytes", "Bytes of the live files of the table.", "table")
	debt       = describe("compaction_debt", "Live files of the table that compaction would fold.", "table")
	missing    = describe("coverage_missing", "Bars that should exist by now, do not, and have no explanation.")
	sealed     = describe("sealed_day_age_seconds", "Seconds since the newest sealed day began.")
	budgetUsed = describe("budget_used", "Requests that the source was sent today.", "source")
	budgetMost = describe("budget_limit", "Requests that the source may be sent in a day.", "source")
	diskFree   = describe("disk_free_bytes", "Free bytes where the lake is.")
	problems   = describe("problems", "Things that are not well, as /readyz lists them.")
)

// lakeCollector shows the Figures.
type lakeCollector struct {
	source Source
	now    func() time.Time
}

// Describe names the metrics there can be.
func (c *lakeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{freshness, commits, files, rows, bytes, debt, missing, sealed, budgetUsed, budgetMost, diskFree, problems} {
		ch <- d
	}
}

// Collect sends what is known. Ages go on between two Figures.
func (c *lakeCollector) Collect(ch chan<- prometheus.Metric) {
	f, now, send := c.source.Figures(), c.now(), sampleTo(ch)
	age := func(since time.Time) float64 { return max(0, now.Sub(since).Seconds()) }
	for _, t := range f.Tables {
		if !t.Fresh.IsZero() {
			send(freshness, prometheus.GaugeValue, age(t.Fresh), t.Name)
		}
		send(commits, prometheus.CounterValue, float64(t.Commits), t.Name)
		send(files, prometheus.GaugeValue, float64(t.Files), t.Name)
		send(rows, prometheus.GaugeValue, float64(t.Rows), t.Name)
		send(bytes, prometheus.GaugeValue, float64(t.Bytes), t.Name)
		send(debt, prometheus.GaugeValue, float64(t.Debt), t.Name)
	}
	for _, b := range f.Budgets {
		send(budgetUsed, prometheus.GaugeValue, float64(b.Used), b.Source)
		if b.Limit > 0 {
			send(budgetMost, prometheus.GaugeValue, float64(b.Limit), b.Source)
		}
	}
	if !f.Sealed.IsZero() {
		send(sealed, prometheus.GaugeValue, age(f.Sealed))
	}
	if f.Missing != nil {
		send(missing, prometheus.GaugeValue, float64(*f.Missing))
	}
	if f.DiskFree != nil {
		send(diskFree, prometheus.GaugeValue, float64(*f.DiskFree))
	}
	if f.Problems != nil {
		send(problems, prometheus.GaugeValue, float64(*f.Problems))
	}
}

var (
	cacheHits      = describe("quote_cache_hits_total", "Quotes that were fresh in the cache.")
	cacheMisses    = describe("quote_cache_misses_total", "Quotes that were not.")
	cacheLoads     = describe("quote_cache_loads_total", "Calls that had to ask providers.")
	cacheErrors    = describe("quote_cache_load_errors_total", "Quotes that no provider answered.")
	cacheStale     = describe("quote_cache_stale_total", "Quotes served although they were too old.")
	cacheRefused   = describe("quote_cache_refused_total", "Rows of providers that were refused.")
	cacheEvictions = describe("quote_cache_evictions_total", "Quotes that made room for others.")
	cacheEntries   = describe("quote_cache_entries", "Quotes in the cache.")
	asked          = describe("provider_requests_total", "Requests to the provider.", "provider")
	received       = describe("provider_received_bytes_total", "Bytes of the provider's answers.", "provider")
	taken          = describe("provider_quotes_total", "Quotes taken from the provider.", "provider")
	failed         = describe("provider_errors_total", "Calls of the provider that failed, wholly or in part.", "provider")
	paused         = describe("provider_paused", "1 while the provider is left alone because its last requests failed.", "provider")
)

// quoteCollector shows the counters of the quote cache.
type quoteCollector struct{ quotes Quotes }

// Describe names the metrics.
func (c *quoteCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{cacheHits, cacheMisses, cacheLoads, cacheErrors, cacheStale, cacheRefused, cacheEvictions,
		cacheEntries, asked, received, taken, failed, paused} {
		ch <- d
	}
}

// Collect sends them.
func (c *quoteCollector) Collect(ch chan<- prometheus.Metric) {
	s, send := c.quotes.Stats(), sampleTo(ch)
	for d, n := range map[*prometheus.Desc]int64{cacheHits: s.Hits, cacheMisses: s.Misses, cacheLoads: s.Loads, cacheErrors: s.LoadErrors,
		cacheStale: s.Stale, cacheRefused: s.Refused, cacheEvictions: s.Evictions} {
		send(d, prometheus.CounterValue, float64(n))
	}
	send(cacheEntries, prometheus.GaugeValue, float64(s.Entries))
	for _, p := range s.Providers {
		for d, n := range map[*prometheus.Desc]int64{asked: p.Requests, received: p.Bytes, taken: p.Quotes, failed: p.Errors} {
			send(d, prometheus.CounterValue, float64(n), p.Name)
		}
		open := 0.0
		if p.Open {
			open = 1
		}
		send(paused, prometheus.GaugeValue, open, p.Name)
	}
}
