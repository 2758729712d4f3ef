//go:build cgo

package duckdb

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// WriteTable writes the rows as a table for people to read: numbers
// right-aligned, NULL spelled out, the number of rows below. After maxRows
// rows it stops, leaves the rest of the query unrun and says so. With maxRows
// of 0 or less it shows all rows, which it holds in memory.
func (r *Result) WriteTable(w io.Writer, maxRows int) error {
	out := table.NewWriter()
	out.SetStyle(table.StyleLight)
	out.Style().Format.Header = text.FormatDefault
	header := make(table.Row, len(r.columns))
	configs := make([]table.ColumnConfig, len(r.columns))
	for i, c := range r.columns {
		header[i] = c.name
		configs[i] = table.ColumnConfig{Number: i + 1}
		if c.numeric() {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
	}
	out.AppendHeader(header)
	out.SetColumnConfigs(configs)
	more, err := r.appendTo(out, maxRows)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n%s\n", out.Render(), rowCount(r.rows, more))
	return err
}

// appendTo moves up to maxRows rows and reports whether there are more.
func (r *Result) appendTo(out table.Writer, maxRows int) (more bool, err error) {
	var cell []byte
	for {
		n, err := r.next()
		if err != nil || n == 0 {
			return false, err
		}
		for row := range n {
			if maxRows > 0 && r.rows == int64(maxRows) {
				return true, nil
			}
			cells := make(table.Row, len(r.columns))
			for i, c := range r.columns {
				if c.null(row) {
					cells[i] = "NULL"
					continue
				}
				cell = c.appendText(cell[:0], row)
				cells[i] = string(cell)
			}
			out.AppendRow(cells)
			r.rows++
		}
	}
}

func rowCount(n int64, more bool) string {
	switch {
	case more && n == 1:
		return "(the first row; there are more)"
	case more:
		return fmt.Sprintf("(the first %d rows; there are more)", n)
	case n == 1:
		return "(1 row)"
	}
	return fmt.Sprintf("(%d rows)", n)
}
