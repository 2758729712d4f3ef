package eastmoney

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// cell is one value of a row, as JSON. The vendor sends numbers, numbers as
// text, and for a value that does not exist "-" or null. Source: specification
// of the quote sources, 6.3.
type cell string

// UnmarshalJSON keeps the value as it is, so that a bad one spoils nothing else.
func (c *cell) UnmarshalJSON(b []byte) error {
	*c = cell(b)
	return nil
}

// text returns the value without quotation marks, "" when there is none.
func (c cell) text() string {
	s := string(c)
	if strings.HasPrefix(s, `"`) {
		if json.Unmarshal([]byte(c), &s) != nil {
			return s
		}
	} else if s == "null" {
		return ""
	}
	if s == "-" {
		return ""
	}
	return s
}

// number returns NaN for a value that does not exist, and false for one that is
// no number.
func (c cell) number() (float64, bool) {
	s := c.text()
	if s == "" {
		return math.NaN(), true
	}
	// JSON's numbers: no infinities, no hexadecimal, no signs in front but minus.
	if s[0] != '-' && (s[0] < '0' || s[0] > '9') || !json.Valid([]byte(s)) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// integer returns 0 for a value that does not exist, and false for one that is
// no whole number of at most 15 digits.
func (c cell) integer() (int64, bool) {
	f, ok := c.number()
	if math.IsNaN(f) {
		return 0, ok
	}
	return int64(f), ok && f == math.Trunc(f) && math.Abs(f) < 1e15
}

// pointed reports whether the value is a number with a decimal point.
func (c cell) pointed() bool {
	_, ok := c.number()
	return ok && strings.Contains(string(c), ".")
}
