package main

import (
	"runtime"
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
	if !inEnvironment(environ, "GOMEMLIMIT") {
		debug.SetMemoryLimit(int64(limit))
	}
}

// inEnvironment reports whether a variable has a value.
func inEnvironment(environ []string, name string) bool {
	return slices.ContainsFunc(environ, func(e string) bool {
		value, ok := strings.CutPrefix(e, name+"=")
		return ok && value != ""
	})
}

// giveBack gives to the system what runs have used. Pools keep for one collection
// what was put into them before it, so there are two.
func giveBack() {
	runtime.GC()
	debug.FreeOSMemory()
	giveBackCode()
}

// spareProcessors is by how much a daemon may run more threads at once than there are
// processors. A backfill keeps every processor at work; with a thread to spare it is
// the kernel that shares them out, and what comes in over HTTP waits for microseconds
// where Go's own turns take 10 ms.
const spareProcessors = 4

// spareThreads makes room for them, unless GOMAXPROCS says otherwise.
func spareThreads(environ []string) {
	if !inEnvironment(environ, "GOMAXPROCS") {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareProcessors)
	}
}
