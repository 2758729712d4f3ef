package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"
)

const (
	versionSize = 7
	crcDigits   = 32 // more than any printed checksum needs
)

// Errors of reading, to be told apart with errors.Is.
var (
	// ErrMalformed: the bytes are not a frame.
	ErrMalformed = errors.New("malformed frame")
	// ErrCRC: the frame is whole but its checksum does not match. A request
	// with a wrong checksum has been consumed entirely.
	ErrCRC = errors.New("wrong CRC")
	// ErrTooLarge: the frame or its contents exceed the bound.
	ErrTooLarge = errors.New("too large")
)

// FrameError says what is wrong with a frame and where.
type FrameError struct {
	Offset  int // byte of the frame
	Problem string
	Kind    error // one of the Err values, or what reading failed with
}

// Error names offset and problem.
func (e *FrameError) Error() string {
	return fmt.Sprintf("frame: byte %d: %s", e.Offset, e.Problem)
}

// Unwrap returns the kind.
func (e *FrameError) Unwrap() error { return e.Kind }

func malformed(offset int, format string, args ...any) error {
	return &FrameError{offset, fmt.Sprintf(format, args...), ErrMalformed}
}

// Header is the decoded start of a frame.
type Header struct {
	Version string
	Type    Type
	Length  int // characters of a plain body, bytes of a compressed one
}

// ParseHeader reads the 21 bytes of a header. Any version of digits and dots is
// accepted, since the server sends its own.
func ParseHeader(b []byte) (Header, error) {
	if len(b) < HeaderSize {
		return Header{}, malformed(len(b), "header is cut off")
	}
	for i, c := range b[:versionSize] {
		if c != '.' && (c < '0' || c > '9') {
			return Header{}, malformed(i, "%q is no version", b[:versionSize])
		}
	}
	if b[7] != Sep || b[10] != Sep {
		return Header{}, malformed(7, "header without separators: %q", b[:HeaderSize])
	}
	length := 0
	for i, c := range b[11:HeaderSize] {
		if c < '0' || c > '9' {
			return Header{}, malformed(11+i, "%q is no length", b[11:HeaderSize])
		}
		length = length*10 + int(c-'0')
	}
	return Header{string(b[:versionSize]), Type(b[8:10]), length}, nil
}

// Answer is one answer as read.
type Answer struct {
	Header
	Body  []byte // UTF-8, inflated; owned by the caller, who may Recycle it
	Bytes int    // size of the frame on the wire
}

// Limits bound what a Reader accepts.
type Limits struct {
	Frame int // bytes of one frame on the wire
	Body  int // bytes of one body after inflating
}

// Reader reads answers from a connection. It is not safe for concurrent use.
type Reader struct {
	br     *bufio.Reader
	limits Limits
	frame  []byte // reused for every frame
	last   int    // size of the last inflated body, a good guess for the next
}

// NewReader returns a Reader of the connection's bytes.
func NewReader(r io.Reader, limits Limits) *Reader {
	return &Reader{br: bufio.NewReaderSize(r, 64<<10), limits: limits}
}

// Buffered returns how many bytes have arrived beyond the last answer. When no
// further answer is due, anything but 0 is a protocol error.
func (r *Reader) Buffered() int { return r.br.Buffered() }

// Read reads the next answer. It returns io.EOF when the connection ended
// before its first byte and a *FrameError for everything else that is wrong
// with the frame; after any error the connection is of no further use.
func (r *Reader) Read() (Answer, error) {
	r.frame = r.frame[:0]
	if err := r.more(HeaderSize); err != nil {
		if len(r.frame) == 0 && errors.Is(err, io.EOF) {
			return Answer{}, io.EOF
		}
		return Answer{}, r.cut(err)
	}
	h, err := ParseHeader(r.frame)
	if err != nil {
		return Answer{}, err
	}
	if h.Length > r.limits.Frame {
		return Answer{}, &FrameError{11, fmt.Sprintf("announces %d bytes, at most %d are accepted", h.Length, r.limits.Frame), ErrTooLarge}
	}
	a := Answer{Header: h}
	if h.Type.Compressed() {
		a.Body, err = r.compressed(h)
	} else {
		a.Body, err = r.plain(h)
	}
	if err != nil {
		return Answer{}, err
	}
	if !utf8.Valid(a.Body) {
		return Answer{}, malformed(HeaderSize+invalidUTF8(a.Body), "body is not UTF-8")
	}
	a.Bytes = len(r.frame)
	return a, nil
}

