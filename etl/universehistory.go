package etl

import (
	"fmt"
	"slices"
	"time"

	"barkeep/schedules"
)

// Industry is the vendor's classification of one security.
type Industry struct {
	Symbol         Symbol
	Name           string        // such as J66货币金融服务; empty when the vendor has none
	Classification string        // the scheme, such as 证监会行业分类
	Updated        schedules.Day // day of the vendor's list
}

// InstrumentVersion is one row of the table Instruments: what was known of a
// security from one moment to another.
type InstrumentVersion struct {
	Instrument
	Industry       string // empty when unknown
	Classification string // the scheme of Industry
	Source         string
	From           time.Time // when the list arrived that first said so
	Seen           time.Time // when the newest list arrived that said so
	Until          time.Time // when the list arrived that no longer said so; zero while valid
}

// ValidAt reports whether the version was the known one at a moment.
func (v InstrumentVersion) ValidAt(at time.Time) bool {
	return !v.From.After(at) && (v.Until.IsZero() || v.Until.After(at))
}

// UniverseChange tells what a fresh list has changed, by symbol, ascending.
type UniverseChange struct {
	New      []Symbol // not known before, or vanished once and back
	Changed  []Symbol // another name, kind, date or industry
	Reused   []Symbol // another security under the same code: the listing date differs
	Vanished []Symbol // no longer in the list
}

// Empty reports whether nothing has changed.
func (c UniverseChange) Empty() bool {
	return len(c.New)+len(c.Changed)+len(c.Reused)+len(c.Vanished) == 0
}

// shortList is the share of the known securities, in per cent, that a fresh list
// must have to be believed. The vendor's lists grow; none of the recorded ones
// lacks a security of an older one.
const shortList = 90

// MergeUniverse returns the whole history after a list that arrived at now:
// versions that still hold keep their From, changed ones are closed and followed
// by new ones, those of vanished securities are closed. stored may be in any
// order; the result is sorted by symbol and From.
//
// industries is nil when they were not asked for. A security without an industry
// in it, delisted ones as a rule, keeps the one it had; so does a changed one, but
// not another security under a code used before.
//
// It is a DataError, and nothing is to be stored, when the list lacks more than a
// tenth of the securities known, when either list names a security twice, and
// when the stored history is newer than now: a clock is wrong then.
func MergeUniverse(stored []InstrumentVersion, fresh Universe, industries []Industry, source string, now time.Time) ([]InstrumentVersion, UniverseChange, error) {
	m := universeMerge{source: source, now: now.UTC().Truncate(time.Microsecond)}
	if err := m.open(stored, fresh, industries); err != nil {
		return nil, UniverseChange{}, err
	}
	current := 0 // next of m.current
	for _, in := range fresh {
		for current < len(m.current) && m.current[current].Symbol < in.Symbol {
			m.vanish(m.current[current])
			current++
		}
		if current < len(m.current) && m.current[current].Symbol == in.Symbol {
			m.meet(m.current[current], in)
			current++
			continue
		}
		m.change.New = append(m.change.New, in.Symbol)
		m.add(in, m.industries[in.Symbol])
	}
	for _, old := range m.current[current:] {
		m.vanish(old)
	}
	slices.SortStableFunc(m.result, compareVersions)
	for i := 1; i < len(m.result); i++ {
		if a, b := m.result[i-1], m.result[i]; a.Symbol == b.Symbol && !a.From.Before(b.From) {
			return nil, UniverseChange{}, &DataError{"the history of instruments", fmt.Sprintf("%s changes twice at %s", b.Symbol, b.From.Format(time.RFC3339Nano))}
		}
	}
	return m.result, m.change, nil
}

func compareVersions(a, b InstrumentVersion) int {
	if a.Symbol != b.Symbol {
		return int(a.Symbol) - int(b.Symbol)
	}
	return a.From.Compare(b.From)
}

type universeMerge struct {
	source     string
	now        time.Time
	current    []InstrumentVersion // valid before, ascending by symbol
	industries map[Symbol]Industry
	result     []InstrumentVersion
	change     UniverseChange
}

// open checks both lists and takes the closed versions over.
func (m *universeMerge) open(stored []InstrumentVersion, fresh Universe, industries []Industry) error {
	for _, v := range stored {
		if m.now.Before(v.From) || m.now.Before(v.Seen) || m.now.Before(v.Until) {
			return &DataError{"the history of instruments", fmt.Sprintf("%s was stored after %s: the clock is wrong, or was", v.Symbol, m.now.Format(time.RFC3339))}
		}
		if v.Until.IsZero() {
			m.current = append(m.current, v)
		} else {
			m.result = append(m.result, v)
		}
	}
	slices.SortFunc(m.current, compareVersions)
	for i := 1; i < len(m.current); i++ {
		if s := m.current[i].Symbol; s == m.current[i-1].Symbol {
			return &DataError{"the history of instruments", s.String() + " has two versions that are valid now"}
		}
	}
	for i := 1; i < len(fresh); i++ {
		if fresh[i].Symbol <= fresh[i-1].Symbol {
			return &DataError{"the list of instruments", fmt.Sprintf("names %s after %s; it must ascend without repetitions", fresh[i].Symbol, fresh[i-1].Symbol)}
		}
	}
	m.industries = make(map[Symbol]Industry, len(industries))
	for _, i := range industries {
		if _, twice := m.industries[i.Symbol]; twice {
			return &DataError{"the list of industries", "names " + i.Symbol.String() + " twice"}
		}
		m.industries[i.Symbol] = i
	}
	there := 0
	for _, v := range m.current {
		if _, ok := fresh.Find(v.Symbol); ok {
			there++
		}
	}
	if there*100 < len(m.current)*shortList {
		return &DataError{"the list of instruments", fmt.Sprintf("holds %d of the %d securities known, fewer than %d %%: it is taken for cut short and not used", there, len(m.current), shortList)}
	}
	return nil
}

// meet compares a security with what was known of it.
func (m *universeMerge) meet(old InstrumentVersion, in Instrument) {
	industry := m.industries[in.Symbol]
	reused := old.Listed != 0 && in.Listed != 0 && old.Listed != in.Listed
	if industry.Name == "" && !reused {
		industry.Name, industry.Classification = old.Industry, old.Classification
	}
	if old.Instrument == in && old.Industry == industry.Name && old.Classification == industry.Classification {
		old.Seen = m.now
		m.result = append(m.result, old)
		return
	}
	old.Until = m.now
	m.result = append(m.result, old)
	if reused {
		m.change.Reused = append(m.change.Reused, in.Symbol)
	} else {
		m.change.Changed = append(m.change.Changed, in.Symbol)
	}
	m.add(in, industry)
}

func (m *universeMerge) add(in Instrument, industry Industry) {
	v := InstrumentVersion{Instrument: in, Source: m.source, From: m.now, Seen: m.now}
	if industry.Name != "" {
		v.Industry, v.Classification = industry.Name, industry.Classification
	}
	m.result = append(m.result, v)
}

func (m *universeMerge) vanish(old InstrumentVersion) {
	old.Until = m.now
	m.result = append(m.result, old)
	m.change.Vanished = append(m.change.Vanished, old.Symbol)
}

// UniverseAt returns the universe as it was known at a moment.
func UniverseAt(history []InstrumentVersion, at time.Time) (Universe, error) {
	var list []Instrument
	for _, v := range history {
		if v.ValidAt(at) {
			list = append(list, v.Instrument)
		}
	}
	return MakeUniverse(list)
}
