package lake

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decodeEntry reads from a commit what its history shows. It walks the bytes: of
// an add action hardly anything is wanted, and hundreds of commits are read at
// once. What other programs wrote oddly counts as not said; a commit with a line
// that is not JSON says nothing for certain.
func decodeEntry(body []byte) Entry {
	var e Entry
	lines := 0
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		lines++
		s := statsScanner{text: line}
		ok := s.object(func(key string) bool { return e.action(&s, key) })
		if !ok || s.pos < len(line) {
			return e.damaged()
		}
	}
	if lines == 0 {
		return e.damaged()
	}
	return e
}

// damaged returns an entry that tells what the commit calls itself and no more.
func (e *Entry) damaged() Entry {
	return Entry{Operation: e.Operation, Job: e.Job, Engine: e.Engine, Added: -1, Removed: -1, Rows: -1, Bytes: -1}
}

// action takes in one action, whose value comes next.
func (e *Entry) action(s *statsScanner, key string) bool {
	switch key {
	case "commitInfo":
		start := s.pos
		if !s.skip() {
			return false
		}
		e.info(s.text[start:s.pos])
		return true
	case "add":
		f, ok := s.fileAction()
		e.Added++
		e.Rows, e.Bytes = sumKnown(e.Rows, statsRows(f.stats)), sumKnown(e.Bytes, f.bytes)
		e.DataChange = e.DataChange || f.dataChange
		return ok
	case "remove":
		f, ok := s.fileAction()
		e.Removed++
		e.DataChange = e.DataChange || f.dataChange
		return ok
	}
	return s.skip()
}

// sumKnown adds what is known; -1, not known, makes the sum so, too.
func sumKnown(sum, n int64) int64 {
	if sum < 0 || n < 0 || sum+n < 0 {
		return -1
	}
	return sum + n
}

// info reads a commitInfo, which is free-form: each field for itself.
func (e *Entry) info(text string) {
	s := statsScanner{text: text}
	s.object(func(key string) bool {
		switch key {
		case "operation":
			return s.textValue(&e.Operation)
		case "engineInfo":
			return s.textValue(&e.Engine)
		case "operationParameters":
			start := s.pos
			p := statsScanner{text: text, pos: start}
			p.object(func(key string) bool {
				if key == "job" {
					return p.textValue(&e.Job)
				}
				return p.skip()
			})
		}
		return s.skip()
	})
}

// fileFacts are what the history shows of one add or remove.
type fileFacts struct {
	path       string // JSON, percent-encoded inside
	stats      string // JSON, a string or nothing
	bytes      int64  // -1 when not said
	deleted    int64  // deletionTimestamp, in milliseconds; 0 when not said
	dataChange bool
}

func (s *statsScanner) fileAction() (fileFacts, bool) {
	f := fileFacts{bytes: -1}
	ok := s.object(func(key string) bool {
		value, ok := s.value()
		switch key {
		case "path":
			f.path = value
		case "size":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
				f.bytes = n
			}
		case "deletionTimestamp":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				f.deleted = n
			}
		case "dataChange":
			f.dataChange = value == "true"
		case "stats":
			f.stats = value
		}
		return ok
	})
	return f, ok
}

// value returns one value of any kind as it stands.
func (s *statsScanner) value() (string, bool) {
	s.space()
	start := s.pos
	ok := s.skip()
	return s.text[start:s.pos], ok
}

// textValue puts a value into to if it is a string, and passes any other.
func (s *statsScanner) textValue(to *string) bool {
	value, ok := s.value()
	if text, is := unquote(value); is {
		*to = text
	}
	return ok
}

// unquote returns the text of a JSON string.
func unquote(value string) (text string, ok bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	inside := value[1 : len(value)-1]
	if !strings.Contains(inside, `\`) && utf8.ValidString(inside) {
		return strings.Clone(inside), true // the whole commit need not stay for it
	}
	err := json.Unmarshal([]byte(value), &text)
	return text, err == nil
}

// statsRows returns numRecords of statistics, which are JSON inside a JSON string.
func statsRows(quoted string) int64 {
	// As this package and most others write it, the number is found without
	// taking the string apart.
	if rest, ok := strings.CutPrefix(quoted, `"{\"numRecords\":`); ok {
		if end := strings.IndexAny(rest, ",}"); end > 0 {
			if n, err := strconv.ParseInt(rest[:end], 10, 64); err == nil && n >= 0 {
				return n
			}
		}
	}
	text, ok := unquote(quoted)
	if !ok {
		return -1
	}
	rows, _ := decodeStats(text, nil)
	return rows
}
