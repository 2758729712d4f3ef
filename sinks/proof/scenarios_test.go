//go:build cgo

package proof_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// scenario is an operation that is interrupted.
type scenario struct {
	name    string
	table   etl.Table
	prepare func(testing.TB, *lake.Lake) world
	run     func(context.Context, *lake.Lake) error // can be run again after it was interrupted
	then    func(world) []world                     // what its commits make of the lake, one after another; nil if no row changes
	settled func(testing.TB, *lake.Lake)            // what holds when it got through; may be nil
}

// worlds returns those that may be met: the one before, and after each commit.
func (s scenario) worlds(before world) []world {
	if s.then == nil {
		return []world{before}
	}
	return append([]world{before}, s.then(before)...)
}

func marked(n int, t etl.Table) func(testing.TB, *lake.Lake) world {
	return func(tb testing.TB, l *lake.Lake) world {
		w := someHistory(tb, l)
		mark(tb, l, t, n)
		return w
	}
}

// appending makes a scenario of an append.
func appending(name string, t etl.Table, rows content, prepare func(testing.TB, *lake.Lake) world) scenario {
	return scenario{
		name: name, table: t, prepare: prepare,
		run:  func(ctx context.Context, l *lake.Lake) error { return put(ctx, l, t, rows, false, "loader", 1) },
		then: func(w world) []world { return []world{w.having(t.Name, rows)} },
	}
}

// fresh are bars of two years that someHistory does not have.
var fresh = bars(1, 7, 9, schedules.MakeDay(2023, 11, 1), schedules.MakeDay(2024, 11, 1))

var commitScenarios = []scenario{
	appending("create", etl.DailyBars, fresh, func(testing.TB, *lake.Lake) world { return nil }),
	appending("append", etl.DailyBars, fresh, marked(0, etl.DailyBars)),
	appending("append by day", etl.Quotes, snapshotOf(1, 3, schedules.MakeDay(2024, 5, 8), 7000), marked(0, etl.Quotes)),
	appending("append, checkpoint", etl.DailyBars, fresh, marked(3, etl.DailyBars)),
	{
		name: "replace", table: etl.TradingDays, prepare: marked(0, etl.TradingDays),
		run: func(ctx context.Context, l *lake.Lake) error {
			return put(ctx, l, etl.TradingDays, calendar(2, 5), true, "loader", 1)
		},
		then: func(w world) []world {
			return []world{w.with(etl.TradingDays.Name, func(c content) { clear(c) }).having(etl.TradingDays.Name, calendar(2, 5))}
		},
	},
	removing,
	publishing("publish", publish),
	publishing("publish, dropping an old one", publishKeepingOne),
	cleaning,
}

// publishing makes a scenario of a lake whose newest bars are in no catalog yet.
func publishing(name string, run func(context.Context, *lake.Lake) error) scenario {
	return scenario{
		name: name, table: etl.DailyBars, run: run,
		prepare: func(tb testing.TB, l *lake.Lake) world {
			w := someHistory(tb, l)
			mark(tb, l, etl.DailyBars, 1)
			if err := publish(tb.Context(), l); err != nil { // a second catalog, of the same rows
				tb.Fatal(err)
			}
			if err := put(tb.Context(), l, etl.DailyBars, fresh, false, "loader", 1); err != nil {
				tb.Fatal(err)
			}
			return w.having(etl.DailyBars.Name, fresh)
		},
		settled: func(tb testing.TB, l *lake.Lake) {
			shown, err := rowsOfCatalog(filepath.Join(l.Dir(), duckdb.CatalogName), tables)
			if err != nil {
				tb.Error(err)
			}
			if n := len(shown[etl.DailyBars.Name]); n != 33 {
				tb.Errorf("the catalog shows %d bars, want 33: it is not the newest", n)
			}
		},
	}
}

// cleaning is an append with the checkpoint that lets go of an old log: that of
// version 10, with all before it, is more than 30 days old.
var cleaning = func() scenario {
	s := appending("append, checkpoint, log clean-up", etl.DailyBars, fresh, func(tb testing.TB, l *lake.Lake) world {
		w := someHistory(tb, l)
		mark(tb, l, etl.DailyBars, 13)
		log := filepath.Join(l.Dir(), etl.DailyBars.Name, "_delta_log")
		entries, err := os.ReadDir(log)
		if err != nil {
			tb.Fatal(err)
		}
		old := time.Now().Add(-40 * 24 * time.Hour)
		for i, e := range entries {
			at := old.Add(time.Duration(i) * time.Minute)
			if err := os.Chtimes(filepath.Join(log, e.Name()), at, at); err != nil {
				tb.Fatal(err)
			}
		}
		return w
	})
	s.settled = func(tb testing.TB, l *lake.Lake) {
		log := filepath.Join(l.Dir(), etl.DailyBars.Name, "_delta_log")
		if _, err := os.Stat(filepath.Join(log, "00000000000000000009.json")); err == nil {
			mark(tb, l, etl.DailyBars, 10) // the next checkpoint makes up for it
		}
		for version, there := range map[int]bool{0: false, 9: false, 10: true, 19: true, 20: true} {
			if _, err := os.Stat(filepath.Join(log, fmt.Sprintf("%020d.json", version))); (err == nil) != there {
				tb.Errorf("after the clean-up, version %d: %v", version, err)
			}
		}
		if rows, _, err := rowsOfLog(l.Dir(), etl.DailyBars); err != nil || len(rows) != 33 {
			tb.Errorf("after the clean-up: %d rows, %v", len(rows), err)
		}
	}
	return s
}()

// removing is what mends a damaged file: its rows go and are fetched again.
var removing = scenario{
	name: "remove and fetch again", table: etl.DailyBars, prepare: marked(2, etl.DailyBars),
	run: func(ctx context.Context, l *lake.Lake) error {
		// The table's first commit put two days into the file of 2023, which is
		// known by its rows once it is gone.
		relative, keys, err := oldestFile(l.Dir(), etl.DailyBars)
		if err == nil && len(keys) == len(damaged) && relative[:9] == "year=2023" && !refetched(l, ctx) {
			err = takeOut(ctx, l, etl.DailyBars, relative)
		}
		if err != nil {
			return err
		}
		return put(ctx, l, etl.DailyBars, damaged, false, "again", 1)
	},
	then: func(w world) []world {
		return []world{w.lacking(etl.DailyBars.Name, damaged), w.having(etl.DailyBars.Name, damaged)}
	},
}

var damaged = bars(2, 1, 3, schedules.MakeDay(2023, 12, 27), schedules.MakeDay(2023, 12, 28))

func refetched(l *lake.Lake, ctx context.Context) bool {
	s, err := l.Table(etl.DailyBars).Snapshot(ctx)
	return err == nil && s.Transactions["again"] > 0
}
