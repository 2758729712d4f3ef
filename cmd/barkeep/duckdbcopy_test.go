package main

import (
	"database/sql"
	"fmt"
	"testing"

	_ "github.com/marcboeker/go-duckdb/v2" // the alternative that BenchmarkPipeline measures
)

// copyWithDuckDB turns a CSV file into Parquet as a user of DuckDB would.
func copyWithDuckDB(b *testing.B, csv, parquet string) {
	b.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	query := fmt.Sprintf("COPY (SELECT * FROM read_csv('%s')) TO '%s' (FORMAT parquet, COMPRESSION zstd)", csv, parquet)
	if _, err := db.ExecContext(b.Context(), query); err != nil {
		b.Fatal(err)
	}
}
