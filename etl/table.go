package etl

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// ColumnType is the type of a column in every room: Arrow, Parquet, Delta and
// DuckDB each have exactly one counterpart for it.
type ColumnType uint8

// The column types.
const (
	Date      ColumnType = iota // days since 1970-01-01; arrow date32
	String                      // UTF-8
	Float64                     // IEEE 754 binary64
	Int64                       // signed
	Bool                        //
	Timestamp                   // microseconds since 1970-01-01T00:00:00Z, an instant
)

// Arrow returns the Arrow type.
func (t ColumnType) Arrow() arrow.DataType {
	switch t {
	case Date:
		return arrow.FixedWidthTypes.Date32
	case String:
		return arrow.BinaryTypes.String
	case Float64:
		return arrow.PrimitiveTypes.Float64
	case Int64:
		return arrow.PrimitiveTypes.Int64
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Timestamp:
		return arrow.FixedWidthTypes.Timestamp_us
	}
	panic("etl: unknown column type")
}

// Column describes one column of a table. Unit and Comment travel into the
// schema of the lake, where any reader finds them.
type Column struct {
	Name     string
	Type     ColumnType
	Nullable bool   // INVARIANT: a column that is not nullable holds no null in any file
	Unit     string // such as "CNY/share"; empty for none
	Comment  string
}

// Table describes one table of the lake.
type Table struct {
	Name    string
	Comment string
	Columns []Column // in order; as stored in the files, but for the column Day names

	// Year names the Date column whose calendar year is the partition
	// (year=2024); empty when the table is not partitioned.
	Year string
	// Day names the Date column that is itself the partition (date=2024-05-06):
	// it stands among Columns and in batches, and its value in the path instead of
	// the files. At most one of Year and Day is set.
	Day string
	// Sort names the columns every file is sorted by, of type String, Date or
	// Timestamp.
	Sort []string
	// Unique says that the Sort columns together identify a row.
	Unique bool
}

// Schema returns the Arrow schema of the stored columns.
func (t Table) Schema() *arrow.Schema {
	fields := make([]arrow.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = arrow.Field{Name: c.Name, Type: c.Type.Arrow(), Nullable: c.Nullable}
	}
	return arrow.NewSchema(fields, nil)
}

// Index returns the position of the named column, or -1.
func (t Table) Index(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}
