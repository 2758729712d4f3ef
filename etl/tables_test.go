package etl_test

import (
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
)

var tables = []etl.Table{etl.DailyBars, etl.Instruments, etl.TradingDays, etl.Quarantine}

func TestColumnTypes(t *testing.T) {
	tests := map[etl.ColumnType]arrow.Type{
		etl.Date: arrow.DATE32, etl.String: arrow.STRING, etl.Float64: arrow.FLOAT64,
		etl.Int64: arrow.INT64, etl.Bool: arrow.BOOL, etl.Timestamp: arrow.TIMESTAMP,
	}
	for column, want := range tests {
		if got := column.Arrow().ID(); got != want {
			t.Errorf("column type %d is %s, want %s", column, got, want)
		}
	}
	stamp := etl.Timestamp.Arrow().(*arrow.TimestampType)
	if stamp.Unit != arrow.Microsecond || stamp.TimeZone != "UTC" {
		t.Errorf("a timestamp is %s, want microseconds in UTC: it is an instant", stamp)
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown column type has an Arrow type")
		}
	}()
	etl.ColumnType(99).Arrow()
}

func TestTables(t *testing.T) {
	names := map[string]bool{}
	for _, table := range tables {
		t.Run(table.Name, func(t *testing.T) {
			if names[table.Name] {
				t.Error("the name is taken twice")
			}
			names[table.Name] = true
			if table.Comment == "" {
				t.Error("has no comment")
			}
			schema := table.Schema()
			if schema.NumFields() != len(table.Columns) {
				t.Fatalf("the schema has %d fields for %d columns", schema.NumFields(), len(table.Columns))
			}
			for i, c := range table.Columns {
				f := schema.Field(i)
				if f.Name != c.Name || f.Nullable != c.Nullable || !arrow.TypeEqual(f.Type, c.Type.Arrow()) {
					t.Errorf("column %s has field %s", c.Name, f)
				}
				if table.Index(c.Name) != i {
					t.Errorf("Index(%q) = %d, want %d: is the name taken twice?", c.Name, table.Index(c.Name), i)
				}
			}
			if table.Index("year") >= 0 {
				t.Error("the partition column is among the stored columns")
			}
			for _, name := range table.Sort {
				i := table.Index(name)
				if i < 0 {
					t.Errorf("is sorted by %s, which it does not have", name)
				} else if c := table.Columns[i]; c.Type != etl.String && c.Type != etl.Date && c.Type != etl.Timestamp || c.Nullable {
					t.Errorf("is sorted by %s, which is not a String or Date that always has a value", name)
				}
			}
			if table.Year != "" && table.Columns[table.Index(table.Year)].Type != etl.Date {
				t.Errorf("is partitioned by %s, which is no Date", table.Year)
			}
			for _, name := range []string{"source", "fetched_at"} {
				if table.Index(name) < 0 {
					t.Errorf("does not say %s", name)
				}
			}
		})
	}
	if got := etl.DailyBars.Index("nothing"); got != -1 {
		t.Errorf("Index of no column is %d, want -1", got)
	}
}

func TestDailyBarsUnits(t *testing.T) {
	want := map[string]string{
		"open": "CNY/share", "high": "CNY/share", "low": "CNY/share", "close": "CNY/share", "preclose": "CNY/share",
		"volume": "share", "amount": "CNY", "turn": "%", "pct_chg": "%",
	}
	for _, c := range etl.DailyBars.Columns {
		if c.Unit != want[c.Name] {
			t.Errorf("%s has unit %q, want %q", c.Name, c.Unit, want[c.Name])
		}
	}
	nullable := []string{"turn", "pct_chg", "pe_ttm", "pb_mrq", "ps_ttm", "pcf_ncf_ttm"}
	for _, c := range etl.DailyBars.Columns {
		if c.Nullable != slices.Contains(nullable, c.Name) {
			t.Errorf("%s: nullable is %t", c.Name, c.Nullable)
		}
	}
}
