//go:build cgo

package duckdb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"barkeep/sinks/duckdb"
)

// arrowOf writes a result and reads it back with Arrow's own reader: a JSON line
// for each row.
func arrowOf(t testing.TB, r *duckdb.Result) (*arrow.Schema, []string) {
	t.Helper()
	var out bytes.Buffer
	if err := r.WriteArrow(&out); err != nil {
		t.Fatal(err)
	}
	in, err := ipc.NewReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Release()
	var lines []string
	for in.Next() {
		text, err := in.Record().MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var rows []json.RawMessage
		if err := json.Unmarshal(text, &rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			lines = append(lines, string(row))
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return in.Schema(), lines
}

// TestArrowValues compares every type, alone, in a list and in a struct, with what
// DuckDB says of it as text.
func TestArrowValues(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	for _, c := range []struct{ expression, typeName, value string }{
		{"true", "bool", "true"},
		{"(-128)::TINYINT", "int8", "-128"},
		{"(-32768)::SMALLINT", "int16", "-32768"},
		{"(-2147483648)::INTEGER", "int32", "-2147483648"},
		{"9223372036854775807", "int64", "9223372036854775807"},
		{"255::UTINYINT", "uint8", "255"},
		{"65535::USMALLINT", "uint16", "65535"},
		{"4294967295::UINTEGER", "uint32", "4294967295"},
		{"18446744073709551615::UBIGINT", "uint64", "18446744073709551615"},
		{"(-10000000000000000000)::HUGEINT", "decimal(38, 0)", `"-10000000000000000000"`},
		{"0.5::FLOAT", "float32", "0.5"},
		{"0.1::DOUBLE + 0.2::DOUBLE", "float64", "0.30000000000000004"},
		{"12.34::DECIMAL(4,2)", "decimal(4, 2)", `"12.34"`},
		{"(-0.05)::DECIMAL(9,2)", "decimal(9, 2)", `"-0.05"`},
		{"5::DECIMAL(18,3)", "decimal(18, 3)", `"5"`},
		{"(-1234567890123456789012345678901.25)::DECIMAL(38,2)", "decimal(38, 2)", `"-1234567890123456789012345678901.25"`},
		{"DATE '2024-01-02'", "date32", `"2024-01-02"`},
		{"TIMESTAMPTZ '2024-01-02 17:30:00+08'", "timestamp[us, tz=UTC]", `"2024-01-02 09:30:00Z"`},
		{"TIMESTAMP '1969-12-31 23:59:59.5'", "timestamp[us]", `"1969-12-31 23:59:59.5Z"`},
		{"TIME '09:30:00.25'", "time64[us]", `"09:30:00.25"`},
		{"'more than twelve bytes, 浦发银行'", "utf8", `"more than twelve bytes, 浦发银行"`},
		{"''", "utf8", `""`},
		{"'ab'::BLOB", "binary", `"YWI="`},
		{"'11111111-2222-3333-4444-5555abcdef00'::UUID", "utf8", `"11111111-2222-3333-4444-5555abcdef00"`},
		{"'b'::ENUM('a', 'b')", "utf8", `"b"`},
		{"INTERVAL '-100 hours'", "utf8", `"-100:00:00"`},
		{"340282366920938463463374607431768211455::UHUGEINT", "utf8", `"340282366920938463463374607431768211455"`},
		{"[[1], [], NULL, [2, 3]]", "list<item: list<item: int32, nullable>, nullable>", "[[1],[],null,[2,3]]"},
		{"[1.5, 2]::DOUBLE[2]", "fixed_size_list<item: float64, nullable>[2]", "[1.5,2]"},
		{"{'a': 1, 'b': ['x', NULL]}", "struct<a: int32, b: list<item: utf8, nullable>>", `{"a":1,"b":["x",null]}`},
		{"row(1, 'a')", "struct<: int32, : utf8>", ""},
		{"MAP {'a': 1, 'b': NULL}", "map<utf8, int32, items_nullable>", `[{"key":"a","value":1},{"key":"b","value":null}]`},
		{"NULL", "int32", "null"},
		{"NULL::VARCHAR[]", "list<item: utf8, nullable>", "null"},
	} {
		schema, lines := arrowOf(t, query(t, db, "SELECT "+c.expression+" AS a, ["+c.expression+", NULL] AS l, {'s': "+c.expression+"} AS s"))
		if got := schema.Field(0).Type.String(); got != c.typeName {
			t.Errorf("%s: type %s, want %s", c.expression, got, c.typeName)
		}
		want := fmt.Sprintf(`{"a":%[1]s,"l":[%[1]s,null],"s":{"s":%[1]s}}`, c.value)
		if c.value != "" && (len(lines) != 1 || lines[0] != want) {
			t.Errorf("%s: %s, want %s", c.expression, lines, want)
		}
	}
}

// TestArrowManyChunks holds that nulls, gaps and order survive many batches.
func TestArrowManyChunks(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	const text = `SELECT i AS a, CASE WHEN i % 3 = 0 THEN NULL ELSE i * 1.5 END::DOUBLE AS b, CASE WHEN i % 5 > 0 THEN 'row ' || i END AS c,
		i % 2 = 0 AS d, list_filter([i, NULL, i + 1], x -> i % 7 > 0) AS e FROM range(10000) r(i) ORDER BY i`
	_, lines := arrowOf(t, query(t, db, text))
	var out bytes.Buffer
	if err := query(t, db, text).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var want []json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &want); err != nil {
		t.Fatal(err)
	}
	if len(lines) != len(want) {
		t.Fatalf("%d rows, want %d", len(lines), len(want))
	}
	for i := range want {
		if lines[i] != string(want[i]) {
			t.Fatalf("row %d: %s, want %s", i, lines[i], want[i])
		}
	}
}

func TestArrowRefusesWhatItCannotHold(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	for _, expression := range []string{"DATE 'infinity'", "TIMESTAMPTZ '-infinity'", "TIME '24:00:00'",
		"170141183460469231731687303715884105727::HUGEINT", "[DATE 'infinity']", "{'d': TIMESTAMP 'infinity'}", "MAP {1: DATE '-infinity'}"} {
		var out bytes.Buffer
		err := query(t, db, "SELECT "+expression+" AS v").WriteArrow(&out)
		var q *duckdb.QueryError
		if !errors.As(err, &q) || !q.Usage() || !strings.Contains(err.Error(), `CAST("v" AS VARCHAR)`) {
			t.Errorf("%s: %v", expression, err)
		}
		in, err := ipc.NewReader(&out)
		if err == nil && in.Next() {
			t.Errorf("%s: a row was written", expression)
		}
	}
	if err := query(t, db, "SELECT 99999999999999999999999999999999999999::HUGEINT AS v").WriteArrow(io.Discard); err != nil {
		t.Errorf("38 digits: %v", err)
	}
}

func TestArrowEmptyAndNames(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	schema, lines := arrowOf(t, query(t, db, "SELECT 1 AS a, 2 AS a, 'x' AS b WHERE false"))
	if got := fmt.Sprint(schema.Field(0).Name, schema.Field(1).Name, schema.Field(2).Name); got != "aa_1b" || len(lines) != 0 {
		t.Errorf("%s, %d rows", got, len(lines))
	}
}

func TestLimit(t *testing.T) {
	db := open(t, newLake(t, t.TempDir()))
	for _, c := range []struct {
		rows, most, want int64
		more             bool
	}{{10, 0, 10, false}, {10, 10, 10, false}, {10, 11, 10, false}, {10, 9, 9, true}, {5000, 2048, 2048, true}, {4096, 2048, 2048, true}, {2048, 2048, 2048, false}, {1 << 40, 3000, 3000, true}} {
		for name, write := range map[string]func(*duckdb.Result) error{
			"csv":   func(r *duckdb.Result) error { return r.WriteCSV(io.Discard) },
			"json":  func(r *duckdb.Result) error { return r.WriteJSON(io.Discard) },
			"arrow": func(r *duckdb.Result) error { return r.WriteArrow(io.Discard) },
		} {
			r := query(t, db, fmt.Sprintf("SELECT * FROM range(%d)", c.rows))
			r.Limit(c.most)
			if err := write(r); err != nil {
				t.Fatal(err)
			}
			if r.Rows() != c.want || r.More() != c.more {
				t.Errorf("%d rows limited to %d as %s: %d, more: %t", c.rows, c.most, name, r.Rows(), r.More())
			}
			r.Close()
		}
	}
}
