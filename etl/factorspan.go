package etl

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/schedules"
)

// BarSpan is what the bars of a stretch of days, such as a year, say of ex-dates.
// It depends on those bars alone, so it can be kept as long as they stay the same.
type BarSpan struct {
	Rows  int64
	Found []ExDate  // within the stretch, by symbol and day; Gap is for JoinSpans to say
	Edges []BarEdge // of every security with bars, ascending
}

// BarEdge is where the bars of a security in a stretch begin and end, and on which
// days there are any. Prices are in CNY/share.
type BarEdge struct {
	Symbol      Symbol
	First, Last schedules.Day
	Preclose    float64  // of First
	Close       float64  // of Last
	Suspended   bool     // on First
	Days        []uint64 // bit i: there is a bar of First+i
}

func (e *BarEdge) mark(day schedules.Day) {
	at := int(day - e.First)
	for at/64 >= len(e.Days) {
		e.Days = append(e.Days, 0)
	}
	e.Days[at/64] |= 1 << (at % 64)
}

// step compares the last row with the next one; false when the prices agree in the
// four decimals that they have.
func (e *BarEdge) step(day schedules.Day, preclose float64, suspended bool) (ExDate, bool) {
	x := ExDate{Symbol: e.Symbol, Day: day, After: e.Last, Suspended: suspended,
		Close: tenThousandths(e.Close), Preclose: tenThousandths(preclose)}
	return x, x.Close != x.Preclose
}

// place says by the trading days, ascending, whether rows between are missing.
func (e *ExDate) place(days []schedules.Day) {
	at, ok := slices.BinarySearch(days, e.Day)
	e.Gap = !ok || at == 0 || days[at-1] != e.After || e.Close <= 0 || e.Preclose <= 0
}

// Span returns what has passed the scanner.
func (s *ExDateScanner) Span() *BarSpan {
	span := &BarSpan{Rows: s.rows, Found: slices.Clone(s.Found()), Edges: make([]BarEdge, 0, len(s.edges))}
	for _, e := range s.edges {
		span.Edges = append(span.Edges, *e)
	}
	slices.SortFunc(span.Edges, func(a, b BarEdge) int { return int(a.Symbol) - int(b.Symbol) })
	return span
}

// JoinSpans puts stretches together that follow each other in time: the ex-dates
// within them and between them, sorted by symbol and day, and the set of bars over
// the trading days, ascending. It is a DataError when the stretches overlap.
func JoinSpans(days []schedules.Day, spans []*BarSpan) ([]ExDate, *Cells, error) {
	present := NewCells(days)
	var found []ExDate
	last := map[Symbol]*BarEdge{}
	for _, span := range spans {
		for i := range span.Edges {
			e := &span.Edges[i]
			if before := last[e.Symbol]; before != nil {
				if before.Last >= e.First {
					return nil, nil, &DataError{"bars of " + e.Symbol.String(), e.First.String() + " lies in a stretch that follows one with " + before.Last.String()}
				}
				if x, ok := before.step(e.First, e.Preclose, e.Suspended); ok {
					found = append(found, x)
				}
			}
			last[e.Symbol] = e
			for w, word := range e.Days {
				for ; word != 0; word &= word - 1 {
					present.Add(e.Symbol, e.First+schedules.Day(w*64+bits.TrailingZeros64(word)))
				}
			}
		}
		found = append(found, span.Found...)
	}
	for i := range found {
		found[i].place(days)
	}
	slices.SortFunc(found, compareExDates)
	return found, present, nil
}

// BarSorter gathers bars that come in any order, for an ExDateScanner: a year of
// 5,500 securities takes 45 MB. The zero value is empty.
type BarSorter struct{ rows []sortedBar }

type sortedBar struct {
	symbol          Symbol
	day             schedules.Day
	close, preclose float64
	suspended       bool
}

// Grow makes room for n more bars.
func (s *BarSorter) Grow(n int) { s.rows = slices.Grow(s.rows, n) }

// Add takes a batch with the columns that ExDateScanner.Scan wants. The batch may be
// reused afterwards.
func (s *BarSorter) Add(r arrow.Record) error {
	c, err := barColumns(r)
	if err != nil {
		return err
	}
	var text string
	var symbol Symbol
	for i, d := range c.dates {
		if t := c.symbols.Value(i); t != text || i == 0 {
			if symbol, err = ParseSymbol(t); err != nil {
				return &DataError{"bars", err.Error()}
			}
			text = t
		}
		s.rows = append(s.rows, sortedBar{symbol, schedules.Day(d), c.close[i], c.preclose[i], c.traded != nil && !c.traded.Value(i)})
	}
	return nil
}

// Pass hands the bars to a scanner, by symbol and day, and forgets them. A bar that
// is there twice is a DataError.
func (s *BarSorter) Pass(to *ExDateScanner) error {
	slices.SortFunc(s.rows, func(a, b sortedBar) int { return cmp.Or(cmp.Compare(a.symbol, b.symbol), cmp.Compare(a.day, b.day)) })
	var edge *BarEdge
	for _, r := range s.rows {
		if edge == nil || edge.Symbol != r.symbol {
			edge = to.edge(r.symbol)
		}
		if err := to.row(edge, r.day, r.close, r.preclose, r.suspended); err != nil {
			return err
		}
	}
	to.rows += int64(len(s.rows))
	s.rows = s.rows[:0]
	return nil
}
