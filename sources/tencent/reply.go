package tencent

import (
	"bytes"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
	"barkeep/sources/fields"
)

// reply is what one answer says of the symbols that its request asked for.
type reply struct {
	asked   []etl.Symbol
	quotes  []etl.Quote        // rows are appended
	refused []etl.RefusedQuote // rows of asked symbols that must not be served
	strays  []etl.RefusedQuote // rows of others
	none    bool               // the vendor says that it knows none of some symbols
	cut     bool               // the answer ends inside a row

	rows [][]byte // the first row of each asked symbol, nil without one
	next int      // where in asked the next row's symbol is expected
}

// maxStrays bounds how much of what nobody asked for is kept.
const maxStrays = 100

// The vendor's word for "none of these", today and formerly. It has been seen
// behind good rows too. Source: specification of the quote sources, 4.2.
var noneMatch = [...][]byte{[]byte(`v_pv_none_match="1";`), []byte(`pv_none_match=1;`)}

// read takes a whole answer apart: statements that end in `";`, because field 60
// may hold a line feed. It fails, with the rows before that, on an answer that is
// mostly about something else.
func (r *reply) read(body []byte, received time.Time, names *fields.Names) error {
	if cap(r.rows) < len(r.asked) {
		r.rows = make([][]byte, len(r.asked))
	}
	r.rows = r.rows[:len(r.asked)]
	clear(r.rows)
	r.next, r.none, r.cut = 0, false, false
	for {
		for len(body) > 0 && body[0] <= ' ' {
			body = body[1:]
		}
		if len(body) == 0 {
			return nil
		}
		if n := noneMatchLen(body); n > 0 {
			r.none, body = true, body[n:]
			continue
		}
		end := bytes.Index(body, []byte(`";`))
		if end < 0 {
			r.cut = true
			return nil
		}
		r.statement(body[:end], received, names)
		if len(r.strays) > maxStrays {
			return fmt.Errorf("the answer has more than %d rows that nobody asked for, such as %s", maxStrays, r.strays[0].Raw[:min(len(r.strays[0].Raw), 40)])
		}
		body = body[end+2:]
	}
}

func noneMatchLen(body []byte) int {
	for _, word := range noneMatch {
		if bytes.HasPrefix(body, word) {
			return len(word)
		}
	}
	return 0
}

// statement reads v_sh600000="fields, without the closing quotation mark.
func (r *reply) statement(text []byte, received time.Time, names *fields.Names) {
	symbol, ok := statementSymbol(text)
	if !ok {
		r.strays = append(r.strays, etl.RefusedQuote{Reason: "the statement is no row of a security", Raw: raw(text)})
		return
	}
	i := r.find(symbol)
	if i < 0 {
		r.strays = append(r.strays, etl.RefusedQuote{Symbol: symbol, Reason: "nobody asked for the row", Raw: raw(text)})
		return
	}
	if first := r.rows[i]; first != nil {
		if !bytes.Equal(first, text) {
			r.withdraw(symbol)
			r.refuse(symbol, "the answer has two different rows of the security", text)
		}
		return
	}
	r.rows[i] = text
	n := len(r.quotes)
	r.quotes = slices.Grow(r.quotes, 1)[:n+1]
	if problem := decode(text, symbol, received, names, &r.quotes[n]); problem != "" {
		r.quotes = r.quotes[:n]
		r.refuse(symbol, problem, text)
	}
}

// statementSymbol reads the name that is assigned to.
func statementSymbol(text []byte) (etl.Symbol, bool) {
	if len(text) < len(`v_sh600000="`) || text[0] != 'v' || text[1] != '_' || text[10] != '=' || text[11] != '"' {
		return 0, false
	}
	var exchange etl.Exchange
	switch string(text[2:4]) {
	case "sh":
		exchange = etl.Shanghai
	case "sz":
		exchange = etl.Shenzhen
	case "bj":
		exchange = etl.Beijing
	default:
		return 0, false
	}
	code, ok := fields.Integer(text[4:10])
	return etl.MakeSymbol(exchange, int(code)), ok && code >= 0 && text[4] != '-'
}

// find returns the symbol's place in asked, or -1. Rows come in the order asked,
// with gaps, as far as is known; any order will do.
func (r *reply) find(s etl.Symbol) int {
	i := slices.Index(r.asked[r.next:], s)
	if i >= 0 {
		i += r.next
	} else if i = slices.Index(r.asked[:r.next], s); i < 0 {
		return -1
	}
	r.next = i + 1
	return i
}

// withdraw takes back a quote that was read from an earlier row.
func (r *reply) withdraw(s etl.Symbol) {
	r.quotes = slices.DeleteFunc(r.quotes, func(q etl.Quote) bool { return q.Symbol == s })
}

// refuse keeps the first reason against a symbol.
func (r *reply) refuse(s etl.Symbol, reason string, text []byte) {
	if !slices.ContainsFunc(r.refused, func(q etl.RefusedQuote) bool { return q.Symbol == s }) {
		r.refused = append(r.refused, etl.RefusedQuote{Symbol: s, Reason: reason, Raw: raw(text)})
	}
}

// missing returns the symbols without a row.
func (r *reply) missing() []etl.Symbol {
	var left []etl.Symbol
	for i, row := range r.rows {
		if row == nil {
			left = append(left, r.asked[i])
		}
	}
	return left
}

// raw returns a statement as text, cut to four times what a row has.
func raw(text []byte) string {
	text = text[:min(len(text), 2400)]
	if !utf8.Valid(text) {
		// The decoder writes U+FFFD for what it cannot read; it never fails.
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text); err == nil {
			text = decoded
		}
	}
	return string(bytes.ToValidUTF8(text, []byte("\uFFFD")))
}
