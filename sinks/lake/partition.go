package lake

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
)

// yearColumn is the partition column of a table that is split by year.
const yearColumn = "year"

// partition says how a table's rows are dealt out to directories: by the
// calendar year of a Date column, by such a column itself, or not at all. The
// zero partition is the last.
type partition struct {
	key  string // of directories, and in the log: year, or the column's name; empty for none
	from string // the Date column that decides
	day  bool   // the value is the date itself, and key one of the table's columns
}

func partitionOf(t etl.Table) partition {
	switch {
	case t.Year != "":
		return partition{key: yearColumn, from: t.Year}
	case t.Day != "":
		return partition{key: t.Day, from: t.Day, day: true}
	}
	return partition{}
}

// place is one partition of a table: its year or its day, and 0 for the other.
// A table without partitions has one, with both 0.
type place struct {
	year int
	day  schedules.Day
}

func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.year, b.year), cmp.Compare(a.day, b.day))
}

// placeOf returns where a row of that date belongs.
func (p partition) placeOf(d schedules.Day) place {
	switch {
	case p.day:
		return place{day: d}
	case p.key != "":
		return place{year: d.Year()}
	}
	return place{}
}

// value returns the place as the log and the path hold it.
func (p partition) value(at place) string {
	if p.day {
		return at.day.String()
	}
	return strconv.Itoa(at.year)
}

// parse is the reverse of value.
func (p partition) parse(value string) (place, error) {
	if p.day {
		if d, ok := parseISODate(value); ok && d >= firstDay {
			return place{day: d}, nil
		}
		return place{}, fmt.Errorf("the partition value %s=%q is not a date", p.key, value)
	}
	year, err := strconv.Atoi(value)
	if err != nil || year < 1 || year > 9999 {
		return place{}, fmt.Errorf("the partition value %s=%q is not a year", p.key, value)
	}
	return place{year: year}, nil
}

// dir returns the directory of a place, below the table's; "" without partitions.
func (p partition) dir(at place) string {
	if p.key == "" {
		return ""
	}
	return p.key + "=" + p.value(at)
}

// values returns a place as actions hold it.
func (p partition) values(at place) map[string]*string {
	if p.key == "" {
		return map[string]*string{}
	}
	value := p.value(at)
	return map[string]*string{p.key: &value}
}

// columns returns the names of the partition columns, for the log.
func (p partition) columns() []string {
	if p.key == "" {
		return []string{}
	}
	return []string{p.key}
}

// starts returns the first day of every place that may hold one of the dates,
// in order, and last the day after them all.
func (p partition) starts(columns [][]arrow.Date32, low, high schedules.Day) []schedules.Day {
	var starts []schedules.Day
	if !p.day {
		for y := low.Year(); y <= high.Year()+1; y++ {
			starts = append(starts, schedules.MakeDay(y, time.January, 1))
		}
		return starts
	}
	seen := map[arrow.Date32]bool{}
	for _, column := range columns {
		for i, d := range column {
			if i > 0 && d == column[i-1] || seen[d] { // neighbours are mostly equal
				continue
			}
			seen[d] = true
			starts = append(starts, schedules.Day(d))
		}
	}
	slices.Sort(starts)
	return append(starts, high+1)
}

// stored returns the definition of the table's files: without the column that
// the path tells, which within a file is the same in every row.
func (p partition) stored(t etl.Table) etl.Table {
	if !p.day {
		return t
	}
	t.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c etl.Column) bool { return c.Name == p.key })
	t.Sort = slices.DeleteFunc(slices.Clone(t.Sort), func(name string) bool { return name == p.key })
	t.Day = ""
	return t
}

// withoutKey returns the batches as files hold them. The caller releases them.
func (p partition) withoutKey(t etl.Table, batches []arrow.Record) []arrow.Record {
	out, at := make([]arrow.Record, len(batches)), -1
	if p.day {
		at = t.Index(p.key)
	}
	schema := p.stored(t).Schema()
	for i, b := range batches {
		if at < 0 {
			b.Retain()
			out[i] = b
			continue
		}
		out[i] = array.NewRecord(schema, slices.Delete(slices.Clone(b.Columns()), at, at+1), b.NumRows())
	}
	return out
}
