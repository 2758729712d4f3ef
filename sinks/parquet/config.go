package parquet

import (
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"

	"barkeep/etl"
)

// Config holds the settings of Write. A file is readable by any Parquet reader
// whatever they are; they trade speed of writing against size and speed of
// reading.
type Config struct {
	// RowGroupRows is the number of rows of a row group, 1024 to 1048576.
	// Readers skip whole row groups, and share a file among threads by row
	// groups. One row group, compressed, is also what Write holds in memory.
	RowGroupRows int `yaml:"row_group_rows"`
	// Compression is the effort of zstd: fastest, default, better or best. It
	// matters little, as floats are compressed in a way of their own.
	Compression string `yaml:"compression"`
	// Parallel is the number of columns encoded at the same time.
	Parallel int `yaml:"parallel"`
	// ByteStreamSplit writes floats that hardly repeat, such as amounts and
	// ratios, as byte streams: larger files, read faster. It is off because
	// Spark and Flink read such columns only with their vectorised Parquet
	// readers switched off; DuckDB, Trino, Polars and Arrow read them as they
	// are.
	ByteStreamSplit bool `yaml:"byte_stream_split"`
	// Encodings sets the encoding of columns by name; EncodingOf tells that of
	// the others.
	Encodings map[string]Encoding `yaml:"-"`
}

// DefaultConfig returns the settings that won the measurements described in
// the package documentation.
func DefaultConfig() Config {
	return Config{RowGroupRows: 98_304, Compression: "default", Parallel: 2}
}

// levels maps the names of Config.Compression to those of the codec.
var levels = map[string]zstd.EncoderLevel{
	"fastest": zstd.SpeedFastest,
	"default": zstd.SpeedDefault,
	"better":  zstd.SpeedBetterCompression,
	"best":    zstd.SpeedBestCompression,
}

// Validate reports every setting that is out of range, as etl.KeyError.
func (c Config) Validate() error {
	var errs etl.KeyErrors
	errs.Check(c.RowGroupRows >= 1024 && c.RowGroupRows <= 1<<20, "row_group_rows",
		fmt.Sprintf("is %d; must be 1024 to 1048576", c.RowGroupRows))
	_, ok := levels[c.Compression]
	errs.Check(ok, "compression", fmt.Sprintf("is %q; must be fastest, default, better or best", c.Compression))
	errs.Check(c.Parallel >= 1 && c.Parallel <= 64, "parallel",
		fmt.Sprintf("is %d; must be 1 to 64", c.Parallel))
	names := make([]string, 0, len(c.Encodings))
	for name := range c.Encodings {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		e := c.Encodings[name]
		errs.Check(slices.Contains(allEncodings, e), "encodings."+name,
			fmt.Sprintf("is %q; must be one of %s", e, encodingNames()))
	}
	return errs.Err()
}
