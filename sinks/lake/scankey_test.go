package lake_test

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

func TestScanKey(t *testing.T) {
	for _, definition := range []struct {
		name  string
		table *lake.Table
	}{{"by year", open(t.TempDir()).Table(bars)}, {"by day", open(t.TempDir()).Table(ticks)}} {
		table := definition.table
		appendBars(t, table, bar{"sh600000", "2023-12-29", 1}, bar{"sz000001", "2024-01-02", 2})
		appendBars(t, table, bar{"sh600000", "2024-01-02", 3}, bar{"sh600001", "2024-01-02", 4})
		s := snapshot(t, table)
		days := parquet.Days{Column: "date", First: day(t, "2024-01-01"), Last: day(t, "2024-01-31")}
		var got []bar
		err := table.ScanKey(t.Context(), s, []string{"date", "symbol", "volume"}, parquet.Key{Column: "symbol", Text: "sh600000"}, days, func(f lake.File, r arrow.Record) error {
			for i := range int(r.NumRows()) {
				got = append(got, bar{r.Column(1).(*array.String).Value(i), schedules.Day(r.Column(0).(*array.Date32).Value(i)).String(), r.Column(2).(*array.Int64).Value(i)})
			}
			if f.Added != 1 {
				t.Errorf("%s: a file of version %d was read", definition.name, f.Added)
			}
			return nil
		})
		// The file of sz000001 holds no such key, that of 2023 no such day.
		if err != nil || len(got) != 2 || got[0] != (bar{"sh600000", "2024-01-02", 3}) || got[1].symbol != "sh600001" {
			t.Errorf("%s: %v (%v), want the rows of one file", definition.name, got, err)
		}
	}
}
