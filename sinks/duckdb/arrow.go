//go:build cgo

package duckdb

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/marcboeker/go-duckdb/mapping"
)

// WriteArrow writes the rows as an Arrow IPC stream, a record batch for every
// 2,048 rows or fewer. Numbers, dates and times keep their types; HUGEINT is
// DECIMAL(38, 0); instants are in UTC; lists, structs and maps are nested; an
// ENUM is its text, and so is what Arrow has no type for: UUID, UHUGEINT,
// INTERVAL, TIMETZ and unions. A value that the type cannot hold, such as an
// infinite date, is a QueryError that says what to write instead. A column whose
// name is taken by an earlier one gets a number at its end. After an error the
// stream has no end mark, so that nobody takes it for whole.
func (r *Result) WriteArrow(w io.Writer) (err error) {
	schema := r.arrowSchema()
	// The writer is only closed when all went well: closing writes the end mark.
	out := ipc.NewWriter(w, ipc.WithSchema(schema))
	for {
		n, err := r.next()
		if err != nil {
			return err
		}
		if n == 0 {
			return out.Close() // writes the schema, too, when there was no row
		}
		if err := r.writeBatch(out, schema, n); err != nil {
			return err
		}
		r.rows += int64(n)
	}
}

func (r *Result) arrowSchema() *arrow.Schema {
	fields := make([]arrow.Field, len(r.columns))
	for i, name := range r.distinctNames() {
		fields[i] = arrow.Field{Name: name, Type: r.columns[i].arrowType(), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

// writeBatch writes the rows of the chunk.
func (r *Result) writeBatch(out *ipc.Writer, schema *arrow.Schema, n int) error {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	columns := make([]arrow.Array, 0, len(r.columns))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, c := range r.columns {
		data, err := c.arrowData(rows, true)
		if err != nil {
			name := ident(c.name)
			return &QueryError{Message: fmt.Sprintf("column %s %v; write CAST(%s AS VARCHAR)", name, err, name)}
		}
		columns = append(columns, array.MakeFromData(data))
		data.Release()
	}
	batch := array.NewRecord(schema, columns, int64(n))
	defer batch.Release()
	return out.Write(batch)
}

// fixed are the types whose values DuckDB and Arrow hold in the same way.
var fixed = map[mapping.Type]arrow.DataType{
	mapping.TypeTinyInt: arrow.PrimitiveTypes.Int8, mapping.TypeSmallInt: arrow.PrimitiveTypes.Int16,
	mapping.TypeInteger: arrow.PrimitiveTypes.Int32, mapping.TypeBigInt: arrow.PrimitiveTypes.Int64,
	mapping.TypeUTinyInt: arrow.PrimitiveTypes.Uint8, mapping.TypeUSmallInt: arrow.PrimitiveTypes.Uint16,
	mapping.TypeUInteger: arrow.PrimitiveTypes.Uint32, mapping.TypeUBigInt: arrow.PrimitiveTypes.Uint64,
	mapping.TypeFloat: arrow.PrimitiveTypes.Float32, mapping.TypeDouble: arrow.PrimitiveTypes.Float64,
	mapping.TypeDate: arrow.PrimitiveTypes.Date32, mapping.TypeTime: arrow.FixedWidthTypes.Time64us,
	mapping.TypeTimestampS: &arrow.TimestampType{Unit: arrow.Second}, mapping.TypeTimestampMS: &arrow.TimestampType{Unit: arrow.Millisecond},
	mapping.TypeTimestamp: &arrow.TimestampType{Unit: arrow.Microsecond}, mapping.TypeTimestampNS: &arrow.TimestampType{Unit: arrow.Nanosecond},
	mapping.TypeTimestampTZ: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"},
	mapping.TypeHugeInt:     &arrow.Decimal128Type{Precision: 38},
}

// arrowType is the type of the column in Arrow.
func (c *column) arrowType() arrow.DataType {
	if t := fixed[c.id]; t != nil {
		return t
	}
	switch c.id {
	case mapping.TypeBoolean:
		return arrow.FixedWidthTypes.Boolean
	case mapping.TypeDecimal:
		return &arrow.Decimal128Type{Precision: int32(c.width), Scale: int32(c.scale)}
	case mapping.TypeBlob:
		return arrow.BinaryTypes.Binary
	case mapping.TypeSQLNull:
		return arrow.Null
	case mapping.TypeList:
		return arrow.ListOf(c.parts[0].arrowType())
	case mapping.TypeArray:
		return arrow.FixedSizeListOf(int32(c.size), c.parts[0].arrowType())
	case mapping.TypeMap:
		return arrow.MapOf(c.parts[0].arrowType(), c.parts[1].arrowType())
	case mapping.TypeStruct:
		fields := make([]arrow.Field, len(c.parts))
		for i, p := range c.parts {
			fields[i] = arrow.Field{Name: p.name, Type: p.arrowType(), Nullable: true}
		}
		return arrow.StructOf(fields...)
	}
	return arrow.BinaryTypes.String
}

// errTooWide marks a value that the type in Arrow cannot hold.
var errTooWide = errors.New("has a value that Arrow cannot hold")
