package compact

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/sinks/parquet"
)

// input is one sorted file to be merged: a live file, or an intermediate run.
type input struct {
	path    string
	name    string // relative to the table's directory; empty for a run
	decoded int64  // estimate of what one row group takes in memory, with its keys, in bytes
}

// cursor stands on a row of one input and moves forward. It holds one row group.
type cursor struct {
	input
	rank int  // among the inputs: of equal rows the lower rank comes first
	once bool // no two rows are equal, and a run ends at one that would be
	next func() (arrow.Record, error, bool)
	stop func()

	page  page  // the current row group; no batch before the first and after the last
	spare []key // of the page before, whose space the next one takes
	at    int
	slot  int // the page's position in the window being filled, -1 for none
}

// errStop ends a reading whose rest is not wanted.
var errStop = errors.New("stopped")

// open starts reading an input. The caller calls stop when done with it.
func (m *merge) open(ctx context.Context, in input, rank int) *cursor {
	c := &cursor{input: in, rank: rank, once: m.unique}
	c.next, c.stop = iter.Pull2(func(yield func(arrow.Record, error) bool) {
		err := parquet.Read(ctx, in.path, m.stored, nil, func(r arrow.Record) error {
			if !yield(r, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	})
	return c
}

func (c *cursor) close() {
	c.stop()
	c.release()
}

func (c *cursor) release() {
	if c.page.batch != nil {
		c.page.batch.Release()
	}
	c.page = page{}
}

// load moves to the first row of the next row group that has any; false at the end.
func (m *merge) load(ctx context.Context, c *cursor) (bool, error) {
	for {
		batch, err, ok := c.next()
		if err != nil {
			return false, m.inputErr(ctx, c, err)
		}
		if !ok {
			c.release()
			return false, nil
		}
		if batch.NumRows() > 0 {
			batch.Retain()
			return true, m.take(ctx, c, batch)
		}
	}
}

// take makes a batch the cursor's page, and counts and checks its rows.
func (m *merge) take(ctx context.Context, c *cursor, batch arrow.Record) error {
	last := c.page
	c.page = newPage(batch, m.sort, c.spare)
	defer func() {
		c.spare = last.keys
		if last.batch != nil {
			last.batch.Release()
		}
	}()
	c.at, c.slot = 0, -1
	if c.name != "" { // a run's rows have been counted
		m.cells = m.want.add(batch, m.cells)
	}
	row, order := disorder(&last, &c.page, m.unique)
	switch {
	case row < 0:
		return nil
	case order == 0:
		return m.duplicate(ctx, &c.page, row)
	}
	return m.inputErr(ctx, c, fmt.Errorf("the row %s stands after a greater one, and files are sorted", c.page.text(row, m.names)))
}

// disorder returns the first row of a page that comes before its predecessor, order
// 1, or equals it where that is not allowed, order 0; row is -1 when there is none.
// last is the page before, empty for the first.
func disorder(last, p *page, unique bool) (row, order int) {
	bad := 1
	if unique {
		bad = 0
	}
	if len(p.keys) == 0 {
		return -1, 0
	}
	if n := len(last.keys); last.batch != nil && n > 0 {
		if c := compareRows(last, n-1, p, 0); c >= bad {
			return 0, c
		}
	}
	for i := 1; i < len(p.keys); i++ {
		a, b := p.keys[i-1], p.keys[i]
		if a.hi < b.hi || a.hi == b.hi && a.lo < b.lo {
			continue
		}
		if c := compareRows(p, i-1, p, i); c >= bad {
			return i, c
		}
	}
	return -1, 0
}
