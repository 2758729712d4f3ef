package etl

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
)

// The key columns of DailyBars and those that tell where a row came from: a row
// that differs in nothing else is no revision.
var (
	barDate    = DailyBars.Index("date")
	barSymbol  = DailyBars.Index("symbol")
	barSource  = DailyBars.Index("source")
	barFetched = DailyBars.Index("fetched_at")
)

// BarRow names a row of a list of batches.
type BarRow struct{ Batch, Row int }

// comparer holds stored bars against fresh ones, column by column.
type comparer struct {
	fresh       []arrow.Record
	at          map[BarKey]BarRow // of the fresh rows
	first, last schedules.Day
	run         string

	met       map[BarKey]bool // fresh rows whose stored row has been seen
	changed   map[BarKey]BarRow
	revisions []Revision

	pairs  []barPair // of the record in hand
	parsed SymbolReader
}

// barPair is a stored row of the record in hand and the fresh row of the same key.
type barPair struct {
	stored int
	fresh  BarRow
	key    BarKey
}

// newComparer indexes the fresh rows. A key that comes twice is an error: nobody
// could tell which row is true.
func newComparer(fresh []arrow.Record, run string) (*comparer, error) {
	c := &comparer{fresh: fresh, run: run, at: map[BarKey]BarRow{}, met: map[BarKey]bool{}, changed: map[BarKey]BarRow{}}
	for n, r := range fresh {
		symbols, days := r.Column(barSymbol).(*array.String), r.Column(barDate).(*array.Date32)
		for i := range int(r.NumRows()) {
			symbol, err := c.parsed.Parse(symbols.Value(i))
			if err != nil {
				return nil, err
			}
			key := BarKey{symbol, schedules.Day(days.Value(i))}
			if _, twice := c.at[key]; twice {
				return nil, &DataError{"fresh bars", fmt.Sprintf("%s of %s comes twice", key.Symbol, key.Day)}
			}
			if len(c.at) == 0 || key.Day < c.first {
				c.first = key.Day
			}
			c.last = max(c.last, key.Day)
			c.at[key] = BarRow{n, i}
		}
	}
	return c, nil
}

// add compares the stored rows of a record, in the columns of DailyBars.
func (c *comparer) add(stored arrow.Record) error {
	symbols, days := stored.Column(barSymbol).(*array.String), stored.Column(barDate).(*array.Date32).Date32Values()
	c.pairs = c.pairs[:0]
	for i, d := range days {
		day := schedules.Day(d)
		if day < c.first || day > c.last {
			continue
		}
		symbol, err := c.parsed.Parse(symbols.Value(i))
		if err != nil {
			return err
		}
		key := BarKey{symbol, day}
		fresh, ok := c.at[key]
		if !ok {
			continue
		}
		if c.met[key] {
			return &DataError{"table daily_bars", fmt.Sprintf("%s of %s is there twice; barkeep verify --deep tells where", key.Symbol, key.Day)}
		}
		c.met[key] = true
		c.pairs = append(c.pairs, barPair{i, fresh, key})
	}
	for column := range DailyBars.Columns {
		if column != barDate && column != barSymbol && column != barSource && column != barFetched {
			c.compare(stored, column)
		}
	}
	return nil
}

// compare looks for pairs that differ in a column.
func (c *comparer) compare(stored arrow.Record, column int) {
	var equal func(i int, r arrow.Record, j int) bool
	old := stored.Column(column)
	switch old := old.(type) {
	case *array.Float64:
		equal = func(i int, r arrow.Record, j int) bool {
			return old.Value(i) == r.Column(column).(*array.Float64).Value(j)
		}
	case *array.Int64:
		equal = func(i int, r arrow.Record, j int) bool {
			return old.Value(i) == r.Column(column).(*array.Int64).Value(j)
		}
	case *array.Boolean:
		equal = func(i int, r arrow.Record, j int) bool {
			return old.Value(i) == r.Column(column).(*array.Boolean).Value(j)
		}
	default:
		equal = func(i int, r arrow.Record, j int) bool { return old.ValueStr(i) == r.Column(column).ValueStr(j) }
	}
	for _, p := range c.pairs {
		r := c.fresh[p.fresh.Batch]
		now := r.Column(column)
		was, is := old.IsValid(p.stored), now.IsValid(p.fresh.Row)
		if was == is && (!was || equal(p.stored, r, p.fresh.Row)) {
			continue
		}
		c.changed[p.key] = p.fresh
		c.revisions = append(c.revisions, Revision{
			Symbol: p.key.Symbol, Day: p.key.Day, Column: DailyBars.Columns[column].Name,
			Old: cellText(old, p.stored), New: cellText(now, p.fresh.Row),
			OldFetched: stored.Column(barFetched).(*array.Timestamp).Value(p.stored).ToTime(arrow.Microsecond),
			Seen:       r.Column(barFetched).(*array.Timestamp).Value(p.fresh.Row).ToTime(arrow.Microsecond),
			Source:     string([]byte(r.Column(barSource).(*array.String).Value(p.fresh.Row))), Run: c.run,
		})
	}
}

// unmet returns the fresh rows that the table does not have, as slices of the
// batches, which the caller releases.
func (c *comparer) unmet() (rows []arrow.Record) {
	for n, r := range c.fresh {
		symbols, days := r.Column(barSymbol).(*array.String), r.Column(barDate).(*array.Date32)
		begin := -1
		emit := func(end int) {
			if begin >= 0 {
				rows = append(rows, c.fresh[n].NewSlice(int64(begin), int64(end)))
			}
			begin = -1
		}
		for i := range int(r.NumRows()) {
			symbol, _ := c.parsed.Parse(symbols.Value(i)) // newComparer has parsed it
			if c.met[BarKey{symbol, schedules.Day(days.Value(i))}] {
				emit(i)
			} else if begin < 0 {
				begin = i
			}
		}
		emit(int(r.NumRows()))
	}
	return rows
}

// cellText writes a value so that reading it gives the same value back.
func cellText(a arrow.Array, row int) Text {
	if a.IsNull(row) {
		return Text{}
	}
	if f, ok := a.(*array.Float64); ok {
		return Text{strconv.FormatFloat(f.Value(row), 'f', -1, 64), true}
	}
	return Text{string([]byte(a.ValueStr(row))), true}
}

// Held tells what a table has of a bar.
type Held struct {
	Key     BarKey
	Stored  bool
	Differs bool // from the stored row, in anything but source and fetched_at
	Older   bool // it differs, and did not arrive after the stored row
}

// CompareBars holds fresh bars, one to a batch, against stored ones, which the
// function yields for a range of days.
func CompareBars(fresh []arrow.Record, stored func(first, last schedules.Day, yield func(arrow.Record) error) error) ([]Held, error) {
	c, err := newComparer(fresh, "")
	if err != nil {
		return nil, err
	}
	if err := stored(c.first, c.last, c.add); err != nil {
		return nil, err
	}
	held := make([]Held, len(fresh))
	for key, row := range c.at {
		_, differs := c.changed[key]
		held[row.Batch] = Held{key, c.met[key], differs, false}
	}
	for _, v := range c.revisions {
		if !v.Seen.After(v.OldFetched) {
			held[c.at[BarKey{v.Symbol, v.Day}].Batch].Older = true
		}
	}
	return held, nil
}
