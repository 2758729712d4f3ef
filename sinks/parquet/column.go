package parquet

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
)

// column is one column of all batches: views of the caller's Arrow buffers,
// one per batch. Only the slice of its own type is set.
type column struct {
	etl.Column
	encoding Encoding
	fallback Encoding // when a dictionary does not pay

	days   [][]arrow.Date32
	ints   [][]int64
	times  [][]arrow.Timestamp
	floats [][]float64
	bools  []bitmap
	texts  []text

	present []bitmap // nil when no batch has a null
}

// bitmap is a run of bits in an Arrow buffer; no bytes stand for all ones.
type bitmap struct {
	bits   []byte
	offset int
}

// text is the values of a string array.
type text struct {
	offsets []int32 // one more than rows
	data    []byte
}

func (t text) at(i uint32) []byte { return t.data[t.offsets[i]:t.offsets[i+1]] }

// columnsOf views the batches column by column.
func columnsOf(table etl.Table, batches []arrow.Record, cfg Config) ([]*column, error) {
	for b, batch := range batches {
		if int(batch.NumCols()) != len(table.Columns) {
			return nil, fmt.Errorf("batch %d has %d columns where table %s has %d",
				b, batch.NumCols(), table.Name, len(table.Columns))
		}
	}
	columns := make([]*column, len(table.Columns))
	for i, c := range table.Columns {
		e := cfg.EncodingOf(c)
		columns[i] = &column{Column: c, encoding: e, fallback: cfg.fallback(c.Type)}
		for b, batch := range batches {
			if err := columns[i].add(batch.Column(i)); err != nil {
				return nil, fmt.Errorf("batch %d of table %s: column %s: %w", b, table.Name, c.Name, err)
			}
		}
		columns[i].addNulls(i, batches)
	}
	return columns, nil
}

// add views one batch's array.
func (c *column) add(a arrow.Array) error {
	if !arrow.TypeEqual(a.DataType(), c.Type.Arrow()) {
		return fmt.Errorf("is %s and must be %s", a.DataType(), c.Type.Arrow())
	}
	if a.NullN() > 0 && !c.Nullable {
		return fmt.Errorf("holds %d nulls and must hold none", a.NullN())
	}
	switch a := a.(type) {
	case *array.Date32:
		c.days = append(c.days, a.Date32Values())
	case *array.Int64:
		c.ints = append(c.ints, a.Int64Values())
	case *array.Timestamp:
		c.times = append(c.times, a.TimestampValues())
	case *array.Float64:
		c.floats = append(c.floats, a.Float64Values())
	case *array.Boolean:
		c.bools = append(c.bools, bitmap{bufferOf(a, 1), a.Offset()})
	case *array.String:
		c.texts = append(c.texts, text{a.ValueOffsets(), bufferOf(a, 2)})
	}
	return nil
}

// addNulls views the validity bitmaps, if any batch has a null.
func (c *column) addNulls(i int, batches []arrow.Record) {
	for b, batch := range batches {
		a := batch.Column(i)
		if a.NullN() == 0 {
			continue
		}
		if c.present == nil {
			c.present = make([]bitmap, len(batches))
		}
		c.present[b] = bitmap{a.NullBitmapBytes(), a.Data().Offset()}
	}
}

// bufferOf returns a buffer of an array, or nil if the array has none because
// it is empty.
func bufferOf(a arrow.Array, i int) []byte {
	if b := a.Data().Buffers()[i]; b != nil {
		return b.Bytes()
	}
	return nil
}
