package compact

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"golang.org/x/sync/errgroup"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// check reads finished files back and holds them against what was read for them.
// Every page's checksum is looked at on the way.
type check struct {
	*merge
	got    *sums
	halves [2][]int // the columns that are read at the same time; the sort columns are in the first
	last   page     // the last one read
	spare  []key    // space for the next one's
}

// verify compares the finished files with the sums of the live ones.
func (m *merge) verify(ctx context.Context, files []lake.File) error {
	c := &check{merge: m, got: newSums(m.stored), halves: halves(m.stored, m.sort)}
	defer func() {
		if c.last.batch != nil {
			c.last.batch.Release()
		}
	}()
	for _, f := range files {
		if err := c.file(ctx, f.Path); err != nil {
			return err
		}
	}
	if what, want, got := m.want.differ(c.got, m.stored); what != "" {
		return m.failed(what, want, got)
	}
	return nil
}

func (m *merge) failed(check, want, got string) error {
	return &CheckError{Table: m.stored.Name, Partition: m.partition, Check: check, Want: want, Got: got}
}

// halves deals the columns out so that decoding each half takes about as long. The
// sort columns come first, in their order.
func halves(t etl.Table, sort []int) (h [2][]int) {
	var cost [2]int
	put := func(half, column int) {
		h[half] = append(h[half], column)
		cost[half]++
		if t.Columns[column].Type == etl.String {
			cost[half]++
		}
	}
	done := map[int]bool{}
	for _, c := range sort {
		done[c] = true
		put(0, c)
	}
	for c := range t.Columns {
		switch {
		case done[c]:
		case cost[0] <= cost[1]:
			put(0, c)
		default:
			put(1, c)
		}
	}
	return h
}

// file reads one file, each half of its columns in a goroutine of its own. The
// second hands the sums of its cells, row group by row group, to the first, which
// counts whole rows.
func (c *check) file(ctx context.Context, path string) error {
	if len(c.halves[1]) == 0 {
		return c.half(ctx, path, 0, c.whole)
	}
	g, ctx := errgroup.WithContext(ctx)
	sent, spare := make(chan []uint64), make(chan []uint64, 2)
	g.Go(func() error {
		defer close(sent)
		return c.half(ctx, path, 1, func(_ arrow.Record, cells []uint64) ([]uint64, error) {
			select {
			case sent <- cells:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			select {
			case cells = <-spare:
			default:
				cells = nil
			}
			return cells, nil
		})
	})
	g.Go(func() error {
		return c.half(ctx, path, 0, func(r arrow.Record, cells []uint64) ([]uint64, error) {
			var others []uint64
			select {
			case others = <-sent:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			if len(others) != len(cells) {
				return nil, c.failed("rows of a row group", fmt.Sprint(len(cells)), fmt.Sprint(len(others)))
			}
			for i, v := range others {
				cells[i] += v
			}
			spare <- others
			return c.whole(r, cells)
		})
	})
	return g.Wait()
}

// half reads half of the columns of a file and counts them. done takes what each
// row's cells sum up to, and returns space for the next ones.
func (c *check) half(ctx context.Context, path string, half int, done func(arrow.Record, []uint64) ([]uint64, error)) error {
	var names []string
	for _, column := range c.halves[half] {
		names = append(names, c.stored.Columns[column].Name)
	}
	var cells []uint64
	err := parquet.Read(ctx, path, c.stored, names, func(r arrow.Record) (err error) {
		cells = zeros(cells, int(r.NumRows()))
		c.got.addColumns(c.halves[half], r, cells)
		cells, err = done(r, cells)
		return err
	})
	var wrong *CheckError
	if errors.As(err, &wrong) {
		return wrong
	}
	if err != nil {
		return fmt.Errorf("read back what was written, and nothing was changed: %w", err)
	}
	return nil
}

// whole counts rows whose cells are all in, and looks at their order.
func (c *check) whole(r arrow.Record, cells []uint64) ([]uint64, error) {
	c.got.addRows(cells)
	if r.NumRows() == 0 || len(c.sort) == 0 {
		return cells, nil
	}
	by := make([]int, len(c.sort))
	for i := range by {
		by[i] = i // halves puts them first
	}
	last := c.last
	r.Retain()
	c.last = newPage(r, by, c.spare)
	row, order := disorder(&last, &c.last, c.unique)
	c.spare = last.keys
	if last.batch != nil {
		last.batch.Release()
	}
	if row < 0 {
		return cells, nil
	}
	what := "order of the rows"
	if order == 0 {
		what = "keys that are unique"
	}
	return nil, c.failed(what, "as it must be", "wrong at the row "+c.last.text(row, c.names))
}
