//go:build cgo

package proof_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"barkeep/etl"
)

// sqlTypes are DuckDB's names.
var sqlTypes = map[etl.ColumnType]string{
	etl.Date: "DATE", etl.String: "VARCHAR", etl.Float64: "DOUBLE", etl.Int64: "BIGINT", etl.Timestamp: "TIMESTAMPTZ",
}

// checkStatistics compares the statistics of the log with the file. Counts are
// exact, and so are the bounds of numbers and dates; those of texts and instants
// may be wider.
func checkStatistics(t *testing.T, table etl.Table, path string, f deltaFile) {
	t.Helper()
	var stats struct {
		NumRecords *int64                     `json:"numRecords"`
		MinValues  map[string]json.RawMessage `json:"minValues"`
		MaxValues  map[string]json.RawMessage `json:"maxValues"`
		NullCount  map[string]int64           `json:"nullCount"`
	}
	if err := json.Unmarshal([]byte(f.Stats), &stats); err != nil || stats.NumRecords == nil {
		t.Fatalf("%s: statistics %s: %v", path, f.Stats, err)
	}
	claims := []string{fmt.Sprintf("count(*) = %d", *stats.NumRecords)}
	for _, c := range table.Columns {
		if c.Name == table.Day {
			continue
		}
		column := `"` + c.Name + `"`
		nulls, counted := stats.NullCount[c.Name]
		if !counted {
			t.Errorf("%s: nulls of %s are not counted", path, c.Name)
		}
		claims = append(claims, fmt.Sprintf("count(*) - count(%s) = %d", column, nulls))
		low, high := stats.MinValues[c.Name], stats.MaxValues[c.Name]
		switch sqlType := sqlTypes[c.Type]; {
		case c.Type == etl.Bool || nulls == *stats.NumRecords:
			if low != nil || high != nil {
				t.Errorf("%s: bounds of %s", path, c.Name)
			}
		case low == nil || high == nil:
			t.Errorf("%s: no bounds of %s", path, c.Name)
		case c.Type == etl.String || c.Type == etl.Timestamp:
			claims = append(claims, "min("+column+") >= "+literal(low, sqlType), "max("+column+") <= "+literal(high, sqlType))
		default:
			claims = append(claims, "min("+column+") = "+literal(low, sqlType), "max("+column+") = "+literal(high, sqlType))
		}
	}
	query := make([]string, len(claims))
	for i, claim := range claims {
		query[i] = "CAST(" + claim + " AS VARCHAR)"
	}
	rows, err := ask("SELECT " + strings.Join(query, ", ") + " FROM read_parquet(" + quote(path) + ", hive_partitioning = false)")
	if err != nil {
		t.Fatal(err)
	}
	for i, answer := range strings.Split(rows[0], "\t") {
		if answer != "true" {
			t.Errorf("%s: it is %s that %s", path, answer, claims[i])
		}
	}
}

// literal turns a JSON value into one of SQL.
func literal(value json.RawMessage, sqlType string) string {
	text := string(value)
	if text[0] == '"' {
		_ = json.Unmarshal(value, &text) // it has been parsed before
	}
	return "CAST(" + quote(text) + " AS " + sqlType + ")"
}
