//go:build cgo

package duckdb

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/marcboeker/go-duckdb/mapping"
)

// listData holds lists, and maps, which are lists of pairs.
func (c *column) listData(rows []int) (arrow.ArrayData, error) {
	offsets := make([]byte, 0, (len(rows)+1)*4)
	var elements []int
	for _, row := range rows {
		offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(elements)))
		if c.null(row) {
			continue
		}
		list := at[span](c, row)
		for i := range int(list.length) {
			elements = append(elements, int(list.offset)+i)
		}
	}
	offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(elements)))
	child, err := c.elements(elements)
	if err != nil {
		return nil, err
	}
	return c.assemble(rows, []arrow.ArrayData{child}, memory.NewBufferBytes(offsets)), nil
}

// elements returns the values in lists or maps.
func (c *column) elements(rows []int) (arrow.ArrayData, error) {
	if c.id == mapping.TypeList {
		return c.parts[0].arrowData(rows, false)
	}
	pairs, err := c.partsData(rows, false)
	if err != nil {
		return nil, err
	}
	t := c.arrowType().(*arrow.MapType).Elem()
	data := array.NewData(t, len(rows), []*memory.Buffer{nil}, pairs, 0, 0)
	for _, p := range pairs {
		p.Release()
	}
	return data, nil
}

func (c *column) arrayData(rows []int) (arrow.ArrayData, error) {
	elements := make([]int, 0, len(rows)*c.size)
	for _, row := range rows {
		for i := range c.size {
			elements = append(elements, row*c.size+i)
		}
	}
	child, err := c.parts[0].arrowData(elements, false)
	if err != nil {
		return nil, err
	}
	return c.assemble(rows, []arrow.ArrayData{child}), nil
}

func (c *column) structData(rows []int, all bool) (arrow.ArrayData, error) {
	fields, err := c.partsData(rows, all)
	if err != nil {
		return nil, err
	}
	return c.assemble(rows, fields), nil
}

func (c *column) partsData(rows []int, all bool) ([]arrow.ArrayData, error) {
	list := make([]arrow.ArrayData, 0, len(c.parts))
	for _, p := range c.parts {
		data, err := p.arrowData(rows, all)
		if err != nil {
			for _, d := range list {
				d.Release()
			}
			return nil, err
		}
		list = append(list, data)
	}
	return list, nil
}
