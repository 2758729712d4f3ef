package sina

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
	"barkeep/sources"
)

// Shape of a statement. No byte of a character in GB18030 is a quotation mark, a
// comma or a semicolon, so the text need not be decoded to be split.
const (
	opening  = "var hq_str_"
	maxName  = 16   // bytes; longer names are no symbol of ours
	maxQuote = 4096 // bytes; the longest known row has 320
)

// take reads an answer to a request for symbols and adds it to part, whose
// quotes have room for all of them. It returns the symbols that have no whole
// statement in it.
func (p *Provider) take(page sources.Page, symbols []etl.Symbol, part *part) (missing []etl.Symbol) {
	asked := asked{symbols: symbols, done: make([]bool, len(symbols))}
	reader := reader{names: &p.names, received: page.Received}
	for at := 0; ; {
		name, row, next := statement(page.Body, at)
		if next < 0 {
			return asked.missing()
		}
		at = next
		s, ok := symbol(name)
		if !ok || !asked.take(s) {
			continue // nobody asked for it, or it came twice
		}
		if len(row) == 0 {
			part.unknown = append(part.unknown, s)
			continue
		}
		n := len(part.quotes)
		part.quotes = part.quotes[:n+1]
		known, reason := reader.read(s, row, &part.quotes[n])
		if known && reason == "" {
			continue
		}
		part.quotes[n] = etl.Quote{}
		part.quotes = part.quotes[:n]
		if !known {
			part.unknown = append(part.unknown, s)
		} else {
			part.refused = append(part.refused, etl.RefusedQuote{Symbol: s, Reason: reason, Raw: text(row)})
		}
	}
}

// statement finds the next whole statement at or after at: the name and what
// stands between the quotation marks. next is where to go on; it is negative
// when there is none. Statements that are cut short are passed over.
func statement(body []byte, at int) (name, row []byte, next int) {
	for at < len(body) {
		if !bytes.HasPrefix(body[at:], []byte(opening)) {
			i := bytes.Index(body[at:], []byte(opening))
			if i < 0 {
				break
			}
			at += i
		}
		at += len(opening)
		end := bytes.IndexByte(body[at:min(len(body), at+maxName+1)], '=')
		if end < 0 || at+end+1 >= len(body) || body[at+end+1] != '"' {
			continue
		}
		name = body[at : at+end]
		from := at + end + 2
		length := bytes.IndexByte(body[from:min(len(body), from+maxQuote)], '"')
		if length < 0 || from+length+1 >= len(body) || body[from+length+1] != ';' {
			continue // cut short: the quotation mark, if any, belongs to another statement
		}
		next = from + length + 2
		if next < len(body) && body[next] == '\n' {
			next++
		}
		return name, body[from : from+length], next
	}
	return nil, nil, -1
}

// symbol reads a name such as sz000001, and nothing else.
func symbol(name []byte) (etl.Symbol, bool) {
	if len(name) != 8 {
		return 0, false
	}
	code := 0
	for _, c := range name[2:] {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		code = code*10 + int(d)
	}
	switch string(name[:2]) {
	case "sh":
		return etl.MakeSymbol(etl.Shanghai, code), true
	case "sz":
		return etl.MakeSymbol(etl.Shenzhen, code), true
	case "bj":
		return etl.MakeSymbol(etl.Beijing, code), true
	}
	return 0, false
}

// asked pairs statements with the symbols asked for. Sina answers in the asked
// order, which makes that quick but is not relied upon.
type asked struct {
	symbols []etl.Symbol
	done    []bool
	next    int
	places  map[etl.Symbol]int // made when the order is another one
}

// take reports whether s was asked for and comes for the first time.
func (a *asked) take(s etl.Symbol) bool {
	place := a.next
	if place >= len(a.symbols) || a.symbols[place] != s {
		if a.places == nil {
			a.places = make(map[etl.Symbol]int, len(a.symbols))
			for i, s := range a.symbols {
				a.places[s] = i
			}
		}
		var ok bool
		if place, ok = a.places[s]; !ok {
			return false
		}
	}
	first := !a.done[place]
	a.done[place], a.next = true, place+1
	return first
}

func (a *asked) missing() (symbols []etl.Symbol) {
	for i, done := range a.done {
		if !done {
			symbols = append(symbols, a.symbols[i])
		}
	}
	return symbols
}

// text makes a row readable for people.
func text(raw []byte) string {
	if !utf8.Valid(raw) {
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw); err == nil {
			raw = decoded
		}
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}
