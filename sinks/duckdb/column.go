//go:build cgo

package duckdb

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"github.com/marcboeker/go-duckdb/mapping"
)

// column is one column of a result, or one part of a nested one. Bound to a
// chunk, it reads DuckDB's own memory: nothing is copied or boxed per value.
type column struct {
	name     string
	typeName string // as SQL writes it
	id       mapping.Type
	storage  mapping.Type // how a DECIMAL or ENUM is stored
	width    int          // of a DECIMAL: digits in all
	scale    int          // of a DECIMAL: digits behind the point
	isJSON   bool         // a VARCHAR that holds JSON
	labels   []string     // of an ENUM
	size     int          // of an ARRAY
	parts    []*column    // element, fields, key and value, or members

	data     unsafe.Pointer
	validity unsafe.Pointer // nil when no value is null
}

// newColumn reads a type from DuckDB.
func newColumn(name string, logical mapping.LogicalType) (*column, error) {
	c := &column{name: name, id: mapping.GetTypeId(logical)}
	switch c.id {
	case mapping.TypeDecimal:
		c.storage = mapping.DecimalInternalType(logical)
		c.scale = int(mapping.DecimalScale(logical))
		c.width = int(mapping.DecimalWidth(logical))
		c.typeName = fmt.Sprintf("DECIMAL(%d,%d)", c.width, c.scale)
	case mapping.TypeEnum:
		c.storage = mapping.EnumInternalType(logical)
		for i := range mapping.EnumDictionarySize(logical) {
			c.labels = append(c.labels, mapping.EnumDictionaryValue(logical, mapping.IdxT(i)))
		}
		c.typeName = "ENUM"
	case mapping.TypeList, mapping.TypeArray, mapping.TypeMap, mapping.TypeStruct, mapping.TypeUnion:
		return c, c.addParts(logical)
	default:
		c.typeName = typeNames[c.id]
		if c.typeName == "" {
			return nil, &QueryError{Message: fmt.Sprintf(
				"column %q has a type that cannot be shown; write CAST(%s AS VARCHAR)", name, ident(name))}
		}
		if mapping.LogicalTypeGetAlias(logical) == "JSON" {
			c.isJSON, c.typeName = true, "JSON"
		}
	}
	return c, nil
}

// addParts reads what a nested type is made of.
func (c *column) addParts(logical mapping.LogicalType) (err error) {
	switch c.id {
	case mapping.TypeList:
		err = c.add("", mapping.ListTypeChildType(logical))
		c.typeName = c.join("%s[]")
	case mapping.TypeArray:
		c.size = int(mapping.ArrayTypeArraySize(logical))
		err = c.add("", mapping.ArrayTypeChildType(logical))
		c.typeName = c.join("%s[" + strconv.Itoa(c.size) + "]")
	case mapping.TypeMap:
		err = c.add("", mapping.MapTypeKeyType(logical))
		if err == nil {
			err = c.add("", mapping.MapTypeValueType(logical))
		}
		c.typeName = c.join("MAP(%s)")
	case mapping.TypeStruct:
		for i := mapping.IdxT(0); err == nil && i < mapping.StructTypeChildCount(logical); i++ {
			err = c.add(mapping.StructTypeChildName(logical, i), mapping.StructTypeChildType(logical, i))
		}
		c.typeName = c.join("STRUCT(%s)")
	case mapping.TypeUnion:
		for i := mapping.IdxT(0); err == nil && i < mapping.UnionTypeMemberCount(logical); i++ {
			err = c.add(mapping.UnionTypeMemberName(logical, i), mapping.UnionTypeMemberType(logical, i))
		}
		c.typeName = c.join("UNION(%s)")
	}
	return err
}

