package etl

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
)

// ExDate is a day whose reference price is not the close of the security's row
// before: the exchange has taken a right out of the price. Prices are in 1e-4
// yuan.
type ExDate struct {
	Symbol    Symbol
	Day       schedules.Day
	After     schedules.Day // the day of the row before
	Close     int64         // close of After
	Preclose  int64         // reference price of Day
	Suspended bool          // nothing was traded on Day; rights go ex all the same
	// Gap says that the difference proves less than an ex-date on Day: rows of
	// trading days between After and Day are missing, or a price is not positive.
	// If there is an ex-date, it lies in After+1..Day.
	Gap bool
}

// Ratio is what the right was worth: close before / reference price.
func (e ExDate) Ratio() float64 { return float64(e.Close) / float64(e.Preclose) }

// ExDateScanner finds ex-dates in a stream of bars. It holds a bit for each row, two
// rows of each security and the ex-dates found. Not safe for concurrent use.
type ExDateScanner struct {
	days  []schedules.Day
	edges map[Symbol]*BarEdge
	found []ExDate
	rows  int64
}

// NewExDateScanner returns a scanner that knows by the trading days, ascending,
// whether rows are missing between two days.
func NewExDateScanner(days []schedules.Day) *ExDateScanner {
	return &ExDateScanner{days: days, edges: map[Symbol]*BarEdge{}}
}

// Rows returns how many rows have passed.
func (s *ExDateScanner) Rows() int64 { return s.rows }

// Found returns the ex-dates so far, sorted by symbol and day.
func (s *ExDateScanner) Found() []ExDate {
	slices.SortFunc(s.found, compareExDates)
	return s.found
}

func compareExDates(a, b ExDate) int {
	if a.Symbol != b.Symbol {
		return int(a.Symbol) - int(b.Symbol)
	}
	return int(a.Day) - int(b.Day)
}

// Scan reads one batch with the columns symbol, date, close, preclose, and
// perhaps traded, in any order among others. The days of each security must
// ascend over all batches; securities may come in any order and come again, as
// they do in files of one year each. Rows out of order or twice are a DataError.
// The first row of a security proves nothing: its reference price is the offer
// price, or its history begins later. The batch may be reused afterwards.
func (s *ExDateScanner) Scan(r arrow.Record) error {
	c, err := barColumns(r)
	if err != nil {
		return err
	}
	n := int(r.NumRows())
	for i := 0; i < n; {
		text := c.symbols.Value(i)
		symbol, err := ParseSymbol(text)
		if err != nil {
			return &DataError{"bars", err.Error()}
		}
		end := i + 1
		for end < n && c.symbols.Value(end) == text {
			end++
		}
		if err := s.run(symbol, c, i, end); err != nil {
			return err
		}
		i = end
	}
	s.rows += int64(n)
	return nil
}

// run reads the rows [begin, end), which belong to one security.
func (s *ExDateScanner) run(symbol Symbol, c columnsOfBars, begin, end int) error {
	edge := s.edge(symbol)
	for i := begin; i < end; i++ {
		suspended := c.traded != nil && !c.traded.Value(i)
		if err := s.row(edge, schedules.Day(c.dates[i]), c.close[i], c.preclose[i], suspended); err != nil {
			return err
		}
	}
	return nil
}

func (s *ExDateScanner) edge(symbol Symbol) *BarEdge {
	e := s.edges[symbol]
	if e == nil {
		e = &BarEdge{Symbol: symbol}
		s.edges[symbol] = e
	}
	return e
}

// row takes one row of the security of an edge.
func (s *ExDateScanner) row(e *BarEdge, day schedules.Day, closing, preclose float64, suspended bool) error {
	switch {
	case len(e.Days) == 0:
		e.First, e.Preclose, e.Suspended = day, preclose, suspended
	case day <= e.Last:
		return &DataError{"bars of " + e.Symbol.String(), fmt.Sprintf("%s comes after %s; each security's days must ascend", day, e.Last)}
	// Equal texts are equal floats; only a difference needs a closer look.
	case preclose != e.Close:
		if x, ok := e.step(day, preclose, suspended); ok {
			x.place(s.days)
			s.found = append(s.found, x)
		}
	}
	e.mark(day)
	e.Last, e.Close = day, closing
	return nil
}

// tenThousandths rounds a price to four decimals; what is no positive price is 0.
func tenThousandths(price float64) int64 {
	if !(price > 0 && price < 1e14) {
		return 0
	}
	return int64(math.Round(price * 1e4))
}

// columnsOfBars are the columns of a batch that the scanner reads.
type columnsOfBars struct {
	symbols         *array.String
	dates           []arrow.Date32
	close, preclose []float64
	traded          *array.Boolean // nil when the batch has none
}

func barColumns(r arrow.Record) (c columnsOfBars, err error) {
	var missing []string
	column := func(name string) arrow.Array {
		if at := r.Schema().FieldIndices(name); len(at) == 1 {
			return r.Column(at[0])
		}
		return nil
	}
	var ok bool
	if c.symbols, ok = column("symbol").(*array.String); !ok {
		missing = append(missing, "symbol")
	}
	if dates, ok := column("date").(*array.Date32); ok {
		c.dates = dates.Date32Values()
	} else {
		missing = append(missing, "date")
	}
	for name, to := range map[string]*[]float64{"close": &c.close, "preclose": &c.preclose} {
		if values, ok := column(name).(*array.Float64); ok {
			*to = values.Float64Values()
		} else {
			missing = append(missing, name)
		}
	}
	c.traded, _ = column("traded").(*array.Boolean)
	if len(missing) > 0 {
		slices.Sort(missing)
		return c, &DataError{"bars", "the batch lacks the columns " + strings.Join(missing, ", ") + " in the types of daily_bars"}
	}
	return c, nil
}

// WithoutListings leaves out what is no ex-date but another security under a code
// used before: rows are missing between the two days, and the listing lies there,
// so that the reference price is an offer price. A listing day that rows without
// a gap contradict leaves nothing out.
func WithoutListings(list []ExDate, u Universe) []ExDate {
	return slices.DeleteFunc(slices.Clone(list), func(e ExDate) bool {
		in, ok := u.Find(e.Symbol)
		return ok && e.Gap && e.After < in.Listed && in.Listed <= e.Day
	})
}
