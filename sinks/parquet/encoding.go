package parquet

import (
	"strings"

	"barkeep/etl"
)

// Encoding says how the values of a column lie in its pages before they are
// compressed.
type Encoding string

// The encodings. All but ByteStreamSplit are read by Spark (3.3 and later),
// Trino, Polars, DuckDB and Arrow.
const (
	// Plain stores the values as they are. For every type.
	Plain Encoding = "plain"
	// Dictionary stores each different value of a row group once, and bit-packed
	// indexes. For every type but Bool. A row group in which most values differ
	// falls back to another encoding.
	Dictionary Encoding = "dictionary"
	// Delta (DELTA_BINARY_PACKED) stores bit-packed differences of neighbours.
	// For Date, Int64 and Timestamp.
	Delta Encoding = "delta"
	// ByteStreamSplit stores first bytes, second bytes and so on together. For
	// Float64. Spark and Flink cannot read it with their vectorised readers.
	ByteStreamSplit Encoding = "byte_stream_split"
)

var allEncodings = []Encoding{Plain, Dictionary, Delta, ByteStreamSplit}

// encodingNames returns the encodings for a message.
func encodingNames() string {
	names := make([]string, len(allEncodings))
	for i, e := range allEncodings {
		names[i] = string(e)
	}
	return strings.Join(names, ", ")
}

// EncodingOf returns the encoding of a column: that of Encodings if it names
// the column, else by type. Days and times of answers repeat; prices come in
// ticks, and percentages with few decimals, so that a row group has few
// different ones; quantities and other floats hardly repeat.
func (c Config) EncodingOf(column etl.Column) Encoding {
	if e, ok := c.Encodings[column.Name]; ok {
		return e
	}
	switch column.Type {
	case etl.String, etl.Date, etl.Timestamp:
		return Dictionary
	case etl.Float64:
		if column.Unit == "CNY/share" || column.Unit == "%" {
			return Dictionary
		}
	}
	return c.fallback(column.Type)
}

// fallback returns the encoding of values that mostly differ.
func (c Config) fallback(t etl.ColumnType) Encoding {
	switch t {
	case etl.Date, etl.Int64, etl.Timestamp:
		return Delta
	case etl.Float64:
		if c.ByteStreamSplit {
			return ByteStreamSplit
		}
	}
	return Plain
}

// fits says that the encoding exists for the type.
func (e Encoding) fits(t etl.ColumnType) bool {
	switch e {
	case Plain:
		return true
	case Dictionary:
		return t != etl.Bool
	case Delta:
		return t == etl.Date || t == etl.Int64 || t == etl.Timestamp
	case ByteStreamSplit:
		return t == etl.Float64
	}
	return false
}
