package etl

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/schedules"
)

// FactorVersion is one row of the table AdjustFactors.
type FactorVersion struct {
	Factor
	Source  string
	Fetched time.Time
}

// FactorRows makes a record of the table AdjustFactors.
func FactorRows(list []Factor, source string, fetched time.Time) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, AdjustFactors.Schema())
	defer b.Release()
	b.Reserve(len(list))
	for _, f := range list {
		appendString(b, 0, f.Symbol.String())
		appendDay(b, 1, f.Date)
		for i, v := range [...]int64{f.Fore, f.Back, f.Adjust} {
			// One division of exact numbers: the float64 nearest to the text.
			b.Field(2 + i).(*array.Float64Builder).Append(float64(v) / One)
		}
		appendString(b, 5, source)
		appendTime(b, 6, fetched)
	}
	return b.NewRecord()
}

// ReadFactors reads what FactorRows has written. The record's columns are those
// of the table, in order. A factor that is no number of millionths is a
// DataError: it was not written by FactorRows.
func ReadFactors(r arrow.Record) ([]FactorVersion, error) {
	list := make([]FactorVersion, r.NumRows())
	for i := range list {
		symbol, err := ParseSymbol(textAt(r, 0, i))
		if err != nil {
			return nil, &DataError{"table adjust_factors", err.Error()}
		}
		v := FactorVersion{
			Factor: Factor{Symbol: symbol, Date: dayAt(r, 1, i)},
			Source: strings.Clone(textAt(r, 5, i)), Fetched: timeAt(r, 6, i),
		}
		for c, to := range [...]*int64{&v.Fore, &v.Back, &v.Adjust} {
			value := r.Column(2 + c).(*array.Float64).Value(i)
			whole := math.Round(value * One)
			if !(math.Abs(whole) <= maxFactor) || whole/One != value {
				return nil, &DataError{"table adjust_factors", fmt.Sprintf("%s of %s: %v has more than six decimals", symbol, v.Date, value)}
			}
			*to = int64(whole)
		}
		list[i] = v
	}
	return list, nil
}

// NewestFactors returns what is known at a moment: of each security and ex-date
// the version fetched last, not later than at; the zero Time means all. The
// result is sorted by symbol and date; list may be in any order. Of versions
// fetched at the same moment, which the table does not hold, the last in the
// list counts.
func NewestFactors(list []FactorVersion, at time.Time) []FactorVersion {
	known := make([]FactorVersion, 0, len(list))
	for _, v := range list {
		if at.IsZero() || !v.Fetched.After(at) {
			known = append(known, v)
		}
	}
	slices.SortStableFunc(known, func(a, b FactorVersion) int {
		if c := compareFactors(a.Factor, b.Factor); c != 0 {
			return c
		}
		return a.Fetched.Compare(b.Fetched)
	})
	n := 0
	for i, v := range known {
		if i+1 < len(known) && compareFactors(known[i+1].Factor, v.Factor) == 0 {
			continue
		}
		known[n] = v
		n++
	}
	return known[:n]
}

// ChangedFactors returns the rows of an answer that are to be appended: those
// that differ from the newest known version of their security and ex-date, or
// are the first. known is what NewestFactors returns; arrived is newer than all
// of it, and if it holds a key twice, only the first counts (FactorAnswer.Judge
// has made a flaw of the others). The result is sorted by symbol and date.
func ChangedFactors(known []FactorVersion, arrived []Factor) []Factor {
	sorted := slices.Clone(arrived)
	slices.SortStableFunc(sorted, compareFactors)
	var changed []Factor
	for i, f := range sorted {
		if i > 0 && compareFactors(sorted[i-1], f) == 0 {
			continue
		}
		if old, ok := findFactor(known, f.Symbol, f.Date); !ok || old.Factor != f {
			changed = append(changed, f)
		}
	}
	return changed
}

// findFactor looks up a security and ex-date in a list without repetitions,
// sorted by symbol and date.
func findFactor(known []FactorVersion, s Symbol, d schedules.Day) (FactorVersion, bool) {
	i, ok := slices.BinarySearchFunc(known, Factor{Symbol: s, Date: d}, func(v FactorVersion, f Factor) int {
		return compareFactors(v.Factor, f)
	})
	if !ok {
		return FactorVersion{}, false
	}
	return known[i], true
}

// FactorsOf returns the part of a sorted list that belongs to one security.
func FactorsOf(known []FactorVersion, s Symbol) []FactorVersion {
	compare := func(v FactorVersion, s Symbol) int { return int(v.Symbol) - int(s) }
	low, _ := slices.BinarySearchFunc(known, s, compare)
	high, _ := slices.BinarySearchFunc(known, s+1, compare)
	return known[low:high]
}

// FactorOn returns the factor in force on a day: that of the latest ex-date not
// after it. It is false before the first ex-date, where the backward factor is 1.
// known is what NewestFactors returns. Source: specification of Baostock, 8.4.
func FactorOn(known []FactorVersion, s Symbol, day schedules.Day) (FactorVersion, bool) {
	of := FactorsOf(known, s)
	i, _ := slices.BinarySearchFunc(of, day+1, func(v FactorVersion, d schedules.Day) int { return int(v.Date) - int(d) })
	if i == 0 {
		return FactorVersion{}, false
	}
	return of[i-1], true
}
