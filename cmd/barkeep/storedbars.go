package main

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// storedDays is how many days of stored bars are kept at hand: runs ask for the
// days beside those they fetch, day by day.
const storedDays = 4

// storedBars answers a Checker from the lake: the bars that were committed before
// the run, day by day as they are asked for.
type storedBars struct {
	ctx  context.Context // of the run; a Checker has none of its own
	lake *lake.Lake
	log  *slog.Logger

	stored map[schedules.Day]bool // days of which there was any bar when the run began
	days   []storedDay            // the last used at the end

	factors []etl.FactorVersion // the newest, once they were asked for
	asked   *askedFactors       // nil until then
}

type storedDay struct {
	day     schedules.Day
	symbols []etl.Symbol // ascending
	bars    []etl.StoredBar
}

var _ etl.CheckContext = (*storedBars)(nil)

// newStoredBars takes the cells that were committed when the run began.
func newStoredBars(ctx context.Context, l *lake.Lake, have *etl.Cells, log *slog.Logger) *storedBars {
	s := &storedBars{ctx: ctx, lake: l, log: log, stored: map[schedules.Day]bool{}}
	for _, symbol := range have.Symbols() {
		if len(s.stored) == len(have.Days()) {
			break
		}
		for day := range have.Of(symbol) {
			s.stored[day] = true
		}
	}
	return s
}

// Bars fills in the bars that the lake has.
func (s *storedBars) Bars(keys []etl.BarKey, bars []etl.StoredBar) {
	for i, k := range keys {
		if !s.stored[k.Day] {
			continue
		}
		d := s.at(k.Day)
		if n, ok := slices.BinarySearch(d.symbols, k.Symbol); ok {
			bars[i] = d.bars[n]
		}
	}
}

// ExDate answers from adjust_factors: an ex-date has a factor. That a day is none is
// known of securities whose whole series was read, up to the day it was read for.
func (s *storedBars) ExDate(symbol etl.Symbol, d schedules.Day) (is, known bool) {
	if s.asked == nil {
		s.readFactors()
	}
	return s.asked.exDate(s.factors, symbol, d)
}

// readFactors reads what is known of factors. When that fails nothing is known, which
// is said once.
func (s *storedBars) readFactors() {
	s.asked = &askedFactors{}
	store, err := openFactors(s.ctx, s.lake)
	if err == nil {
		factors := store.all()
		var asked *askedFactors
		if asked, err = openAsked(s.lake, factors); err == nil {
			s.factors, s.asked = factors, asked
			return
		}
	}
	s.log.Warn("adjust factors could not be read, so the checks go without ex-dates", "error", err)
}

// at returns the bars of a day. A day that cannot be read is empty, and said once.
func (s *storedBars) at(day schedules.Day) *storedDay {
	if n := len(s.days); n > 0 && s.days[n-1].day == day {
		return &s.days[n-1]
	}
	i := slices.IndexFunc(s.days, func(d storedDay) bool { return d.day == day })
	if i >= 0 {
		d := s.days[i]
		s.days = append(slices.Delete(s.days, i, i+1), d)
		return &s.days[len(s.days)-1]
	}
	d := storedDay{day: day}
	if err := d.read(s.ctx, s.lake.Table(etl.DailyBars)); err != nil {
		s.log.Warn("stored bars could not be read, so the checks go without them", "day", day, "error", err)
		d = storedDay{day: day}
	}
	if len(s.days) == storedDays {
		s.days = slices.Delete(s.days, 0, 1)
	}
	s.days = append(s.days, d)
	return &s.days[len(s.days)-1]
}

// read reads a day's bars.
func (d *storedDay) read(ctx context.Context, table *lake.Table) error {
	snapshot, err := table.Snapshot(ctx)
	if err != nil {
		return err
	}
	columns := []string{"symbol", "date", "close", "preclose", "volume", "turn"}
	err = table.ScanDays(ctx, snapshot, columns, parquet.Days{Column: "date", First: d.day, Last: d.day}, d.add)
	if err != nil {
		return err
	}
	// Files are sorted, but a day may lie in several of them.
	order := make([]int, len(d.symbols))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(d.symbols[a], d.symbols[b]) })
	symbols, bars := make([]etl.Symbol, len(order)), make([]etl.StoredBar, len(order))
	for to, from := range order {
		symbols[to], bars[to] = d.symbols[from], d.bars[from]
	}
	d.symbols, d.bars = symbols, bars
	return nil
}

func (d *storedDay) add(r arrow.Record) error {
	symbols, dates := r.Column(0).(*array.String), r.Column(1).(*array.Date32).Date32Values()
	closes, precloses := r.Column(2).(*array.Float64), r.Column(3).(*array.Float64)
	volumes, turns := r.Column(4).(*array.Int64), r.Column(5).(*array.Float64)
	for i, date := range dates {
		if schedules.Day(date) != d.day {
			continue
		}
		symbol, err := etl.ParseSymbol(symbols.Value(i))
		if err != nil {
			return &etl.DataError{Where: "table daily_bars", Problem: err.Error()}
		}
		bar := etl.StoredBar{Known: true, Close: closes.Value(i), Preclose: precloses.Value(i), Volume: volumes.Value(i)}
		if turns.IsValid(i) {
			bar.Turn = turns.Value(i)
		}
		d.symbols, d.bars = append(d.symbols, symbol), append(d.bars, bar)
	}
	return nil
}
