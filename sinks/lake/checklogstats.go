package lake

import (
	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// StatsText returns what the log says of a file of these columns and this content,
// the JSON of Delta's per-file statistics, by the same rules by which an append
// rounds and leaves out.
func StatsText(columns []etl.Column, s parquet.Stats) (string, error) {
	return encodeStats(etl.Table{Columns: columns}, s)
}
