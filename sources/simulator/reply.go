package simulator

import (
	"strconv"

	"barkeep/sources/baostock/wire"
)

// reply is an answer before it becomes bytes. Its fields are those of a body,
// so that a fault can change any one of them.
type reply struct {
	version string
	kind    wire.Type
	code    int // 0: success
	message string

	method, user, page, size string
	paged                    bool
	records                  []byte // the JSON object; empty for no rows
	hasRecords               bool   // false for login and logout
	args                     []string
	columns                  string // the last field; empty where the arguments hold it
	rows                     int
	fields                   int // cut the body after so many fields; 0: whole
}

// appendBody appends the body. Source of the shapes: specification of
// Baostock, 4.1 to 4.4.
func (r *reply) appendBody(dst []byte) []byte {
	if r.code != 0 {
		return wire.AppendErrorBody(dst, r.code, r.message)
	}
	n := 0
	add := func(field string) {
		if r.fields > 0 && n >= r.fields {
			return
		}
		if n > 0 {
			dst = append(dst, wire.Sep)
		}
		dst = append(dst, field...)
		n++
	}
	add("0")
	add("success")
	add(r.method)
	add(r.user)
	if r.paged {
		add(r.page)
		add(r.size)
	}
	if r.hasRecords && (r.fields == 0 || n < r.fields) {
		dst = append(append(dst, wire.Sep), r.records...)
		n++
	}
	for _, a := range r.args {
		add(a)
	}
	if r.columns != "" {
		add(r.columns)
	}
	return dst
}

// rowWriter collects one page of rows as JSON.
type rowWriter struct {
	skip, limit int // rows before the page, rows in it; limit 0: all
	seen, rows  int
	json        []byte
}

const recordsHead = `{"record":[`

// want counts a row and reports whether it belongs to the page. After a true
// one the row is appended to json.
func (w *rowWriter) want() bool {
	w.seen++
	if w.seen <= w.skip || w.full() {
		return false
	}
	if w.rows == 0 {
		w.json = append(w.json, recordsHead...)
	} else {
		w.json = append(w.json, ',')
	}
	w.rows++
	return true
}

// full reports whether the page has all its rows.
func (w *rowWriter) full() bool { return w.limit > 0 && w.rows >= w.limit }

// finish closes the JSON object. No rows are the empty text. Source:
// specification of Baostock, 4.1.
func (w *rowWriter) finish() []byte {
	if w.rows == 0 {
		return nil
	}
	w.json = append(w.json, "]}"...)
	return w.json
}

// add appends a row of text cells if it belongs to the page.
func (w *rowWriter) add(cells ...string) {
	if !w.want() {
		return
	}
	w.json = append(w.json, '[')
	for i, c := range cells {
		if i > 0 {
			w.json = append(w.json, ',')
		}
		w.json = appendString(w.json, c)
	}
	w.json = append(w.json, ']')
}

// appendString appends a JSON string. Everything but the two characters that
// JSON needs escaped stays as it is, Chinese included.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// positive reads a decimal number above 0.
func positive(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0 && n <= 1e9
}
