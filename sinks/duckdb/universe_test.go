//go:build cgo

package duckdb_test

import (
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// The universe of a day has those that were delisted later, by what was known at
// any time.
func TestUniverse(t *testing.T) {
	l := lake.Open(t.TempDir(), lake.DefaultConfig())
	day := func(d int) schedules.Day { return schedules.MakeDay(2024, 1, d) }
	stock := func(symbol string, listed, delisted schedules.Day) etl.Instrument {
		in := instrument(symbol, etl.Stock)
		in.Listed, in.Delisted = listed, delisted
		return in
	}
	first, second := time.UnixMicro(fetched).UTC(), time.UnixMicro(fetched).UTC().Add(48*time.Hour)
	history, _, err := etl.MergeUniverse(nil, etl.Universe{stock("sh600000", day(1), 0), stock("sh600001", day(2), 0)}, nil, "baostock", first)
	if err != nil {
		t.Fatal(err)
	}
	history, _, err = etl.MergeUniverse(history, etl.Universe{stock("sh600000", day(1), 0), stock("sh600001", day(2), day(4))}, nil, "baostock", second)
	if err != nil {
		t.Fatal(err)
	}
	rows := etl.InstrumentVersionRows(history)
	defer rows.Release()
	if _, err := l.Table(etl.Instruments).Replace(t.Context(), []arrow.Record{rows}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	db := open(t, l)
	expect(t, db, "SELECT count(*) FROM instruments", "2")
	expect(t, db, "SELECT count(*) FROM instruments_history", "3")
	const symbols = "SELECT string_agg(symbol, ' ' ORDER BY symbol) FROM universe"
	expect(t, db, symbols+"(DATE '2024-01-01')", "sh600000")
	expect(t, db, symbols+"(DATE '2024-01-03')", "sh600000 sh600001")
	expect(t, db, symbols+"(DATE '2024-01-04')", "sh600000")
	expect(t, db, symbols+"(DATE '2024-01-04', known_at := TIMESTAMPTZ '2024-01-03 00:00:00+00')", "sh600000 sh600001")
	expect(t, db, "SELECT count(*) FROM universe(DATE '2024-01-04', known_at := TIMESTAMPTZ '2024-01-01 00:00:00+00')", "0")
}
