package parquet

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// unit is how many values bit-packed runs begin and end at a multiple of. The format
// asks for 8. Decoders unpack 32 at a time, and once a vector of DuckDB 1.4, 2048
// values, has ended between two units of a run, the rest of that run is unpacked bit
// by bit.
const unit = 32

// appendIndexes appends dictionary positions: a byte of width, then runs.
func appendIndexes(dst []byte, values []int32) []byte {
	var all int32
	for _, v := range values {
		all |= v
	}
	width := bits.Len32(uint32(all))
	if width == 0 {
		return binary.AppendUvarint(append(dst, 0), uint64(len(values))<<1)
	}
	return appendHybrid(append(dst, byte(width)), values, width)
}

// appendHybrid appends values of so many bits in the hybrid of repeated and bit-packed
// runs (Parquet format, "Run Length Encoding / Bit-Packing Hybrid"). A value that
// comes at least unit times in a row is a repeated run, as far as whole units of
// bit-packed values remain before and after it.
func appendHybrid[T int32 | byte](dst []byte, values []T, width int) []byte {
	start := 0 // of what is not written yet, at a multiple of unit or after a repeated run
	for i, end := repeated(values, 0); i < end; i, end = repeated(values, end) {
		from, to := i+(start-i)&(unit-1), end
		if to < len(values) && !long(values[to:]) {
			to &^= unit - 1
		}
		if to-from < unit {
			continue
		}
		dst = appendPacked(dst, values[start:from], width)
		dst = binary.AppendUvarint(dst, uint64(to-from)<<1)
		for b := 0; b < width; b += 8 {
			dst = append(dst, byte(uint32(values[i])>>b))
		}
		start = to
	}
	return appendPacked(dst, values[start:], width)
}

// repeated returns where the next value that comes at least unit times in a row
// begins and ends, from where on nothing is known; 0, 0 if there is none. Of unit
// values, most often only the last two are looked at.
func repeated[T int32 | byte](values []T, from int) (begin, end int) {
	for from+unit <= len(values) {
		i := from + unit - 1
		for i > from && values[i-1] == values[i] {
			i--
		}
		if i > from {
			from = i
			continue
		}
		end = from + unit
		for end < len(values) && values[end] == values[from] {
			end++
		}
		return from, end
	}
	return 0, 0
}

// long reports whether the values begin with a run that stays a repeated one even if
// its end is cut to a multiple of unit.
func long[T int32 | byte](values []T) bool {
	if len(values) < 2*unit {
		return false
	}
	begin, end := repeated(values[:2*unit], 0)
	return begin == 0 && end == 2*unit
}

// appendPacked appends one bit-packed run, filled up with zeros to a multiple of 8.
func appendPacked[T int32 | byte](dst []byte, values []T, width int) []byte {
	if len(values) == 0 {
		return dst
	}
	groups := (len(values) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	at, end := len(dst), len(dst)+groups*width
	dst = slices.Grow(dst, end+8-at)[:end+8] // whole words are written
	var word uint64
	filled := 0 // bits of word that are not written for good, under 8 before each step
	for w := uint(width); w <= 14 && len(values) >= 4; values = values[4:] {
		word |= (uint64(values[0]) | uint64(values[1])<<w | uint64(values[2])<<(2*w) | uint64(values[3])<<(3*w)) << filled
		word, filled, at = flush(dst, at, word, filled+4*width)
	}
	for ; len(values) > 0; values = values[1:] {
		word |= uint64(values[0]) << filled
		word, filled, at = flush(dst, at, word, filled+width)
	}
	if filled > 0 {
		at++
	}
	clear(dst[at:])
	return dst[:end]
}

// flush writes a word of so many bits and goes on after its last whole byte.
func flush(dst []byte, at int, word uint64, filled int) (rest uint64, left, next int) {
	binary.LittleEndian.PutUint64(dst[at:], word)
	return word >> (filled &^ 7), filled & 7, at + filled/8
}
