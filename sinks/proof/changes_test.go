//go:build cgo

package proof_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// put appends rows, or makes them the whole table. What an earlier, interrupted
// attempt of the same application version committed is not committed again.
func put(ctx context.Context, l *lake.Lake, t etl.Table, rows content, replace bool, app string, version int) error {
	r := batch(t, rows)
	defer r.Release()
	table, info := l.Table(t), lake.Info{Job: "proof", AppID: app, AppVersion: int64(version)}
	write := table.Append
	if replace {
		write = table.Replace
	}
	_, err := write(ctx, []arrow.Record{r}, info)
	if errors.Is(err, lake.ErrCommitted) {
		return nil
	}
	return err
}

// takeOut removes a live file with its rows; one that is gone already is no error.
func takeOut(ctx context.Context, l *lake.Lake, t etl.Table, relative string) error {
	table := l.Table(t)
	base, err := table.Snapshot(ctx)
	if err != nil {
		return err
	}
	for _, f := range base.Files {
		if f.Relative == relative {
			_, err = table.Remove(ctx, base, []lake.File{f}, lake.Info{Job: "proof"})
		}
	}
	return err
}

// oldestFile returns the live file of a table that sorts first, and its rows as
// DuckDB finds them in it.
func oldestFile(dir string, t etl.Table) (relative string, keys []key, err error) {
	state, err := readDelta(filepath.Join(dir, t.Name), newest, anyStart)
	if err != nil || len(state.files) == 0 {
		return "", nil, err
	}
	path := state.paths()[0]
	keys, err = keysOf(t, path)
	return path[len(state.dir)+1:], keys, err
}

// keysOf returns the keys of the rows in a data file.
func keysOf(t etl.Table, path string) ([]key, error) {
	second := "0"
	if t.Name == etl.Quotes.Name {
		second = "(epoch_us(fetched_at) // 1000000) % 86400"
	}
	rows, err := ask("SELECT CAST(CAST(symbol[3:] AS INTEGER) AS VARCHAR), CAST(date - DATE '1970-01-01' AS VARCHAR), CAST(" +
		second + " AS VARCHAR) FROM " + filesSQL(t, []string{path}))
	keys := make([]key, len(rows))
	for i, row := range rows {
		k := &keys[i]
		if _, bad := fmt.Sscanf(row, "%d\t%d\t%d", &k.symbol, &k.day, &k.second); bad != nil {
			err = errors.Join(err, bad)
		}
	}
	return keys, err
}

func publish(ctx context.Context, l *lake.Lake) error {
	_, err := duckdb.Publish(ctx, l, sqlConfig())
	return err
}

// publishKeepingOne keeps one catalog besides the newest.
func publishKeepingOne(ctx context.Context, l *lake.Lake) error {
	c := sqlConfig()
	c.Keep = time.Nanosecond
	_, err := duckdb.Publish(ctx, l, c)
	return err
}

// mark commits nothing but progress, n times.
func mark(tb testing.TB, l *lake.Lake, t etl.Table, n int) {
	tb.Helper()
	for i := range n {
		if err := l.Table(t).Mark(tb.Context(), "filler", time.Now().UnixNano()+int64(i)); err != nil {
			tb.Fatal(err)
		}
	}
}

// calendar returns n rows of trading_days, the table that is replaced whole.
func calendar(fetch, n int) content {
	rows := content{}
	for i := range n {
		rows[key{day: schedules.MakeDay(2024, 1, 1) + schedules.Day(i)}] = fetch
	}
	return rows
}

// someHistory fills a lake: daily bars of two years up to version 6, quotes of two
// days up to version 7, and a calendar, all of it published.
func someHistory(tb testing.TB, l *lake.Lake) world {
	tb.Helper()
	var w world
	commit := func(t etl.Table, rows content, replace bool) {
		w = w.having(t.Name, rows)
		if err := put(tb.Context(), l, t, rows, replace, "history", len(w[t.Name])); err != nil {
			tb.Fatal(err)
		}
	}
	d := schedules.MakeDay(2023, 12, 27)
	commit(etl.DailyBars, bars(1, 1, 3, d, d+1, schedules.MakeDay(2024, 1, 2)), false)
	for i := range schedules.Day(6) {
		commit(etl.DailyBars, bars(1, 1, 3, schedules.MakeDay(2024, 1, 3)+i), false)
	}
	for i := range 8 {
		commit(etl.Quotes, snapshotOf(1, 3, schedules.MakeDay(2024, 5, 6)+schedules.Day(i/5), 5400+30*i), false)
	}
	commit(etl.TradingDays, calendar(1, 4), true)
	if err := publish(tb.Context(), l); err != nil {
		tb.Fatal(err)
	}
	return w
}
