package parquet

import (
	"encoding/binary"
	"math/bits"

	"github.com/klauspost/compress/huff0"
)

// words compresses pages of plain 8-byte floats into zstd frames, which every
// decoder of zstd reads. What repeats in such a page repeats at the same place of
// a value: whole values, the lower half of decimal fractions, as there are only
// 5^n endings of n decimals for each power of two, or the zeros below a whole
// number after the sign and exponent of the value before. So one look per value,
// at the right place, finds as much as the general search at its default effort
// does with one per byte.
type words struct {
	window   window
	seen     [1 << wordBits]int32 // by hash of the window: its last place in the page, plus 1
	literals []byte
	seqs     []sequence
	coder    sequences
	huffman  huff0.Scratch
	sample   []byte
}

// window is where repetition is looked for: the last bytes of the value before,
// and width bytes from there, 4 to 8, which a match is at least as long as.
type window struct{ before, width int }

var windows = []window{{0, 4}, {2, 5}, {3, 6}, {0, 8}}

const (
	wordBits = 15 // the table stays in a core's own cache
	maxBlock = 128 << 10

	choicePage = 64 << 10 // smaller pages are not worth a choice of windows
)

func newWords() *words {
	return &words{huffman: huff0.Scratch{Reuse: huff0.ReusePolicyNone, WantLogLess: 6}}
}

// compress appends a frame of a page whose values begin after start bytes, which
// are levels.
func (w *words) compress(dst, page []byte, start int) []byte {
	w.window = windows[0]
	if len(page)-start >= choicePage {
		w.choose(page[start:])
	}
	clear(w.seen[:])
	dst = appendFrameHeader(dst, len(page))
	last := 0
	for from := 0; from < len(page); from += maxBlock {
		to := min(from+maxBlock, len(page))
		last = w.split(page[:to], start, from, last)
		dst = w.block(dst, page[from:to], to == len(page))
	}
	if len(page) == 0 {
		dst = appendBlock(dst, rawBlock, 0, true)
	}
	return dst
}

// choose tries the windows on values from the middle.
func (w *words) choose(values []byte) {
	n := min(len(values)/16, 32<<10) &^ 7
	from := len(values) / 2 &^ 7
	best, least := windows[0], n+1
	for _, w.window = range windows {
		clear(w.seen[:])
		w.split(values[from:from+n], 0, 0, 0)
		w.sample = w.block(w.sample[:0], values[from:from+n], true)
		if len(w.sample) < least {
			best, least = w.window, len(w.sample)
		}
	}
	w.window = best
}

// split finds the literals and matches of a block that begins at from and ends
// with the page. last is the last distance of the frame, or 0; so is the result.
func (w *words) split(page []byte, start, from, last int) int {
	w.literals, w.seqs = w.literals[:0], w.seqs[:0]
	pending, shift := from, uint(64-8*w.window.width)
	if start -= w.window.before; w.window.before > 0 {
		start += 8
	}
	at := max(from, start)
	for at += (start - at) & 7; at+8 <= len(page); at += 8 {
		v := binary.LittleEndian.Uint64(page[at:])
		slot := &w.seen[v<<(shift&63)*fibonacci>>(64-wordBits)]
		source := int(*slot) - 1
		*slot = int32(at) + 1
		if source < 0 {
			continue
		}
		end := at
		if differ := binary.LittleEndian.Uint64(page[source:]) ^ v; differ == 0 {
			end = w.extend(page, at+8, at-source)
		} else if end += bits.TrailingZeros64(differ) / 8; end < at+w.window.width {
			continue
		}
		distance := at - source
		first := at
		for first > pending && first > distance && page[first-1] == page[first-1-distance] {
			first--
		}
		s := sequence{literals: uint32(first - pending), length: uint32(end - first), offset: uint32(distance) + 3}
		if distance == last && first > pending {
			s.offset = 1
		}
		w.literals = append(w.literals, page[pending:first]...)
		w.seqs = append(w.seqs, s)
		last, pending = distance, end
		if end > at+8 {
			at = end - 8
		}
	}
	w.literals = append(w.literals, page[pending:]...)
	return last
}

// extend goes on from at as long as whole values lie the same distance before,
// and returns where they no longer do.
func (w *words) extend(page []byte, at, distance int) int {
	shift := uint(64 - 8*w.window.width)
	for ; at+8 <= len(page); at += 8 {
		v := binary.LittleEndian.Uint64(page[at:])
		if binary.LittleEndian.Uint64(page[at-distance:]) != v {
			break
		}
		w.seen[v<<(shift&63)*fibonacci>>(64-wordBits)] = int32(at) + 1
	}
	return at
}

// block appends a block of the literals and sequences, or of the raw bytes if
// they are no more. Source: RFC 8878, section 3.1.1.3.1.
func (w *words) block(dst, raw []byte, last bool) []byte {
	begin := len(dst)
	dst = appendBlock(dst, compressedBlock, 0, last)
	n := len(w.literals)
	if packed, _, err := huff0.Compress4X(w.literals, &w.huffman); err == nil {
		const fourStreams, wide = 2, 3 // Huffman codes; sizes of 18 bits
		h := fourStreams | wide<<2 | uint64(n)<<4 | uint64(len(packed))<<22
		dst = append(dst, byte(h), byte(h>>8), byte(h>>16), byte(h>>24), byte(h>>32))
		dst = append(dst, packed...)
	} else { // too even, too few, or all the same
		dst = append(dst, byte(3<<2|n<<4), byte(n>>4), byte(n>>12))
		dst = append(dst, w.literals...)
	}
	dst = w.coder.append(dst, w.seqs)
	if size := len(dst) - begin - blockHeader; size < len(raw) {
		appendBlock(dst[:begin], compressedBlock, size, last)
		return dst
	}
	return append(appendBlock(dst[:begin], rawBlock, len(raw), last), raw...)
}
