package etl

import (
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// InstrumentVersionRows makes a record of the table Instruments.
func InstrumentVersionRows(list []InstrumentVersion) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, Instruments.Schema())
	defer b.Release()
	for _, v := range list {
		appendString(b, 0, v.Symbol.String())
		appendString(b, 1, v.Name)
		appendString(b, 2, v.Kind.String())
		appendString(b, 3, v.Board())
		appendDay(b, 4, v.Listed)
		appendDay(b, 5, v.Delisted)
		appendString(b, 6, v.Source)
		appendTime(b, 7, v.From)
		appendText(b, 8, v.Industry)
		appendText(b, 9, v.Classification)
		appendInstant(b, 10, v.Until)
		appendInstant(b, 11, v.Seen)
	}
	return b.NewRecord()
}

// ReadInstrumentVersions reads what InstrumentVersionRows has written, and rows
// from before there was a history: those are valid, and were seen when they were
// fetched. The record's columns are those of the table, in order; the last ones
// may be missing.
func ReadInstrumentVersions(r arrow.Record) ([]InstrumentVersion, error) {
	list := make([]InstrumentVersion, r.NumRows())
	has := func(column int) bool { return int64(column) < r.NumCols() }
	for i := range list {
		symbol, err := ParseSymbol(textAt(r, 0, i))
		if err != nil {
			return nil, &DataError{"table instruments", err.Error()}
		}
		v := InstrumentVersion{
			Instrument: Instrument{Symbol: symbol, Name: strings.Clone(textAt(r, 1, i)), Kind: ParseKind(textAt(r, 2, i)),
				Listed: dayAt(r, 4, i), Delisted: dayAt(r, 5, i)},
			Source: strings.Clone(textAt(r, 6, i)), From: timeAt(r, 7, i),
		}
		v.Seen = v.From
		if has(9) {
			v.Industry, v.Classification = strings.Clone(textAt(r, 8, i)), strings.Clone(textAt(r, 9, i))
		}
		if has(10) {
			v.Until = timeAt(r, 10, i)
		}
		if has(11) {
			if at := timeAt(r, 11, i); !at.IsZero() {
				v.Seen = at
			}
		}
		list[i] = v
	}
	return list, nil
}

// ReadInstruments reads the securities that are valid now, and when the newest
// list arrived that said so. The record's columns are those of the table, in
// order.
func ReadInstruments(r arrow.Record) (list []Instrument, fetched time.Time, err error) {
	versions, err := ReadInstrumentVersions(r)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, v := range versions {
		// A list that only closed versions was fetched all the same.
		for _, at := range [...]time.Time{v.Seen, v.Until} {
			if at.After(fetched) {
				fetched = at
			}
		}
		if v.Until.IsZero() {
			list = append(list, v.Instrument)
		}
	}
	return list, fetched, nil
}
