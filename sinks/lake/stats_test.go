package lake_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// statsOf encodes the statistics of a single column and returns its bounds as
// JSON, "" where there is none.
func statsOf(t testing.TB, typ etl.ColumnType, c parquet.ColumnStats) (low, high string) {
	t.Helper()
	table := etl.Table{Name: "x", Columns: []etl.Column{{Name: "v", Type: typ}}}
	text, err := lake.EncodeStats(table, parquet.Stats{Rows: 7, Columns: []parquet.ColumnStats{c}})
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		NumRecords           int64
		MinValues, MaxValues map[string]json.RawMessage
		NullCount            map[string]int64
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if s.NumRecords != 7 || s.NullCount["v"] != c.Nulls {
		t.Errorf("counts in %s", text)
	}
	return string(s.MinValues["v"]), string(s.MaxValues["v"])
}

func TestStatsOfEachType(t *testing.T) {
	a32 := strings.Repeat("a", 32)
	top := string(rune(utf8.MaxRune))
	for _, tt := range []struct {
		name      string
		typ       etl.ColumnType
		stats     parquet.ColumnStats
		low, high string
	}{
		{"all null", etl.Int64, parquet.ColumnStats{Nulls: 7}, "", ""},
		{"int64 with all digits", etl.Int64, parquet.ColumnStats{Valid: true, MinInt: math.MinInt64, MaxInt: math.MaxInt64}, "-9223372036854775808", "9223372036854775807"},
		{"float", etl.Float64, parquet.ColumnStats{Valid: true, MinFloat: -1e-7, MaxFloat: 1e22}, "-1e-07", "1e+22"},
		{"float infinite", etl.Float64, parquet.ColumnStats{Valid: true, MinFloat: 1, MaxFloat: math.Inf(1)}, "", ""},
		{"float not a number", etl.Float64, parquet.ColumnStats{Valid: true, MinFloat: math.NaN(), MaxFloat: 1}, "", ""},
		{"date", etl.Date, parquet.ColumnStats{Valid: true, MinInt: -1, MaxInt: 0}, `"1969-12-31"`, `"1970-01-01"`},
		{"date beyond four digits", etl.Date, parquet.ColumnStats{Valid: true, MinInt: 0, MaxInt: 3_000_000}, "", ""},
		{"timestamp", etl.Timestamp, parquet.ColumnStats{Valid: true, MinInt: 1_000_001_999, MaxInt: 1_000_002_001}, `"1970-01-01T00:16:40.001Z"`, `"1970-01-01T00:16:40.003Z"`},
		{"timestamp on the millisecond", etl.Timestamp, parquet.ColumnStats{Valid: true, MinInt: 1000, MaxInt: 1000}, `"1970-01-01T00:00:00.001Z"`, `"1970-01-01T00:00:00.001Z"`},
		{"timestamp before 1970", etl.Timestamp, parquet.ColumnStats{Valid: true, MinInt: -1, MaxInt: -1}, `"1969-12-31T23:59:59.999Z"`, `"1970-01-01T00:00:00.000Z"`},
		{"bool", etl.Bool, parquet.ColumnStats{Valid: true, MaxInt: 1}, "", ""},
		{"string", etl.String, parquet.ColumnStats{Valid: true, MinString: "", MaxString: `<"\>`}, `""`, `"<\"\\>"`},
		{"string of 32", etl.String, parquet.ColumnStats{Valid: true, MinString: a32, MaxString: a32}, `"` + a32 + `"`, `"` + a32 + `"`},
		{"string of 33", etl.String, parquet.ColumnStats{Valid: true, MinString: a32 + "b", MaxString: a32 + "b"}, `"` + a32 + `"`, `"` + a32 + "\x7f" + `"`},
		{"string of 33, not ASCII", etl.String, parquet.ColumnStats{Valid: true, MinString: "", MaxString: a32 + "é"}, `""`, `"` + a32 + top + `"`},
		{"string with the highest rune", etl.String, parquet.ColumnStats{Valid: true, MinString: "", MaxString: a32 + top + "bc"}, `""`, `"` + a32 + top + "\x7f" + `"`},
		{"string without end", etl.String, parquet.ColumnStats{Valid: true, MinString: "", MaxString: a32 + strings.Repeat(top, 40)}, `""`, ""},
		{"string not UTF-8", etl.String, parquet.ColumnStats{Valid: true, MinString: "\xff", MaxString: "\xff"}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			low, high := statsOf(t, tt.typ, tt.stats)
			if low != tt.low || high != tt.high {
				t.Errorf("bounds %s..%s, want %s..%s", low, high, tt.low, tt.high)
			}
		})
	}
}

func FuzzUpperPrefix(f *testing.F) {
	f.Add("sh600000")
	f.Add(strings.Repeat("z", 33))
	f.Add(strings.Repeat("\U0010ffff", 70))
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		upper, ok := lake.UpperPrefix(s)
		if !ok {
			return
		}
		if upper < s || !utf8.ValidString(upper) || utf8.RuneCountInString(upper) > 65 {
			t.Errorf("%q is no short upper bound of %q", upper, s)
		}
	})
}

// FuzzStats compares the byte-walking decoder with encoding/json.
func FuzzStats(f *testing.F) {
	f.Add(`{"numRecords":20,"minValues":{"date":"2022-02-01","symbol":"A\"}","n":{"x":[1,2]}},"maxValues":{"date":"2022-02-20"},"nullCount":{"date":0}}`)
	f.Add(`{ "numRecords" : 1 , "minValues" : { } }`)
	f.Add(`{"minValues":{"date":null},"numRecords":3}`)
	f.Add(`{"numRecords":1`)
	f.Fuzz(func(t *testing.T, text string) {
		rows, days := lake.DecodeStats(text, []string{"date"})
		for _, d := range days {
			if d.Min > d.Max || d.Column != "date" {
				t.Errorf("range %+v", d)
			}
		}
		var s map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &s) != nil {
			return // any answer will do; commits with such a text are refused by others
		}
		var want int64
		if json.Unmarshal(s["numRecords"], &want) == nil && want > 0 && rows != want &&
			strings.Count(text, "numRecords") == 1 && !strings.ContainsAny(text, `\`) {
			t.Errorf("%d rows, want %d, in %s", rows, want, text)
		}
	})
}

func TestDecodeStatsOfOthers(t *testing.T) {
	rows, days := lake.DecodeStats(`{"tightBounds":true,"maxValues":{"nested":{"date":"1999-01-01"},"date":"2024-02-01"},`+
		`"minValues":{"symbol":"\"}{","date":"2024-01-01"},"numRecords":12,"nullCount":{}}`, []string{"date"})
	if rows != 12 || len(days) != 1 || days[0].Min.String() != "2024-01-01" || days[0].Max.String() != "2024-02-01" {
		t.Errorf("%d rows, %v", rows, days)
	}
	for _, odd := range []string{"", "null", "{", `{"numRecords":"12"}`, `{"numRecords":-1}`} {
		if rows, days := lake.DecodeStats(odd, []string{"date"}); rows != -1 || days != nil {
			t.Errorf("%s: %d rows, %v", odd, rows, days)
		}
	}
}
