//go:build cgo

package duckdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// BenchmarkPublish publishes lakes of so many live files, each time after a commit:
// with what a process keeps between publications, as the first of a process, and
// when nothing has changed.
func BenchmarkPublish(b *testing.B) {
	for _, size := range []struct{ files, versions int }{{500, 20}, {500, 1000}, {3000, 120}} {
		l := lakeOf(b, size.files, size.versions)
		once := func(b *testing.B) time.Duration {
			start := time.Now()
			c, err := duckdb.Publish(b.Context(), l, config())
			if err != nil || c.Files < size.files {
				b.Fatal(c, err)
			}
			return time.Since(start)
		}
		run := func(name string, before func(b *testing.B)) {
			b.Run(fmt.Sprintf("files=%d/versions=%d/%s", size.files, size.versions, name), func(b *testing.B) {
				var took, worst time.Duration
				for range b.N {
					before(b)
					d := once(b)
					took, worst = took+d, max(worst, d)
				}
				b.ReportMetric(took.Seconds()*1000/float64(b.N), "ms/publish")
				b.ReportMetric(worst.Seconds()*1000, "ms/worst")
			})
		}
		commit := func(b *testing.B) { replaceInstruments(b, l) }
		once(b)
		run("warm", commit)
		run("cold", func(b *testing.B) { commit(b); duckdb.Forget(); l = lake.Open(l.Dir(), lake.DefaultConfig()) })
		run("unchanged", func(*testing.B) {})
	}
}

// BenchmarkOpen500 opens a lake of 500 live files for queries and closes it.
func BenchmarkOpen500(b *testing.B) {
	l := lakeOf(b, 500, 20)
	for b.Loop() {
		db, err := duckdb.Open(b.Context(), l, config())
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// lakeOf makes daily bars of 25 years in so many files and versions.
func lakeOf(b *testing.B, files, versions int) *lake.Lake {
	b.Helper()
	l := lake.Open(b.TempDir(), lake.DefaultConfig())
	for i := range files / 25 {
		var list []schedules.Day
		for year := range 25 {
			list = append(list, schedules.MakeDay(2000+year, 1, 2)+schedules.Day(i))
		}
		appendTo(b, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, list...))
	}
	for i := range versions - files/25 {
		if err := l.Table(etl.DailyBars).Mark(b.Context(), "bench", int64(i)); err != nil {
			b.Fatal(err)
		}
	}
	snap, err := l.Table(etl.DailyBars).Snapshot(b.Context())
	if err != nil || len(snap.Files) != files {
		b.Fatal(fmt.Sprint(len(snap.Files), " files"), err)
	}
	return l
}

func replaceInstruments(t testing.TB, l *lake.Lake) {
	t.Helper()
	rows := batch(etl.Instruments, twoSymbols, schedules.MakeDay(1999, 11, 10))
	defer rows.Release()
	if _, err := l.Table(etl.Instruments).Replace(t.Context(), []arrow.Record{rows}, lake.Info{Job: "test"}); err != nil {
		t.Fatal(err)
	}
}
