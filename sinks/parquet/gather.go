package parquet

import (
	"bytes"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
)

// gathered is one column of one row group in file order, nulls left out. It is
// reused from chunk to chunk. Only the slice of the column's own type is set;
// strings stay in the Arrow buffers and are named by rows.
type gathered struct {
	days   []int32
	ints   []int64 // Int64 and Timestamp
	floats []float64
	bools  []byte // one byte per value, 0 or 1
	rows   []Row  // String: the rows that are not null

	levels []byte // one byte per row, 0 for null; empty when no row is null
	bounds bounds
}

// values returns the number of rows that are not null.
func (g *gathered) values() int {
	return max(len(g.days), len(g.ints), len(g.floats), len(g.bools), len(g.rows))
}

// gather fetches the rows of the column.
func (g *gathered) gather(c *column, rows []Row) {
	g.bounds = newBounds()
	g.days, g.ints, g.floats, g.bools, g.rows = g.days[:0], g.ints[:0], g.floats[:0], g.bools[:0], g.rows[:0]
	rows = g.dropNulls(c, rows)
	switch c.Type {
	case etl.Date:
		g.days = gatherInts(g.days, c.days, rows, &g.bounds)
	case etl.Int64:
		g.ints = gatherInts(g.ints, c.ints, rows, &g.bounds)
	case etl.Timestamp:
		g.ints = gatherInts(g.ints, c.times, rows, &g.bounds)
	case etl.Float64:
		g.floats = gatherFloats(g.floats, c.floats, rows, &g.bounds)
	case etl.Bool:
		g.bools = gatherBools(g.bools, c.bools, rows, &g.bounds)
	case etl.String:
		if len(g.rows) == 0 {
			g.rows = append(g.rows, rows...)
		}
		scanTexts(c.texts, rows, &g.bounds)
	}
	g.bounds.values = int64(len(rows))
}

// dropNulls returns the rows that are not null and fills levels.
func (g *gathered) dropNulls(c *column, rows []Row) []Row {
	g.levels = g.levels[:0]
	if c.present == nil {
		return rows
	}
	g.levels = grow(g.levels, len(rows))
	g.rows = grow(g.rows, len(rows))
	n := 0
	for i, r := range rows {
		g.rows[n] = r
		g.levels[i] = 0
		if c.present[r.Batch].at(r.Row) {
			g.levels[i] = 1
			n++
		}
	}
	g.bounds.nulls = int64(len(rows) - n)
	g.rows = g.rows[:n]
	if n == len(rows) {
		g.levels = g.levels[:0]
	}
	return g.rows
}

func gatherInts[T int32 | int64, S arrow.Date32 | arrow.Timestamp | int64](dst []T, src [][]S, rows []Row, b *bounds) []T {
	dst = grow(dst, len(rows))
	lo, hi := b.loInt, b.hiInt
	for i, r := range rows {
		v := int64(src[r.Batch][r.Row])
		dst[i] = T(v)
		lo, hi = min(lo, v), max(hi, v)
	}
	b.loInt, b.hiInt = lo, hi
	return dst
}

func gatherFloats(dst []float64, src [][]float64, rows []Row, b *bounds) []float64 {
	dst = grow(dst, len(rows))
	lo, hi := b.lo, b.hi
	for i, r := range rows {
		v := src[r.Batch][r.Row]
		dst[i] = v
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
		if v-v != 0 { // an infinity or a NaN
			b.infinite = true
			b.nan = b.nan || v != v
		}
	}
	b.lo, b.hi = lo, hi
	return dst
}

func gatherBools(dst []byte, src []bitmap, rows []Row, b *bounds) []byte {
	dst = grow(dst, len(rows))
	trues := 0
	for i, r := range rows {
		dst[i] = 0
		if src[r.Batch].at(r.Row) {
			dst[i] = 1
			trues++
		}
	}
	if trues > 0 {
		b.hiInt = 1
	}
	if trues < len(rows) {
		b.loInt = 0
	}
	return dst
}

// scanTexts finds the bounds of strings. Neighbours are often equal in sorted
// rows, and are compared once.
func scanTexts(src []text, rows []Row, b *bounds) {
	var last []byte
	for i, r := range rows {
		v := src[r.Batch].at(r.Row)
		switch {
		case i == 0:
			b.loText, b.hiText = v, v
		case bytes.Equal(v, last):
		case bytes.Compare(v, b.loText) < 0:
			b.loText = v
		case bytes.Compare(v, b.hiText) > 0:
			b.hiText = v
		}
		last = v
	}
}

// grow returns a slice of length n with unspecified content.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
