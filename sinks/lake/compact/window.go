package compact

import (
	"context"
	"runtime"

	"github.com/apache/arrow/go/v17/arrow"
	"golang.org/x/sync/errgroup"

	"barkeep/sinks/parquet"
)

// window is some merged rows: the batches they lie in, and their order. It holds
// its batches until released.
type window struct {
	batches []arrow.Record
	order   []parquet.Row
}

func newWindow(rows int) *window {
	return &window{order: make([]parquet.Row, 0, rows)}
}

func (w *window) release() {
	for _, b := range w.batches {
		b.Release()
	}
	w.batches, w.order = nil, nil
}

// take appends rows of the cursor's page, up to the row end, as far as there is room.
func (w *window) take(c *cursor, end int) {
	if c.slot < 0 {
		c.slot = len(w.batches)
		c.page.batch.Retain()
		w.batches = append(w.batches, c.page.batch)
	}
	end = min(end, c.at+cap(w.order)-len(w.order))
	for ; c.at < end; c.at++ {
		w.order = append(w.order, parquet.Row{Batch: uint32(c.slot), Row: uint32(c.at)})
	}
}

func (w *window) full() bool { return len(w.order) == cap(w.order) }

// overlap merges the inputs in one goroutine while another consumes the rows, window
// by window. At most two windows exist at a time.
func (m *merge) overlap(ctx context.Context, inputs []input, consume func(context.Context, *window) error) error {
	held := 2 * m.wide * int64(m.rows)
	for _, in := range inputs {
		held += in.decoded
	}
	g, ctx := errgroup.WithContext(ctx)
	windows := make(chan *window)
	g.Go(func() error {
		defer close(windows)
		return m.into(ctx, inputs, func(w *window) error {
			select {
			case windows <- w:
				return nil
			case <-ctx.Done():
				w.release()
				return ctx.Err()
			}
		})
	})
	g.Go(func() error {
		for w := range windows {
			err := consume(ctx, w)
			w.release()
			if err != nil {
				return err
			}
			if held > m.options.MemoryBytes/2 {
				// Left alone, the collector lets as much garbage gather as is alive. What is
				// alive are buffers without pointers, so that it has next to nothing to do.
				runtime.GC()
			}
		}
		return nil
	})
	return g.Wait()
}
