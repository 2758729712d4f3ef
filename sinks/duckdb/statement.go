//go:build cgo

package duckdb

import (
	"slices"
	"strings"
)

// allowedList is shown to whoever asked for something else.
const allowedList = "SELECT, WITH, FROM, VALUES, TABLE, PIVOT, UNPIVOT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN"

var allowed = []string{"select", "with", "from", "values", "table", "pivot", "unpivot", "pivot_wider", "pivot_longer",
	"describe", "desc", "show", "summarize", "explain", "("}

// refusedFunctions change the DuckDB instance from inside a SELECT, take
// memory addresses, or run a text as a query and so hide any of the others.
var refusedFunctions = []string{"enable_logging", "disable_logging", "truncate_duckdb_logs", "write_log",
	"enable_profile", "disable_profile", "checkpoint", "force_checkpoint", "arrow_scan", "arrow_scan_dumb",
	"query", "query_table", "json_execute_serialized_sql", "test_vector_types"}

// statement is what the words of one SQL statement tell before DuckDB sees it.
type statement struct {
	text     string
	pivots   bool   // it has the word PIVOT: DuckDB turns it into several statements
	explains string // what an EXPLAIN explains; empty for other statements
}

// parseStatement accepts exactly one statement of the kinds that read, and
// returns a RefusedError for everything else. It is the first of two checks:
// DuckDB's parser says afterwards what the statement really is.
func parseStatement(text string) (statement, error) {
	s := statement{text: text}
	words := scanWords(text)
	if len(words) == 0 {
		return s, &RefusedError{Reason: "there is no statement to run; write one that begins with " + allowedList}
	}
	first := words[0]
	if !slices.Contains(allowed, first.text) {
		return s, refuseStatement(strings.ToUpper(first.text))
	}
	for i, w := range words {
		switch {
		case w.text == ";" && i < len(words)-1 && words[i+1].text != ";":
			return s, &RefusedError{Found: ";", Reason: "there is more than one statement; send them one by one"}
		case strings.HasPrefix(w.text, "pivot"):
			s.pivots = true
		case w.text == "(" && i > 0 && slices.Contains(refusedFunctions, words[i-1].text):
			return s, refuseFunction(words[i-1].text)
		}
	}
	if first.text == "explain" {
		inner := explained(words[1:])
		if len(inner) == 0 || !slices.Contains(allowed, inner[0].text) {
			found := "EXPLAIN"
			if len(inner) > 0 {
				found += " " + strings.ToUpper(inner[0].text)
			}
			return s, refuseStatement(found)
		}
		s.explains = text[inner[0].start:]
	}
	return s, nil
}

// explained skips ANALYZE and a list of options in parentheses.
func explained(words []word) []word {
	if len(words) > 0 && (words[0].text == "analyze" || words[0].text == "analyse") {
		return words[1:]
	}
	if len(words) > 1 && words[0].text == "(" && !slices.Contains(allowed, words[1].text) {
		end := slices.IndexFunc(words, func(w word) bool { return w.text == ")" })
		return words[end+1:]
	}
	return words
}

// word is a name, keyword or punctuation mark outside literals and comments.
type word struct {
	text  string // lower case, without quotes
	start int    // its offset
}

// scanWords splits SQL as DuckDB's scanner does, as far as that is needed to
// tell words from literals. Whatever is left open runs to the end.
func scanWords(text string) []word {
	var words []word
	for i := 0; i < len(text); {
		start, c := i, text[i]
		switch {
		case strings.HasPrefix(text[i:], "--"):
			i = after(text, i+2, "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i = skipComment(text, i)
		case c == '\'':
			i = skipQuoted(text, i, '\'', escapes(text, i))
			words = append(words, word{"'", start})
		case c == '"':
			i = skipQuoted(text, i, '"', false)
			words = append(words, word{unquote(text[start:i]), start})
		case c == '$' && dollarTag(text[i:]) != "":
			tag := dollarTag(text[i:])
			i = after(text, i+len(tag), tag)
			words = append(words, word{"'", start})
		case isWordByte(c):
			for i < len(text) && (isWordByte(text[i]) || text[i] == '$') {
				i++
			}
			words = append(words, word{strings.ToLower(text[start:i]), start})
		case c == ' ' || c >= '\t' && c <= '\r':
			i++
		default:
			i++
			words = append(words, word{text[start:i], start})
		}
	}
	return words
}

// isWordByte takes every byte above ASCII for a letter, as DuckDB does.
func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// after returns the offset behind the next mark, or the end.
func after(text string, from int, mark string) int {
	if n := strings.Index(text[from:], mark); n >= 0 {
		return from + n + len(mark)
	}
	return len(text)
}

// skipComment knows that comments nest.
func skipComment(text string, i int) int {
	depth := 0
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return i
}

// escapes says whether the literal at i is of the form e'...', in which a
// backslash escapes the next byte.
func escapes(text string, i int) bool {
	return i > 0 && (text[i-1] == 'e' || text[i-1] == 'E') && (i == 1 || !isWordByte(text[i-2]))
}

func skipQuoted(text string, i int, mark byte, escapes bool) int {
	for i++; i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case text[i] == mark && i+1 < len(text) && text[i+1] == mark:
			i++
		case text[i] == mark:
			return i + 1
		}
	}
	return len(text)
}

// unquote returns the name in a quoted identifier; one that no function and no
// keyword could have becomes a mere quotation mark.
func unquote(quoted string) string {
	inner := strings.TrimSuffix(quoted[1:], `"`)
	for i := range len(inner) {
		if !isWordByte(inner[i]) {
			return `"`
		}
	}
	return strings.ToLower(inner)
}

// dollarTag returns the opening $$ or $tag$ of a dollar-quoted literal, or "".
func dollarTag(text string) string {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '$':
			return text[:i+1]
		case !isWordByte(c) || i == 1 && c >= '0' && c <= '9':
			return ""
		}
	}
	return ""
}
