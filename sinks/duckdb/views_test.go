//go:build cgo

package duckdb

import (
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// Another program's file may lie anywhere below the table: its year comes from
// the log.
func TestFilesOutsideTheirPartition(t *testing.T) {
	v := view{table: etl.DailyBars, dir: "/lake/daily_bars", snap: &lake.Snapshot{Files: []lake.File{
		{Path: "/lake/daily_bars/year=2023/a.parquet", Relative: "year=2023/a.parquet", Year: 2023},
		{Path: "/lake/daily_bars/it's.parquet", Relative: "it's.parquet", Year: 2024},
	}}}
	query, err := v.query()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`CAST('2023' AS INTEGER) AS "year" FROM read_parquet(['/lake/daily_bars/year=2023/a.parquet'], hive_partitioning = false)`,
		`CAST('2024' AS INTEGER) AS "year" FROM read_parquet(['/lake/daily_bars/it''s.parquet'], hive_partitioning = false)`,
	} {
		if !strings.Contains(query, part) {
			t.Errorf("%s\nlacks %s", query, part)
		}
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for _, limit := range []string{"512MB", "1.5 GiB"} {
		if err := (Config{MemoryLimit: limit}).Validate(); err != nil {
			t.Error(err)
		}
	}
	for _, limit := range []string{"", "80%", "1", "-1GB", "1gb", "1GB'; DROP VIEW x; --"} {
		if err := (Config{MemoryLimit: limit}).Validate(); err == nil {
			t.Errorf("memory_limit %q passes", limit)
		}
	}
	err := Config{Threads: -1}.Validate()
	if err == nil || !strings.Contains(err.Error(), "memory_limit") || !strings.Contains(err.Error(), "threads") {
		t.Errorf("not every problem is reported: %v", err)
	}
}
