//go:build cgo

package duckdb_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"barkeep/sinks/duckdb"
)

// values are expressions with their form in CSV and in JSON. An empty JSON
// form is that of CSV.
var values = []struct{ expression, typeName, csv, json string }{
	{"true", "BOOLEAN", "true", ""},
	{"(-128)::TINYINT", "TINYINT", "-128", ""},
	{"(-32768)::SMALLINT", "SMALLINT", "-32768", ""},
	{"(-2147483648)::INTEGER", "INTEGER", "-2147483648", ""},
	{"9223372036854775807", "BIGINT", "9223372036854775807", ""},
	{"255::UTINYINT", "UTINYINT", "255", ""},
	{"65535::USMALLINT", "USMALLINT", "65535", ""},
	{"4294967295::UINTEGER", "UINTEGER", "4294967295", ""},
	{"18446744073709551615::UBIGINT", "UBIGINT", "18446744073709551615", ""},
	{"170141183460469231731687303715884105727::HUGEINT", "HUGEINT", "170141183460469231731687303715884105727", ""},
	{"(-170141183460469231731687303715884105728)::HUGEINT", "HUGEINT", "-170141183460469231731687303715884105728", ""},
	{"10000000000000000000::HUGEINT", "HUGEINT", "10000000000000000000", ""},
	{"(-1)::HUGEINT", "HUGEINT", "-1", ""},
	{"340282366920938463463374607431768211455::UHUGEINT", "UHUGEINT", "340282366920938463463374607431768211455", ""},
	{"0.1::FLOAT", "FLOAT", "0.1", ""},
	{"1234567890.12::DOUBLE", "DOUBLE", "1234567890.12", ""},
	{"0.1::DOUBLE + 0.2::DOUBLE", "DOUBLE", "0.30000000000000004", ""},
	{"1e300::DOUBLE", "DOUBLE", "1e+300", ""},
	{"(-0.0000001)::DOUBLE", "DOUBLE", "-1e-07", ""},
	{"'nan'::DOUBLE", "DOUBLE", "NaN", "null"},
	{"'-inf'::FLOAT", "FLOAT", "-Infinity", "null"},
	{"12.34::DECIMAL(4,2)", "DECIMAL(4,2)", "12.34", ""},
	{"(-0.05)::DECIMAL(9,2)", "DECIMAL(9,2)", "-0.05", ""},
	{"5::DECIMAL(18,3)", "DECIMAL(18,3)", "5.000", ""},
	{"7::DECIMAL(18,0)", "DECIMAL(18,0)", "7", ""},
	{"(-12345678901234567890123456789012.345678)::DECIMAL(38,6)", "DECIMAL(38,6)", "-12345678901234567890123456789012.345678", ""},
	{"DATE '2024-01-02'", "DATE", "2024-01-02", `"2024-01-02"`},
	{"DATE '1969-12-31'", "DATE", "1969-12-31", `"1969-12-31"`},
	{"DATE 'infinity'", "DATE", "infinity", `"infinity"`},
	{"TIMESTAMPTZ '2024-01-02 17:30:00+08'", "TIMESTAMP WITH TIME ZONE", "2024-01-02T09:30:00Z", `"2024-01-02T09:30:00Z"`},
	{"TIMESTAMPTZ '-infinity'", "TIMESTAMP WITH TIME ZONE", "-infinity", `"-infinity"`},
	{"TIMESTAMP '1969-12-31 23:59:59.5'", "TIMESTAMP", "1969-12-31T23:59:59.5", `"1969-12-31T23:59:59.5"`},
	{"'2024-01-02 09:30:00'::TIMESTAMP_S", "TIMESTAMP_S", "2024-01-02T09:30:00", `"2024-01-02T09:30:00"`},
	{"'2024-01-02 09:30:00.001'::TIMESTAMP_MS", "TIMESTAMP_MS", "2024-01-02T09:30:00.001", `"2024-01-02T09:30:00.001"`},
	{"'2024-01-02 09:30:00.000000001'::TIMESTAMP_NS", "TIMESTAMP_NS", "2024-01-02T09:30:00.000000001", `"2024-01-02T09:30:00.000000001"`},
	{"TIME '09:30:00.25'", "TIME", "09:30:00.25", `"09:30:00.25"`},
	{"TIME '24:00:00'", "TIME", "24:00:00", `"24:00:00"`},
	{"'09:30:00-05:30'::TIMETZ", "TIME WITH TIME ZONE", "09:30:00-05:30", `"09:30:00-05:30"`},
	{"INTERVAL '14 months 3 days 04:05:06.5'", "INTERVAL", "1 year 2 months 3 days 04:05:06.5", `"1 year 2 months 3 days 04:05:06.5"`},
	{"INTERVAL '-100 hours'", "INTERVAL", "-100:00:00", `"-100:00:00"`},
	{"INTERVAL '0 days'", "INTERVAL", "00:00:00", `"00:00:00"`},
	{"'short'", "VARCHAR", "short", `"short"`},
	{"'more than twelve bytes, with a comma'", "VARCHAR", `"more than twelve bytes, with a comma"`, `"more than twelve bytes, with a comma"`},
	{"'浦发\"银行\" \\ ' || chr(10) || chr(9) || chr(1)", "VARCHAR", "\"浦发\"\"银行\"\" \\ \n\t\x01\"", `"浦发\"银行\" \\ \n\t\u0001"`},
	{"''", "VARCHAR", `""`, `""`},
	{"'\\xAA'::BLOB || 'a'::BLOB", "BLOB", `\xAAa`, `"\\xAAa"`},
	{"'11111111-2222-3333-4444-5555abcdef00'::UUID", "UUID", "11111111-2222-3333-4444-5555abcdef00", `"11111111-2222-3333-4444-5555abcdef00"`},
	{"'b'::ENUM('a', 'b')", "ENUM", "b", `"b"`},
	{`'{"a": [1, null]}'::JSON`, "JSON", `"{""a"": [1, null]}"`, `{"a": [1, null]}`},
	{"[1, NULL, 3]", "INTEGER[]", `"[1,null,3]"`, "[1,null,3]"},
	{"[[1], [], NULL, [2, 3]]", "INTEGER[][]", `"[[1],[],null,[2,3]]"`, "[[1],[],null,[2,3]]"},
	{"[1.5, 2]::DOUBLE[2]", "DOUBLE[2]", `"[1.5,2]"`, "[1.5,2]"},
	{"{'day': DATE '2024-01-02', 'x': {'y': 'z'}}", `STRUCT("day" DATE, "x" STRUCT("y" VARCHAR))`,
		`"{""day"":""2024-01-02"",""x"":{""y"":""z""}}"`, `{"day":"2024-01-02","x":{"y":"z"}}`},
	{"row(1, 'a')", "STRUCT(INTEGER, VARCHAR)", `"[1,""a""]"`, `[1,"a"]`},
	{"MAP {'a': 1, 'b': NULL}", "MAP(VARCHAR, INTEGER)", `"{""a"":1,""b"":null}"`, `{"a":1,"b":null}`},
	{"MAP {1: [true]}", "MAP(INTEGER, BOOLEAN[])", `"{""1"":[true]}"`, `{"1":[true]}`},
	{"union_value(n := 2)", `UNION("n" INTEGER)`, "2", "2"},
	{"NULL", "INTEGER", "", "null"},
	{"NULL::VARCHAR", "VARCHAR", "", "null"},
	{"NULL::INTEGER[]", "INTEGER[]", "", "null"},
}

