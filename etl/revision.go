package etl

import (
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
)

// Revision is one row of the table Revisions: a cell of daily_bars that the vendor
// has changed.
type Revision struct {
	Symbol     Symbol
	Day        schedules.Day
	Column     string
	Old, New   Text
	OldFetched time.Time // when the stored row had arrived
	Seen       time.Time // when the new one did
	Source     string
	Run        string
}

// Text is the text of a value, or null.
type Text struct {
	Value string
	Valid bool
}

// RevisionConfig is the section "revisions" of the configuration.
type RevisionConfig struct {
	Days int `yaml:"days"` // trading days looked at when a run does not say
}

// DefaultRevisionConfig returns two weeks.
func DefaultRevisionConfig() RevisionConfig { return RevisionConfig{Days: 10} }

// Validate returns every problem as a KeyError.
func (c RevisionConfig) Validate() error {
	var e KeyErrors
	e.Check(c.Days >= 1 && c.Days <= 10_000, "days", "must lie in 1..10000")
	return e.Err()
}

// RevisionRows makes a record of the table Revisions.
func RevisionRows(list []Revision) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, Revisions.Schema())
	defer b.Release()
	b.Reserve(len(list))
	for _, r := range list {
		appendString(b, 0, r.Symbol.String())
		appendDay(b, 1, r.Day)
		appendString(b, 2, r.Column)
		for i, t := range []Text{r.Old, r.New} {
			if t.Valid {
				appendString(b, 3+i, t.Value)
			} else {
				b.Field(3 + i).AppendNull()
			}
		}
		appendTime(b, 5, r.OldFetched)
		appendTime(b, 6, r.Seen)
		appendString(b, 7, r.Source)
		appendString(b, 8, r.Run)
	}
	return b.NewRecord()
}

// ReadRevisions reads what RevisionRows has written. The record's columns are
// those of the table, in order.
func ReadRevisions(r arrow.Record) ([]Revision, error) {
	list := make([]Revision, r.NumRows())
	text := func(column, row int) Text {
		return Text{strings.Clone(textAt(r, column, row)), r.Column(column).IsValid(row)}
	}
	for i := range list {
		symbol, err := ParseSymbol(textAt(r, 0, i))
		if err != nil {
			return nil, &DataError{"table revisions", err.Error()}
		}
		list[i] = Revision{
			Symbol: symbol, Day: dayAt(r, 1, i), Column: text(2, i).Value,
			Old: text(3, i), New: text(4, i), OldFetched: timeAt(r, 5, i), Seen: timeAt(r, 6, i), Source: text(7, i).Value, Run: text(8, i).Value,
		}
	}
	return list, nil
}
