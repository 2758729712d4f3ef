package lake

import (
	"errors"
	"fmt"
	"io"

	pq "github.com/parquet-go/parquet-go"
)

// trustedRows is how many rows are made room for on the word of a footer; for
// more the values have to be there.
const trustedRows = 1 << 14

// columnReader reads whole columns of a checkpoint. A column that is not there
// is all null. The first error stays in err and ends the reading.
type columnReader struct {
	root *pq.Column
	rows int
	err  error
}

// cell is one value of a flat column.
type cell[T any] struct {
	value T
	valid bool // not null
}

// cells is a flat column, one cell a row; nil when the file has no such column.
type cells[T any] []cell[T]

func (c cells[T]) has(row int) bool { return c != nil && c[row].valid }

// at returns the value, zero for null.
func (c cells[T]) at(row int) T {
	if c == nil {
		var zero T
		return zero
	}
	return c[row].value
}

func (r *columnReader) find(path []string) *pq.Column {
	c := r.root
	for _, name := range path {
		if c = c.Column(name); c == nil {
			return nil
		}
	}
	return c
}

// each calls f with every value of a leaf, nulls included, and with its row.
func (r *columnReader) each(leaf *pq.Column, f func(row int, v pq.Value)) {
	if r.err != nil {
		return
	}
	if !leaf.Leaf() {
		r.err = fmt.Errorf("column %v is nested and must be flat", leaf.Path())
		return
	}
	pages := leaf.Pages()
	defer func() { r.err = errors.Join(r.err, pages.Close()) }()
	row, buffer := -1, make([]pq.Value, 256)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.err = fmt.Errorf("column %v: %w", leaf.Path(), err)
			return
		}
		values := page.Values()
		for err == nil {
			var n int
			n, err = values.ReadValues(buffer)
			for _, v := range buffer[:n] {
				if v.RepetitionLevel() == 0 {
					row++
				}
				if row < 0 || row >= r.rows {
					r.err = fmt.Errorf("column %v does not have %d rows", leaf.Path(), r.rows)
					return
				}
				f(row, v)
			}
			if n == 0 && err == nil {
				err = io.ErrNoProgress
			}
		}
		pq.Release(page)
		if !errors.Is(err, io.EOF) {
			r.err = fmt.Errorf("column %v: %w", leaf.Path(), err)
			return
		}
	}
	if row != r.rows-1 {
		r.err = fmt.Errorf("column %v has %d rows, the file has %d", leaf.Path(), row+1, r.rows)
	}
}

// flat refuses a column that can hold more than one value a row, or values of
// another physical type.
func (r *columnReader) flat(leaf *pq.Column, kinds ...pq.Kind) {
	if r.err == nil && leaf.MaxRepetitionLevel() != 0 {
		r.err = fmt.Errorf("column %v is repeated", leaf.Path())
	}
	r.kind(leaf, kinds...)
}

// kind refuses a column of another physical type.
func (r *columnReader) kind(leaf *pq.Column, kinds ...pq.Kind) {
	if r.err != nil || !leaf.Leaf() {
		return
	}
	for _, k := range kinds {
		if leaf.Type().Kind() == k {
			return
		}
	}
	r.err = fmt.Errorf("column %v is %v", leaf.Path(), leaf.Type())
}

func (r *columnReader) texts(path ...string) cells[string] {
	leaf := r.find(path)
	if leaf == nil {
		return nil
	}
	column := make(cells[string], 0, min(r.rows, trustedRows))
	r.flat(leaf, pq.ByteArray)
	r.each(leaf, func(_ int, v pq.Value) {
		if v.IsNull() {
			column = append(column, cell[string]{})
		} else {
			column = append(column, cell[string]{string(v.ByteArray()), true})
		}
	})
	return column
}

// numbers reads integers of either width; true is 1.
func (r *columnReader) numbers(path ...string) cells[int64] {
	leaf := r.find(path)
	if leaf == nil {
		return nil
	}
	column := make(cells[int64], 0, min(r.rows, trustedRows))
	r.flat(leaf, pq.Int32, pq.Int64, pq.Boolean)
	r.each(leaf, func(_ int, v pq.Value) {
		c := cell[int64]{valid: !v.IsNull()}
		switch v.Kind() {
		case pq.Int32:
			c.value = int64(v.Int32())
		case pq.Int64:
			c.value = v.Int64()
		case pq.Boolean:
			if v.Boolean() {
				c.value = 1
			}
		}
		column = append(column, c)
	})
	return column
}

// maps reads a MAP of strings; a null map and an empty one are both nil. The
// names of the inner groups differ between writers, their places do not.
func (r *columnReader) maps(path ...string) map[int]map[string]*string {
	outer := r.find(path)
	if outer == nil {
		return nil
	}
	if len(outer.Columns()) != 1 || len(outer.Columns()[0].Columns()) != 2 {
		r.err = errors.Join(r.err, fmt.Errorf("column %v is no map", path))
		return nil
	}
	pair := outer.Columns()[0].Columns()
	var keys []cell[string]
	r.kind(pair[0], pq.ByteArray)
	r.kind(pair[1], pq.ByteArray)
	r.each(pair[0], func(_ int, v pq.Value) {
		if v.IsNull() {
			keys = append(keys, cell[string]{})
		} else {
			keys = append(keys, cell[string]{string(v.ByteArray()), true})
		}
	})
	column, entry := map[int]map[string]*string{}, 0
	r.each(pair[1], func(row int, v pq.Value) {
		if entry++; entry > len(keys) || !keys[entry-1].valid {
			return // the place of an empty map
		}
		m := column[row]
		if m == nil {
			m = make(map[string]*string, 1)
			column[row] = m
		}
		m[keys[entry-1].value] = nil
		if !v.IsNull() {
			text := string(v.ByteArray())
			m[keys[entry-1].value] = &text
		}
	})
	if entry != len(keys) && r.err == nil {
		r.err = fmt.Errorf("column %v has %d keys and %d values", path, len(keys), entry)
	}
	return column
}

// lists reads a LIST of strings without its nulls.
func (r *columnReader) lists(path ...string) map[int][]string {
	leaf := r.find(path)
	if leaf == nil {
		return nil
	}
	for !leaf.Leaf() {
		if len(leaf.Columns()) != 1 {
			r.err = errors.Join(r.err, fmt.Errorf("column %v is no list", path))
			return nil
		}
		leaf = leaf.Columns()[0]
	}
	column := map[int][]string{}
	r.kind(leaf, pq.ByteArray)
	r.each(leaf, func(row int, v pq.Value) {
		if !v.IsNull() {
			column[row] = append(column[row], string(v.ByteArray()))
		}
	})
	return column
}
