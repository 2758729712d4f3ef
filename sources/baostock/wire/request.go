package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Request is one request as read by a server.
type Request struct {
	Header
	Body   string
	Fields []string // the body split at 0x01
	Bytes  int      // size of the frame on the wire
}

// ReadRequest reads one request of at most limit bytes. Its length may count
// characters, as the vendor's client does, or bytes, as some ports do. The
// error is io.EOF when the connection ended before the first byte, wraps ErrCRC
// when only the checksum is wrong (the Request is then filled in), ErrTooLarge
// when no line feed came within limit, and ErrMalformed otherwise.
func ReadRequest(br *bufio.Reader, limit int) (Request, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > limit {
			return Request{}, &FrameError{len(line), fmt.Sprintf("no line feed within %d bytes", limit), ErrTooLarge}
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) && len(line) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return Request{}, err
		}
		break
	}
	h, err := ParseHeader(line)
	if err != nil {
		return Request{}, err
	}
	body, err := checkCRC(line[:len(line)-1])
	if err != nil && !errors.Is(err, ErrCRC) {
		return Request{}, err
	}
	r := Request{Header: h, Body: string(body), Bytes: len(line)}
	r.Fields = strings.Split(r.Body, string(rune(Sep)))
	if err == nil && utf8.RuneCount(body) != h.Length && len(body) != h.Length {
		err = malformed(11, "header announces %d characters, the body has %d", h.Length, utf8.RuneCount(body))
	}
	return r, err
}
