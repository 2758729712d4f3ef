package lake

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/sinks/parquet"
)

// Scan reads the files of a snapshot one after another, in its order, and hands
// out their rows as records of the named columns (all if nil). keep says which
// files to read, nil means all; see Overlaps. A record is valid during the
// call only. The first error of yield ends the scan and is returned.
func (t *Table) Scan(ctx context.Context, snap *Snapshot, columns []string, keep func(File) bool, yield func(arrow.Record) error) error {
	return t.scan(ctx, snap, keep, func(f File) error {
		return parquet.Read(ctx, f.Path, t.table, columns, yield)
	})
}

// ScanDays is Scan for a range of days of a Date column: files and row groups
// without such rows are left out. What is read holds rows outside the range,
// too.
func (t *Table) ScanDays(ctx context.Context, snap *Snapshot, columns []string, days parquet.Days, yield func(arrow.Record) error) error {
	return t.scan(ctx, snap, Overlaps(t.table, days.Column, days.First, days.Last), func(f File) error {
		return parquet.ReadDays(ctx, f.Path, t.table, columns, days, yield)
	})
}

func (t *Table) scan(ctx context.Context, snap *Snapshot, keep func(File) bool, read func(File) error) error {
	for _, f := range snap.Files {
		if keep != nil && !keep(f) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := read(f); err != nil {
			return fmt.Errorf("scan table %s, version %d: %w", t.table.Name, snap.Version, err)
		}
	}
	return nil
}
