//go:build cgo

package duckdb

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/marcboeker/go-duckdb/mapping"
)

// arrowData returns the values of the rows named, in that order. If all is true
// they are 0, 1, 2 and so on, and what needs no change is not copied: such data
// live as long as the chunk.
func (c *column) arrowData(rows []int, all bool) (arrow.ArrayData, error) {
	if t := fixed[c.id]; t != nil {
		return c.fixedData(t, rows, all)
	}
	switch c.id {
	case mapping.TypeBoolean:
		return c.boolData(rows), nil
	case mapping.TypeDecimal:
		return c.decimalData(rows), nil
	case mapping.TypeSQLNull:
		return array.NewData(arrow.Null, len(rows), []*memory.Buffer{nil}, nil, len(rows), 0), nil
	case mapping.TypeList, mapping.TypeMap:
		return c.listData(rows)
	case mapping.TypeArray:
		return c.arrayData(rows)
	case mapping.TypeStruct:
		return c.structData(rows, all)
	}
	return c.textData(rows), nil
}

// assemble puts buffers behind the validity of the rows.
func (c *column) assemble(rows []int, children []arrow.ArrayData, values ...*memory.Buffer) arrow.ArrayData {
	valid, nulls := c.valid(rows)
	data := array.NewData(c.arrowType(), len(rows), append([]*memory.Buffer{valid}, values...), children, nulls, 0)
	for _, child := range children {
		child.Release()
	}
	return data
}

// valid returns a bit per row, or nil when no row is null.
func (c *column) valid(rows []int) (bits *memory.Buffer, nulls int) {
	if c.validity == nil {
		return nil, 0
	}
	set := make([]byte, (len(rows)+7)/8)
	for i, row := range rows {
		if c.null(row) {
			nulls++
		} else {
			set[i/8] |= 1 << (i % 8)
		}
	}
	if nulls == 0 {
		return nil, 0
	}
	return memory.NewBufferBytes(set), nulls
}

func (c *column) fixedData(t arrow.DataType, rows []int, all bool) (arrow.ArrayData, error) {
	if !c.fits(rows) {
		return nil, errTooWide
	}
	size := t.(arrow.FixedWidthDataType).Bytes()
	if all {
		return c.assemble(rows, nil, memory.NewBufferBytes(unsafe.Slice((*byte)(c.data), len(rows)*size))), nil
	}
	values := make([]byte, 0, len(rows)*size)
	for _, row := range rows {
		values = append(values, unsafe.Slice((*byte)(unsafe.Add(c.data, row*size)), size)...)
	}
	return c.assemble(rows, nil, memory.NewBufferBytes(values)), nil
}

// fits reports whether all values are such as Arrow knows: it has no infinite
// dates, no 24:00:00 and no integers of 39 digits.
func (c *column) fits(rows []int) bool {
	var strange func(row int) bool
	switch c.id {
	case mapping.TypeDate:
		strange = func(row int) bool { v := at[int32](c, row); return v == math.MaxInt32 || v == -math.MaxInt32 }
	case mapping.TypeTime:
		strange = func(row int) bool { return at[int64](c, row) >= 86400_000_000 }
	case mapping.TypeTimestamp, mapping.TypeTimestampS, mapping.TypeTimestampMS, mapping.TypeTimestampNS, mapping.TypeTimestampTZ:
		strange = func(row int) bool { v := at[int64](c, row); return v == math.MaxInt64 || v == -math.MaxInt64 }
	case mapping.TypeHugeInt:
		strange = func(row int) bool { return at[int128](c, row).digits() > 38 }
	default:
		return true
	}
	for _, row := range rows {
		if !c.null(row) && strange(row) {
			return false
		}
	}
	return true
}

// digits is how many decimal digits the number has.
func (v int128) digits() int {
	text := appendInt128(make([]byte, 0, 40), v)
	if text[0] == '-' {
		return len(text) - 1
	}
	return len(text)
}

func (c *column) boolData(rows []int) arrow.ArrayData {
	set := make([]byte, (len(rows)+7)/8)
	for i, row := range rows {
		if !c.null(row) && at[bool](c, row) {
			set[i/8] |= 1 << (i % 8)
		}
	}
	return c.assemble(rows, nil, memory.NewBufferBytes(set))
}

// decimalData widens the unscaled integers to 128 bits.
func (c *column) decimalData(rows []int) arrow.ArrayData {
	values := make([]byte, len(rows)*16)
	for i, row := range rows {
		if c.null(row) {
			continue
		}
		var v int128
		switch c.storage {
		case mapping.TypeSmallInt:
			v = widen(int64(at[int16](c, row)))
		case mapping.TypeInteger:
			v = widen(int64(at[int32](c, row)))
		case mapping.TypeBigInt:
			v = widen(at[int64](c, row))
		default:
			v = at[int128](c, row)
		}
		binary.LittleEndian.PutUint64(values[i*16:], v.low)
		binary.LittleEndian.PutUint64(values[i*16+8:], uint64(v.high))
	}
	return c.assemble(rows, nil, memory.NewBufferBytes(values))
}

func widen(v int64) int128 { return int128{low: uint64(v), high: v >> 63} }

// textData holds texts, blobs, and whatever else is shown as a text.
func (c *column) textData(rows []int) arrow.ArrayData {
	offsets := make([]byte, 0, (len(rows)+1)*4)
	var text []byte
	for _, row := range rows {
		offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(text)))
		switch {
		case c.null(row):
		case c.id == mapping.TypeVarchar || c.id == mapping.TypeBlob:
			text = append(text, c.bytes(row)...)
		default:
			text = c.appendText(text, row)
		}
	}
	offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(text)))
	return c.assemble(rows, nil, memory.NewBufferBytes(offsets), memory.NewBufferBytes(text))
}
