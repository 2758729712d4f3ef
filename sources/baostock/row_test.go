package baostock_test

import (
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/baostock"
)

const rawRow = "2024-01-09,sh.600000,10.1000,10.6000,9.8000,10.2000,10.1000,1000,10100.0000,3,0.010000,1,0.990000,5.000000,,1.000000,-2.000000,0"

func TestParseRow(t *testing.T) {
	at := time.Date(2024, 1, 9, 10, 0, 0, 0, time.UTC)
	b, err := baostock.ParseRow(rawRow, at)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Record.Release()
	want := map[string]string{"date": "2024-01-09", "symbol": "sh600000", "high": "10.6", "volume": "1000", "pb_mrq": "(null)",
		"pcf_ncf_ttm": "-2", "is_st": "false", "traded": "true", "source": "baostock"}
	for name, text := range want {
		if got := b.Record.Column(etl.DailyBars.Index(name)).ValueStr(0); got != text {
			t.Errorf("%s is %s, want %s", name, got, text)
		}
	}
	if b.Record.NumRows() != 1 || b.Raw(0) != rawRow || len(b.Flaws) != 0 || !b.Fetched.Equal(at) {
		t.Errorf("%+v", b)
	}
	if b, err := baostock.ParseRow(strings.Replace(rawRow, "10.6000", "", 1), at); err != nil || len(b.Flaws) != 1 || b.Flaws[0].Reason != "high is empty" {
		t.Errorf("an empty price: %+v, %v", b.Flaws, err)
	}
	for _, raw := range []string{"", rawRow + ",1", strings.Replace(rawRow, "10.6000", "1e3", 1), strings.Replace(rawRow, ",3,", ",2,", 1),
		strings.Replace(rawRow, "sh.600000", "600000", 1), strings.Replace(rawRow, "2024-01-09", "2024-02-30", 1)} {
		if _, err := baostock.ParseRow(raw, at); err == nil {
			t.Errorf("%q was read", raw)
		}
	}
}

func FuzzParseRow(f *testing.F) {
	f.Add(rawRow)
	f.Add(strings.Repeat(",", 17))
	f.Fuzz(func(t *testing.T, raw string) {
		b, err := baostock.ParseRow(raw, time.Time{})
		if err == nil && (b.Record.NumRows() != 1 || len(b.Symbols) != 1 || strings.Count(raw, ",") != 17) {
			t.Errorf("%q became %d rows", raw, b.Record.NumRows())
		}
	})
}
