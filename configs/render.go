package configs

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// shortList is how many elements are written on one line.
const shortList = 8

// renderAll writes a value, a list in brackets, as YAML that reads back to the
// same value here and in any other reader.
func (l *leaf) renderAll(v reflect.Value) string {
	if !l.list {
		return l.render(v)
	}
	items := make([]string, v.Len())
	for i := range items {
		items[i] = l.render(v.Index(i))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// render writes one value.
func (l *leaf) render(v reflect.Value) string {
	switch l.form {
	case boolForm:
		return strconv.FormatBool(v.Bool())
	case intForm:
		return strconv.FormatInt(v.Int(), 10)
	case floatForm:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case durationForm:
		return renderDuration(time.Duration(v.Int()))
	case textForm:
		return renderText(v.String())
	}
	p := reflect.New(l.typ)
	p.Elem().Set(v)
	text, err := p.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return renderText(err.Error()) // does not load, and says why
	}
	return renderText(string(text))
}

// renderDuration drops the zero units of the standard text: 1h, not 1h0m0s.
func renderDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// renderText quotes whatever some reader of YAML could take for anything but
// this text.
func renderText(s string) string {
	if isPlain(s) {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b) // a JSON string is a double-quoted YAML scalar
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func isPlain(s string) bool {
	if s == "" || !isLetter(s[0]) && s[0] != '/' {
		return false
	}
	for i := range len(s) {
		if !isLetter(s[i]) && (s[i] < '0' || s[i] > '9') && strings.IndexByte("_./-+@", s[i]) < 0 {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
