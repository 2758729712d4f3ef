//go:build cgo

package duckdb

import (
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/marcboeker/go-duckdb/mapping"
)

// appendText appends the value of a row, which is not null, as plain text:
// dates as 2024-01-02, instants as 2024-01-02T09:30:00Z, floats in the
// shortest form that reads back as the same value, nested values as JSON. It
// returns dst unchanged for a null.
func (c *column) appendText(dst []byte, row int) []byte {
	if c.null(row) {
		return dst
	}
	switch c.id {
	case mapping.TypeBoolean:
		return strconv.AppendBool(dst, at[bool](c, row))
	case mapping.TypeVarchar:
		return append(dst, c.bytes(row)...)
	case mapping.TypeEnum:
		return append(dst, c.label(row)...)
	case mapping.TypeBlob:
		return appendBlob(dst, c.bytes(row))
	case mapping.TypeUUID:
		return appendUUID(dst, at[int128](c, row))
	case mapping.TypeFloat:
		return appendFloat(dst, float64(at[float32](c, row)), 32)
	case mapping.TypeDouble:
		return appendFloat(dst, at[float64](c, row), 64)
	case mapping.TypeDecimal:
		return c.appendDecimal(dst, row)
	case mapping.TypeList, mapping.TypeArray, mapping.TypeMap, mapping.TypeStruct:
		return c.appendJSON(dst, row)
	case mapping.TypeUnion:
		return c.parts[at[uint8](c, row)].appendText(dst, row)
	case mapping.TypeSQLNull:
		return dst
	}
	if c.numeric() {
		return c.appendInteger(dst, row)
	}
	return c.appendTime(dst, row)
}

func (c *column) appendInteger(dst []byte, row int) []byte {
	switch c.id {
	case mapping.TypeTinyInt:
		return strconv.AppendInt(dst, int64(at[int8](c, row)), 10)
	case mapping.TypeSmallInt:
		return strconv.AppendInt(dst, int64(at[int16](c, row)), 10)
	case mapping.TypeInteger:
		return strconv.AppendInt(dst, int64(at[int32](c, row)), 10)
	case mapping.TypeBigInt:
		return strconv.AppendInt(dst, at[int64](c, row), 10)
	case mapping.TypeHugeInt:
		return appendInt128(dst, at[int128](c, row))
	case mapping.TypeUTinyInt:
		return strconv.AppendUint(dst, uint64(at[uint8](c, row)), 10)
	case mapping.TypeUSmallInt:
		return strconv.AppendUint(dst, uint64(at[uint16](c, row)), 10)
	case mapping.TypeUInteger:
		return strconv.AppendUint(dst, uint64(at[uint32](c, row)), 10)
	case mapping.TypeUBigInt:
		return strconv.AppendUint(dst, at[uint64](c, row), 10)
	default: // UHUGEINT
		v := at[int128](c, row)
		return appendUint128(dst, uint64(v.high), v.low)
	}
}

func (c *column) label(row int) string {
	switch c.storage {
	case mapping.TypeUTinyInt:
		return c.labels[at[uint8](c, row)]
	case mapping.TypeUSmallInt:
		return c.labels[at[uint16](c, row)]
	default:
		return c.labels[at[uint32](c, row)]
	}
}

// appendFloat writes exponents only where plain digits would be long, as
// JavaScript does.
func appendFloat(dst []byte, v float64, size int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	form := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, v, form, -1, size)
}

// appendDecimal writes the unscaled integer and puts the point in.
func (c *column) appendDecimal(dst []byte, row int) []byte {
	start := len(dst)
	switch c.storage {
	case mapping.TypeSmallInt:
		dst = strconv.AppendInt(dst, int64(at[int16](c, row)), 10)
	case mapping.TypeInteger:
		dst = strconv.AppendInt(dst, int64(at[int32](c, row)), 10)
	case mapping.TypeBigInt:
		dst = strconv.AppendInt(dst, at[int64](c, row), 10)
	default:
		dst = appendInt128(dst, at[int128](c, row))
	}
	if c.scale == 0 {
		return dst
	}
	if dst[start] == '-' {
		start++
	}
	for len(dst)-start <= c.scale {
		dst = slices.Insert(dst, start, '0')
	}
	return slices.Insert(dst, len(dst)-c.scale, '.')
}

func appendInt128(dst []byte, v int128) []byte {
	high, low := uint64(v.high), v.low
	if v.high < 0 {
		dst = append(dst, '-')
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	return appendUint128(dst, high, low)
}

func appendUint128(dst []byte, high, low uint64) []byte {
	const e19 = 10_000_000_000_000_000_000
	if high == 0 {
		return strconv.AppendUint(dst, low, 10)
	}
	quotient, rest := bits.Div64(high%e19, low, e19)
	dst = appendUint128(dst, high/e19, quotient)
	for div := uint64(e19 / 10); div > 0; div /= 10 {
		dst = append(dst, byte('0'+rest/div%10))
	}
	return dst
}

// appendBlob writes printable ASCII as it is and other bytes as \xNN.
func appendBlob(dst, blob []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, b := range blob {
		if b >= ' ' && b < 0x7f && b != '\\' && b != '"' && b != '\'' {
			dst = append(dst, b)
			continue
		}
		dst = append(dst, '\\', 'x', hex[b>>4], hex[b&15])
	}
	return dst
}

// appendUUID undoes the flip of the top bit that makes UUIDs sort as numbers.
func appendUUID(dst []byte, v int128) []byte {
	const hex = "0123456789abcdef"
	high := uint64(v.high) ^ 1<<63
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			dst = append(dst, '-')
		}
		word := high
		if i >= 16 {
			word = v.low
		}
		dst = append(dst, hex[word>>(60-i%16*4)&15])
	}
	return dst
}
