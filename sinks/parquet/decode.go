package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"

	"barkeep/etl"
)

// decoder collects the pages of one column of one row group in the buffers of
// an Arrow array.
type decoder struct {
	source
	rows, nulls int
	valid       *memory.Buffer // a bit per row, as soon as one is null
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
	if levels != nil && bytes.Count(levels, []byte{0})+bytes.Count(levels, []byte{1}) != n {
		return fmt.Errorf("%w: definition levels above 1", errDamaged)
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
