package lake

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/sinks/parquet"
)

// editor makes the new files of an edit.
type editor struct {
	table             *Table
	edit              Edit
	fates             []Fate // scratch space
	old, fresh        []File
	replaced, dropped int64
}

// errConcerned ends the search in a file that holds rows which do not stay.
var errConcerned = errors.New("found")

// file looks at one file, and rewrites it if need be.
func (w *editor) file(ctx context.Context, f File) error {
	err := parquet.Read(ctx, f.Path, w.table.stored, w.edit.Columns, func(r arrow.Record) error {
		fates, err := w.judge(r)
		if err == nil && slices.ContainsFunc(fates, func(f Fate) bool { return f != Keep }) {
			err = errConcerned
		}
		return err
	})
	if err == nil || !errors.Is(err, errConcerned) {
		return err
	}
	return w.rewrite(ctx, f)
}

func (w *editor) judge(keys arrow.Record) ([]Fate, error) {
	w.fates = slices.Grow(w.fates[:0], int(keys.NumRows()))[:keys.NumRows()]
	clear(w.fates)
	return w.fates, w.edit.Judge(keys, w.fates)
}

// rewrite copies a file row group by row group. A file of which no row stays gets
// no successor.
func (w *editor) rewrite(ctx context.Context, f File) error {
	out, err := w.table.NewFile(f)
	if err != nil {
		return err
	}
	rows, dropped := int64(0), w.dropped
	err = parquet.Read(ctx, f.Path, w.table.stored, nil, func(r arrow.Record) error {
		rows += r.NumRows()
		return w.copy(ctx, out, r)
	})
	if err == nil && f.Rows >= 0 && rows != f.Rows {
		err = fmt.Errorf("%s holds %d rows, and %d by the log; barkeep verify tells more", f.Relative, rows, f.Rows)
	}
	rows -= w.dropped - dropped
	if err != nil || rows == 0 {
		w.old = append(w.old, f)
		return errors.Join(err, out.Discard())
	}
	fresh, err := out.Finish()
	if err != nil {
		return err
	}
	w.old, w.fresh = append(w.old, f), append(w.fresh, fresh)
	if fresh.Rows != rows {
		return fmt.Errorf("%s should hold %d rows and holds %d; nothing was changed", fresh.Relative, rows, fresh.Rows)
	}
	return nil
}

// copy writes the rows of a record that stay, and in their places those that
// others give way to.
func (w *editor) copy(ctx context.Context, out *NewFile, r arrow.Record) error {
	keys := project(r, w.edit.Columns)
	defer keys.Release()
	fates, err := w.judge(keys)
	if err != nil {
		return err
	}
	order := make([]parquet.Row, 0, len(fates))
	for i, fate := range fates {
		switch fate {
		case Keep:
			order = append(order, parquet.Row{Row: uint32(i)})
			continue
		case Drop:
			w.dropped++
			continue
		}
		with := w.edit.With[fate.row.Batch-1]
		if err := w.sameKey(r, i, with, int(fate.row.Row)); err != nil {
			return err
		}
		w.replaced++
		order = append(order, fate.row)
	}
	if len(order) == 0 {
		return nil
	}
	return out.Write(ctx, append([]arrow.Record{r}, w.edit.With...), order)
}

// sameKey refuses a row that would not belong where the other one is.
func (w *editor) sameKey(r arrow.Record, i int, with arrow.Record, j int) error {
	for _, name := range w.table.stored.Sort {
		c := w.table.stored.Index(name)
		if !array.SliceEqual(r.Column(c), int64(i), int64(i+1), with.Column(c), int64(j), int64(j+1)) {
			return fmt.Errorf("%s %s cannot give way to %s: only a row of the same key can take its place",
				name, r.Column(c).ValueStr(i), with.Column(c).ValueStr(j))
		}
	}
	return nil
}

// project returns the named columns of a record.
func project(r arrow.Record, names []string) arrow.Record {
	fields, columns := make([]arrow.Field, len(names)), make([]arrow.Array, len(names))
	for i, name := range names {
		at := r.Schema().FieldIndices(name)[0] // Read has known the same names
		fields[i], columns[i] = r.Schema().Field(at), r.Column(at)
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), columns, r.NumRows())
}