// cut turns a failed read into an error that says how far the frame came.
func (r *Reader) cut(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &FrameError{len(r.frame), "connection failed inside the frame: " + err.Error(), err}
}

// more appends n bytes to the frame. Memory grows with what has arrived, not
// with what was announced.
func (r *Reader) more(n int) error {
	const step = 1 << 20
	for n > 0 {
		start := len(r.frame)
		k := min(n, step)
		r.frame = append(r.frame, make([]byte, k)...)
		m, err := io.ReadFull(r.br, r.frame[start:])
		r.frame = r.frame[:start+m]
		if err != nil {
			return err
		}
		n -= k
	}
	return nil
}

// line appends everything up to and including the next line feed.
func (r *Reader) line(limit int) error {
	for {
		part, err := r.br.ReadSlice('\n')
		r.frame = append(r.frame, part...)
		if len(r.frame) > limit {
			return &FrameError{len(r.frame), fmt.Sprintf("no end marker within %d bytes", limit), ErrTooLarge}
		}
		if err != bufio.ErrBufferFull {
			if err != nil {
				return r.cut(err)
			}
			return nil
		}
	}
}

// compressed reads Z 0x01 CRC \n marker and inflates Z. The CRC is not checked:
// what it covers is unknown, and servers were seen to print anything.
func (r *Reader) compressed(h Header) ([]byte, error) {
	if err := r.more(h.Length); err != nil {
		return nil, r.cut(err)
	}
	z := r.frame[HeaderSize:]
	end := len(r.frame)
	if err := r.line(end + crcDigits); err != nil {
		return nil, err
	}
	if r.frame[end] != Sep {
		return nil, malformed(end, "no separator behind the compressed body")
	}
	at := len(r.frame)
	if err := r.more(len(Marker)); err != nil {
		return nil, r.cut(err)
	}
	if string(r.frame[at:]) != Marker {
		return nil, malformed(at, "%q instead of the end marker", r.frame[at:])
	}
	z = r.frame[HeaderSize : HeaderSize+len(z)] // the frame may have moved
	body, err := Inflate(newBody(r.last+r.last/8), z, r.limits.Body)
	if err != nil {
		ie := err.(*InflateError)
		return nil, malformed(HeaderSize+ie.Offset, "%s", ie.Problem)
	}
	r.last = len(body)
	return body, nil
}

// bodies holds the memory of bodies that nobody needs any more.
var bodies sync.Pool

// newBody returns an empty body with room for about n bytes. Unlike make, Grow
// leaves the memory that is about to be written unwritten.
func newBody(n int) []byte {
	if used, ok := bodies.Get().(*[]byte); ok && cap(*used) >= n {
		return (*used)[:0]
	}
	return slices.Grow([]byte(nil), n)
}

// Recycle gives back the memory of a compressed answer's body, for the next one.
// Nothing that points into the body may be used afterwards.
func Recycle(body []byte) {
	if cap(body) > 0 {
		bodies.Put(&body)
	}
}

// plain reads body 0x01 CRC marker. The body is found by the marker, since the
// header counts characters; count and CRC are checked afterwards.
func (r *Reader) plain(h Header) ([]byte, error) {
	for {
		if err := r.line(r.limits.Frame); err != nil {
			return nil, err
		}
		if bytes.HasSuffix(r.frame, []byte(Marker)) {
			break
		}
	}
	text := r.frame[:len(r.frame)-len(Marker)]
	body, err := checkCRC(text)
	if err != nil {
		return nil, err
	}
	if n := utf8.RuneCount(body); n != h.Length && len(body) != h.Length {
		return nil, malformed(11, "header announces %d characters, the body has %d", h.Length, n)
	}
	return bytes.Clone(body), nil
}

// checkCRC splits header body 0x01 CRC at the last separator, verifies the
// checksum and returns the body.
func checkCRC(text []byte) ([]byte, error) {
	at := bytes.LastIndexByte(text, Sep)
	if at < HeaderSize {
		return nil, malformed(len(text), "no checksum")
	}
	crc, err := strconv.ParseUint(string(text[at+1:]), 10, 32)
	if err != nil {
		return nil, malformed(at+1, "%q is no checksum", text[at+1:])
	}
	if got := crc32.ChecksumIEEE(text[:at]); got != uint32(crc) {
		return text[HeaderSize:at], &FrameError{at + 1, fmt.Sprintf("checksum %d, contents have %d", crc, got), ErrCRC}
	}
	return text[HeaderSize:at], nil
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}
