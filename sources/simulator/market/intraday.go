package market

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// Tape shows a market moment by moment. What it shows of a day ends exactly in
// the day's bar:
//
//   - 09:00 the row of the day before is replaced: preclose of the day, no
//     trade, empty book
//   - 09:15 opening auction, virtual prices; 09:25 the open with the auction's
//     volume; 09:30 trading, one quote every 3 seconds, a pause from 11:30 to
//     13:00
//   - 14:57 closing auction where there is one; 15:00 the bar
//   - 15:05 to 15:30 trading at the close, where the day's rules have it
//
// It stays there until the reset of the next trading day. Past the market's
// last bar the last day stays. Between the fixed points the path is made up
// from the market's seed, the security and the day, so that it is the same
// for every Tape of the same market. Source of the course of a day:
// specification of the market, 2 and 3.
//
// A Tape is safe for concurrent use. It keeps the bars of a few days, about
// 7 MB for each of them in a market of 5,500; the first question about another
// day reads that day's bars, about 0.1 s in such a market.
type Tape struct {
	market   Market
	calendar *schedules.Calendar
	symbols  []etl.Symbol // of every security, 0 where the code is none
	seed     uint64
	first    schedules.Day // first and last day with bars
	last     schedules.Day

	latest atomic.Pointer[moment] // the last one asked for: a page of quotes asks for one moment

	mu     sync.Mutex
	sheets []*leaf // most recently used first, at most keptSheets
}

// keptSheets is how many days a Tape keeps: today and yesterday for those who
// look on at the reset, and one for questions about the past.
const keptSheets = 3

// leaf is a day whose sheet is read by who needs it first.
type leaf struct {
	day  schedules.Day
	read func() *sheet
}

// NewTape returns the tape of a market over the trading days of a calendar.
func NewTape(m Market, calendar *schedules.Calendar) *Tape {
	t := &Tape{market: m, calendar: calendar, first: 1<<31 - 1}
	for _, s := range m.Securities() {
		symbol, err := etl.ParseSymbol(s.Code)
		if err != nil {
			symbol = 0 // no provider could be asked for it
		}
		t.symbols = append(t.symbols, symbol)
		if s.First <= s.Last {
			t.first, t.last = min(t.first, s.First), max(t.last, s.Last)
		}
	}
	if g, ok := m.(*Generated); ok {
		t.seed = g.seed
	}
	return t
}

// Symbols returns every security that the providers know at an instant,
// ascending: listed ones, indices, funds, shells of delisted ones and shares
// to be listed within days. The caller does not change it.
func (t *Tape) Symbols(at time.Time) []etl.Symbol {
	m, ok := t.moment(at)
	if !ok {
		return nil
	}
	return t.sheet(m.day).symbols
}

// At returns a security's state at an instant; false when the providers know
// no such security then.
func (t *Tape) At(s etl.Symbol, at time.Time) (Instant, bool) {
	var out Instant
	m, ok := t.moment(at)
	if !ok {
		return out, false
	}
	sheet := t.sheet(m.day)
	i, found := slices.BinarySearch(sheet.symbols, s)
	if !found {
		return out, false
	}
	sheet.scripts[i].show(&m, &out)
	return out, true
}

// All yields every security that the providers know at an instant, ascending.
// The Instant is valid until the next one.
func (t *Tape) All(at time.Time) iter.Seq[*Instant] {
	return func(yield func(*Instant) bool) {
		m, ok := t.moment(at)
		if !ok {
			return
		}
		sheet := t.sheet(m.day)
		out := new(Instant)
		for i := range sheet.scripts {
			sheet.scripts[i].show(&m, out)
			if !yield(out) {
				return
			}
		}
	}
}

// sheet returns the sheet of a trading day.
func (t *Tape) sheet(day schedules.Day) *sheet {
	t.mu.Lock()
	i := slices.IndexFunc(t.sheets, func(l *leaf) bool { return l.day == day })
	var l *leaf
	if i >= 0 {
		l = t.sheets[i]
		t.sheets = slices.Delete(t.sheets, i, i+1)
	} else {
		l = &leaf{day: day, read: sync.OnceValue(func() *sheet { return t.readSheet(day) })}
	}
	if len(t.sheets) == keptSheets {
		t.sheets = slices.Delete(t.sheets, keptSheets-1, keptSheets)
	}
	t.sheets = slices.Insert(t.sheets, 0, l)
	t.mu.Unlock()
	return l.read()
}
