package compact

import (
	"fmt"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// Config sets when files are folded, and what that may cost.
type Config struct {
	// TailFiles is the number of files below FileBytes that a partition may have
	// while it is open, 1 to 10000. Each one more makes queries a little slower, each
	// one less makes rows be rewritten more often.
	TailFiles int `yaml:"tail_files"`
	// FileBytes is the size at which a file ends and the next one begins, in bytes, at
	// least 1 MiB.
	FileBytes int64 `yaml:"file_bytes"`
	// MemoryBytes bounds the decoded rows that are held at a time, in bytes, at least
	// 16 MiB. The process takes about twice as much.
	MemoryBytes int64 `yaml:"memory_bytes"`
}

// DefaultConfig returns 30 files, 500 MB and 256 MiB.
func DefaultConfig() Config {
	return Config{TailFiles: 30, FileBytes: 500e6, MemoryBytes: 256 << 20}
}

// Validate reports every setting that is out of range, as etl.KeyError.
func (c Config) Validate() error {
	var errs etl.KeyErrors
	errs.Check(c.TailFiles >= 1 && c.TailFiles <= 10_000, "tail_files",
		fmt.Sprintf("is %d; must be 1 to 10000", c.TailFiles))
	errs.Check(c.FileBytes >= 1<<20, "file_bytes",
		fmt.Sprintf("is %d; must be at least 1048576", c.FileBytes))
	errs.Check(c.MemoryBytes >= 16<<20, "memory_bytes",
		fmt.Sprintf("is %d; must be at least 16777216", c.MemoryBytes))
	return errs.Err()
}

// filled returns the settings with the defaults where there are none.
func (c Config) filled() Config {
	d := DefaultConfig()
	if c.TailFiles <= 0 {
		c.TailFiles = d.TailFiles
	}
	if c.FileBytes <= 0 {
		c.FileBytes = d.FileBytes
	}
	if c.MemoryBytes <= 0 {
		c.MemoryBytes = d.MemoryBytes
	}
	return c
}

// Options says what Run does. The zero Closed and All fold only what has too many
// small files. Settings of Config that are 0 are the default ones.
type Options struct {
	Config
	Closed schedules.Day // partitions that end on this day or before it get no more rows in the ordinary run of things
	All    bool          // takes every partition for closed
	Info   lake.Info     // of the commits; without AppID
}
