package parquet

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/parquet-go/parquet-go/format"
	"golang.org/x/sync/errgroup"

	"barkeep/etl"
)

// Row names one row of a set of batches.
type Row struct{ Batch, Row uint32 }

// Write writes rows order[0], order[1], ... of the batches, or all rows as
// they come if order is nil, into a new file at path, and returns after the
// file is fsynced and closed. The file must not exist before; after an error
// it does not exist either. The batches must have exactly the table's columns;
// Write neither changes nor retains them.
//
// The rows need not be sorted: a row group says that it is sorted by
// table.Sort only if it is. The directory is not fsynced; the caller that
// gives the file its final name does that.
func Write(ctx context.Context, path string, table etl.Table, batches []arrow.Record, order []Row, cfg Config) (_ Stats, err error) {
	w, err := newWriter(table, batches, order, cfg)
	if err != nil {
		return Stats{}, fmt.Errorf("write %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return Stats{}, fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // harmless if it is closed already
			_ = os.Remove(path)
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if err = w.write(ctx, f); err != nil {
		return Stats{}, err
	}
	if err = f.Sync(); err != nil {
		return Stats{}, err
	}
	if err = f.Close(); err != nil {
		return Stats{}, err
	}
	return w.stats(), nil
}

// writer is one call of Write.
type writer struct {
	table   etl.Table
	cfg     Config
	columns []*column
	order   []Row

	chunks []chunk  // of the current row group, by column
	bounds []bounds // of the file, by column
	groups []format.RowGroup
	offset int64
}

func newWriter(table etl.Table, batches []arrow.Record, order []Row, cfg Config) (*writer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	columns, err := columnsOf(table, batches, cfg)
	if err != nil {
		return nil, err
	}
	w := &writer{table: table, cfg: cfg, columns: columns, order: order}
	w.chunks = make([]chunk, len(columns))
	w.bounds = make([]bounds, len(columns))
	for i := range w.bounds {
		w.bounds[i] = newBounds()
	}
	if order == nil {
		w.order = inOrder(batches)
	}
	for i, r := range order {
		if int64(r.Batch) >= int64(len(batches)) || int64(r.Row) >= batches[r.Batch].NumRows() {
			return nil, fmt.Errorf("order[%d] names row %d of batch %d, which does not exist", i, r.Row, r.Batch)
		}
	}
	return w, nil
}

// inOrder names all rows as they come.
func inOrder(batches []arrow.Record) []Row {
	n := int64(0)
	for _, batch := range batches {
		n += batch.NumRows()
	}
	rows := make([]Row, 0, n)
	for b, batch := range batches {
		for r := range batch.NumRows() {
			rows = append(rows, Row{uint32(b), uint32(r)})
		}
	}
	return rows
}

// write writes the whole file.
func (w *writer) write(ctx context.Context, out io.Writer) error {
	if err := w.put(out, []byte("PAR1")); err != nil {
		return err
	}
	workers := make([]*encoder, min(w.cfg.Parallel, len(w.columns)))
	pool := encoders[w.cfg.Compression]
	for i := range workers {
		workers[i] = pool.Get().(*encoder)
		defer pool.Put(workers[i])
	}
	for rest := w.order; len(rest) > 0; {
		rows := rest[:min(len(rest), w.cfg.RowGroupRows)]
		rest = rest[len(rows):]
		if err := w.encode(ctx, workers, rows); err != nil {
			return err
		}
		if err := w.rowGroup(out, rows); err != nil {
			return err
		}
	}
	return w.footer(out)
}

// encode fills the chunks of one row group. The workers share its columns.
func (w *writer) encode(ctx context.Context, workers []*encoder, rows []Row) error {
	var next atomic.Int32
	g, ctx := errgroup.WithContext(ctx)
	for _, e := range workers {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(w.columns) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := e.encode(w.columns[i], rows, &w.chunks[i]); err != nil {
					return fmt.Errorf("column %s: %w", w.columns[i].Name, err)
				}
			}
		})
	}
	return g.Wait()
}

func (w *writer) stats() Stats {
	s := Stats{Rows: int64(len(w.order)), Bytes: w.offset}
	for i, c := range w.columns {
		s.Columns = append(s.Columns, w.bounds[i].stats(c.Type))
	}
	return s
}
