//go:build cgo

package duckdb

import (
	"bytes"
	"io"

	"github.com/marcboeker/go-duckdb/mapping"
)

// WriteCSV writes a header line and the rows in the form of RFC 4180, lines
// ended by a line feed. NULL is an empty field and an empty text is "". Dates
// are 2024-01-02, instants 2024-01-02T09:30:00Z, floats have the shortest form
// that reads back as the same value, lists and structs are JSON.
func (r *Result) WriteCSV(w io.Writer) error {
	var header []byte
	for i, c := range r.columns {
		if i > 0 {
			header = append(header, ',')
		}
		header = append(header, c.name...)
		header = quoteCSV(header, len(header)-len(c.name))
	}
	if _, err := w.Write(append(header, '\n')); err != nil {
		return err
	}
	return r.chunks(w, func(dst []byte, rows int) []byte {
		for row := range rows {
			for i, c := range r.columns {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = c.appendCSV(dst, row)
			}
			dst = append(dst, '\n')
		}
		return dst
	})
}

func (c *column) appendCSV(dst []byte, row int) []byte {
	start := len(dst)
	dst = c.appendText(dst, row)
	switch c.id {
	case mapping.TypeVarchar, mapping.TypeEnum, mapping.TypeBlob, mapping.TypeUnion,
		mapping.TypeList, mapping.TypeArray, mapping.TypeMap, mapping.TypeStruct:
		if !c.null(row) {
			return quoteCSV(dst, start)
		}
	}
	return dst
}

// quoteCSV puts the field that begins at start into quotation marks if it
// needs them: when it holds a mark, a comma, a line end or a blank at an end,
// and when it is empty, to tell it from NULL.
func quoteCSV(dst []byte, start int) []byte {
	field := dst[start:]
	if len(field) > 0 && !bytes.ContainsAny(field, "\",\r\n") && field[0] != ' ' && field[len(field)-1] != ' ' {
		return dst
	}
	quoted := append([]byte{'"'}, bytes.ReplaceAll(field, []byte{'"'}, []byte{'"', '"'})...)
	return append(append(dst[:start], quoted...), '"')
}
