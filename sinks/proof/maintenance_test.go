//go:build cgo

package proof_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
	"barkeep/sinks/lake/vacuum"
	"barkeep/sinks/lake/verify"
)

var scenarios = slices.Concat(commitScenarios, maintenanceScenarios)

// fewFiles makes compaction due after a handful of files.
func fewFiles() compact.Config {
	c := compact.DefaultConfig()
	c.TailFiles = 2
	return c
}

func compactTable(ctx context.Context, l *lake.Lake, t etl.Table) error {
	_, err := merges(ctx, l, t)
	return err
}

// merges compacts a table and returns how many commits that took.
func merges(ctx context.Context, l *lake.Lake, t etl.Table) (int, error) {
	report, err := compact.Run(ctx, l.Table(t), compact.Options{Config: fewFiles(), Closed: schedules.MakeDay(2024, 5, 6), All: true})
	return len(report.Merges), err
}

// ahead is how far the clock of a vacuum runs ahead: far enough for whatever is out of
// use.
const ahead = 48 * time.Hour

// vacuumAll vacuums every table with a clock that is ahead.
func vacuumAll(ctx context.Context, l *lake.Lake, by time.Duration) error {
	for _, t := range tables {
		if _, err := vacuum.Run(ctx, l, l.Table(t), vacuum.Options{Config: vacuum.DefaultConfig(), Now: time.Now().Add(by)}); err != nil {
			return err
		}
	}
	return nil
}

// checkVerified runs a deep verification of all tables, which must find no error.
func checkVerified(tb testing.TB, dir string) {
	tb.Helper()
	for _, t := range tables {
		checkTable(tb, dir, t, true)
	}
}

func checkTable(tb testing.TB, dir string, t etl.Table, deep bool) {
	tb.Helper()
	report, err := verify.Run(tb.Context(), openLake(dir).Table(t), verify.Options{Deep: deep})
	if err != nil {
		tb.Errorf("verify %s: %v", t.Name, err)
	}
	for _, f := range report.Findings {
		if f.Severity == verify.Error {
			tb.Errorf("verify: %v", f)
		}
	}
}

// dataFiles counts the data files of a lake, live or not.
func dataFiles(tb testing.TB, dir string) (n int) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(e.Name(), "part-") {
			n++
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

var maintenanceScenarios = []scenario{
	compacting("compact by year", etl.DailyBars, 2),
	compacting("compact by day", etl.Quotes, 0),
	compacting("compact, checkpoint", etl.DailyBars, 3),
	{
		name: "vacuum", table: etl.DailyBars,
		prepare: func(tb testing.TB, l *lake.Lake) world {
			w := someHistory(tb, l)
			for _, t := range []etl.Table{etl.DailyBars, etl.Quotes} {
				if err := compactTable(tb.Context(), l, t); err != nil {
					tb.Fatal(err)
				}
			}
			orphan(tb, l, "year=2024")
			if err := publish(tb.Context(), l); err != nil {
				tb.Fatal(err)
			}
			forget(tb, l)
			return w
		},
		run: func(ctx context.Context, l *lake.Lake) error { return vacuumAll(ctx, l, ahead) },
		settled: func(tb testing.TB, l *lake.Lake) {
			live := 0
			for _, t := range tables {
				_, state, err := rowsOfLog(l.Dir(), t)
				if err != nil {
					tb.Error(err)
					return
				}
				live += len(state.files)
			}
			if n := dataFiles(tb, l.Dir()); n != live {
				tb.Errorf("%d data files after vacuum, %d are live", n, live)
			}
		},
	},
}

func compacting(name string, t etl.Table, marks int) scenario {
	return scenario{
		name: name, table: t, prepare: marked(marks, t),
		run: func(ctx context.Context, l *lake.Lake) error { return compactTable(ctx, l, t) },
		settled: func(tb testing.TB, l *lake.Lake) {
			_, state, err := rowsOfLog(l.Dir(), t)
			if err != nil || len(state.files) != 2 {
				tb.Errorf("%d files after compaction, want one for each year or day; %v", len(state.paths()), err)
			}
		},
	}
}

// orphan leaves what a writer leaves that died before its commit: a finished file
// and an unfinished one.
func orphan(tb testing.TB, l *lake.Lake, partition string) {
	tb.Helper()
	state, err := readDelta(filepath.Join(l.Dir(), etl.DailyBars.Name), newest, anyStart)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := os.ReadFile(state.paths()[0])
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range []string{"part-019a0000-0000-7000-8000-000000000001.parquet", ".part-019a0000-0000-4000-8000-000000000002.tmp"} {
		if err := os.WriteFile(filepath.Join(state.dir, partition, name), text, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
}

// forget takes all but the newest catalog from the list of those on offer.
func forget(tb testing.TB, l *lake.Lake) {
	tb.Helper()
	list, err := l.Publications()
	if err == nil && len(list) > 1 {
		err = l.SavePublications(list[len(list)-1:])
	}
	if err != nil {
		tb.Fatal(err)
	}
	catalogs, err := filepath.Glob(filepath.Join(l.Dir(), "lake@*.duckdb"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, path := range catalogs {
		if err := os.Remove(path); err != nil {
			tb.Fatal(err)
		}
	}
}
