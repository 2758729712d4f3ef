package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/parquet-go/parquet-go/format"
	"golang.org/x/sync/errgroup"

	"barkeep/etl"
)

// Row names one row of a set of batches.
type Row struct{ Batch, Row uint32 }

// Write writes rows order[0], order[1], ... of the batches, or all rows as
// they come if order is nil, as a whole file to out. The batches must have
// exactly the table's columns; Write neither changes nor retains them. After an
// error out holds a part of a file, which its owner throws away.
//
// The rows need not be sorted: a row group says that it is sorted by
// table.Sort only if it is.
func Write(ctx context.Context, out io.Writer, table etl.Table, batches []arrow.Record, order []Row, cfg Config) (Stats, error) {
	w, err := NewWriter(out, table, cfg)
	if err != nil {
		return Stats{}, err
	}
	err = w.Write(ctx, batches, order)
	stats, cerr := w.Close()
	if err != nil {
		return Stats{}, err
	}
	return stats, cerr
}

// Writer writes one file piece by piece, for content that never is in memory at
// once. Its methods are called from one goroutine.
type Writer struct {
	out     io.Writer
	table   etl.Table
	cfg     Config
	workers []*encoder
	started bool
	err     error // the first one; nothing is written after it

	runs    []run     // of the current row group
	columns []*column // of the batches at hand
	chunks  []chunk   // of the current row group, by column
	bounds  []bounds  // of the file, by column
	groups  []format.RowGroup
	offset  int64
	rows    int64
}

// NewWriter begins a file. Nothing is written to out before the first rows.
func NewWriter(out io.Writer, table etl.Table, cfg Config) (*Writer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	for _, c := range table.Columns {
		if e := cfg.EncodingOf(c); !e.fits(c.Type) {
			return nil, fmt.Errorf("column %s: the encoding %s does not exist for its type; remove it from encodings", c.Name, e)
		}
	}
	w := &Writer{out: out, table: table, cfg: cfg}
	w.chunks = make([]chunk, len(table.Columns))
	w.bounds = make([]bounds, len(table.Columns))
	for i := range w.bounds {
		w.bounds[i] = newBounds()
	}
	w.workers = make([]*encoder, min(cfg.Parallel, len(table.Columns)))
	for i := range w.workers {
		w.workers[i] = encoders[cfg.Compression].Get().(*encoder)
	}
	return w, nil
}

// Write appends rows of the batches, in the given order or as they come, and
// needs the batches until it returns. Row groups do not reach over from one call
// to the next: whoever writes in pieces gives Config.RowGroupRows rows at a time.
func (w *Writer) Write(ctx context.Context, batches []arrow.Record, order []Row) error {
	if w.err == nil {
		w.err = w.write(ctx, batches, order)
	}
	return w.err
}

func (w *Writer) write(ctx context.Context, batches []arrow.Record, order []Row) (err error) {
	if w.columns, err = columnsOf(w.table, batches, w.cfg); err != nil {
		return err
	}
	defer func() { w.columns = nil }()
	for i, r := range order {
		if int64(r.Batch) >= int64(len(batches)) || int64(r.Row) >= batches[r.Batch].NumRows() {
			return fmt.Errorf("order[%d] names row %d of batch %d, which does not exist", i, r.Row, r.Batch)
		}
	}
	if order == nil {
		order = inOrder(batches)
	}
	if err := w.start(); err != nil {
		return err
	}
	for len(order) > 0 {
		rows := order[:min(len(order), w.cfg.RowGroupRows)]
		order = order[len(rows):]
		w.runs = appendRuns(w.runs[:0], rows)
		if err := w.encode(ctx, rows); err != nil {
			return err
		}
		if err := w.rowGroup(rows); err != nil {
			return err
		}
	}
	for i := range w.bounds {
		w.bounds[i].own() // the batches go
	}
	return nil
}

// start writes what a file begins with.
func (w *Writer) start() error {
	if w.started {
		return nil
	}
	w.started = true
	return w.put([]byte("PAR1"))
}

// Close writes the footer and returns what the file holds. It does not close the
// io.Writer, and is called once, after an error too.
func (w *Writer) Close() (Stats, error) {
	defer func() {
		for _, e := range w.workers {
			encoders[w.cfg.Compression].Put(e)
		}
		w.workers, w.err = nil, errors.New("the file is closed")
	}()
	if w.err != nil {
		return Stats{}, w.err
	}
	if err := w.start(); err != nil {
		return Stats{}, err
	}
	if err := w.footer(); err != nil {
		return Stats{}, err
	}
	return w.stats(), nil
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

// encode fills the chunks of one row group. The workers share its columns.
func (w *Writer) encode(ctx context.Context, rows []Row) error {
	var next atomic.Int32
	g, ctx := errgroup.WithContext(ctx)
	for _, e := range w.workers {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(w.columns) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := e.encode(w.columns[i], rows, w.runs, &w.chunks[i]); err != nil {
					return fmt.Errorf("column %s: %w", w.columns[i].Name, err)
				}
			}
		})
	}
	return g.Wait()
}

func (w *Writer) stats() Stats {
	s := Stats{Rows: w.rows, Bytes: w.offset}
	for i, c := range w.table.Columns {
		s.Columns = append(s.Columns, w.bounds[i].stats(c.Type))
	}
	return s
}
