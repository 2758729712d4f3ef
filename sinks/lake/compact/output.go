package compact

import (
	"context"
	"errors"

	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// output is the files that a merge makes, one after another.
type output struct {
	table *lake.Table
	like  lake.File // their place among the partition's files
	limit int64     // the size at which a file ends, in bytes
	sort  []int     // positions of the sort columns

	file    *lake.NewFile
	written int64 // of file
	files   []lake.File
}

// write appends a window. A file that is large enough ends where the first sort
// column changes, so that files share no symbols; when it has become twice as large
// without a change, where the key does.
func (o *output) write(ctx context.Context, w *window) error {
	order := w.order
	if o.written >= o.limit {
		depth := min(1, len(o.sort))
		if o.written >= 2*o.limit {
			depth = len(o.sort)
		}
		if cut := o.change(w, depth); cut >= 0 {
			if err := o.append(ctx, w, order[:cut]); err != nil {
				return err
			}
			if err := o.end(); err != nil {
				return err
			}
			order = order[cut:]
		}
	}
	return o.append(ctx, w, order)
}

// change returns the first row of the window that differs from the one before in
// the first depth sort columns, -1 if none does. Without sort columns any row will do.
func (o *output) change(w *window, depth int) int {
	if depth == 0 {
		return 0
	}
	for i := 1; i < len(w.order); i++ {
		a, b := w.order[i-1], w.order[i]
		if a.Batch == b.Batch && a.Row == b.Row {
			continue
		}
		for _, c := range o.sort[:depth] {
			if compareCells(w.batches[a.Batch].Column(c), int(a.Row), w.batches[b.Batch].Column(c), int(b.Row)) != 0 {
				return i
			}
		}
	}
	return -1
}

func (o *output) append(ctx context.Context, w *window, order []parquet.Row) (err error) {
	if len(order) == 0 {
		return nil
	}
	if o.file == nil {
		if o.file, err = o.table.NewFile(o.like); err != nil {
			return err
		}
	}
	if err := o.file.Write(ctx, w.batches, order); err != nil {
		return err
	}
	o.written, err = o.file.Bytes()
	return err
}

// end finishes the current file, if there is one.
func (o *output) end() error {
	if o.file == nil {
		return nil
	}
	f, err := o.file.Finish()
	o.file, o.written = nil, 0
	if err != nil {
		return err
	}
	o.files = append(o.files, f)
	return nil
}

// drop removes everything again.
func (o *output) drop() error {
	var err error
	if o.file != nil {
		err = o.file.Discard()
		o.file = nil
	}
	err = errors.Join(err, o.table.DropUncommitted(o.files))
	o.files = nil
	return err
}