var typeNames = map[mapping.Type]string{
	mapping.TypeBoolean: "BOOLEAN", mapping.TypeTinyInt: "TINYINT", mapping.TypeSmallInt: "SMALLINT",
	mapping.TypeInteger: "INTEGER", mapping.TypeBigInt: "BIGINT", mapping.TypeHugeInt: "HUGEINT",
	mapping.TypeUTinyInt: "UTINYINT", mapping.TypeUSmallInt: "USMALLINT", mapping.TypeUInteger: "UINTEGER",
	mapping.TypeUBigInt: "UBIGINT", mapping.TypeUHugeInt: "UHUGEINT",
	mapping.TypeFloat: "FLOAT", mapping.TypeDouble: "DOUBLE",
	mapping.TypeDate: "DATE", mapping.TypeTime: "TIME", mapping.TypeTimeTZ: "TIME WITH TIME ZONE",
	mapping.TypeTimestamp: "TIMESTAMP", mapping.TypeTimestampS: "TIMESTAMP_S",
	mapping.TypeTimestampMS: "TIMESTAMP_MS", mapping.TypeTimestampNS: "TIMESTAMP_NS",
	mapping.TypeTimestampTZ: "TIMESTAMP WITH TIME ZONE", mapping.TypeInterval: "INTERVAL",
	mapping.TypeVarchar: "VARCHAR", mapping.TypeBlob: "BLOB", mapping.TypeUUID: "UUID",
	mapping.TypeSQLNull: `"NULL"`,
}

func (c *column) add(name string, logical mapping.LogicalType) error {
	part, err := newColumn(name, logical)
	mapping.DestroyLogicalType(&logical)
	c.parts = append(c.parts, part)
	return err
}

// join puts the types of the parts into the form of a nested type.
func (c *column) join(form string) string {
	var list []string
	for _, p := range c.parts {
		switch {
		case p == nil: // its error is on the way
		case p.name != "":
			list = append(list, ident(p.name)+" "+p.typeName)
		default:
			list = append(list, p.typeName)
		}
	}
	return fmt.Sprintf(form, strings.Join(list, ", "))
}

// bind points the column at its values in a chunk.
func (c *column) bind(v mapping.Vector) {
	c.data = mapping.VectorGetData(v)
	c.validity = mapping.VectorGetValidity(v)
	switch c.id {
	case mapping.TypeList:
		c.parts[0].bind(mapping.ListVectorGetChild(v))
	case mapping.TypeArray:
		c.parts[0].bind(mapping.ArrayVectorGetChild(v))
	case mapping.TypeMap: // a list of structs of key and value
		entries := mapping.ListVectorGetChild(v)
		c.parts[0].bind(mapping.StructVectorGetChild(entries, 0))
		c.parts[1].bind(mapping.StructVectorGetChild(entries, 1))
	case mapping.TypeStruct:
		for i, p := range c.parts {
			p.bind(mapping.StructVectorGetChild(v, mapping.IdxT(i)))
		}
	case mapping.TypeUnion: // a struct: which member, then the members
		c.data = mapping.VectorGetData(mapping.StructVectorGetChild(v, 0))
		for i, p := range c.parts {
			p.bind(mapping.StructVectorGetChild(v, mapping.IdxT(i+1)))
		}
	}
}

func (c *column) null(row int) bool {
	if c.validity == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(c.validity, row/64*8))
	return word>>(row%64)&1 == 0
}

// numeric says whether the column is shown right-aligned.
func (c *column) numeric() bool {
	switch c.id {
	case mapping.TypeTinyInt, mapping.TypeSmallInt, mapping.TypeInteger, mapping.TypeBigInt, mapping.TypeHugeInt,
		mapping.TypeUTinyInt, mapping.TypeUSmallInt, mapping.TypeUInteger, mapping.TypeUBigInt, mapping.TypeUHugeInt,
		mapping.TypeFloat, mapping.TypeDouble, mapping.TypeDecimal:
		return true
	}
	return false
}

// at returns the value of a row, of which the caller knows the type.
func at[T any](c *column, row int) T {
	return *(*T)(unsafe.Add(c.data, uintptr(row)*unsafe.Sizeof(*new(T))))
}

// int128 is DuckDB's HUGEINT: two's complement, the low half first.
type int128 struct {
	low  uint64
	high int64
}

// span is the place of a list in the list's child vector.
type span struct{ offset, length uint64 }

// bytes returns a VARCHAR or BLOB: up to 12 bytes stand in the value itself,
// longer ones behind a pointer. The memory belongs to the chunk.
func (c *column) bytes(row int) []byte {
	value := unsafe.Add(c.data, row*16)
	n := *(*uint32)(value)
	if n <= 12 {
		return unsafe.Slice((*byte)(unsafe.Add(value, 4)), n)
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(value, 8)), n)
}
