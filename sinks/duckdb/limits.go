//go:build cgo

package duckdb

import "fmt"

// plain is for the connection that makes a catalog: none of its statements gains
// from the optimizer's passes, which take a third of the time of each.
const plain = "PRAGMA disable_optimizer"

// limits returns the statements that put c into force.
func (c Config) limits() []string {
	sql := []string{"SET memory_limit = " + quote(c.MemoryLimit)}
	if c.Threads > 0 {
		sql = append(sql, fmt.Sprintf("SET threads = %d", c.Threads))
	}
	if c.TempLimit != "" {
		sql = append(sql, "SET max_temp_directory_size = "+quote(c.TempLimit))
	}
	return sql
}
