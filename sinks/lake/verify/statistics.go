package verify

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// logged is what the log says of a file's content.
type logged struct {
	NumRecords *int64                     `json:"numRecords"`
	Min        map[string]json.RawMessage `json:"minValues"`
	Max        map[string]json.RawMessage `json:"maxValues"`
	Nulls      map[string]json.RawMessage `json:"nullCount"`
}

// checkStatistics holds the log's statistics against the content. exact says that
// have was computed from all values; else it is what the footer says, and only
// what contradicts it is wrong.
func (f *file) checkStatistics(have parquet.Stats, exact bool) {
	text := f.Stats()
	if text == "" {
		f.warn(CheckUnspecified, "the log says nothing of the file's content, so that no reader can skip it")
		return
	}
	if exact {
		if want, err := lake.StatsText(f.columns, have); err == nil && want == text {
			return
		}
	}
	var s logged
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		f.fail(CheckStatistics, "the log's statistics are not JSON: %v", err)
		return
	}
	before := len(f.findings)
	known := map[string]bool{}
	for i, c := range f.columns {
		known[c.Name] = true
		f.checkNulls(c, s, have.Columns[i].Nulls)
		f.checkBounds(c, s, have.Columns[i], exact)
	}
	for _, m := range []map[string]json.RawMessage{s.Min, s.Max, s.Nulls} {
		for name := range m {
			if f.stored.Index(name) < 0 && !known[name] {
				f.warn(CheckStatistics, "the log has statistics of a column %s, which does not exist", name)
			}
		}
	}
	if exact && f.footer.ours && len(f.findings) == before {
		f.warn(CheckStatistics, "the log's statistics are right, but not in the form that barkeep writes: the commit may have been changed")
	}
}

