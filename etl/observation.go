package etl

import (
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
)

// Observation is a row of the table Checks that comes from no rule about single
// answers, but from holding tables against each other, or from what a user did.
type Observation struct {
	Rule        string // such as provisional
	Severity    Severity
	Checked     int64 // rows that were looked at
	Found       int64 // of them, rows with a finding
	First, Last schedules.Day
	Sample      string // the first finding in words; empty for none
}

// ObservationRows makes a record of the table Checks.
func ObservationRows(list []Observation, run, table string, at time.Time) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, Checks.Schema())
	defer b.Release()
	for _, o := range list {
		appendString(b, 0, run)
		appendTime(b, 1, at)
		appendString(b, 2, table)
		appendString(b, 3, o.Rule)
		appendString(b, 4, o.Severity.String())
		b.Field(5).(*array.Int64Builder).Append(o.Checked)
		b.Field(6).(*array.Int64Builder).Append(o.Found)
		appendDay(b, 7, o.First)
		appendDay(b, 8, o.Last)
		if o.Sample == "" {
			b.Field(9).AppendNull()
		} else {
			appendString(b, 9, o.Sample)
		}
	}
	return b.NewRecord()
}
