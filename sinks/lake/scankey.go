package lake

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/sinks/parquet"
)

// ScanKey is ScanDays for the rows with one key: row groups that by their
// statistics lack it are left out as well. yield is told which file the rows are
// in; among them are rows with other keys and of other days. Of a table sorted by
// the key it reads a row group or two of each file.
func (t *Table) ScanKey(ctx context.Context, snap *Snapshot, columns []string, key parquet.Key, days parquet.Days, yield func(File, arrow.Record) error) error {
	return t.scan(ctx, snap, Overlaps(t.table, days.Column, days.First, days.Last), func(f File) error {
		give := func(r arrow.Record) error { return yield(f, r) }
		return t.readFile(f, columns, give, func(names []string, yield func(arrow.Record) error) error {
			return parquet.ReadKey(ctx, f.Path, t.stored, names, key, days, yield)
		})
	})
}
