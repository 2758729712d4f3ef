package quotes

import (
	"fmt"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// tally collects what the providers say of the symbols of one load. One
// goroutine uses it.
type tally struct {
	config  Config
	cal     *schedules.Calendar
	symbols []etl.Symbol
	index   map[etl.Symbol]int
	states  []state // of symbols
	left    int     // states that need another provider
	causes  failures
	failure error // of every symbol that nobody answered
}

// state is what is known of one symbol so far.
type state struct {
	quote   *etl.Quote        // the first row that can be served
	old     *etl.Quote        // the newest row that is too old
	olds    int               // providers whose row is too old
	unknown int               // providers that know no such security
	refused *etl.RefusedQuote // the last row that was refused
	settled bool              // no further provider is asked
}

// crossCheck is how many providers must say that there is no such security
// before the others need not be asked.
const crossCheck = 2

func newTally(c Config, cal *schedules.Calendar, symbols []etl.Symbol) *tally {
	t := &tally{config: c, cal: cal, symbols: symbols, index: make(map[etl.Symbol]int, len(symbols)),
		states: make([]state, len(symbols)), left: len(symbols)}
	for i, s := range symbols {
		t.index[s] = i
	}
	return t
}

// open returns the symbols that need another provider.
func (t *tally) open() []etl.Symbol {
	open := make([]etl.Symbol, 0, t.left)
	for i := range t.states {
		if !t.states[i].settled {
			open = append(open, t.symbols[i])
		}
	}
	return open
}

// haul is what one answer brought.
type haul struct {
	taken, old int
	refused    []etl.RefusedQuote
}

// merge takes an answer that was asked for at sent and arrived at arrived, on
// the cache's clock. A row's Fetched outside of that span is another clock's,
// and is moved to its nearer end.
func (t *tally) merge(a *etl.QuoteAnswer, sent, arrived time.Time) haul {
	h := haul{refused: a.Refused}
	for i := range a.Quotes {
		q := &a.Quotes[i]
		if q.Fetched.Before(sent) {
			q.Fetched = sent
		} else if q.Fetched.After(arrived) {
			q.Fetched = arrived
		}
	}
	lagging := t.config.lags(t.cal, newest(a.Quotes), arrived)
	var at time.Time
	var moment schedules.Moment
	for i := range a.Quotes {
		q := &a.Quotes[i]
		if schedules.DayOf(q.Time) > schedules.DayOf(q.Fetched) {
			h.refused = append(h.refused, etl.RefusedQuote{Symbol: q.Symbol,
				Reason: fmt.Sprintf("its time, %s, lies in the future", q.Time.In(schedules.Shanghai).Format(time.DateTime))})
			continue
		}
		if !q.Fetched.Equal(at) {
			at, moment = q.Fetched, t.cal.Moment(q.Fetched)
		}
		row := new(etl.Quote) // of its own, so that no row keeps its neighbours in memory
		*row = *q
		row.Phase, row.Time, row.Fetched = moment.Phase, q.Time.Round(0).UTC(), q.Fetched.Round(0).UTC()
		if t.row(row, lagging) {
			h.taken++
		} else {
			h.old++
		}
	}
	for i := range h.refused {
		t.states[t.index[h.refused[i].Symbol]].refused = &h.refused[i]
	}
	for _, s := range a.Unknown {
		if st := &t.states[t.index[s]]; !st.settled {
			st.unknown++
			t.settle(st, st.unknown >= crossCheck && st.old == nil && st.refused == nil)
		}
	}
	return h
}

// row takes a row, and reports whether it is new enough to be served.
func (t *tally) row(q *etl.Quote, lagging bool) bool {
	st := &t.states[t.index[q.Symbol]]
	if outdated(t.cal, q) || lagging && trades(q) {
		st.olds++
		if st.old == nil || q.Time.After(st.old.Time) {
			st.old = q
		}
		return false
	}
	if st.quote == nil {
		st.quote = q
		t.settle(st, true)
	}
	return true
}

func (t *tally) settle(st *state, settled bool) {
	if settled && !st.settled {
		st.settled = true
		t.left--
	}
}

// newest returns the newest time of rows that trade; a time far ahead if there
// are none, because then nothing tells that the provider lags.
func newest(rows []etl.Quote) time.Time {
	var t time.Time
	for i := range rows {
		if trades(&rows[i]) && rows[i].Time.After(t) {
			t = rows[i].Time
		}
	}
	if t.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return t
}

// entry returns what is to be served of symbol i, when no further provider can
// be asked.
func (t *tally) entry(i int, now time.Time) *entry {
	st := &t.states[i]
	switch e := (&entry{fetched: now.UnixNano()}); {
	case st.quote != nil:
		return t.config.entryOf(t.cal, st.quote)
	case st.old != nil && t.confirmed(st):
		return t.config.entryOf(t.cal, st.old)
	case st.unknown > 0 && st.refused == nil && (st.old == nil || outdated(t.cal, st.old)):
		e.err = fmt.Errorf("%s: %w", t.symbols[i], ErrUnknown)
		e.unknown, e.until = true, now.Add(t.config.UnknownTTL).UnixNano()
		return e
	case st.old != nil:
		return t.oldEntry(st)
	case st.refused != nil:
		e.err = fmt.Errorf("%w: %w", ErrRefusedRow, st.refused)
		return e
	default:
		if t.failure == nil {
			t.failure = fmt.Errorf("%w: %w", ErrUnavailable, t.causes)
		}
		e.err = t.failure
		return e
	}
}

// entryOf returns the entry of a quote that can be served.
func (c Config) entryOf(cal *schedules.Calendar, q *etl.Quote) *entry {
	return &entry{quote: q, fetched: q.Fetched.UnixNano(), until: c.expiry(cal, q).UnixNano()}
}

// confirmed reports whether a row that seems too old is the newest there is: two
// providers have none that is newer, and it is of the current day or the trading
// day before. That is so when trading is halted, when the exchanges stay closed
// on a day the calendar calls open, and while providers prepare the new day. A
// share that left the market longer ago is not revived by it.
func (t *tally) confirmed(st *state) bool {
	day := lastKnownDay(t.cal, st.old.Fetched)
	if before, ok := t.cal.Prev(day); ok {
		day = before
	}
	return st.olds >= 2 && schedules.DayOf(st.old.Time) >= day
}

// oldEntry returns the entry of a row that is too old: nothing to be served as
// current. It is kept for a while so that not every call asks all providers.
func (t *tally) oldEntry(st *state) *entry {
	m := t.cal.Moment(st.old.Fetched)
	until := t.config.expiry(t.cal, st.old)
	if m.Phase == schedules.PhaseClosed {
		until = st.old.Fetched.Add(t.config.UnknownTTL)
		if m.Until.Before(until) {
			until = m.Until
		}
	}
	own := fmt.Errorf("%s: the newest row, from %s, is of %s and served only where stale quotes are allowed", st.old.Symbol, st.old.Source,
		st.old.Time.In(schedules.Shanghai).Format(time.DateTime))
	return &entry{quote: st.old, fetched: st.old.Fetched.UnixNano(), until: until.UnixNano(),
		err: fmt.Errorf("%w: %w", ErrUnavailable, append(failures{own}, t.causes...))}
}

// failures joins errors in one line.
type failures []error

// Error returns the texts, separated by semicolons.
func (f failures) Error() string {
	text := make([]string, len(f))
	for i, err := range f {
		text[i] = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return strings.Join(text, "; ")
}

// Unwrap returns the errors.
func (f failures) Unwrap() []error { return f }
