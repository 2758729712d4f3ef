package parquet

import (
	"bytes"
	"cmp"

	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
)

// sortingColumns returns the table's sort columns if the rows are sorted by
// them, which is only worth saying when it is true.
func (w *Writer) sortingColumns(rows []Row) []format.SortingColumn {
	var by []*column
	var sorting []format.SortingColumn
	for _, name := range w.table.Sort {
		i := w.table.Index(name)
		if i < 0 || w.columns[i].present != nil || !sortable(w.columns[i].Type) {
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

func sortable(t etl.ColumnType) bool {
	return t == etl.String || t == etl.Date || t == etl.Timestamp
}

// compare compares two rows of a sortable column without nulls.
func (c *column) compare(a, b Row) int {
	switch c.Type {
	case etl.Date:
		return cmp.Compare(c.days[a.Batch][a.Row], c.days[b.Batch][b.Row])
	case etl.Timestamp:
		return cmp.Compare(c.times[a.Batch][a.Row], c.times[b.Batch][b.Row])
	}
	return bytes.Compare(c.texts[a.Batch].at(a.Row), c.texts[b.Batch].at(b.Row))
}
