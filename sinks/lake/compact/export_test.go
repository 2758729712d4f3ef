package compact

import (
	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// Plan returns the partitions that are due, and the files of each to be merged.
func Plan(t etl.Table, files []lake.File, o Options) (partitions []string, picked [][]lake.File) {
	for _, j := range plan(t, files, o) {
		partitions, picked = append(partitions, j.partition), append(picked, j.files)
	}
	return partitions, picked
}

// Beyond is the comparison of bounds in statistics.
var Beyond = beyond

// SpanOf returns a column's bounds as a file's statistics have them.
func SpanOf(stats, column string) (low, high string, ok bool) {
	s, ok := spanOf(stats, column)
	return s.low, s.high, ok
}

// Differ sums up two sets of batches and names the first difference.
func Differ(t etl.Table, a, b []arrow.Record) string {
	x, y := newSums(t), newSums(t)
	var cells []uint64
	for _, r := range a {
		cells = x.add(r, cells)
	}
	for _, r := range b {
		cells = y.add(r, cells)
	}
	check, _, _ := x.differ(y, t)
	return check
}

// CompareKeys compares two rows of one batch by the columns at the given positions:
// by their keys alone, and by the columns themselves. exact says that equal keys
// are equal rows.
func CompareKeys(r arrow.Record, sort []int, i, j int) (keys, columns int, exact bool) {
	p := newPage(r, sort, nil)
	return p.keys[i].compare(p.keys[j]), compareColumns(p.by, i, p.by, j), p.exact
}

// MaxFanIn is the most files that are open at a time.
const MaxFanIn = maxFanIn

// Sum counts a batch.
func Sum(t etl.Table, r arrow.Record, cells []uint64) []uint64 { return newSums(t).add(r, cells) }
