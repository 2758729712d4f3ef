//go:build cgo

package duckdb_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// batch makes rows of a table: one per symbol and day. Prices are functions of
// both, so that a row in the wrong place shows.
func batch(t etl.Table, symbols []string, days ...schedules.Day) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, t.Schema())
	defer b.Release()
	for i, symbol := range symbols {
		for _, day := range days {
			for k, c := range t.Columns {
				appendValue(b.Field(k), c, symbol, day, float64(i+1))
			}
		}
	}
	return b.NewRecord()
}

// fetched is the value of every Timestamp column: 2024-01-02T09:35:00.123456Z.
const fetched = 1704188100123456

func appendValue(b array.Builder, c etl.Column, symbol string, day schedules.Day, price float64) {
	switch b := b.(type) {
	case *array.Date32Builder:
		if c.Name == "delisted" {
			b.AppendNull()
			return
		}
		b.Append(arrow.Date32(day))
	case *array.StringBuilder:
		switch c.Name {
		case "symbol":
			b.Append(symbol)
		case "name":
			b.Append("浦发, \"银行\"")
		default:
			b.Append(c.Name)
		}
	case *array.Float64Builder:
		if c.Name == "turn" {
			b.AppendNull()
			return
		}
		b.Append(price + float64(day%100)/100)
	case *array.Int64Builder:
		b.Append(int64(day) * 100)
	case *array.BooleanBuilder:
		b.Append(c.Name != "is_st")
	case *array.TimestampBuilder:
		if c.Name == "valid_to" {
			b.AppendNull()
			return
		}
		b.Append(fetched)
	default:
		panic(fmt.Sprintf("%T", b))
	}
}

func appendTo(t testing.TB, l *lake.Lake, table etl.Table, rows arrow.Record) {
	t.Helper()
	defer rows.Release()
	if _, err := l.Table(table).Append(t.Context(), []arrow.Record{rows}, lake.Info{Job: "test"}); err != nil {
		t.Fatal(err)
	}
}

// days returns n days from the second of January of a year on.
func days(year, n int) []schedules.Day {
	list := make([]schedules.Day, n)
	for i := range list {
		list[i] = schedules.MakeDay(year, 1, 2) + schedules.Day(i)
	}
	return list
}

var twoSymbols = []string{"sh600000", "sz000001"}

// newLake makes a lake with 10 daily bars each of 2023 and 2024, in one file
// each, 2 instruments and 5 calendar days.
func newLake(t testing.TB, dir string) *lake.Lake {
	t.Helper()
	l := lake.Open(dir, lake.DefaultConfig())
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, append(days(2023, 5), days(2024, 5)...)...))
	appendTo(t, l, etl.Instruments, batch(etl.Instruments, twoSymbols, schedules.MakeDay(1999, 11, 10)))
	appendTo(t, l, etl.TradingDays, batch(etl.TradingDays, []string{""}, days(2024, 5)...))
	return l
}

func config() duckdb.Config {
	c := duckdb.DefaultConfig()
	c.MemoryLimit, c.Threads = "256MiB", 1
	return c
}

func open(t testing.TB, l *lake.Lake) *duckdb.DB {
	t.Helper()
	db, err := duckdb.Open(t.Context(), l, config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// rowsOf returns the rows of a query as CSV, without the header.
func rowsOf(ctx context.Context, db *duckdb.DB, query string) (string, error) {
	r, err := db.Query(ctx, query)
	if err != nil {
		return "", err
	}
	defer r.Close()
	var out bytes.Buffer
	if err := r.WriteCSV(&out); err != nil {
		return "", err
	}
	_, rows, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	return string(bytes.TrimSuffix(rows, []byte("\n"))), nil
}

func expect(t testing.TB, db *duckdb.DB, query, want string) {
	t.Helper()
	got, err := rowsOf(t.Context(), db, query)
	if err != nil {
		t.Errorf("%s: %v", query, err)
	} else if got != want {
		t.Errorf("%s\n got %q\nwant %q", query, got, want)
	}
}
