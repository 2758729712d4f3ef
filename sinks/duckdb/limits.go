//go:build cgo

package duckdb

import "fmt"

// limits returns the statements that put c into force.
func (c Config) limits() []string {
	sql := []string{"SET memory_limit = " + quote(c.MemoryLimit)}
	if c.Threads > 0 {
		sql = append(sql, fmt.Sprintf("SET threads = %d", c.Threads))
	}
	return sql
}
