package simulator

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"unicode/utf8"

	"barkeep/sources/baostock/wire"
)

// framing is what is wrong about the bytes around a body. The zero framing is
// a right frame.
type framing struct {
	changed bool
	crc     string                // printed instead of the right one
	badCRC  bool                  // print a wrong one
	length  int                   // added to the announced length
	digits  string                // announced length, instead of the right one
	stream  func(z []byte) []byte // changes the zlib stream
	tail    string                // after the end marker
}

// appendFrame appends the reply as a frame. The checksum is the one of the
// bytes that are sent, unless it is the checksum that is wrong.
func (f *framing) appendFrame(dst []byte, r *reply, body []byte) []byte {
	if !f.changed {
		return wire.AppendAnswer(dst, r.version, r.kind, body)
	}
	length, end := utf8.RuneCount(body), wire.Marker
	if r.kind.Compressed() {
		body = wire.Deflate(body)
		if f.stream != nil {
			body = f.stream(body)
		}
		length, end = len(body), "\n"+wire.Marker
	}
	start := len(dst)
	dst = wire.AppendHeader(dst, r.version, r.kind, length+f.length)
	if f.digits != "" {
		copy(dst[start+11:start+wire.HeaderSize], f.digits)
	}
	dst = append(dst, body...)
	crc := crc32.ChecksumIEEE(dst[start:])
	if f.badCRC {
		crc ^= 1
	}
	dst = append(dst, wire.Sep)
	if f.crc != "" {
		dst = append(dst, f.crc...)
	} else {
		dst = strconv.AppendUint(dst, uint64(crc), 10)
	}
	dst = append(dst, end...)
	return append(dst, f.tail...)
}

func frameFaults() []faultKind {
	plain := func(e *exchange) bool { return !e.reply.kind.Compressed() }
	packed := func(e *exchange) bool { return e.reply.kind.Compressed() }
	change := func(set func(e *exchange, f *activeFault)) func(*exchange, *activeFault) *failure {
		return func(e *exchange, f *activeFault) *failure {
			e.framing.changed = true
			set(e, f)
			return nil
		}
	}
	return []faultKind{
		{name: "trailing", text: "one byte follows the end marker", stage: onFrame, play: change(func(e *exchange, _ *activeFault) { e.framing.tail = "x" })},
		{name: "crc", text: "an uncompressed answer has a wrong checksum", stage: onFrame, possible: plain,
			play: change(func(e *exchange, _ *activeFault) { e.framing.badCRC = true })},
		{name: "compressed-crc", text: "a compressed answer prints TEXT (0) as its checksum", stage: onFrame, always: true, possible: packed,
			arg: argument{usage: "TEXT"}, play: change(func(e *exchange, f *activeFault) {
				if e.framing.crc = f.Arg; f.Arg == "" {
					e.framing.crc = "0"
				}
			})},
		{name: "length", text: "the header announces N (1) too many", arg: argument{usage: "N", kind: "number"}, stage: onFrame,
			play: change(func(e *exchange, f *activeFault) { e.framing.length = max(f.number(), 1) })},
		{name: "huge", text: "the header announces a body of 9999999999", stage: onFrame, play: change(func(e *exchange, _ *activeFault) { e.framing.digits = "9999999999" })},
		{name: "type", text: "the answer has the type of another query", stage: onReply, possible: succeeds, play: func(e *exchange, _ *activeFault) *failure {
			other := map[wire.Type]wire.Type{"96": "99", "99": "9B", "9B": "9D", "9D": "99", "34": "36"}[e.reply.kind]
			if other == "" {
				other = "34"
			}
			e.reply.kind = other
			return nil
		}},
		{name: "corrupt", text: "the zlib stream is damaged: a byte is flipped, it is cut short, its checksum is wrong, or bytes follow it", stage: onFrame, possible: packed,
			arg: argument{usage: "flip|cut|adler|tail", words: []string{"flip", "cut", "adler", "tail"}},
			play: change(func(e *exchange, f *activeFault) {
				e.framing.stream = func(z []byte) []byte { return damaged(z, f.Arg) }
			})},
		{name: "bomb", text: "the zlib stream inflates to MEGABYTES (256) of zeros", stage: onFrame, possible: packed, arg: argument{usage: "MEGABYTES", kind: "number"},
			play: change(func(e *exchange, f *activeFault) {
				size := f.number()
				if size == 0 {
					size = 256
				}
				e.framing.stream = func([]byte) []byte { return bomb(size) }
			})},
	}
}

// damaged returns the stream with one defect.
func damaged(z []byte, how string) []byte {
	switch how {
	case "cut":
		return z[:len(z)/2]
	case "adler":
		z[len(z)-1] ^= 0xff
	case "tail":
		return append(z, "tail"...)
	default:
		z[len(z)/2] ^= 0xff
	}
	return z
}

// bomb returns a zlib stream of many megabytes of '0', made without ever
// holding them: after the first, every megabyte compresses to the same bytes.
func bomb(megabytes int) []byte {
	const mega = 1 << 20
	block := bytes.Repeat([]byte{'0'}, mega)
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		panic(fmt.Sprintf("simulator: %v", err)) // the level is a constant
	}
	var ends [2]int
	for i := range ends {
		w.Write(block) // writes to a bytes.Buffer do not fail
		w.Flush()
		ends[i] = out.Len()
	}
	again := out.Bytes()[ends[0]:ends[1]]
	z := bytes.Clone(out.Bytes()[:ends[0]])
	for range megabytes - 1 {
		z = append(z, again...)
	}
	z = append(z, 1, 0, 0, 0xff, 0xff) // an empty stored block that ends the stream
	// Adler-32 of n equal bytes: a = 1 + n*v, b = n + v*n(n+1)/2, modulo 65521.
	const mod = 65521
	n, v := uint64(megabytes)*mega, uint64('0')
	a := (1 + n%mod*v) % mod
	pairs := n % (2 * mod) * ((n + 1) % (2 * mod)) / 2 % mod
	b := (n + pairs*v) % mod
	return binary.BigEndian.AppendUint32(z, uint32(b<<16|a))
}
