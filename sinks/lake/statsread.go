package lake

import (
	"slices"
	"strconv"
	"strings"

	"barkeep/etl"
	"barkeep/schedules"
)

// DayRange is what the log says of a Date column of one file: no value lies
// outside. Nulls do not count.
type DayRange struct {
	Column   string
	Min, Max schedules.Day
}

// decodeStats takes the row count and the bounds of Date columns out of a
// file's statistics. dates names those columns. Statistics are optional and other programs' may be odd:
// what cannot be read counts as not said, rows -1. A snapshot reads one of
// these per file, so it walks the bytes instead of building maps.
func decodeStats(stats string, dates []string) (rows int64, days []DayRange) {
	rows = -1
	var lows, highs []DayRange
	s, seen := statsScanner{text: stats}, 0
	ok := s.object(func(key string) bool {
		if seen == 3 {
			return false // the rest, null counts and other programs' additions, is of no use here
		}
		switch key {
		case "numRecords":
			n, err := strconv.ParseInt(s.scalar(), 10, 64)
			if err == nil && n >= 0 {
				rows = n
			}
			seen++
			return err == nil
		case "minValues":
			seen++
			return s.days(dates, &lows)
		case "maxValues":
			seen++
			return s.days(dates, &highs)
		}
		return s.skip()
	})
	if !ok && seen < 3 {
		return -1, nil
	}
	for _, low := range lows {
		for _, high := range highs {
			if low.Column == high.Column && low.Min <= high.Min {
				days = append(days, DayRange{Column: low.Column, Min: low.Min, Max: high.Min})
			}
		}
	}
	return rows, days
}

// statsScanner walks one JSON text. Its methods report false at the first
// thing that is not JSON as far as they look.
type statsScanner struct {
	text string
	pos  int
}

// space passes white space, of which statistics rarely have any.
func (s *statsScanner) space() {
	for s.pos < len(s.text) && s.text[s.pos] <= ' ' {
		s.pos++
	}
}

func (s *statsScanner) take(c byte) bool {
	s.space()
	if s.pos >= len(s.text) || s.text[s.pos] != c {
		return false
	}
	s.pos++
	return true
}

// quoted returns the inside of a string, escapes left as they are: neither
// column names nor dates have any.
func (s *statsScanner) quoted() (string, bool) {
	if !s.take('"') {
		return "", false
	}
	for start := s.pos; ; {
		end := strings.IndexByte(s.text[s.pos:], '"')
		if end < 0 {
			return "", false
		}
		s.pos += end + 1
		inside := s.text[start : s.pos-1]
		if slashes := len(inside) - len(strings.TrimRight(inside, `\`)); slashes%2 == 0 {
			return inside, true
		}
	}
}

// scalarBytes are those of numbers and of true, false and null.
var scalarBytes = func() (set [256]bool) {
	for _, c := range []byte("0123456789+-.Eabcdefghijklmnopqrstuvwxyz") {
		set[c] = true
	}
	return set
}()

// scalar returns a number or a word.
func (s *statsScanner) scalar() string {
	s.space()
	start := s.pos
	for s.pos < len(s.text) && scalarBytes[s.text[s.pos]] {
		s.pos++
	}
	return s.text[start:s.pos]
}

// object calls each with every key; each consumes the value.
func (s *statsScanner) object(each func(key string) bool) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		key, ok := s.quoted()
		if !ok || !s.take(':') || !each(key) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// skip passes one value of any kind, nested ones by counting brackets.
func (s *statsScanner) skip() bool {
	for depth := 0; ; {
		s.space()
		if s.pos >= len(s.text) {
			return false
		}
		switch s.text[s.pos] {
		case '"':
			if _, ok := s.quoted(); !ok {
				return false
			}
		case '{', '[':
			depth++
			s.pos++
		case '}', ']':
			if depth--; depth < 0 {
				return false
			}
			s.pos++
		case ',', ':':
			if depth == 0 {
				return false
			}
			s.pos++
		default:
			if s.scalar() == "" {
				return false
			}
		}
		if depth == 0 {
			return true
		}
	}
}

// days collects the Date columns among the values of an object, each as a
// range with the value in Min.
func (s *statsScanner) days(dates []string, found *[]DayRange) bool {
	return s.object(func(key string) bool {
		i := slices.Index(dates, key)
		if i < 0 || !s.take('"') {
			return s.skip()
		}
		s.pos--
		text, ok := s.quoted()
		if day, valid := parseISODate(text); valid {
			*found = append(*found, DayRange{Column: dates[i], Min: day})
		}
		return ok
	})
}

// dateColumns returns the names of the Date columns.
func dateColumns(t etl.Table) []string {
	var names []string
	for _, c := range t.Columns {
		if c.Type == etl.Date {
			names = append(names, c.Name)
		}
	}
	return names
}

// parseISODate reads YYYY-MM-DD and nothing else.
func parseISODate(text string) (schedules.Day, bool) {
	if len(text) != 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	day, err := schedules.ParseDay(text)
	return day, err == nil
}
