package market

import (
	"bytes"

	"barkeep/schedules"
)

// The positions of the vendor's 18 daily columns. Source: specification of
// Baostock, 4.4.
const (
	Date = iota
	Code
	Open
	High
	Low
	Close
	PreClose
	Volume
	Amount
	AdjustFlag
	Turn
	TradeStatus
	PctChg
	PeTTM
	PbMRQ
	PsTTM
	PcfNcfTTM
	IsST

	Columns // how many there are
)

// Header is the vendor's column list of daily bars.
const Header = "date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus,pctChg,peTTM,pbMRQ,psTTM,pcfNcfTTM,isST"

// Row is one daily bar as text.
type Row struct {
	Security int // its number in the market
	Day      schedules.Day
	text     []byte          // cells joined by commas, no line break
	end      [Columns]uint16 // where each cell ends in text
}

// Cell returns the text of a column.
func (r *Row) Cell(column int) []byte {
	start := uint16(0)
	if column > 0 {
		start = r.end[column-1] + 1
	}
	return r.text[start:r.end[column]]
}

// Text returns the whole row as a CSV line without its line break.
func (r *Row) Text() []byte { return r.text }

// Traded reports whether the security was traded on the day.
func (r *Row) Traded() bool { return string(r.Cell(TradeStatus)) == "1" }

// Warned reports whether the security was under risk warning on the day.
func (r *Row) Warned() bool { return string(r.Cell(IsST)) == "1" }

// AppendJSON appends the row as a JSON array of strings. The cells hold no
// character that JSON escapes.
func (r *Row) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[', '"')
	start := uint16(0)
	for c, end := range r.end {
		if c > 0 {
			dst = append(dst, '"', ',', '"')
		}
		dst = append(dst, r.text[start:end]...)
		start = end + 1
	}
	return append(dst, '"', ']')
}

// setText points the row at a CSV line. It is false when the line does not
// have the right number of cells.
func (r *Row) setText(line []byte) bool {
	if len(line) > 1<<15 {
		return false
	}
	r.text = line
	at := 0
	for c := range Columns - 1 {
		i := bytes.IndexByte(line[at:], ',')
		if i < 0 {
			return false
		}
		r.end[c] = uint16(at + i)
		at += i + 1
	}
	r.end[Columns-1] = uint16(len(line))
	return bytes.IndexByte(line[at:], ',') < 0
}

// endCell closes the cell that was just appended to text.
func (r *Row) endCell(column int) {
	r.end[column] = uint16(len(r.text))
	if column < Columns-1 {
		r.text = append(r.text, ',')
	}
}
