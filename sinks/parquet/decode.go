package parquet

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"

	"barkeep/etl"
)

// decoder collects the pages of one column of one row group in the buffers of
// an Arrow array.
type decoder struct {
	source
	rows, nulls int
	valid       *memory.Buffer // a bit per row
	data        *memory.Buffer // fixed-width values, bits, or the bytes of strings
	offsets     *memory.Buffer // String: an int32 per row and one more
}

// column decodes one column of a row group.
func (r *reader) column(group pq.RowGroup, c source) (_ arrow.Array, err error) {
	defer recovered(&err)
	want := int(group.NumRows())
	if c.leaf < 0 {
		return array.MakeArrayOfNull(r.mem, c.Type.Arrow(), want), nil
	}
	d := &decoder{source: c, valid: memory.NewResizableBuffer(r.mem), data: memory.NewResizableBuffer(r.mem)}
	defer d.valid.Release()
	defer d.data.Release()
	if c.Type == etl.String {
		d.offsets = memory.NewResizableBuffer(r.mem)
		defer d.offsets.Release()
		d.offsets.ResizeNoShrink(4)
		clear(d.offsets.Bytes())
	}
	d.reserve(min(want, 1<<20)) // not more on the word of a footer
	pages := group.ColumnChunks()[c.leaf].Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		err = d.page(page, want)
		pq.Release(page)
		if err != nil {
			return nil, err
		}
	}
	if d.rows != want {
		return nil, fmt.Errorf("%w: %d rows where the row group has %d", errDamaged, d.rows, want)
	}
	return d.array(), nil
}

// reserve makes room for n rows.
func (d *decoder) reserve(n int) {
	d.valid.Reserve(int(bitutil.BytesForBits(int64(n))))
	switch d.Type {
	case etl.Date:
		d.data.Reserve(4 * n)
	case etl.Int64, etl.Timestamp, etl.Float64:
		d.data.Reserve(8 * n)
	case etl.String:
		d.offsets.Reserve(4 * (n + 1))
	}
}

// page appends the rows of a page.
func (d *decoder) page(page pq.Page, want int) error {
	n := int(page.NumRows())
	if n < 0 || n > want-d.rows {
		return fmt.Errorf("%w: more rows than the row group's %d", errDamaged, want)
	}
	levels := page.DefinitionLevels()
	if levels != nil && len(levels) != n {
		return fmt.Errorf("%w: %d definition levels for %d rows", errDamaged, len(levels), n)
	}
	nulls := d.mark(levels, n)
	if nulls > 0 && !d.Nullable {
		return errors.New("holds nulls and must hold none")
	}
	if nulls == 0 {
		levels = nil
	}
	var indexes []int32
	values := page.Data()
	if dict := page.Dictionary(); dict != nil {
		indexes = values.Int32()
		values = dict.Page().Data()
		if len(indexes) < n-nulls {
			return fmt.Errorf("%w: %d values for %d rows", errDamaged, len(indexes), n-nulls)
		}
	}
	switch d.Type {
	case etl.Date:
		spread(extend[int32](d.data, n, 4), levels, indexes, values.Int32())
	case etl.Int64, etl.Timestamp:
		spread(extend[int64](d.data, n, 8), levels, indexes, values.Int64())
	case etl.Float64:
		spread(extend[float64](d.data, n, 8), levels, indexes, values.Double())
	case etl.Bool:
		d.bits(levels, values.Boolean(), n)
	case etl.String:
		data, offsets := values.ByteArray()
		if err := d.text(levels, indexes, data, offsets, n); err != nil {
			return err
		}
	}
	d.rows += n
	d.nulls += nulls
	return nil
}

// mark sets the validity of n more rows and returns how many are null.
func (d *decoder) mark(levels []byte, n int) (nulls int) {
	d.valid.ResizeNoShrink(int(bitutil.BytesForBits(int64(d.rows + n))))
	bits := d.valid.Bytes()
	if levels == nil {
		bitutil.SetBitsTo(bits, int64(d.rows), int64(n), true)
		return 0
	}
	for i, level := range levels {
		bitutil.SetBitTo(bits, d.rows+i, level != 0)
		if level == 0 {
			nulls++
		}
	}
	return nulls
}

// extend lengthens a buffer by n values and returns them.
func extend[T int32 | int64 | float64](b *memory.Buffer, n, width int) []T {
	old := b.Len()
	b.ResizeNoShrink(old + n*width)
	return arrow.GetData[T](b.Bytes()[old:])
}

// spread fills dst with the values, looked up by index if there are indexes,
// leaving gaps where levels tell of nulls.
func spread[T any](dst []T, levels []byte, indexes []int32, values []T) {
	switch {
	case levels == nil && indexes == nil:
		copy(dst, values[:len(dst)])
	case levels == nil:
		for i, at := range indexes[:len(dst)] {
			dst[i] = values[at]
		}
	default:
		next := 0
		for i, level := range levels {
			if level == 0 {
				var zero T
				dst[i] = zero
				continue
			}
			at := next
			if indexes != nil {
				at = int(indexes[next])
			}
			dst[i] = values[at]
			next++
		}
	}
}

// bits appends n booleans.
func (d *decoder) bits(levels, values []byte, n int) {
	d.data.ResizeNoShrink(int(bitutil.BytesForBits(int64(d.rows + n))))
	bits, next := d.data.Bytes(), 0
	for i := range n {
		if levels != nil && levels[i] == 0 {
			bitutil.ClearBit(bits, d.rows+i)
			continue
		}
		bitutil.SetBitTo(bits, d.rows+i, bitutil.BitIsSet(values, next))
		next++
	}
}

// text appends n strings.
func (d *decoder) text(levels []byte, indexes []int32, data []byte, offsets []uint32, n int) error {
	d.offsets.ResizeNoShrink(4 * (d.rows + n + 1))
	ends, next := arrow.GetData[int32](d.offsets.Bytes())[d.rows+1:], 0
	end := d.data.Len()
	for i := range n {
		if levels == nil || levels[i] != 0 {
			at := next
			if indexes != nil {
				at = int(indexes[next])
			}
			v := data[offsets[at]:offsets[at+1]]
			if end+len(v) > math.MaxInt32 {
				return errors.New("holds more than 2 GiB of text in one row group, which is more than an Arrow array can")
			}
			if end+len(v) > d.data.Len() {
				d.data.ResizeNoShrink(max(2*d.data.Len(), end+len(v)))
			}
			copy(d.data.Bytes()[end:], v)
			end += len(v)
			next++
		}
		ends[i] = int32(end)
	}
	d.data.ResizeNoShrink(end)
	return nil
}

// array hands the buffers over to an array.
func (d *decoder) array() arrow.Array {
	buffers := []*memory.Buffer{nil, d.data}
	if d.nulls > 0 {
		buffers[0] = d.valid
	}
	if d.Type == etl.String {
		buffers = []*memory.Buffer{buffers[0], d.offsets, d.data}
	}
	data := array.NewData(d.Type.Arrow(), d.rows, buffers, nil, d.nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
