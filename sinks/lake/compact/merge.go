package compact

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// merge is the merging of one job's files.
type merge struct {
	table     *lake.Table
	stored    etl.Table
	partition string
	unique    bool
	sort      []int    // positions of the sort columns in stored
	names     []string // theirs
	options   Options

	inputs []input // the live files
	rows   int     // of a window
	budget int64   // of all open cursors, in bytes
	wide   int64   // a row in memory, by the widest file, in bytes
	runs   []string

	want  *sums    // of the live files' rows, counted as they are read
	cells []uint64 // scratch space
}

func newMerge(t *lake.Table, j job, o Options) *merge {
	stored := t.Stored()
	m := &merge{table: t, stored: stored, partition: j.partition, unique: t.Definition().Unique && len(stored.Sort) > 0,
		names: stored.Sort, options: o, rows: t.RowGroupRows(), want: newSums(stored)}
	for _, name := range stored.Sort {
		m.sort = append(m.sort, stored.Index(name))
	}
	m.estimate(j.files)
	return m
}

// into merges sorted inputs and hands their rows out in windows, which then belong
// to emit.
func (m *merge) into(ctx context.Context, inputs []input, emit func(*window) error) (err error) {
	w := newWindow(m.rows)
	var cursors []*cursor
	defer func() {
		w.release()
		for _, c := range cursors {
			c.close()
		}
	}()
	var h heap
	for i, in := range inputs {
		c := m.open(ctx, in, i)
		cursors = append(cursors, c)
		if ok, err := m.load(ctx, c); err != nil {
			return err
		} else if ok {
			h.push(c)
		}
	}
	for len(h) > 0 {
		end, err := m.run(ctx, h)
		if err != nil {
			return err
		}
		for c := h[0].cursor; c.at < end; {
			w.take(c, end)
			if !w.full() {
				continue
			}
			full := w
			w = newWindow(m.rows)
			for _, c := range cursors {
				c.slot = -1
			}
			if err := emit(full); err != nil {
				return err
			}
		}
		if err := m.advance(ctx, &h); err != nil {
			return err
		}
	}
	if len(w.order) == 0 {
		return nil
	}
	last := w
	w = newWindow(0)
	return emit(last)
}

// run returns where the rows end that the first cursor has before the others'.
func (m *merge) run(ctx context.Context, h heap) (end int, err error) {
	first := h[0].cursor
	if len(h) == 1 {
		return int(first.page.batch.NumRows()), nil
	}
	second := h.second()
	if m.unique && h[0].head == second.head && compareRows(&first.page, first.at, &second.page, second.at) == 0 {
		return 0, m.duplicate(ctx, &first.page, first.at)
	}
	return first.before(second), nil
}

// advance puts the first cursor, which has moved on, in its new place.
func (m *merge) advance(ctx context.Context, h *heap) error {
	c := (*h)[0].cursor
	if c.at == int(c.page.batch.NumRows()) {
		if ok, err := m.load(ctx, c); err != nil {
			return err
		} else if !ok {
			h.pop()
			return nil
		}
	}
	h.moved()
	return nil
}

// duplicate finds the files that hold the key of a row, which is more than one, or
// one that holds it twice.
func (m *merge) duplicate(ctx context.Context, p *page, row int) error {
	d := &DuplicateError{Table: m.stored.Name, Partition: m.partition, Key: p.text(row, m.names)}
	positions := make([]int, len(m.names))
	for i := range positions {
		positions[i] = i
	}
	for _, in := range m.inputs {
		err := parquet.Read(ctx, in.path, m.stored, m.names, func(r arrow.Record) error {
			q := newPage(r, positions, nil)
			for i, k := range q.keys {
				if k == p.keys[row] && compareRows(&q, i, p, row) == 0 {
					d.Files = append(d.Files, in.name)
					return errStop
				}
			}
			return nil
		})
		if err != nil && !slices.Contains(d.Files, in.name) {
			return fmt.Errorf("look for the row %s: %w", d.Key, err)
		}
	}
	return d
}

// inputErr says which file could not be read.
func (m *merge) inputErr(ctx context.Context, c *cursor, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if c.name == "" {
		return fmt.Errorf("read an intermediate file back: %w", err)
	}
	return &inputError{c.name, err}
}
