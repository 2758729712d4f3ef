package main

import (
	"runtime/debug"
	"slices"
	"strings"

	"barkeep/configs"
)

// memoryLimit is where Go's collector begins to work harder before the
// configuration is read, and the default of the key memory_limit: a backfill stays
// well under 500 MB with DuckDB's share.
const memoryLimit configs.ByteSize = 300 << 20

// limitMemory tells Go's collector where to begin to work harder. GOMEMLIMIT, which
// the runtime has read itself, overrules it. DuckDB gets its limit, the key
// duckdb.memory_limit, with each of its instances.
func limitMemory(environ []string, limit configs.ByteSize) {
	if slices.ContainsFunc(environ, func(e string) bool {
		value, ok := strings.CutPrefix(e, "GOMEMLIMIT=")
		return ok && value != ""
	}) {
		return
	}
	debug.SetMemoryLimit(int64(limit))
}
