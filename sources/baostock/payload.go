package baostock

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// PayloadError says where a JSON payload is not what the protocol allows.
type PayloadError struct {
	Offset  int // byte of the payload
	Problem string
}

// Error names the offset and the problem.
func (e *PayloadError) Error() string {
	return fmt.Sprintf("payload: byte %d: %s", e.Offset, e.Problem)
}

// eachRow calls row with the cells of every row of {"record":[["v",...],...]}.
// The empty payload has no rows. Blanks between tokens and raw control
// characters inside strings, which occur in the vendor's data, are dropped. The
// cells are valid until row returns, whose error becomes a *PayloadError with the
// offset of the row.
func eachRow(payload []byte, row func(cells [][]byte) error) error {
	p := scanner{b: payload}
	p.blank()
	if p.i == len(p.b) {
		return nil
	}
	if err := p.expect("{", `"record"`, ":", "["); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if p.blank(); p.at(']') {
			p.i++
			break
		}
		if n > 0 {
			if err := p.expect(","); err != nil {
				return err
			}
		}
		start := p.i
		if err := p.cells(); err != nil {
			return err
		}
		if err := row(p.row); err != nil {
			return &PayloadError{start, err.Error()}
		}
	}
	if err := p.expect("}"); err != nil {
		return err
	}
	if p.blank(); p.i != len(p.b) {
		return &PayloadError{p.i, fmt.Sprintf("%.20q follows the end", p.b[p.i:])}
	}
	return nil
}

// scanner reads a payload token by token.
type scanner struct {
	b    []byte
	i    int
	row  [][]byte
	text []byte // the row's cells that had to be rewritten
}

// blank skips white space and raw control characters.
func (p *scanner) blank() {
	for p.i < len(p.b) && p.b[p.i] <= ' ' {
		p.i++
	}
}

func (p *scanner) at(c byte) bool { return p.i < len(p.b) && p.b[p.i] == c }

func (p *scanner) expect(tokens ...string) error {
	for _, t := range tokens {
		p.blank()
		if !bytes.HasPrefix(p.b[p.i:], []byte(t)) {
			return &PayloadError{p.i, fmt.Sprintf("%.20q where %q belongs", p.b[p.i:], t)}
		}
		p.i += len(t)
	}
	return nil
}

// cells reads one row into p.row.
func (p *scanner) cells() error {
	p.row, p.text = p.row[:0], p.text[:0]
	if err := p.expect("["); err != nil {
		return err
	}
	if p.blank(); p.at(']') {
		p.i++
		return nil
	}
	for {
		if err := p.expect(`"`); err != nil {
			return err
		}
		cell, err := p.str()
		if err != nil {
			return err
		}
		p.row = append(p.row, cell)
		p.blank()
		if p.at(']') {
			p.i++
			return nil
		}
		if err := p.expect(","); err != nil {
			return err
		}
	}
}

// str reads the rest of a string whose opening quote has been read.
func (p *scanner) str() ([]byte, error) {
	start := p.i
	for ; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '"':
			p.i++
			return p.b[start : p.i-1], nil
		case c == '\\' || c < ' ':
			return p.rewritten(start)
		}
	}
	return nil, &PayloadError{start, "string does not end"}
}

// rewritten reads a string that has escapes or control characters from start on.
func (p *scanner) rewritten(start int) ([]byte, error) {
	// A string never grows when its escapes are resolved, so p.text needs no
	// more room than what is left; growing it would move earlier cells.
	if cap(p.text)-len(p.text) < len(p.b)-start {
		p.text = make([]byte, 0, len(p.b)-start)
	}
	from := len(p.text)
	p.text = append(p.text, p.b[start:p.i]...)
	for p.i < len(p.b) {
		c := p.b[p.i]
		p.i++
		switch {
		case c == '"':
			return p.text[from:], nil
		case c == '\\':
			if err := p.escape(); err != nil {
				return nil, err
			}
		case c >= ' ':
			p.text = append(p.text, c)
		}
	}
	return nil, &PayloadError{start, "string does not end"}
}

// escape resolves what follows a backslash.
func (p *scanner) escape() error {
	bad := &PayloadError{p.i - 1, "unknown escape in a string"}
	if p.i >= len(p.b) {
		return bad
	}
	c := p.b[p.i]
	p.i++
	switch c {
	case '"', '\\', '/':
		p.text = append(p.text, c)
	case 'b', 'f', 'n', 'r', 't': // control characters are dropped, raw or not
	case 'u':
		r, ok := p.hex()
		if !ok {
			return bad
		}
		if utf16.IsSurrogate(r) && bytes.HasPrefix(p.b[p.i:], []byte(`\u`)) {
			p.i += 2
			low, ok := p.hex()
			if !ok {
				return bad
			}
			r = utf16.DecodeRune(r, low)
		}
		if utf16.IsSurrogate(r) || r == utf8.RuneError {
			return bad
		}
		if r >= ' ' {
			p.text = utf8.AppendRune(p.text, r)
		}
	default:
		return bad
	}
	return nil
}

func (p *scanner) hex() (rune, bool) {
	if p.i+4 > len(p.b) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(p.b[p.i:p.i+4]), 16, 16)
	p.i += 4
	return rune(v), err == nil
}
