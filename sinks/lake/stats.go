package lake

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

// Spark keeps 32 characters of a string bound, and gives a maximum up when it
// does not find an upper bound within 64.
const (
	prefixLength    = 32
	prefixExpansion = 64
	tieBreakASCII   = "\x7f"
	tieBreak        = string(utf8.MaxRune)
)

// Dates and instants outside these years have no four-digit form.
var (
	firstDay    = schedules.MakeDay(1, time.January, 1)
	lastDay     = schedules.MakeDay(9999, time.December, 31)
	firstMicros = int64(firstDay) * 86400 * 1e6
	lastMicros  = (int64(lastDay)+1)*86400*1e6 - 1e6
)

// encodeStats writes a file's statistics: readers answer COUNT and MIN from
// them and skip files by them, so a bound is exact, or wider, or left out.
func encodeStats(t etl.Table, s parquet.Stats) (string, error) {
	var lows, highs, nulls []byte
	for i, c := range t.Columns {
		name, err := encodeString(c.Name)
		if err != nil {
			return "", err
		}
		column := s.Columns[i]
		nulls = strconv.AppendInt(appendKey(nulls, name), column.Nulls, 10)
		if !column.Valid {
			continue
		}
		low, high, err := bounds(c.Type, column)
		if err != nil {
			return "", err
		}
		if low != "" {
			lows = append(appendKey(lows, name), low...)
		}
		if high != "" {
			highs = append(appendKey(highs, name), high...)
		}
	}
	b := make([]byte, 0, len(lows)+len(highs)+len(nulls)+80)
	b = append(b, `{"numRecords":`...)
	b = strconv.AppendInt(b, s.Rows, 10)
	b = append(append(append(b, `,"minValues":{`...), lows...), '}')
	b = append(append(append(b, `,"maxValues":{`...), highs...), '}')
	b = append(append(append(b, `,"nullCount":{`...), nulls...), '}', '}')
	return string(b), nil
}

func appendKey(b []byte, quoted string) []byte {
	if len(b) > 0 {
		b = append(b, ',')
	}
	return append(append(b, quoted...), ':')
}

// bounds returns the JSON of a column's bounds; "" where there is none to give.
func bounds(t etl.ColumnType, s parquet.ColumnStats) (low, high string, err error) {
	switch t {
	case etl.Int64:
		return strconv.FormatInt(s.MinInt, 10), strconv.FormatInt(s.MaxInt, 10), nil
	case etl.Float64:
		low, high = floatBounds(s.MinFloat, s.MaxFloat)
	case etl.Date:
		if s.MinInt >= int64(firstDay) && s.MaxInt <= int64(lastDay) {
			low = `"` + schedules.Day(s.MinInt).String() + `"`
			high = `"` + schedules.Day(s.MaxInt).String() + `"`
		}
	case etl.Timestamp:
		if s.MinInt >= firstMicros && s.MaxInt <= lastMicros {
			low, high = timestampBounds(s.MinInt, s.MaxInt)
		}
	case etl.String:
		return stringBounds(s.MinString, s.MaxString)
	}
	return low, high, nil
}

// floatBounds leaves both out when either is not a number JSON can hold.
func floatBounds(lowest, highest float64) (low, high string) {
	for _, v := range [...]float64{lowest, highest} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", ""
		}
	}
	return strconv.FormatFloat(lowest, 'g', -1, 64), strconv.FormatFloat(highest, 'g', -1, 64)
}

// timestampBounds rounds to milliseconds, away from the values between.
func timestampBounds(lowest, highest int64) (low, high string) {
	const layout = `"2006-01-02T15:04:05.000Z"`
	text := func(micros int64) string { return time.UnixMicro(micros).UTC().Format(layout) }
	floor := lowest - (lowest%1000+1000)%1000
	ceil := highest + (1000-(highest%1000+1000)%1000)%1000
	return text(floor), text(ceil)
}

func stringBounds(lowest, highest string) (low, high string, err error) {
	if !utf8.ValidString(lowest) || !utf8.ValidString(highest) {
		return "", "", nil
	}
	if low, err = encodeString(firstRunes(lowest, prefixLength)); err != nil {
		return "", "", err
	}
	if upper, ok := upperPrefix(highest); ok {
		if high, err = encodeString(upper); err != nil {
			return "", "", err
		}
	}
	return low, high, nil
}

// upperPrefix shortens a maximum to something that is not below it, in the
// order of UTF-8 bytes.
func upperPrefix(s string) (string, bool) {
	for n := prefixLength; n <= prefixExpansion; n++ {
		prefix := firstRunes(s, n)
		if len(prefix) == len(s) {
			return s, true
		}
		switch next, _ := utf8.DecodeRuneInString(s[len(prefix):]); {
		case next < 0x7f:
			return prefix + tieBreakASCII, true
		case next < utf8.MaxRune:
			return prefix + tieBreak, true
		}
	}
	return "", false
}

// firstRunes returns the first n code points of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return strings.Clone(s[:i])
		}
		n--
	}
	return s
}
