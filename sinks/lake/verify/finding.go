package verify

import (
	"fmt"

	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// Severity says how bad a finding is.
type Severity string

// The severities. An error means that rows are lost or may be read wrongly, or
// that the log cannot be trusted; a warning that neither is so.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// The rules a file is held against; those of the log are lake.CheckHole and so on.
const (
	CheckMissing     = "missing"     // a live file is not there
	CheckUnreadable  = "unreadable"  // the system refuses to read it
	CheckSize        = "size"        // it has another length than the log says
	CheckFooter      = "footer"      // its metadata is damaged or contradicts the pages
	CheckChecksum    = "checksum"    // a page is not what was written
	CheckRows        = "rows"        // it has another number of rows than the log says
	CheckColumns     = "columns"     // a column is missing, or of another type
	CheckNull        = "null"        // a null where the definition forbids it
	CheckStatistics  = "statistics"  // bounds or null counts are not those of the rows
	CheckUnsorted    = "unsorted"    // the rows are not in the table's order
	CheckDuplicate   = "duplicate"   // a key comes twice
	CheckPartition   = "partition"   // rows lie in the wrong year or day
	CheckUnnamed     = "unnamed"     // data files that no commit names
	CheckUnspecified = "unspecified" // the log says nothing of the file's content
)

// Finding is one thing that is wrong with a table.
type Finding struct {
	Table    string   `json:"table"`
	File     string   `json:"file,omitempty"` // relative to the table's directory, with slashes
	Version  int64    `json:"version"`        // of the commit that added the file, or that is damaged; -1 when that is not known
	Severity Severity `json:"severity"`
	Check    string   `json:"check"`   // the rule's short name
	Problem  string   `json:"problem"` // what is wrong, a sentence that follows the file's name

	// What a damaged data file held, by the log's word: -1 rows when it does not
	// say, zero for what does not apply.
	Rows        int64         `json:"rows,omitempty"`
	Bytes       int64         `json:"bytes,omitempty"`
	FirstDay    schedules.Day `json:"first_day,omitzero"`
	LastDay     schedules.Day `json:"last_day,omitzero"`
	FirstSymbol string        `json:"first_symbol,omitempty"`
	LastSymbol  string        `json:"last_symbol,omitempty"`

	Remedy string `json:"remedy,omitempty"` // what to do, with the commands
}

// String returns the finding as one line.
func (f Finding) String() string {
	where := f.Table
	if f.File != "" {
		where += "/" + f.File
	}
	text := fmt.Sprintf("%s: %s: %s", f.Severity, where, f.Problem)
	if f.Remedy != "" {
		text += ". " + f.Remedy
	}
	return text
}

// unreadableData are the checks after which a file's rows are lost, wholly or in
// part: to take such a file out of the table loses no more.
var unreadableData = map[string]bool{
	CheckMissing: true, CheckSize: true, CheckFooter: true, CheckChecksum: true, CheckRows: true, CheckColumns: true,
}

// wrongData are the checks after which the rows can still be read.
var wrongData = map[string]bool{CheckNull: true, CheckStatistics: true, CheckUnsorted: true, CheckPartition: true}

// Repairable says that Repair takes the finding's file out of the table. For a
// table whose rows can be fetched again that is any file with wrong data; where
// they cannot, only one whose rows are lost. A key that is in two files is never
// repaired: which of its rows is right, no rule can tell.
func (f Finding) Repairable() bool {
	if f.Severity != Error || f.File == "" {
		return false
	}
	return unreadableData[f.Check] || wrongData[f.Check] && refetchable(f.Table)
}

// add makes findings of the problems of the log.
func (r *run) addLog(log *lake.LogCheck) {
	table := r.table.Definition().Name
	for _, p := range log.Problems {
		f := Finding{Table: table, File: p.File, Version: p.Version, Severity: Error, Check: p.Check, Problem: p.Problem, Remedy: p.Remedy}
		if p.Line > 0 {
			f.File = fmt.Sprintf("%s:%d", p.File, p.Line)
		}
		if p.Warning {
			f.Severity = Warning
		}
		r.report.Findings = append(r.report.Findings, f)
	}
}
