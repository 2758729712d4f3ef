package duckdb

import (
	"fmt"
	"regexp"
	"time"

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
	// TempLimit is how much one instance may spill, such as 10GiB; a query that
	// needs more fails. Empty means nine tenths of the free disk, as DuckDB has it.
	TempLimit string `yaml:"temp_limit"`
	// Keep is how long a catalog stays under its number, lake@NUMBER.duckdb,
	// after a newer one has taken its place. Of those the newest 8 are kept, and
	// of older ones the last of each clock hour. Vacuum keeps their files.
	Keep time.Duration `yaml:"keep"`
}

// DefaultConfig returns 1 GiB, 10 GiB to spill, a thread per CPU and a day of older catalogs.
func DefaultConfig() Config {
	return Config{MemoryLimit: "1GiB", TempLimit: "10GiB", Keep: 24 * time.Hour}
}

// maxKeep bounds how many files of old versions vacuum has to spare.
const maxKeep = 366 * 24 * time.Hour

var memoryLimit = regexp.MustCompile(`^[1-9][0-9]*(\.[0-9]+)? ?([KMGT]i?B)$`)

// Validate reports every setting that is out of range, as etl.KeyError.
func (c Config) Validate() error {
	var errs etl.KeyErrors
	errs.Check(memoryLimit.MatchString(c.MemoryLimit), "memory_limit",
		fmt.Sprintf("is %q; write a number and a unit, such as 512MB or 2GiB", c.MemoryLimit))
	errs.Check(c.TempLimit == "" || memoryLimit.MatchString(c.TempLimit), "temp_limit",
		fmt.Sprintf("is %q; write a number and a unit, such as 10GiB", c.TempLimit))
	errs.Check(c.Threads >= 0 && c.Threads <= 1024, "threads",
		fmt.Sprintf("is %d; must be 1 to 1024, or 0 for one per CPU", c.Threads))
	errs.Check(c.Keep >= 0 && c.Keep <= maxKeep, "keep",
		fmt.Sprintf("is %s; must be 0 to %s", c.Keep, maxKeep))
	return errs.Err()
}
