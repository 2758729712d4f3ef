package parquet

import (
	"encoding/binary"
	"math"

	"barkeep/etl"
)

// maxDifferent is the share of different numbers up to which a dictionary is
// smaller than the alternatives.
const maxDifferent = 0.6

// look fills the dictionary and the indexes, or reports false if the values differ
// too much.
func (e *encoder) look(c *column) bool {
	g, d := &e.gathered, &e.numbers
	if c.Type == etl.String {
		var ok bool
		e.indexes, ok = e.texts.index(e.indexes, c.texts, g.rows, &g.bounds)
		if ok {
			e.dictionary, e.entries = append(e.dictionary, e.texts.plain...), len(e.texts.seen)
		}
		return ok
	}
	e.indexes = grow(e.indexes, g.values())
	limit := int(maxDifferent*float64(g.values())) + 1
	if !e.index(c, limit) {
		return false
	}
	e.moved = d.sort(e.moved)
	for i, p := range e.indexes {
		e.indexes[i] = e.moved[p]
	}
	e.entries = len(d.keys)
	for _, k := range d.keys {
		switch c.Type {
		case etl.Date:
			e.dictionary = binary.LittleEndian.AppendUint32(e.dictionary, uint32(k))
		case etl.Float64:
			e.dictionary = binary.LittleEndian.AppendUint64(e.dictionary, unordered(k))
		default:
			e.dictionary = binary.LittleEndian.AppendUint64(e.dictionary, k^1<<63)
		}
	}
	return true
}

// index fills indexes with positions in numbers, or reports false if there are
// more different values than the limit. Most often a sample tells beforehand.
func (e *encoder) index(c *column, limit int) bool {
	g, d := &e.gathered, &e.numbers
	d.reset()
	if c.Type == etl.Float64 && len(g.floats) >= 1<<14 {
		if d.estimate(g.floats) > limit+limit/16 {
			return false
		}
		d.reset()
	}
	for from := 0; from < len(e.indexes); from += 4096 {
		to := min(from+4096, len(e.indexes))
		switch c.Type {
		case etl.Date:
			indexInts(d, e.indexes[from:to], g.days[from:to])
		case etl.Float64:
			indexFloats(d, e.indexes[from:to], g.floats[from:to])
		default:
			indexInts(d, e.indexes[from:to], g.ints[from:to])
		}
		if len(d.keys) > limit {
			return false
		}
	}
	return true
}

// indexInts finds the positions of values. Times and days often repeat the one
// before.
func indexInts[T int32 | int64](d *numbers, indexes []int32, values []T) {
	var last T
	pos := int32(-1)
	for i, v := range values {
		if v != last || pos < 0 {
			last, pos = v, d.find(uint64(int64(v))^1<<63)
		}
		indexes[i] = pos
	}
}

func indexFloats(d *numbers, indexes []int32, values []float64) {
	for i, v := range values {
		indexes[i] = d.find(ordered(math.Float64bits(v)))
	}
}
