package etl

import (
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
)

// Absence is one row of the table Absences: a bar that should exist, and that the
// vendor does not have.
type Absence struct {
	Symbol  Symbol
	Day     schedules.Day
	Reason  string
	Request string // the request that brought none
	Source  string
	Seen    time.Time
}

// ByUser is the source of an absence that somebody has declared.
const ByUser = "user"

// AbsenceRows makes a record of the table Absences.
func AbsenceRows(list []Absence) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, Absences.Schema())
	defer b.Release()
	b.Reserve(len(list))
	for _, a := range list {
		appendString(b, 0, a.Symbol.String())
		appendDay(b, 1, a.Day)
		appendString(b, 2, a.Reason)
		appendString(b, 3, a.Request)
		appendString(b, 4, a.Source)
		appendTime(b, 5, a.Seen)
	}
	return b.NewRecord()
}

// ReadAbsences reads what AbsenceRows has written. The record's columns are those
// of the table, in order.
func ReadAbsences(r arrow.Record) ([]Absence, error) {
	list := make([]Absence, r.NumRows())
	text := func(column, row int) string { return strings.Clone(textAt(r, column, row)) }
	for i := range list {
		symbol, err := ParseSymbol(textAt(r, 0, i))
		if err != nil {
			return nil, &DataError{"table absences", err.Error()}
		}
		list[i] = Absence{
			Symbol: symbol, Day: dayAt(r, 1, i),
			Reason: text(2, i), Request: text(3, i), Source: text(4, i),
			Seen: timeAt(r, 5, i),
		}
	}
	return list, nil
}
