package duckdb

import (
	"fmt"
	"regexp"

	"barkeep/etl"
)

// Config bounds what DuckDB may take of the machine, for publishing as well as
// for queries.
type Config struct {
	// MemoryLimit is the memory of one DuckDB instance, such as 512MB or 2GiB.
	// Sorts and joins that need more go to TempDir. Rows on their way to a
	// reader are streamed and do not count.
	MemoryLimit string `yaml:"memory_limit"`
	// Threads is the number of threads of one instance; 0 means one per CPU.
	Threads int `yaml:"threads"`
	// TempDir is where queries spill to; empty means the system's directory
	// for temporary files. Each instance uses a directory of its own in it and
	// removes it when it is closed.
	TempDir string `yaml:"temp_dir"`
}

// DefaultConfig returns 1 GiB and a thread per CPU.
func DefaultConfig() Config {
	return Config{MemoryLimit: "1GiB"}
}

var memoryLimit = regexp.MustCompile(`^[1-9][0-9]*(\.[0-9]+)? ?([KMGT]i?B)$`)

// Validate reports every setting that is out of range, as etl.KeyError.
func (c Config) Validate() error {
	var errs etl.KeyErrors
	errs.Check(memoryLimit.MatchString(c.MemoryLimit), "memory_limit",
		fmt.Sprintf("is %q; write a number and a unit, such as 512MB or 2GiB", c.MemoryLimit))
	errs.Check(c.Threads >= 0 && c.Threads <= 1024, "threads",
		fmt.Sprintf("is %d; must be 1 to 1024, or 0 for one per CPU", c.Threads))
	return errs.Err()
}
