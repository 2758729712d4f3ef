package parquet

import (
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
)

// leafOf returns the physical and logical type of a column. Source: Delta
// protocol, the types of data files.
func leafOf(t etl.ColumnType) pq.Type {
	switch t {
	case etl.Date:
		return pq.Date().Type()
	case etl.String:
		return pq.String().Type()
	case etl.Float64:
		return pq.DoubleType
	case etl.Int64:
		return pq.Int64Type
	case etl.Bool:
		return pq.BooleanType
	case etl.Timestamp:
		return pq.Timestamp(pq.Microsecond).Type() // adjusted to UTC
	}
	panic("parquet: unknown column type")
}

func physical(t etl.ColumnType) format.Type { return *leafOf(t).PhysicalType() }

// schemaOf returns the schema of a table's files, and the order in which the
// bounds of each column are to be understood.
func schemaOf(table etl.Table) ([]format.SchemaElement, []format.ColumnOrder) {
	elements := []format.SchemaElement{{Name: table.Name, NumChildren: thrift.New(int32(len(table.Columns)))}}
	orders := make([]format.ColumnOrder, len(table.Columns))
	for i, c := range table.Columns {
		t := leafOf(c.Type)
		e := format.SchemaElement{
			Name:           c.Name,
			Type:           thrift.New(*t.PhysicalType()),
			RepetitionType: thrift.New(format.Required),
		}
		if c.Nullable {
			e.RepetitionType = thrift.New(format.Optional)
		}
		if l := t.LogicalType(); l != nil {
			e.LogicalType = *l
		}
		if l := t.ConvertedType(); l != nil {
			e.ConvertedType = thrift.New(*l)
		}
		elements = append(elements, e)
		orders[i] = *t.ColumnOrder()
	}
	return elements, orders
}
