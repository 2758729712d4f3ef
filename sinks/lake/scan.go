package lake

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

// Scan reads the files of a snapshot one after another, in its order, and hands
// out their rows as records of the named columns (all if nil). keep says which
// files to read, nil means all; see Overlaps. A record is valid during the
// call only. The first error of yield ends the scan and is returned.
func (t *Table) Scan(ctx context.Context, snap *Snapshot, columns []string, keep func(File) bool, yield func(arrow.Record) error) error {
	return t.scan(ctx, snap, keep, func(f File) error {
		return t.readFile(f, columns, yield, func(names []string, yield func(arrow.Record) error) error {
			return parquet.Read(ctx, f.Path, t.stored, names, yield)
		})
	})
}

// ScanDays is Scan for a range of days of a Date column: files and row groups
// without such rows are left out. What is read holds rows outside the range,
// too.
func (t *Table) ScanDays(ctx context.Context, snap *Snapshot, columns []string, days parquet.Days, yield func(arrow.Record) error) error {
	if t.partition.day && days.Column == t.partition.key { // files hold one day each
		return t.Scan(ctx, snap, columns, Overlaps(t.table, days.Column, days.First, days.Last), yield)
	}
	return t.scan(ctx, snap, Overlaps(t.table, days.Column, days.First, days.Last), func(f File) error {
		return t.readFile(f, columns, yield, func(names []string, yield func(arrow.Record) error) error {
			return parquet.ReadDays(ctx, f.Path, t.stored, names, days, yield)
		})
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

// readFile reads the named columns of one file and adds, in its place, the one
// that the file's partition tells.
func (t *Table) readFile(f File, columns []string, yield func(arrow.Record) error,
	read func(names []string, yield func(arrow.Record) error) error) error {
	if !t.partition.day {
		return read(columns, yield)
	}
	if columns == nil {
		for _, c := range t.table.Columns {
			columns = append(columns, c.Name)
		}
	}
	at := slices.Index(columns, t.partition.key)
	if at < 0 {
		return read(columns, yield)
	}
	names := slices.Delete(slices.Clone(columns), at, at+1)
	return read(names, func(r arrow.Record) error {
		full := insertDay(r, at, t.partition.key, f.Day)
		defer full.Release()
		return yield(full)
	})
}

// insertDay returns the record with one column more, the same date in every row.
func insertDay(r arrow.Record, at int, name string, day schedules.Day) arrow.Record {
	b := array.NewDate32Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(int(r.NumRows()))
	for range r.NumRows() {
		b.UnsafeAppend(arrow.Date32(day))
	}
	dates := b.NewArray()
	defer dates.Release()
	field := arrow.Field{Name: name, Type: arrow.FixedWidthTypes.Date32}
	schema := arrow.NewSchema(slices.Insert(slices.Clone(r.Schema().Fields()), at, field), nil)
	return array.NewRecord(schema, slices.Insert(slices.Clone(r.Columns()), at, arrow.Array(dates)), r.NumRows())
}
