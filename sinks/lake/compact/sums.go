package compact

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"

	"barkeep/etl"
)

// sums tells whether two sets of rows are the same, whatever their order. A value
// counts by its bits, mixed with the number of its column, so that it cannot make
// good for a difference elsewhere; and the cells of a row are mixed together once
// more, so that values which change places between rows are found.
type sums struct {
	rows    int64
	columns []columnSum // as the stored table has them
	row     uint64      // of all rows' mixed cells
	all     []int       // the numbers of all columns
}

type columnSum struct {
	nulls int64
	value uint64
}

func newSums(t etl.Table) *sums {
	s := &sums{columns: make([]columnSum, len(t.Columns))}
	for i := range s.columns {
		s.all = append(s.all, i)
	}
	return s
}

// add counts all columns of a batch. cells is scratch space; it is returned.
func (s *sums) add(batch arrow.Record, cells []uint64) []uint64 {
	cells = zeros(cells, int(batch.NumRows()))
	s.addColumns(s.all, batch, cells)
	s.addRows(cells)
	return cells
}

// blockRows is how many rows are counted at a time, so that the sums of their cells
// stay in the first-level cache from column to column.
const blockRows = 2048

// addColumns counts some of the columns of the table, which are all of the batch,
// and adds each cell to its row in cells.
func (s *sums) addColumns(numbers []int, batch arrow.Record, cells []uint64) {
	for i, n := range numbers {
		s.columns[n].nulls += int64(batch.Column(i).NullN())
	}
	for from := 0; from < len(cells); from += blockRows {
		block := cells[from:min(from+blockRows, len(cells))]
		for i, n := range numbers {
			s.columns[n].add(n, batch.Column(i), from, block)
		}
	}
}

// addRows counts rows by the sums of their cells.
func (s *sums) addRows(cells []uint64) {
	total := s.row
	for _, c := range cells {
		total += mix(c)
	}
	s.row = total
	s.rows += int64(len(cells))
}

// differ names the first figure in which the sums differ.
func (s *sums) differ(o *sums, t etl.Table) (check, have, other string) {
	if s.rows != o.rows {
		return "number of rows", fmt.Sprint(s.rows), fmt.Sprint(o.rows)
	}
	for i, c := range t.Columns {
		a, b := s.columns[i], o.columns[i]
		if a.nulls != b.nulls {
			return "column " + c.Name + ": number of nulls", fmt.Sprint(a.nulls), fmt.Sprint(b.nulls)
		}
		if a.value != b.value {
			return "column " + c.Name + ": sum of values", fmt.Sprintf("%016x", a.value), fmt.Sprintf("%016x", b.value)
		}
	}
	if s.row != o.row {
		return "sum of whole rows", fmt.Sprintf("%016x", s.row), fmt.Sprintf("%016x", o.row)
	}
	return "", "", ""
}

const (
	// Two odd numbers whose bits are spread over the word.
	golden = 0x9E3779B97F4A7C15
	spread = 0xD6E8FEB86659FD93
	// nothing is what a null counts as within its row.
	nothing = 0xA5A5A5A5A5A5A5A5
)

// mix spreads a word: no bit of the sum is a plain sum of bits of the values.
func mix(v uint64) uint64 {
	hi, lo := bits.Mul64(v^spread, golden)
	return hi ^ lo
}

// add counts as many rows of a column as there are cells, beginning with one. number
// is the column's, so that equal values of two columns count differently.
func (s *columnSum) add(number int, a arrow.Array, from int, cells []uint64) {
	salt := (uint64(number) + 1) * spread
	switch a := a.(type) {
	case *array.Float64, *array.Int64, *array.Timestamp:
		addWords[uint64](s, a, 8, salt, from, cells)
	case *array.Date32:
		addWords[uint32](s, a, 4, salt, from, cells)
	case *array.Boolean:
		s.addBits(a, salt, from, cells)
	case *array.String:
		s.addTexts(a, salt, from, cells)
	}
}

// addWords counts the values of a column by their bits. It is the loop most cells
// go through.
func addWords[T uint32 | uint64](s *columnSum, a arrow.Array, width int, salt uint64, from int, cells []uint64) {
	offset := a.Data().Offset() + from
	values := arrow.GetData[T](a.Data().Buffers()[1].Bytes()[offset*width:])[:len(cells)]
	sum := s.value
	if a.NullN() == 0 {
		for i, v := range values {
			m := mix(uint64(v) ^ salt)
			sum += m
			cells[i] += m
		}
		s.value = sum
		return
	}
	null, valid := mix(nothing^salt), a.NullBitmapBytes()
	for i, v := range values {
		if bitutil.BitIsSet(valid, offset+i) {
			m := mix(uint64(v) ^ salt)
			sum += m
			cells[i] += m
		} else {
			cells[i] += null
		}
	}
	s.value = sum
}

func (s *columnSum) addBits(a *array.Boolean, salt uint64, from int, cells []uint64) {
	yes, no, null := mix(salt+1), mix(salt), mix(nothing^salt)
	sum, nulls := s.value, a.NullN() > 0
	for i := range cells {
		switch {
		case nulls && a.IsNull(from+i):
			cells[i] += null
			continue
		case a.Value(from + i):
			sum += yes
			cells[i] += yes
		default:
			sum += no
			cells[i] += no
		}
	}
	s.value = sum
}

// addTexts hashes a string once for all its neighbours that are equal.
func (s *columnSum) addTexts(a *array.String, salt uint64, from int, cells []uint64) {
	last, hash, null := "", hashText("", salt), mix(nothing^salt)
	sum, nulls := s.value, a.NullN() > 0
	for i := range cells {
		if nulls && a.IsNull(from+i) {
			cells[i] += null
			continue
		}
		if v := a.Value(from + i); v != last {
			last, hash = v, hashText(v, salt)
		}
		sum += hash
		cells[i] += hash
	}
	s.value = sum
}

func hashText(v string, salt uint64) uint64 {
	h := mix(uint64(len(v)) ^ salt)
	for ; len(v) >= 8; v = v[8:] {
		h = mix(h ^ binary.LittleEndian.Uint64([]byte(v[:8])))
	}
	var tail uint64
	for i := range len(v) {
		tail |= uint64(v[i]) << (8 * i)
	}
	return mix(h ^ tail)
}

// zeros returns n zeros, in the given space if it is enough.
func zeros(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n)
	}
	s = s[:n]
	clear(s)
	return s
}
