package sina

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
)

// pageCount reads the number of symbols, a JSON string or number.
func pageCount(body []byte) (int, error) {
	text := bytes.Trim(bytes.TrimSpace(body), `"`)
	count, err := strconv.Atoi(string(text))
	if err != nil || count < 1 || count > maxPages*pageRows {
		return 0, fmt.Errorf("the answer is no number of symbols: %.40q", body)
	}
	return count, nil
}

// pageSymbols reads the symbols of a market page: an array of objects whose
// keys may lack quotation marks and whose values may be text, numbers or
// nothing. The page past the end is an empty array or null. Source:
// specification of the quote sources, 3.1 and 3.2.
func pageSymbols(body []byte) ([]etl.Symbol, error) {
	if !utf8.Valid(body) { // in GB18030 the second byte of a character can be a backslash
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(body)
		if err != nil {
			return nil, fmt.Errorf("the page is neither UTF-8 nor GB18030")
		}
		body = decoded
	}
	r := pageReader{text: body}
	symbols, ok := r.page()
	if !ok {
		return nil, fmt.Errorf("the page does not parse at byte %d: %.40q", r.at, r.text[r.at:])
	}
	return symbols, nil
}

// pageReader reads a page from left to right. Its methods return false at what
// they cannot read, and at is there.
type pageReader struct {
	text []byte
	at   int
}

// page reads the array, or null.
func (r *pageReader) page() (symbols []etl.Symbol, ok bool) {
	if r.blank(); bytes.HasPrefix(r.text[r.at:], []byte("null")) {
		r.at += len("null")
		return nil, r.end()
	}
	if !r.sign('[') {
		return nil, false
	}
	if r.sign(']') {
		return nil, r.end()
	}
	for {
		s, ok := r.row()
		if !ok {
			return nil, false
		}
		symbols = append(symbols, s)
		if r.sign(']') {
			return symbols, r.end()
		}
		if !r.sign(',') {
			return nil, false
		}
	}
}

// row reads one object. Its symbol must be one, and its code, if there is one,
// the same.
func (r *pageReader) row() (s etl.Symbol, ok bool) {
	if !r.sign('{') {
		return 0, false
	}
	from := r.at
	var code []byte
	for {
		key, ok := r.scalar()
		if !ok || !r.sign(':') {
			return 0, false
		}
		value, ok := r.scalar()
		if !ok {
			return 0, false
		}
		switch string(key) {
		case "symbol":
			if s, ok = symbol(value); !ok {
				r.at -= len(value) + 1
				return 0, false
			}
		case "code":
			code = value
		}
		if r.sign('}') {
			break
		}
		if !r.sign(',') {
			return 0, false
		}
	}
	if s == 0 || len(code) == 6 && string(code) != s.String()[2:] {
		r.at = from
		return 0, false
	}
	return s, true
}

// scalar reads text between quotation marks, as it stands there, or a bare word
// or number.
func (r *pageReader) scalar() (text []byte, ok bool) {
	if !r.sign('"') {
		from := r.at
		for r.at < len(r.text) && word(r.text[r.at]) {
			r.at++
		}
		return r.text[from:r.at], r.at > from
	}
	for i := r.at; i < len(r.text); i++ {
		switch r.text[i] {
		case '\\':
			i++
		case '"':
			text, r.at = r.text[r.at:i], i+1
			return text, true
		}
	}
	return nil, false
}

// word reports whether c can be part of a bare key, of a number, or of null,
// true and false.
func word(c byte) bool {
	return c == '_' || c == '.' || c == '-' || c == '+' || c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// sign reads c after blanks, if it is there.
func (r *pageReader) sign(c byte) bool {
	r.blank()
	if r.at == len(r.text) || r.text[r.at] != c {
		return false
	}
	r.at++
	return true
}

// end reports whether nothing but blanks is left.
func (r *pageReader) end() bool {
	r.blank()
	return r.at == len(r.text)
}

func (r *pageReader) blank() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\n' || r.text[r.at] == '\r' || r.text[r.at] == '\t') {
		r.at++
	}
}
