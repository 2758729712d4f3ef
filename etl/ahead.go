package etl

import (
	"maps"
	"slices"
)

// ahead puts the requests that bring cells of a set before all others.
func ahead(requests []Request, cells *Cells, covers func(Shape, Symbol) bool) []Request {
	if cells == nil {
		return requests
	}
	wanted := func(q Request) bool {
		symbols := []Symbol{q.Symbol}
		if q.Shape != SecurityRange {
			symbols = slices.Collect(maps.Keys(cells.rows))
		}
		return slices.ContainsFunc(symbols, func(s Symbol) bool {
			for day := range cells.Of(s) {
				if q.From <= day && day <= q.To && covers(q.Shape, s) {
					return true
				}
			}
			return false
		})
	}
	var first, rest []Request
	for _, q := range requests {
		if wanted(q) {
			first = append(first, q)
		} else {
			rest = append(rest, q)
		}
	}
	return append(first, rest...)
}
