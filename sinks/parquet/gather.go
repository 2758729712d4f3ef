package parquet

import (
	"bytes"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
)

// run is a row of a batch and those that follow it. Merged files come in long
// runs; rows sorted out of answers for whole days in runs of one.
type run struct{ batch, row, n uint32 }

// appendRuns appends the rows as runs.
func appendRuns(runs []run, rows []Row) []run {
	for _, r := range rows {
		if n := len(runs) - 1; n >= 0 && runs[n].batch == r.Batch && runs[n].row+runs[n].n == r.Row {
			runs[n].n++
			continue
		}
		runs = append(runs, run{r.Batch, r.Row, 1})
	}
	return runs
}

// gathered is one column of one row group in file order, nulls left out. It is
// reused from chunk to chunk. Only the slice of the column's own type is set;
// strings stay in the Arrow buffers and are named by rows.
type gathered struct {
	days   []int32
	ints   []int64 // Int64 and Timestamp
	floats []float64
	bools  []byte // one byte per value, 0 or 1
	rows   []Row  // String: the rows that are not null
	kept   []Row  // the memory of rows, where some are null

	levels []byte // one byte per row, 0 for null; empty when no row is null
	bounds bounds
}

// values returns the number of rows that are not null.
func (g *gathered) values() int {
	return max(len(g.days), len(g.ints), len(g.floats), len(g.bools), len(g.rows))
}

// gather fetches the rows of the column, which runs name as well.
func (g *gathered) gather(c *column, rows []Row, runs []run) {
	g.bounds = newBounds()
	g.days, g.ints, g.floats, g.bools, g.rows = g.days[:0], g.ints[:0], g.floats[:0], g.bools[:0], nil
	g.mark(c, len(rows), runs)
	b, levels := &g.bounds, g.levels
	b.values = int64(len(rows)) - b.nulls
	switch c.Type {
	case etl.Date:
		g.days = squeeze(gatherRuns(g.days, c.days, runs, len(rows)), levels)
		b.loInt, b.hiInt = boundsOf(g.days, b.loInt, b.hiInt)
	case etl.Int64:
		g.ints = squeeze(gatherRuns(g.ints, c.ints, runs, len(rows)), levels)
		b.loInt, b.hiInt = boundsOf(g.ints, b.loInt, b.hiInt)
	case etl.Timestamp:
		g.ints = squeeze(gatherRuns(g.ints, c.times, runs, len(rows)), levels)
		b.loInt, b.hiInt = boundsOf(g.ints, b.loInt, b.hiInt)
	case etl.Float64:
		g.floats = squeeze(gatherRuns(g.floats, c.floats, runs, len(rows)), levels)
		b.floats(g.floats)
	case etl.Bool:
		g.bools = squeeze(gatherBits(g.bools, c.bools, runs, len(rows)), levels)
		b.bools(g.bools)
	case etl.String: // their bounds are those of the different ones
		g.rows = rows
		if len(levels) > 0 {
			g.kept = append(g.kept[:0], rows...)
			g.rows = squeeze(g.kept, levels)
		}
	}
}

// mark fills levels and counts the nulls.
func (g *gathered) mark(c *column, rows int, runs []run) {
	g.levels = g.levels[:0]
	if c.present == nil {
		return
	}
	g.levels = gatherBits(g.levels, c.present, runs, rows)
	g.bounds.nulls = int64(bytes.Count(g.levels, []byte{0}))
	if g.bounds.nulls == 0 {
		g.levels = g.levels[:0]
	}
}

func gatherRuns[T int32 | int64 | float64, S arrow.Date32 | arrow.Timestamp | int64 | float64](dst []T, src [][]S, runs []run, rows int) []T {
	dst = grow(dst, rows)
	at := 0
	for _, r := range runs {
		if r.n == 1 {
			dst[at] = T(src[r.batch][r.row])
			at++
			continue
		}
		values := src[r.batch][r.row : r.row+r.n]
		out := dst[at : at+len(values)]
		for i, v := range values {
			out[i] = T(v)
		}
		at += len(values)
	}
	return dst
}

// gatherBits makes a byte of each bit.
func gatherBits(dst []byte, src []bitmap, runs []run, rows int) []byte {
	dst = grow(dst, rows)
	at := 0
	for _, r := range runs {
		bits := src[r.batch]
		out := dst[at : at+int(r.n)]
		at += len(out)
		if bits.bits == nil {
			for i := range out {
				out[i] = 1
			}
			continue
		}
		from := bits.offset + int(r.row)
		for i := range out {
			out[i] = bits.bits[(from+i)>>3] >> ((from + i) & 7) & 1
		}
	}
	return dst
}

// squeeze leaves out the values that levels, if there are any, call null.
func squeeze[T any](values []T, levels []byte) []T {
	if len(levels) == 0 {
		return values
	}
	n := 0
	for i, level := range levels[:len(values)] {
		values[n] = values[i]
		n += int(level)
	}
	return values[:n]
}

// grow returns a slice of length n with unspecified content.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
