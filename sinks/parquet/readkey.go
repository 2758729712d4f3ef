package parquet

import (
	"bytes"
	"context"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
)

// Key is what a row has in a String column, such as the symbol.
type Key struct {
	Column, Text string
}

// ReadKey is ReadDays without the row groups that by their statistics hold no row
// with the key. Rows with other keys, and of other days, still come along in the
// others. In a file sorted by the column it reads one row group, or two.
func ReadKey(ctx context.Context, path string, table etl.Table, columns []string, key Key, days Days, yield func(arrow.Record) error) error {
	skip := func(r *reader, group int) bool { return r.outside(group, days) || r.without(group, key) }
	return read(ctx, memory.DefaultAllocator, path, table, columns, skip, yield)
}

// without says that no row of the row group has the key. Bounds may be cut short
// by whoever wrote the file, and are bounds all the same; without any, rows may
// have every key.
func (r *reader) without(group int, key Key) bool {
	s := r.statistics(group, key.Column)
	text := []byte(key.Text)
	return len(s.MinValue) > 0 && bytes.Compare(text, s.MinValue) < 0 ||
		len(s.MaxValue) > 0 && bytes.Compare(text, s.MaxValue) > 0
}
