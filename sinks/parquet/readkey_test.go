package parquet_test

import (
	"context"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

func TestReadKey(t *testing.T) {
	const securities, days = 50, 100
	batches, order := batchesOf(memory.DefaultAllocator, market(securities, days), 500)
	cfg := parquet.DefaultConfig()
	cfg.RowGroupRows = 1024 // about ten securities
	path, _ := write(t, etl.DailyBars, batches, order, cfg)
	ever := parquet.Days{Column: "date", First: schedules.MakeDay(1990, time.January, 1), Last: schedules.MakeDay(2100, time.January, 1)}
	read := func(key string, days parquet.Days) (rows, hits int) {
		t.Helper()
		err := parquet.ReadKey(context.Background(), path, etl.DailyBars, []string{"symbol"}, parquet.Key{Column: "symbol", Text: key}, days, func(b arrow.Record) error {
			symbols := b.Column(0).(*array.String)
			rows += symbols.Len()
			for i := range symbols.Len() {
				if symbols.Value(i) == key {
					hits++
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows, hits
	}
	for s := range securities {
		symbol := etl.MakeSymbol(etl.Shanghai, 600000+s*3).String()
		if rows, hits := read(symbol, ever); hits != days || rows > 2048 {
			t.Errorf("%s: %d rows among %d read; want %d in one or two row groups", symbol, hits, rows, days)
		}
	}
	for _, key := range []string{"bj000000", "sz999999"} {
		if rows, _ := read(key, ever); rows != 0 {
			t.Errorf("%s: %d rows read, want none: it lies outside of all row groups", key, rows)
		}
	}
	if rows, _ := read("sh600000", parquet.Days{Column: "date", First: ever.First, Last: ever.First}); rows != 0 {
		t.Errorf("%d rows read of a day before all", rows)
	}
}

func TestReadKeyWithoutStatistics(t *testing.T) {
	symbol, rows := "sh600000", 0
	path := writeForeign(t, []foreignBar{{Symbol: &symbol, Date: 19_000}})
	days := parquet.Days{Column: "volume", First: 1, Last: 2} // no such column in the file: every row may match
	err := parquet.ReadKey(context.Background(), path, etl.DailyBars, []string{"symbol"}, parquet.Key{Column: "source", Text: "x"}, days, func(b arrow.Record) error {
		rows += int(b.NumRows())
		return nil
	})
	if err != nil || rows != 1 {
		t.Errorf("%d rows (%v), want the one there is", rows, err)
	}
}
