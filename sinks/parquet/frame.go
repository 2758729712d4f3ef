package parquet

import "encoding/binary"

// The kinds of zstd blocks, and the length of their header. Source: RFC 8878,
// section 3.1.1.2.
const (
	rawBlock        = 0
	compressedBlock = 2

	blockHeader = 3
)

// appendFrameHeader begins a zstd frame that holds size bytes in a single
// segment, without a checksum. Source: RFC 8878, section 3.1.1.1.
func appendFrameHeader(dst []byte, size int) []byte {
	const magic, singleSegment, size4 = 0xFD2FB528, 1 << 5, 2 << 6
	dst = append(binary.LittleEndian.AppendUint32(dst, magic), singleSegment|size4)
	return binary.LittleEndian.AppendUint32(dst, uint32(size))
}

// appendBlock appends the header of a block.
func appendBlock(dst []byte, kind, size int, last bool) []byte {
	h := kind<<1 | size<<3
	if last {
		h |= 1
	}
	return append(dst, byte(h), byte(h>>8), byte(h>>16))
}

// appendStored appends a frame that holds a page as it is.
func appendStored(dst, page []byte) []byte {
	dst = appendFrameHeader(dst, len(page))
	for len(page) > maxBlock {
		dst = append(appendBlock(dst, rawBlock, maxBlock, false), page[:maxBlock]...)
		page = page[maxBlock:]
	}
	return append(appendBlock(dst, rawBlock, len(page), true), page...)
}

// even says that samples of a large page hardly get smaller, as those of
// bit-packed numbers do not: then the page is not worth compressing.
func (e *encoder) even(page []byte) bool {
	const samples, size = 4, 8 << 10
	if len(page) < 2*samples*size {
		return false
	}
	packed := 0
	for i := range samples {
		from := i * (len(page) - size) / (samples - 1)
		e.packed = e.zstd.EncodeAll(page[from:from+size], e.packed[:0])
		packed += len(e.packed)
	}
	return packed >= samples*size*995/1000
}
