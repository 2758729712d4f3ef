package web

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"barkeep/schedules"
)

var powers = [...]float64{1, 10, 100, 1e3, 1e4}

// appendNumber writes v rounded to at most the decimals given, 1 to 4, and with
// at least one, so that a reader with two kinds of numbers always sees the same
// kind. NaN and infinities are null: JSON has no such numbers.
func appendNumber(dst []byte, v float64, decimals int) []byte {
	if v != v || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	scaled := math.Round(v * powers[decimals])
	if math.Abs(scaled) >= 1<<53 {
		return appendLarge(dst, v)
	}
	n, unit := int64(scaled), int64(powers[decimals])
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendInt(dst, n/unit, 10)
	dst = append(dst, '.')
	for rest := n % unit; ; {
		unit /= 10
		dst = append(dst, byte('0'+rest/unit))
		if rest %= unit; rest == 0 {
			return dst
		}
	}
}

// appendLarge writes a number whose scaled value is no exact integer any more.
func appendLarge(dst []byte, v float64) []byte {
	if math.Abs(v) >= 1e21 {
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', -1, 64)
	for _, c := range dst[from:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendMillis writes a duration in milliseconds, with microseconds as decimals.
func appendMillis(dst []byte, d time.Duration) []byte {
	return appendNumber(dst, float64(d.Nanoseconds())/1e6, 3)
}

const (
	isoSeconds = `"2006-01-02T15:04:05-07:00"`
	isoMillis  = `"2006-01-02T15:04:05.000-07:00"`
)

// appendTime writes an ISO 8601 text in the market's zone; the zero time is null.
func appendTime(dst []byte, t time.Time, layout string) []byte {
	if t.IsZero() {
		return append(dst, "null"...)
	}
	return t.In(schedules.Shanghai).AppendFormat(dst, layout)
}

func appendBool(dst []byte, b bool) []byte { return strconv.AppendBool(dst, b) }

// appendString writes a JSON string. What is not UTF-8 becomes U+FFFD. The two
// line separators that JavaScript does not allow in literals are escaped.
func appendString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0 // what lies before it has been written
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[from:i]...)
			if c == '"' || c == '\\' {
				dst = append(dst, '\\', c)
			} else {
				dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
			}
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			dst = append(dst, s[from:i]...)
			dst = append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
			from = i + size
		}
		i += size
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// appendStrings writes an array of strings; none is [].
func appendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}
