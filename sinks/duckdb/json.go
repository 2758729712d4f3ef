//go:build cgo

package duckdb

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/marcboeker/go-duckdb/mapping"
)

// WriteJSON writes the rows as one JSON array with an object per line. Whole
// numbers and decimals are JSON numbers with all their digits; NaN and
// infinities, which JSON does not have, are null like NULL itself; dates and
// instants are strings as in WriteCSV; lists, structs and JSON values are
// nested. A column whose name is taken by an earlier one gets a number at its
// end. After an error the array is left open, so that nobody takes it for
// whole.
func (r *Result) WriteJSON(w io.Writer) error {
	keys := r.jsonKeys()
	separator := "[\n"
	err := r.chunks(w, func(dst []byte, rows int) []byte {
		for row := range rows {
			dst = append(dst, separator...)
			separator = ",\n"
			for i, c := range r.columns {
				dst = append(dst, keys[i]...)
				dst = c.appendJSON(dst, row)
			}
			dst = append(dst, '}')
		}
		return dst
	})
	if err != nil {
		return err
	}
	end := "\n]\n"
	if r.rows == 0 {
		end = "[]\n"
	}
	_, err = io.WriteString(w, end)
	return err
}

// jsonKeys returns what stands before each value: {"first": or ,"next":
func (r *Result) jsonKeys() [][]byte {
	keys := make([][]byte, len(r.columns))
	for i, name := range r.distinctNames() {
		lead := byte(',')
		if i == 0 {
			lead = '{'
		}
		keys[i] = append(appendJSONString([]byte{lead}, []byte(name)), ':')
	}
	return keys
}

// distinctNames returns the names of the columns; one that is taken by an earlier
// column gets a number at its end.
func (r *Result) distinctNames() []string {
	taken := map[string]bool{}
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		name := c.name
		for n := 1; taken[name]; n++ {
			name = fmt.Sprintf("%s_%d", c.name, n)
		}
		taken[name] = true
		names[i] = name
	}
	return names
}

// appendJSON appends the value of a row as JSON.
func (c *column) appendJSON(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, "null"...)
	}
	switch c.id {
	case mapping.TypeVarchar:
		if c.isJSON {
			return append(dst, c.bytes(row)...)
		}
		return appendJSONString(dst, c.bytes(row))
	case mapping.TypeEnum:
		return appendJSONString(dst, []byte(c.label(row)))
	case mapping.TypeFloat:
		return appendJSONFloat(dst, float64(at[float32](c, row)), 32)
	case mapping.TypeDouble:
		return appendJSONFloat(dst, at[float64](c, row), 64)
	case mapping.TypeBoolean:
		return strconv.AppendBool(dst, at[bool](c, row))
	case mapping.TypeList:
		list := at[span](c, row)
		return c.appendJSONList(dst, int(list.offset), int(list.length))
	case mapping.TypeArray:
		return c.appendJSONList(dst, row*c.size, c.size)
	case mapping.TypeMap:
		return c.appendJSONMap(dst, at[span](c, row))
	case mapping.TypeStruct:
		return c.appendJSONStruct(dst, row)
	case mapping.TypeUnion:
		return c.parts[at[uint8](c, row)].appendJSON(dst, row)
	case mapping.TypeSQLNull:
		return append(dst, "null"...)
	case mapping.TypeBlob:
		return appendJSONString(dst, appendBlob(nil, c.bytes(row)))
	}
	if c.numeric() {
		return c.appendText(dst, row)
	}
	dst = append(dst, '"') // times and UUIDs hold nothing that needs an escape
	return append(c.appendText(dst, row), '"')
}

func appendJSONFloat(dst []byte, v float64, size int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	return appendFloat(dst, v, size)
}

func (c *column) appendJSONList(dst []byte, offset, length int) []byte {
	dst = append(dst, '[')
	for i := range length {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = c.parts[0].appendJSON(dst, offset+i)
	}
	return append(dst, ']')
}

func (c *column) appendJSONMap(dst []byte, entries span) []byte {
	dst = append(dst, '{')
	for i := range int(entries.length) {
		if i > 0 {
			dst = append(dst, ',')
		}
		at := int(entries.offset) + i
		dst = appendJSONString(dst, c.parts[0].appendText(nil, at))
		dst = append(dst, ':')
		dst = c.parts[1].appendJSON(dst, at)
	}
	return append(dst, '}')
}

// appendJSONStruct writes an object, or a list when the fields have no names.
func (c *column) appendJSONStruct(dst []byte, row int) []byte {
	first, last, named := byte('['), byte(']'), len(c.parts) == 0 || c.parts[0].name != ""
	if named {
		first, last = '{', '}'
	}
	dst = append(dst, first)
	for i, p := range c.parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		if named {
			dst = append(appendJSONString(dst, []byte(p.name)), ':')
		}
		dst = p.appendJSON(dst, row)
	}
	return append(dst, last)
}

// appendJSONString quotes text, which DuckDB guarantees to be UTF-8; should it
// not be, the bad bytes become U+FFFD.
func appendJSONString(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	dst = append(dst, '"')
	for _, b := range text {
		switch {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b == '\n':
			dst = append(dst, '\\', 'n')
		case b == '\t':
			dst = append(dst, '\\', 't')
		case b == '\r':
			dst = append(dst, '\\', 'r')
		case b < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, '"')
}