func (f *file) checkNulls(c etl.Column, s logged, have int64) {
	text, ok := s.Nulls[c.Name]
	if !ok {
		f.warn(CheckStatistics, "the log does not say how many nulls the column %s has", c.Name)
		return
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err != nil || n != have {
		f.fail(CheckStatistics, "the column %s has %d nulls, the log says %s", c.Name, have, text)
	}
}

// checkBounds compares one column's bounds. What readers take for the least and
// greatest values must be that; a string or an instant may be rounded outwards.
func (f *file) checkBounds(c etl.Column, s logged, have parquet.ColumnStats, exact bool) {
	low, hasLow := s.Min[c.Name]
	high, hasHigh := s.Max[c.Name]
	if !have.Valid {
		if exact && (hasLow || hasHigh) {
			f.fail(CheckStatistics, "the log gives bounds of the column %s, of which there can be none", c.Name)
		}
		return
	}
	if !hasLow && !hasHigh {
		if exact && f.footer.ours && boundable(c, have) {
			f.warn(CheckStatistics, "the log gives no bounds of the column %s", c.Name)
		}
		return
	}
	if exact && asWritten(c, have, low, high) {
		return
	}
	want, ok := parseBounds(c.Type, low, high, hasLow, hasHigh)
	if !ok {
		f.fail(CheckStatistics, "the log's bounds of the column %s cannot be read: %s to %s", c.Name, low, high)
		return
	}
	outside, wider := compareBounds(c.Type, want, have, hasLow, hasHigh)
	switch from, to := showBounds(c.Type, have); {
	case outside:
		f.fail(CheckStatistics, "the column %s goes from %s to %s, the log says %s to %s: readers would skip rows", c.Name, from, to, low, high)
	case !wider || !exact:
	case c.Type == etl.String || c.Type == etl.Timestamp:
		f.warn(CheckStatistics, "the column %s goes from %s to %s, the log says %s to %s: readers skip less than they could", c.Name, from, to, low, high)
	default:
		f.fail(CheckStatistics, "the column %s goes from %s to %s, the log says %s to %s: some readers answer from the log", c.Name, from, to, low, high)
	}
}

// asWritten says that the log holds the bounds as an append would round them.
func asWritten(c etl.Column, have parquet.ColumnStats, low, high json.RawMessage) bool {
	text, err := lake.StatsText([]etl.Column{c}, parquet.Stats{Columns: []parquet.ColumnStats{have}})
	var s logged
	return err == nil && json.Unmarshal([]byte(text), &s) == nil && string(s.Min[c.Name]) == string(low) && string(s.Max[c.Name]) == string(high)
}

// boundable says that an append would give the column bounds.
func boundable(c etl.Column, have parquet.ColumnStats) bool {
	text, err := lake.StatsText([]etl.Column{c}, parquet.Stats{Columns: []parquet.ColumnStats{have}})
	return err == nil && !strings.Contains(text, `"minValues":{},"maxValues":{}`)
}

// parseBounds reads a pair of bounds as the log holds them.
func parseBounds(t etl.ColumnType, low, high json.RawMessage, hasLow, hasHigh bool) (s parquet.ColumnStats, ok bool) {
	number := func(text json.RawMessage, there bool, i *int64, x *float64, word *string) bool {
		if !there {
			return true
		}
		if t == etl.Int64 || t == etl.Float64 {
			var errInt, errFloat error
			if t == etl.Int64 {
				*i, errInt = strconv.ParseInt(string(text), 10, 64)
			} else {
				*x, errFloat = strconv.ParseFloat(string(text), 64)
			}
			return errInt == nil && errFloat == nil
		}
		if json.Unmarshal(text, word) != nil {
			return false
		}
		switch t {
		case etl.Date:
			day, err := time.Parse("2006-01-02", *word)
			*i = day.Unix() / 86400
			if day.Unix() < 0 {
				*i = (day.Unix() - 86399) / 86400
			}
			return err == nil
		case etl.Timestamp:
			at, err := time.Parse(time.RFC3339Nano, *word)
			*i = at.UnixMicro()
			return err == nil
		}
		return t == etl.String
	}
	ok = number(low, hasLow, &s.MinInt, &s.MinFloat, &s.MinString) && number(high, hasHigh, &s.MaxInt, &s.MaxFloat, &s.MaxString)
	return s, ok
}

// cutMicros is by how much other writers cut the maximum of a timestamp, which
// readers allow for. Source: Delta protocol, per-file statistics.
const cutMicros = 999

// compareBounds says whether a value lies outside the log's bounds, and whether
// the bounds are wider than the values.
func compareBounds(t etl.ColumnType, want, have parquet.ColumnStats, hasLow, hasHigh bool) (outside, wider bool) {
	var low, high int
	switch t {
	case etl.String:
		low, high = strings.Compare(have.MinString, want.MinString), strings.Compare(want.MaxString, have.MaxString)
	case etl.Float64:
		low, high = compare(have.MinFloat, want.MinFloat), compare(want.MaxFloat, have.MaxFloat)
	case etl.Timestamp:
		low, high = compare(have.MinInt, want.MinInt), compare(want.MaxInt, have.MaxInt)
		if high < 0 && have.MaxInt-want.MaxInt <= cutMicros {
			high = 0
		}
	default:
		low, high = compare(have.MinInt, want.MinInt), compare(want.MaxInt, have.MaxInt)
	}
	return hasLow && low < 0 || hasHigh && high < 0, hasLow && low > 0 || hasHigh && high > 0
}

func compare[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func showBounds(t etl.ColumnType, s parquet.ColumnStats) (low, high string) {
	switch t {
	case etl.String:
		return strconv.Quote(s.MinString), strconv.Quote(s.MaxString)
	case etl.Float64:
		return fmt.Sprint(s.MinFloat), fmt.Sprint(s.MaxFloat)
	case etl.Date:
		return schedules.Day(s.MinInt).String(), schedules.Day(s.MaxInt).String()
	case etl.Timestamp:
		const layout = "2006-01-02T15:04:05.000000Z"
		return time.UnixMicro(s.MinInt).UTC().Format(layout), time.UnixMicro(s.MaxInt).UTC().Format(layout)
	}
	return strconv.FormatInt(s.MinInt, 10), strconv.FormatInt(s.MaxInt, 10)
}
