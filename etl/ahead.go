package etl

// ahead puts the requests that bring wanted cells which are missing before all
// others; nil wants none.
func ahead(requests []Request, wanted, missing *Cells, u Universe) []Request {
	if wanted == nil {
		return requests
	}
	days, symbols := map[DayOf]bool{}, map[Symbol]bool{}
	for _, s := range wanted.Symbols() {
		in, ok := u.Find(s)
		if !ok {
			in = Instrument{Symbol: s, Kind: Other}
		}
		for day := range wanted.Of(s) {
			if missing.Has(s, day) {
				days[DayOf{in.shape(), day}], symbols[s] = true, true
			}
		}
	}
	if len(days) == 0 {
		return requests
	}
	var first, rest []Request
	for _, q := range requests {
		if q.Shape == SecurityRange && symbols[q.Symbol] || q.Shape != SecurityRange && days[DayOf{q.Shape, q.From}] {
			first = append(first, q)
		} else {
			rest = append(rest, q)
		}
	}
	return append(first, rest...)
}
