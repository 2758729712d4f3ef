package etl

import (
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Checks is the table checks: what every rule has looked at and found, one row
// per run, table and rule, rules that found nothing included.
var Checks = Table{
	Name:    "checks",
	Comment: "what the rules have looked at and found, by run",
	Sort:    []string{"table_name", "rule", "checked_at"},
	Columns: []Column{
		{Name: "run", Type: String, Comment: "which run looked"},
		{Name: "checked_at", Type: Timestamp, Comment: "when it ended"},
		{Name: "table_name", Type: String, Comment: "the table the rows were meant for"},
		{Name: "rule", Type: String, Comment: "as in the configuration"},
		{Name: "severity", Type: String, Comment: "warn: the rows were kept; reject: they are in quarantine"},
		{Name: "rows_checked", Type: Int64, Comment: "rows that the rule could judge; rows that arrive twice count twice"},
		{Name: "rows_found", Type: Int64, Comment: "of them, rows that break it"},
		{Name: "first_date", Type: Date, Nullable: true, Comment: "earliest day with a finding"},
		{Name: "last_date", Type: Date, Nullable: true, Comment: "latest day with a finding"},
		{Name: "sample", Type: String, Nullable: true, Comment: "the first finding in words: symbol, date and numbers"},
	},
}

// CheckRows makes a record of the table Checks.
func CheckRows(tallies []Tally, run, table string, at time.Time) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, Checks.Schema())
	defer b.Release()
	for _, t := range tallies {
		appendString(b, 0, run)
		appendTime(b, 1, at)
		appendString(b, 2, table)
		appendString(b, 3, t.Rule.String())
		appendString(b, 4, t.Severity.String())
		b.Field(5).(*array.Int64Builder).Append(t.RowsChecked)
		b.Field(6).(*array.Int64Builder).Append(t.RowsFound)
		appendDay(b, 7, t.First)
		appendDay(b, 8, t.Last)
		if t.Sample == "" {
			b.Field(9).AppendNull()
		} else {
			appendString(b, 9, t.Sample)
		}
	}
	return b.NewRecord()
}
