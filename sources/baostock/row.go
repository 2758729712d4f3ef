package baostock

import (
	"fmt"
	"strings"
	"time"

	"barkeep/etl"
)

// ParseRow reads one daily bar from the text that the quarantine keeps of it: its
// cells as they arrived, in the order they are asked for, joined by commas. The
// batch has one row; a cell that is empty and must not be is among its Flaws.
func ParseRow(raw string, fetched time.Time) (etl.Batch, error) {
	fail := func(format string, args ...any) (etl.Batch, error) {
		return etl.Batch{}, &etl.DataError{Where: fmt.Sprintf("row %.200q", raw), Problem: fmt.Sprintf(format, args...)}
	}
	cells := strings.Split(raw, ",")
	if len(cells) != len(cellNames) {
		return fail("it has %d cells, and a daily bar %d", len(cells), len(cellNames))
	}
	var d decoder
	d.bars.SetLen(1)
	for i, text := range cells {
		if !d.cell(i, []byte(text)) {
			return fail("%.40q is no %s", text, cellNames[i])
		}
	}
	batch := d.bars.Batch(source, fetched)
	batch.Raw = func(int) string { return raw }
	return batch, nil
}
