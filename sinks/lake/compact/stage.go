package compact

import (
	"context"
	"errors"
	"fmt"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

const (
	// maxFanIn bounds the files that are open at a time.
	maxFanIn = 64
	// minRunRows is the least number of rows in a row group of a run: with fewer, the
	// footers would weigh more than the rows.
	minRunRows = 1024
	// textBytes is what an average string takes beside its offset.
	textBytes = 12
	keyBytes  = 2 * 16 // of a page and of the one before
)

// rowBytes is what a decoded row takes by the types of its columns.
func rowBytes(t etl.Table) int64 {
	n := int64(keyBytes)
	for _, c := range t.Columns {
		switch c.Type {
		case etl.Date:
			n += 4
		case etl.String:
			n += 4 + textBytes
		case etl.Bool:
			n++
		default:
			n += 8
		}
	}
	return n
}

// estimate tells what every file's row groups take in memory, and what remains of
// MemoryBytes for open cursors: two windows, one being merged and one being
// written, keep row groups alive that their cursors have left.
func (m *merge) estimate(files []lake.File) {
	wide := rowBytes(m.stored)
	for _, f := range files {
		rows := f.Rows
		if rows < 0 {
			rows = int64(m.rows) // another program wrote the file
		}
		perRow := rowBytes(m.stored)
		if rows > 0 {
			perRow = max(perRow, 4*f.Bytes/rows) // long texts; compressed they are a quarter at best
		}
		wide = max(wide, perRow)
		m.inputs = append(m.inputs, input{path: f.Path, name: f.Relative, decoded: min(rows, int64(m.rows)) * perRow})
	}
	m.budget = max(m.options.MemoryBytes-2*wide*int64(m.rows), m.options.MemoryBytes/4)
	m.wide = wide
}

// fits says whether the inputs can be open at the same time. Two always are.
func (m *merge) fits(inputs []input) bool {
	sum := int64(0)
	for _, in := range inputs {
		sum += in.decoded
	}
	return len(inputs) <= 2 || len(inputs) <= maxFanIn && sum <= m.budget
}

// stages merges neighbours into intermediate runs of small row groups until what
// remains can be open at the same time. Neighbours, so that equal rows keep the
// order of their files.
func (m *merge) stages(ctx context.Context) ([]input, error) {
	inputs := m.inputs
	for !m.fits(inputs) {
		var next []input
		for rest := inputs; len(rest) > 0; {
			if left := append(next[:len(next):len(next)], rest...); m.fits(left) {
				next = left
				break
			}
			n, sum := 0, int64(0)
			for n < len(rest) && n < maxFanIn && (n < 2 || sum+rest[n].decoded <= m.budget) {
				sum += rest[n].decoded
				n++
			}
			group := rest[:n]
			rest = rest[n:]
			if n == 1 {
				next = append(next, group[0])
				continue
			}
			run, err := m.writeRun(ctx, group)
			if err != nil {
				return nil, err
			}
			next = append(next, run)
		}
		inputs = next
	}
	return inputs, nil
}

// writeRun merges some inputs into a temporary file. It need not survive a power
// failure, and is not checked: the last files are checked against the first.
func (m *merge) writeRun(ctx context.Context, group []input) (_ input, err error) {
	path, out, err := m.table.Scratch()
	if err != nil {
		return input{}, fmt.Errorf("make an intermediate file: %w", err)
	}
	m.runs = append(m.runs, path)
	defer func() { err = errors.Join(err, out.Close()) }()
	cfg := parquet.DefaultConfig()
	cfg.Compression, cfg.ByteStreamSplit = "fastest", true // no reader but ours
	cfg.RowGroupRows = int(min(max(m.budget/maxFanIn/m.wide, minRunRows), int64(m.rows)))
	w, err := parquet.NewWriter(out, m.stored, cfg)
	if err != nil {
		return input{}, err
	}
	err = m.overlap(ctx, group, func(ctx context.Context, win *window) error {
		if err := w.Write(ctx, win.batches, win.order); err != nil {
			return fmt.Errorf("write an intermediate file: %w", err)
		}
		return nil
	})
	if _, cerr := w.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("write an intermediate file: %w", cerr)
	}
	if err != nil {
		return input{}, err
	}
	for _, in := range group {
		if in.name == "" { // a run of an earlier stage has served
			err = errors.Join(err, m.table.DropUncommitted([]lake.File{{Path: in.path}}))
		}
	}
	return input{path: path, decoded: int64(cfg.RowGroupRows) * m.wide}, err
}

// dropRuns removes the intermediate files.
func (m *merge) dropRuns() error {
	var files []lake.File
	for _, path := range m.runs {
		files = append(files, lake.File{Path: path})
	}
	m.runs = nil
	return m.table.DropUncommitted(files)
}
