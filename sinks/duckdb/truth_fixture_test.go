//go:build cgo

package duckdb_test

import (
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// bar is a row of daily_bars of which a test cares for these only.
type bar struct {
	symbol  string
	day     schedules.Day
	price   float64 // all five
	st      bool
	fetched time.Time
}

func appendBars(t testing.TB, l *lake.Lake, bars []bar) {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, etl.DailyBars.Schema())
	defer b.Release()
	for _, row := range bars {
		for i, c := range etl.DailyBars.Columns {
			switch c.Name {
			case "open", "high", "low", "close", "preclose":
				b.Field(i).(*array.Float64Builder).Append(row.price)
			case "is_st":
				b.Field(i).(*array.BooleanBuilder).Append(row.st)
			case "fetched_at":
				b.Field(i).(*array.TimestampBuilder).Append(arrow.Timestamp(row.fetched.UnixMicro()))
			default:
				appendValue(b.Field(i), c, row.symbol, row.day, row.price)
			}
		}
	}
	appendTo(t, l, etl.DailyBars, b.NewRecord())
}

func appendFactors(t testing.TB, l *lake.Lake, factors []etl.Factor, at time.Time) {
	t.Helper()
	appendTo(t, l, etl.AdjustFactors, etl.FactorRows(factors, "baostock", at))
}

func replaceWith(t testing.TB, l *lake.Lake, table etl.Table, rows arrow.Record) {
	t.Helper()
	defer rows.Release()
	if _, err := l.Table(table).Replace(t.Context(), []arrow.Record{rows}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
}

// listAll stores a list of securities and a calendar of so many days up to the last.
func listAll(t testing.TB, l *lake.Lake, u etl.Universe, days []schedules.Day) {
	t.Helper()
	if len(u) > 0 {
		history, _, err := etl.MergeUniverse(nil, u, nil, "baostock", time.UnixMicro(fetched))
		if err != nil {
			t.Fatal(err)
		}
		replaceWith(t, l, etl.Instruments, etl.InstrumentVersionRows(history))
	}
	var calendar []schedules.VendorDay
	for d := days[0] - 5; d <= days[len(days)-1]; d++ {
		calendar = append(calendar, schedules.VendorDay{Day: d, Open: schedules.Embedded().Count(d, d) == 1})
	}
	replaceWith(t, l, etl.TradingDays, etl.CalendarRows(calendar, schedules.Embedded(), "baostock", time.UnixMicro(fetched)))
}

func symbolOf(t testing.TB, text string) etl.Symbol {
	t.Helper()
	s, err := etl.ParseSymbol(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
