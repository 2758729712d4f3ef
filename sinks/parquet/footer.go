package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

var errThrift = errors.New("its structure is broken")

// ReadFooter returns the footer of a Parquet file, the bytes of its metadata, and
// where it starts. It checks the magic bytes at both ends, and that no list or
// string in the footer is longer than the footer: decoders make room for whatever
// is counted there, and a flipped bit counts to billions. Source: Parquet format,
// "File Format"; Thrift compact protocol.
func ReadFooter(file io.ReaderAt, size int64) (footer []byte, start int64, err error) {
	const magic = "PAR1"
	if size < 12 {
		return nil, 0, fmt.Errorf("%d bytes are too few for a Parquet file", size)
	}
	var head [4]byte
	var tail [8]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return nil, 0, err
	}
	if _, err := file.ReadAt(tail[:], size-8); err != nil {
		return nil, 0, err
	}
	if string(head[:]) != magic || string(tail[4:]) != magic {
		return nil, 0, fmt.Errorf("it does not begin and end as a Parquet file does, with %s", magic)
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	if length > size-12 {
		return nil, 0, fmt.Errorf("its footer of %d bytes does not fit into a file of %d", length, size)
	}
	start = size - 8 - length
	footer = make([]byte, length)
	if _, err := file.ReadAt(footer, start); err != nil {
		return nil, 0, err
	}
	n, err := ThriftLength(footer)
	if err == nil && n != len(footer) {
		err = fmt.Errorf("%w: %d of %d bytes make sense", errThrift, n, len(footer))
	}
	if err != nil {
		return nil, 0, fmt.Errorf("its footer cannot be decoded: %w", err)
	}
	return footer, start, nil
}

// ThriftLength returns how many bytes the Thrift struct at the start of b takes in
// the compact protocol, or an error if it does not end within b.
func ThriftLength(b []byte) (int, error) {
	w := thriftWalker{b: b}
	if !w.structure(0) {
		return 0, errThrift
	}
	return w.at, nil
}

type thriftWalker struct {
	b  []byte
	at int
}

// maxThriftDepth is more than Parquet's metadata nest.
const maxThriftDepth = 16

func (w *thriftWalker) next() (byte, bool) {
	if w.at >= len(w.b) {
		return 0, false
	}
	w.at++
	return w.b[w.at-1], true
}

func (w *thriftWalker) uvarint() (uint64, bool) {
	v, n := binary.Uvarint(w.b[w.at:])
	if n <= 0 {
		return 0, false
	}
	w.at += n
	return v, true
}

func (w *thriftWalker) skip(n uint64) bool {
	if n > uint64(len(w.b)-w.at) {
		return false
	}
	w.at += int(n)
	return true
}

func (w *thriftWalker) structure(depth int) bool {
	for {
		head, ok := w.next()
		if !ok || depth > maxThriftDepth {
			return false
		}
		if head == 0 {
			return true
		}
		if head>>4 == 0 { // the number of the field follows
			if _, ok := w.uvarint(); !ok {
				return false
			}
		}
		if kind := head & 0xf; kind > 2 && !w.value(kind, depth) { // 1 and 2 are true and false
			return false
		}
	}
}

func (w *thriftWalker) value(kind byte, depth int) bool {
	switch kind {
	case 1, 2, 3: // as elements, booleans take a byte
		return w.skip(1)
	case 4, 5, 6:
		_, ok := w.uvarint()
		return ok
	case 7:
		return w.skip(8)
	case 8:
		n, ok := w.uvarint()
		return ok && w.skip(n)
	case 9, 10:
		return w.list(depth)
	case 11:
		return w.dictionary(depth)
	case 12:
		return w.structure(depth + 1)
	}
	return false
}

func (w *thriftWalker) list(depth int) bool {
	head, ok := w.next()
	n := uint64(head >> 4)
	if ok && n == 15 {
		n, ok = w.uvarint()
	}
	if !ok || n > uint64(len(w.b)-w.at) {
		return false
	}
	for range n {
		if !w.value(head&0xf, depth+1) {
			return false
		}
	}
	return true
}

func (w *thriftWalker) dictionary(depth int) bool {
	n, ok := w.uvarint()
	if !ok || n > uint64(len(w.b)-w.at) {
		return false
	}
	if n == 0 {
		return true
	}
	kinds, ok := w.next()
	for range n {
		ok = ok && w.value(kinds>>4, depth+1) && w.value(kinds&0xf, depth+1)
		if !ok {
			return false
		}
	}
	return ok
}
