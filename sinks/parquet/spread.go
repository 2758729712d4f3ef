package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// mark sets the validity of n more rows and returns how many are null.
func (d *decoder) mark(levels []byte, n int) (nulls int) {
	if levels != nil {
		nulls = bytes.Count(levels, []byte{0})
	}
	if nulls == 0 && d.nulls == 0 {
		return 0
	}
	d.valid.ResizeNoShrink(int(bitutil.BytesForBits(int64(d.rows + n))))
	bits := d.valid.Bytes()
	if d.nulls == 0 { // those before hold values
		bitutil.SetBitsTo(bits, 0, int64(d.rows), true)
	}
	if nulls == 0 {
		bitutil.SetBitsTo(bits, int64(d.rows), int64(n), true)
		return 0
	}
	at := d.rows
	for ; at%8 != 0 && len(levels) > 0; at++ {
		bitutil.SetBitTo(bits, at, levels[0] != 0)
		levels = levels[1:]
	}
	for ; len(levels) >= 8; at += 8 {
		// Eight bytes of 0 or 1 become the bits of one.
		const gather = 0x0102040810204080
		bits[at/8] = byte(binary.LittleEndian.Uint64(levels) & 0x0101010101010101 * gather >> 56)
		levels = levels[8:]
	}
	for i, level := range levels {
		bitutil.SetBitTo(bits, at+i, level != 0)
	}
	return nulls
}

// extend lengthens a buffer by n values and returns them.
func extend[T int32 | int64 | float64](b *memory.Buffer, n, width int) []T {
	old := b.Len()
	b.ResizeNoShrink(old + n*width)
	return arrow.GetData[T](b.Bytes()[old:])
}

// spread fills dst with the values, looked up by index if there are indexes,
// leaving gaps where levels tell of nulls.
func spread[T any](dst []T, levels []byte, indexes []int32, values []T) {
	switch {
	case levels == nil && indexes == nil:
		copy(dst, values[:len(dst)])
	case levels == nil:
		for i, at := range indexes[:len(dst)] {
			dst[i] = values[at]
		}
	default:
		spreadNulls(dst, levels, indexes, values)
	}
}

// spreadNulls is spread where there are nulls.
func spreadNulls[T any](dst []T, levels []byte, indexes []int32, values []T) {
	var zero T
	next := 0
	dst = dst[:len(levels)]
	if indexes == nil {
		for i, level := range levels {
			if dst[i] = zero; level != 0 {
				dst[i] = values[next]
				next++
			}
		}
		return
	}
	for i, level := range levels {
		if dst[i] = zero; level != 0 {
			dst[i] = values[indexes[next]]
			next++
		}
	}
}

// bits appends n booleans.
func (d *decoder) bits(levels, values []byte, n int) {
	d.data.ResizeNoShrink(int(bitutil.BytesForBits(int64(d.rows + n))))
	bits, next := d.data.Bytes(), 0
	if levels == nil && d.rows%8 == 0 {
		copy(bits[d.rows/8:], values[:bitutil.BytesForBits(int64(n))])
		return
	}
	for i := range n {
		if levels != nil && levels[i] == 0 {
			bitutil.ClearBit(bits, d.rows+i)
			continue
		}
		bitutil.SetBitTo(bits, d.rows+i, bitutil.BitIsSet(values, next))
		next++
	}
}

// text appends n strings.
func (d *decoder) text(levels []byte, indexes []int32, data []byte, offsets []uint32, n int) error {
	d.offsets.ResizeNoShrink(4 * (d.rows + n + 1))
	ends, next := arrow.GetData[int32](d.offsets.Bytes())[d.rows+1:][:n], 0
	end := d.data.Len()
	for i := range ends { // lengths first, so that the bytes find their room at once
		if levels == nil || levels[i] != 0 {
			at := next
			if indexes != nil {
				at = int(indexes[next])
			}
			if length := int64(offsets[at+1]) - int64(offsets[at]); length < 0 || length > math.MaxInt32-int64(end) {
				return fmt.Errorf("%w: or more than 2 GiB of text in one row group, which is more than an Arrow array can hold", errDamaged)
			}
			end += int(offsets[at+1] - offsets[at])
			next++
		}
		ends[i] = int32(end)
	}
	at := d.data.Len()
	d.data.ResizeNoShrink(end)
	out := d.data.Bytes()[at:]
	if indexes == nil { // as they lie there
		if next > 0 {
			copy(out, data[offsets[0]:offsets[next]])
		}
		return nil
	}
	for _, i := range indexes[:next] {
		out = out[copy(out, data[offsets[i]:offsets[i+1]]):]
	}
	return nil
}
