package parquet

import (
	"bytes"
	"cmp"

	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
)

// sortingColumns returns the table's sort columns if the rows are sorted by
// them, which is only worth saying when it is true.
func (w *writer) sortingColumns(rows []Row) []format.SortingColumn {
	var by []*column
	var sorting []format.SortingColumn
	for _, name := range w.table.Sort {
		i := w.table.Index(name)
		if i < 0 || w.columns[i].present != nil || w.columns[i].Type != etl.String && w.columns[i].Type != etl.Date {
			return nil
		}
		by = append(by, w.columns[i])
		sorting = append(sorting, format.SortingColumn{ColumnIdx: int32(i)})
	}
	for i := 1; i < len(rows); i++ {
		for _, c := range by {
			order := c.compare(rows[i-1], rows[i])
			if order > 0 {
				return nil
			}
			if order < 0 {
				break
			}
		}
	}
	return sorting
}

// compare compares two rows of a String or Date column without nulls.
func (c *column) compare(a, b Row) int {
	if c.Type == etl.Date {
		return cmp.Compare(c.days[a.Batch][a.Row], c.days[b.Batch][b.Row])
	}
	return bytes.Compare(c.texts[a.Batch].at(a.Row), c.texts[b.Batch].at(b.Row))
}
