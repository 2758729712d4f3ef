// Package metrics shows the daemon to Prometheus. A [Set] counts what happens, run
// by run and error by error, and shows beside it the [Figures] that the program
// keeps at hand: a scrape looks nothing up, reads no file and asks no lake.
//
// # Names
//
//	barkeep_build_info{version,goversion}        1
//	barkeep_runs_total{job,outcome}              runs that have ended; outcomes as in package jobs
//	barkeep_run_duration_seconds{job}            histogram of their times
//	barkeep_run_rows_total{job}                  rows they committed
//	barkeep_run_received_bytes_total{job}        bytes they received
//	barkeep_run_requests_total{job}              requests they sent
//	barkeep_run_last_end_timestamp_seconds{job,outcome}
//	                                             when a run last ended so
//	barkeep_source_errors_total{source,kind}     requests that failed
//	barkeep_freshness_seconds{table}             since its newest commit; of daily_bars, since the close of its newest day
//	barkeep_table_commits_total{table}           commits since the table was made
//	barkeep_table_files{table}                   live files
//	barkeep_table_rows{table}
//	barkeep_table_bytes{table}                   of the live files
//	barkeep_compaction_debt{table}               live files that compaction would fold
//	barkeep_coverage_missing                     bars that should exist and do not
//	barkeep_sealed_day_age_seconds               since the newest sealed day began, in Shanghai
//	barkeep_budget_used{source}                  requests spent today
//	barkeep_budget_limit{source}                 that a day may spend
//	barkeep_disk_free_bytes                      where the lake is
//	barkeep_problems                             things that are not well
//	barkeep_quote_cache_...                      hits_total, misses_total, loads_total,
//	                                             load_errors_total, stale_total, refused_total,
//	                                             evictions_total, entries
//	barkeep_provider_...{provider}               requests_total, received_bytes_total,
//	                                             quotes_total, errors_total, paused
//	barkeep_go_..., barkeep_process_...          of the runtime: goroutines, heap, resident
//	                                             memory, CPU, open files
//
// What is not known has no sample: an alert on absence tells it from 0. Labels are
// bounded: of sources and kinds only the first 100 pairs have a series of their own,
// later ones share the kind "other" of the source "other".
package metrics
