package parquet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
	"barkeep/schedules"
)

// Days is a range of days of a Date column, both ends included.
type Days struct {
	Column      string
	First, Last schedules.Day
}

// Read streams the named columns of a file, or all if columns is nil, as
// record batches: one for each row group, in file order, columns in the order
// asked for. The file may come from any tool, as long as its columns have the
// table's types. A nullable column that the file lacks reads as null, as Delta
// wants it.
//
// Read releases each batch when yield returns; a yield that keeps one calls
// its Retain. An error of yield ends the reading and is returned. A damaged
// file is an error that names it, never a panic; batches yielded before the
// damage was met are whole.
func Read(ctx context.Context, path string, table etl.Table, columns []string, yield func(arrow.Record) error) error {
	return read(ctx, memory.DefaultAllocator, path, table, columns, nil, yield)
}

// ReadDays is Read without the row groups that by their statistics hold no row
// in the range of days. Rows outside the range still come along in the others.
func ReadDays(ctx context.Context, path string, table etl.Table, columns []string, days Days, yield func(arrow.Record) error) error {
	skip := func(r *reader, group int) bool { return r.outside(group, days) }
	return read(ctx, memory.DefaultAllocator, path, table, columns, skip, yield)
}

// read leaves out the row groups that skip, which may be nil, tells it to.
func read(ctx context.Context, mem memory.Allocator, path string, table etl.Table, columns []string, skip func(*reader, int) bool, yield func(arrow.Record) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read %s: %w", path, err)
		}
	}()
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := open(in, mem, table, columns)
	if err != nil {
		return err
	}
	for i := range r.file.RowGroups() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if skip != nil && skip(r, i) {
			continue
		}
		batch, err := r.rowGroup(ctx, i)
		if err != nil {
			return fmt.Errorf("row group %d: %w", i, err)
		}
		err = yield(batch)
		batch.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// reader is one call of Read.
type reader struct {
	file    *pq.File
	mem     memory.Allocator
	schema  *arrow.Schema
	columns []source
}

// source is where a column of the table lies in the file.
type source struct {
	etl.Column
	leaf int // position among the file's leaf columns; -1 if the file lacks it
}

// maxRowGroupRows bounds what one batch may take; no known writer makes row
// groups of more rows.
const maxRowGroupRows = 1 << 27

// open reads the footer and finds the columns.
func open(in *os.File, mem memory.Allocator, table etl.Table, columns []string) (_ *reader, err error) {
	defer recovered(&err)
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	if _, _, err := ReadFooter(in, info.Size()); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	file, err := pq.OpenFile(in, info.Size(), pq.SkipPageIndex(true), pq.SkipBloomFilters(true), pq.ReadBufferSize(1<<18))
	if err != nil {
		return nil, err
	}
	for i, g := range file.Metadata().RowGroups {
		if g.NumRows < 0 || g.NumRows > maxRowGroupRows {
			return nil, fmt.Errorf("row group %d: %w: %d rows", i, errDamaged, g.NumRows)
		}
	}
	if columns == nil {
		for _, c := range table.Columns {
			columns = append(columns, c.Name)
		}
	}
	r := &reader{file: file, mem: mem}
	fields := make([]arrow.Field, len(columns))
	for i, name := range columns {
		at := table.Index(name)
		if at < 0 {
			return nil, fmt.Errorf("table %s has no column %s", table.Name, name)
		}
		c := source{Column: table.Columns[at], leaf: -1}
		if leaf, ok := file.Schema().Lookup(name); ok {
			if err := compatible(c.Type, leaf.Node); err != nil {
				return nil, fmt.Errorf("column %s: %w", name, err)
			}
			c.leaf = int(leaf.ColumnIndex)
		} else if !c.Nullable {
			return nil, fmt.Errorf("the file lacks column %s, which must not be null", name)
		}
		r.columns = append(r.columns, c)
		fields[i] = arrow.Field{Name: name, Type: c.Type.Arrow(), Nullable: c.Nullable}
	}
	r.schema = arrow.NewSchema(fields, nil)
	return r, nil
}

// compatible says why a column of the file cannot be read as type t.
func compatible(t etl.ColumnType, node pq.Node) error {
	want := leafOf(t)
	if node.Repeated() || !node.Leaf() {
		return errors.New("is nested and must be flat")
	}
	ok := node.Type().Kind() == want.Kind()
	if t == etl.Date || t == etl.Timestamp { // the unit is in the annotation
		ok = ok && node.Type().String() == want.String()
	}
	if !ok {
		return fmt.Errorf("is %s and must be %s", node.Type(), want)
	}
	return nil
}

// statistics are those of a column in a row group; empty when there are none.
func (r *reader) statistics(group int, column string) (s format.Statistics) {
	leaf, ok := r.file.Schema().Lookup(column)
	if chunks := r.file.Metadata().RowGroups[group].Columns; ok && int(leaf.ColumnIndex) < len(chunks) {
		s = chunks[leaf.ColumnIndex].MetaData.Statistics
	}
	return s
}

// outside says that no row of the row group lies in the range. Without
// statistics any may.
func (r *reader) outside(group int, days Days) bool {
	s := r.statistics(group, days.Column)
	if len(s.MinValue) != 4 || len(s.MaxValue) != 4 {
		return false
	}
	lo := schedules.Day(binary.LittleEndian.Uint32(s.MinValue))
	hi := schedules.Day(binary.LittleEndian.Uint32(s.MaxValue))
	return lo > days.Last || hi < days.First
}

// rowGroup decodes one row group.
func (r *reader) rowGroup(ctx context.Context, i int) (_ arrow.Record, err error) {
	group := r.file.RowGroups()[i]
	arrays := make([]arrow.Array, 0, len(r.columns))
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
	}()
	for _, c := range r.columns {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a, err := r.column(group, c)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		arrays = append(arrays, a)
	}
	return array.NewRecord(r.schema, arrays, group.NumRows()), nil
}

// errDamaged says that the bytes of a file contradict themselves.
var errDamaged = errors.New("damaged file")

// recovered turns a panic of the library over damaged bytes into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", errDamaged, p)
	}
}
