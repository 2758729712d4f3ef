package etl

import (
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
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

// Verdict is one row of the table Checks, of any rule.
type Verdict struct {
	Rule        string
	Severity    Severity
	Checked     int64         // rows that the rule could judge
	Found       int64         // of them, rows that break it
	First, Last schedules.Day // the earliest and latest day with a finding; 0 for none
	Sample      string        // the first finding, in words
}

// Add counts a finding.
func (v *Verdict) Add(day schedules.Day, text string) {
	if v.Found++; v.Found == 1 {
		v.First, v.Last, v.Sample = day, day, text
		return
	}
	v.First, v.Last = min(v.First, day), max(v.Last, day)
}

// CheckRows makes a record of the table Checks.
func CheckRows(tallies []Tally, run, table string, at time.Time) arrow.Record {
	list := make([]Verdict, len(tallies))
	for i, t := range tallies {
		list[i] = Verdict{t.Rule.String(), t.Severity, t.RowsChecked, t.RowsFound, t.First, t.Last, t.Sample}
	}
	return VerdictRows(list, run, table, at)
}

// VerdictRows makes a record of the table Checks for rules that no Checker holds.
func VerdictRows(list []Verdict, run, table string, at time.Time) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, Checks.Schema())
	defer b.Release()
	for _, v := range list {
		appendString(b, 0, run)
		appendTime(b, 1, at)
		appendString(b, 2, table)
		appendString(b, 3, v.Rule)
		appendString(b, 4, v.Severity.String())
		b.Field(5).(*array.Int64Builder).Append(v.Checked)
		b.Field(6).(*array.Int64Builder).Append(v.Found)
		appendDay(b, 7, v.First)
		appendDay(b, 8, v.Last)
		appendText(b, 9, v.Sample)
	}
	return b.NewRecord()
}
