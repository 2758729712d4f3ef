package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// checkDeep reads the whole file, first its pages and then its values. The error
// is the context's.
func (f *file) checkDeep(ctx context.Context, in *os.File) error {
	f.checkPages(in)
	if f.damaged() {
		return nil
	}
	all := make([]bounds, len(f.columns))
	for i := range all {
		all[i] = newBounds()
	}
	order := newKeyOrder(f.stored)
	for _, group := range f.columnGroups() {
		if err := f.readColumns(ctx, group, all, order); err != nil || f.damaged() {
			return err
		}
		order = nil // the first group is the sort columns
	}
	f.says = &parquet.Stats{Rows: f.footer.NumRows}
	for i, c := range f.columns {
		f.says.Columns = append(f.says.Columns, all[i].stats(c.Type))
	}
	f.checkPartition(*f.says)
	f.checkStatistics(*f.says, true)
	for _, name := range f.stored.Sort {
		for i, c := range f.columns {
			if c.Name == name {
				f.keys = append(f.keys, f.says.Columns[i])
			}
		}
	}
	return nil
}

// groupBytes bounds the decoded size of the columns read together of one row group.
const groupBytes = 16 << 20

// columnGroups deals the file's columns out, by position: the sort columns first,
// the others so that few are in memory at once but small files are not opened for
// every column.
func (f *file) columnGroups() [][]int {
	largest := int64(1)
	for _, g := range f.footer.RowGroups {
		largest = max(largest, g.NumRows)
	}
	groups := [][]int{nil}
	isKey := map[int]bool{}
	for _, name := range f.stored.Sort {
		for i, c := range f.columns {
			if c.Name == name {
				groups[0] = append(groups[0], i)
				isKey[i] = true
			}
		}
	}
	size := int64(groupBytes)
	for i, c := range f.columns {
		if isKey[i] {
			continue
		}
		width := int64(8)
		if c.Type == etl.String {
			width = 24
		}
		if size += width * largest; size > groupBytes {
			groups, size = append(groups, nil), width*largest
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], i)
	}
	return groups
}

// readColumns reads some columns of all row groups. order is set for the group of
// the sort columns.
func (f *file) readColumns(ctx context.Context, group []int, all []bounds, order *keyOrder) error {
	if len(group) == 0 {
		return nil
	}
	names := make([]string, len(group))
	for i, at := range group {
		names[i] = f.columns[at].Name
	}
	at := 0
	err := parquet.Read(ctx, f.Path, f.stored, names, func(batch arrow.Record) error {
		for i, position := range group {
			c := f.columns[position]
			b := boundsOf(batch.Column(i))
			if b.nulls > 0 && !c.Nullable {
				f.fail(CheckNull, "row group %d: the column %s has %d nulls and must have none", at, c.Name, b.nulls)
			}
			if s := f.footer.RowGroups[at].Columns[f.leaves[position]].MetaData.Statistics; !b.matches(c.Type, s, f.footer.ours) {
				f.fail(CheckFooter, "row group %d, column %s: the footer's bounds or null count are not those of the values: readers would skip rows", at, c.Name)
			}
			all[position].merge(b)
		}
		if order != nil {
			order.check(batch)
		}
		at++
		return nil
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist): // vacuumed while it was being read
		f.missing = true
		f.fail(CheckMissing, "the file is gone")
	case err != nil:
		f.fail(CheckChecksum, "its values cannot be decoded: %v", err)
	case order != nil:
		order.report(f)
	}
	return nil
}
