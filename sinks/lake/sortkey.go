package lake

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
)

// codes is one sort column as integers that order as its values do.
type codes struct {
	values []uint32 // one a row, batch after batch
	bits   int      // all values are below 1<<bits
}

func encodeColumn(t etl.Table, batches []arrow.Record, column, rows int) codes {
	switch t.Columns[column].Type {
	case etl.Date:
		return encodeDates(dateValues(batches, column), rows)
	case etl.Timestamp:
		return encodeTimes(batches, column, rows)
	}
	if c, ok := encodeSymbols(batches, column, rows); ok {
		return c
	}
	return encodeStrings(batches, column, rows)
}

// encodeDates counts days from the first one.
func encodeDates(columns [][]arrow.Date32, rows int) codes {
	low, high := dateRange(columns)
	c := codes{values: make([]uint32, 0, rows), bits: bits.Len32(uint32(high) - uint32(low))}
	for _, column := range columns {
		for _, d := range column {
			c.values = append(c.values, uint32(d)-uint32(low))
		}
	}
	return c
}

// encodeSymbols turns exchange and code of a symbol into a number that orders
// as the text does. It gives up at the first string that is not a symbol in
// canonical form.
func encodeSymbols(batches []arrow.Record, column, rows int) (codes, bool) {
	c := codes{values: make([]uint32, 0, rows)}
	last, lastCode := "", uint32(0)
	var used uint32 // the bits that occur
	for _, b := range batches {
		text := b.Column(column).(*array.String)
		for i := range text.Len() {
			if s := text.Value(i); s != last || s == "" {
				code, ok := symbolCode(s)
				if !ok {
					return c, false
				}
				last, lastCode = s, code
				used |= code
			}
			c.values = append(c.values, lastCode)
		}
	}
	c.bits = bits.Len32(used)
	return c, true
}

// bitsOfCode hold the six digits of a symbol.
const bitsOfCode = 20

// symbolCode reads the canonical text only: other spellings of a symbol order
// otherwise. It packs tighter than etl.Symbol, which saves a pass of the sort.
func symbolCode(s string) (uint32, bool) {
	if len(s) != 8 {
		return 0, false
	}
	code := uint32(0)
	switch s[:2] {
	case "bj":
	case "sh":
		code = 1
	case "sz":
		code = 2
	default:
		return 0, false
	}
	exchange := code << bitsOfCode
	code = 0
	for i := 2; i < 8; i++ {
		digit := s[i] - '0'
		if digit > 9 {
			return 0, false
		}
		code = code*10 + uint32(digit)
	}
	return exchange | code, true
}

// encodeStrings ranks the distinct strings in the order of their bytes.
func encodeStrings(batches []arrow.Record, column, rows int) codes {
	var r ranks[string]
	for _, b := range batches {
		text := b.Column(column).(*array.String)
		for i := range text.Len() {
			r.add(text.Value(i), rows)
		}
	}
	return r.codes()
}

// encodeTimes ranks the distinct instants, of which the rows of one answer share
// one.
func encodeTimes(batches []arrow.Record, column, rows int) codes {
	var r ranks[arrow.Timestamp]
	for _, b := range batches {
		for _, t := range b.Column(column).(*array.Timestamp).TimestampValues() {
			r.add(t, rows)
		}
	}
	return r.codes()
}

// ranks numbers distinct values as they come, and at the end by their order.
type ranks[T cmp.Ordered] struct {
	values   []uint32 // one a row
	ids      map[T]uint32
	distinct []T
}

func (r *ranks[T]) add(v T, rows int) {
	if r.ids == nil {
		r.ids, r.values = map[T]uint32{}, make([]uint32, 0, rows)
	}
	id, ok := r.ids[v]
	if !ok {
		id = uint32(len(r.distinct))
		r.ids[v] = id
		r.distinct = append(r.distinct, v)
	}
	r.values = append(r.values, id)
}

func (r *ranks[T]) codes() codes {
	byID := make([]uint32, len(r.distinct))
	ranked := slices.Clone(r.distinct)
	slices.Sort(ranked)
	for rank, v := range ranked {
		byID[r.ids[v]] = uint32(rank)
	}
	for i, id := range r.values {
		r.values[i] = byID[id]
	}
	return codes{values: r.values, bits: bits.Len(uint(len(r.distinct)))}
}
