package wire

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/zlib"
)

// AppendHeader appends the 21 bytes of a header. Length counts characters of an
// uncompressed body or bytes of a compressed one.
func AppendHeader(dst []byte, version string, t Type, length int) []byte {
	dst = append(dst, version...)
	dst = append(dst, Sep)
	dst = append(dst, t...)
	dst = append(dst, Sep)
	return fmt.Appendf(dst, "%010d", length)
}

// AppendRequest appends a request frame with its length in characters. The
// version has 7 characters and no field holds the separator or a line feed;
// anything else is an error, since it would be read as another request.
func AppendRequest(dst []byte, version string, t Type, fields ...string) ([]byte, error) {
	if len(version) != versionSize || len(t) != 2 {
		return dst, fmt.Errorf("version %q or type %q does not fit the header", version, t)
	}
	for i, f := range fields {
		if strings.ContainsAny(f, "\x01\n") {
			return dst, fmt.Errorf("field %d %q holds a separator or a line feed", i, f)
		}
	}
	body := strings.Join(fields, string(rune(Sep)))
	start := len(dst)
	dst = AppendHeader(dst, version, t, utf8.RuneCountInString(body))
	dst = append(dst, body...)
	dst = appendCRC(dst, start)
	return append(dst, '\n'), nil
}

// AppendAnswer appends an answer frame. The body is UTF-8 text, fields joined
// by 0x01; it is compressed at zlib's fastest level when the type says so.
func AppendAnswer(dst []byte, version string, t Type, body []byte) []byte {
	if t.Compressed() {
		return AppendCompressed(dst, version, t, Deflate(body))
	}
	start := len(dst)
	dst = AppendHeader(dst, version, t, utf8.RuneCount(body))
	dst = append(dst, body...)
	dst = appendCRC(dst, start)
	return append(dst, Marker...)
}

// AppendCompressed appends an answer frame around a finished zlib stream. The
// CRC printed covers header and stream; no client is known to check it.
func AppendCompressed(dst []byte, version string, t Type, z []byte) []byte {
	start := len(dst)
	dst = AppendHeader(dst, version, t, len(z))
	dst = append(dst, z...)
	dst = appendCRC(dst, start)
	dst = append(dst, '\n')
	return append(dst, Marker...)
}

// AppendErrorBody appends the body of an error answer: code, 0x01, message.
func AppendErrorBody(dst []byte, code int, message string) []byte {
	dst = strconv.AppendInt(dst, int64(code), 10)
	dst = append(dst, Sep)
	return append(dst, message...)
}

// appendCRC appends 0x01 and the decimal CRC of dst[start:].
func appendCRC(dst []byte, start int) []byte {
	crc := crc32.ChecksumIEEE(dst[start:])
	dst = append(dst, Sep)
	return strconv.AppendUint(dst, uint64(crc), 10)
}

type deflater struct {
	buf bytes.Buffer
	w   *zlib.Writer
}

var deflaters = sync.Pool{New: func() any {
	d := new(deflater)
	w, err := zlib.NewWriterLevel(&d.buf, zlib.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant of the package itself
	}
	d.w = w
	return d
}}

// Deflate returns body as one zlib stream at the fastest level, which is the
// level the vendor's server uses.
func Deflate(body []byte) []byte {
	d := deflaters.Get().(*deflater)
	defer deflaters.Put(d)
	d.buf.Reset()
	d.w.Reset(&d.buf)
	// Writes to a bytes.Buffer do not fail.
	d.w.Write(body)
	d.w.Close()
	return bytes.Clone(d.buf.Bytes())
}