func query(t *testing.T, db *duckdb.DB, text string) *duckdb.Result {
	t.Helper()
	r, err := db.Query(t.Context(), text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestValues(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	for _, v := range values {
		sql := "SELECT " + v.expression + " AS v"
		r := query(t, db, sql)
		if c := r.Columns(); len(c) != 1 || c[0] != (duckdb.Column{Name: "v", Type: v.typeName}) {
			t.Errorf("%s: columns %v", sql, c)
		}
		var got bytes.Buffer
		if err := r.WriteCSV(&got); err != nil || got.String() != "v\n"+v.csv+"\n" {
			t.Errorf("%s as CSV: %q, %v", sql, got.String(), err)
		}
		if v.json == "" {
			v.json = v.csv
		}
		got.Reset()
		if err := query(t, db, sql).WriteJSON(&got); err != nil || got.String() != "[\n{\"v\":"+v.json+"}\n]\n" {
			t.Errorf("%s as JSON: %q, %v", sql, got.String(), err)
		}
		if !json.Valid(got.Bytes()) {
			t.Errorf("%s: not JSON: %q", sql, got.String())
		}
	}
	if _, err := db.Query(t.Context(), "SELECT '101'::BIT AS b"); err == nil || !strings.Contains(err.Error(), `CAST("b" AS VARCHAR)`) {
		t.Errorf("a type that cannot be shown: %v", err)
	}
}

// Nulls and values of many chunks, in rows of all types, read back with the
// standard library.
func TestManyChunks(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	const n = 10_000
	sql := `SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 8 END AS d, CASE WHEN i % 5 > 0 THEN 'long text number, ' || i END AS s,
		[x FOR x IN range(i % 4) IF x != 1] AS l FROM range(10000) t(i)`
	var out bytes.Buffer
	r := query(t, db, sql)
	if err := r.WriteCSV(&out); err != nil || r.Rows() != n {
		t.Fatal(r.Rows(), err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != n+1 || rows[4][1] != "" || rows[9][1] != "1" || rows[8193][2] != "long text number, 8192" {
		t.Fatal(len(rows), rows[4], rows[9], err)
	}
	out.Reset()
	if err := query(t, db, sql).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var objects []struct {
		I int
		D *float64
		S *string
		L []int
	}
	if err := json.Unmarshal(out.Bytes(), &objects); err != nil || len(objects) != n {
		t.Fatal(len(objects), err)
	}
	for i, o := range objects {
		if o.I != i || (o.D == nil) != (i%3 == 0) || (o.S == nil) != (i%5 == 0) || o.D != nil && *o.D != float64(i)/8 {
			t.Fatalf("row %d: %+v", i, o)
		}
		if want := []int{0, 1, 1, 2}[i%4]; len(o.L) != want {
			t.Fatalf("row %d: %+v", i, o)
		}
	}
}

func TestEmptyResults(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	const sql = "SELECT symbol, close FROM daily_bars WHERE false"
	for name, want := range map[string]string{"csv": "symbol,close\n", "json": "[]\n", "table": "(0 rows)\n"} {
		r := query(t, db, sql)
		var out bytes.Buffer
		var err error
		switch name {
		case "csv":
			err = r.WriteCSV(&out)
		case "json":
			err = r.WriteJSON(&out)
		default:
			err = r.WriteTable(&out, 10)
		}
		if err != nil || !strings.HasSuffix(out.String(), want) {
			t.Errorf("%s: %q, %v", name, out.String(), err)
		}
	}
}

func TestColumnNames(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	const sql = `SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS "x,""y"`
	var out bytes.Buffer
	if err := query(t, db, sql).WriteCSV(&out); err != nil || out.String() != "a,a,a_1,\"x,\"\"y\"\n1,2,3,4\n" {
		t.Error(out.String(), err)
	}
	out.Reset()
	if err := query(t, db, sql).WriteJSON(&out); err != nil || out.String() != "[\n{\"a\":1,\"a_1\":2,\"a_1_1\":3,\"x,\\\"y\":4}\n]\n" {
		t.Error(out.String(), err)
	}
}

func TestWriteTable(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	const want = `┌──────────┬────────────┬───────┬──────┐
│ symbol   │ date       │ Close │ turn │
├──────────┼────────────┼───────┼──────┤
│ sh600000 │ 2024-01-02 │  1.24 │ NULL │
│ sh600000 │ 2024-01-03 │  1.25 │ NULL │
└──────────┴────────────┴───────┴──────┘
(2 rows)
`
	for max, note := range map[int]string{0: "(2 rows)", 2: "(2 rows)", 1: "(the first row; there are more)"} {
		var out bytes.Buffer
		r := query(t, db, "SELECT symbol, date, close AS Close, turn FROM daily_bars WHERE year = 2024 ORDER BY symbol, date LIMIT 2")
		if err := r.WriteTable(&out, max); err != nil || !strings.Contains(out.String(), note) || max != 1 && out.String() != want {
			t.Errorf("at most %d rows: %v\n%s", max, err, out.String())
		}
	}
}

type brokenPipe struct{ after int }

func (w *brokenPipe) Write(p []byte) (int, error) {
	if w.after--; w.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestFailuresAreReported(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	if err := query(t, db, "FROM range(100000)").WriteCSV(&brokenPipe{after: 3}); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
	var out bytes.Buffer
	err := query(t, db, "SELECT CASE WHEN i = 200000 THEN error('late') ELSE i END FROM range(300000) t(i)").WriteJSON(&out)
	if err == nil || !strings.Contains(err.Error(), "late") || json.Valid(out.Bytes()) {
		t.Errorf("a failure after many rows: %v", err)
	}
}

// BenchmarkWriteCSV writes 1 million rows of four columns and reports the
// allocations: none per row.
func BenchmarkWriteCSV(b *testing.B) {
	db := open(b, newLake(b, b.TempDir()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := db.Query(b.Context(), "SELECT 'sh600000', DATE '2024-01-02' + (i % 100)::INT, i / 7, i FROM range(1000000) t(i)")
		if err != nil {
			b.Fatal(err)
		}
		if err := r.WriteCSV(io.Discard); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
	b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
