package baostock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

// source is what the column source of a row says.
const source = "baostock"

// Fetch asks for daily bars as traded. A market day is request 98, a day of
// exchange-traded funds 9A, a range of one security 95, page after page.
func (c *Client) Fetch(ctx context.Context, r etl.Request) (etl.Answer, error) {
	a := &answer{request: r}
	var err error
	switch r.Shape {
	case etl.MarketDay, etl.ETFDay:
		t := wire.MarketDay
		if r.Shape == etl.ETFDay {
			t = wire.ETFDay
		}
		var p page
		p, a.bytes, err = c.whole(ctx, t, r.String(), r.From.String())
		a.pages = []page{p}
	case etl.SecurityRange:
		a.pages, a.bytes, err = c.pages(ctx, wire.KLine, r.String(),
			code(r.Symbol), wire.DailyColumns, r.From.String(), r.To.String(), "d", "3")
	default:
		err = fmt.Errorf("%s: unknown shape", r)
	}
	if err != nil {
		return nil, err
	}
	a.fetched = time.Now()
	return a, nil
}

// code spells a symbol as the vendor does: sh.600000.
func code(s etl.Symbol) string {
	text := s.String()
	return text[:2] + "." + text[2:]
}

// answer holds the pages that answer one bar request.
type answer struct {
	request etl.Request
	pages   []page
	bytes   int
	fetched time.Time
}

// Bytes returns the size of all frames on the wire.
func (a *answer) Bytes() int { return a.bytes }

// Decode parses every page into one batch. It refuses an answer in which a cell
// does not parse, a row belongs to another security or day, or rows are repeated
// or out of order.
func (a *answer) Decode() (etl.Batch, error) {
	rows := 0
	for _, p := range a.pages {
		rows += p.rows
	}
	d := decoder{request: a.request}
	d.bars.SetLen(rows)
	for i, p := range a.pages {
		if err := d.page(p); err != nil {
			return etl.Batch{}, &etl.DataError{Where: a.where(i), Problem: err.Error()}
		}
	}
	if d.n != rows {
		return etl.Batch{}, &etl.DataError{Where: a.request.String(), Problem: fmt.Sprintf("%d rows were counted and %d decoded", rows, d.n)}
	}
	batch := d.bars.Batch(source, a.fetched)
	batch.Raw = a.raw
	return batch, nil
}

// Release gives the memory of the pages back.
func (a *answer) Release() {
	for _, p := range a.pages {
		wire.Recycle(p.body)
	}
	a.pages = nil
}

func (a *answer) where(page int) string {
	if len(a.pages) == 1 {
		return a.request.String()
	}
	return fmt.Sprintf("%s page %d", a.request, page+1)
}

// raw returns the cells of a row as they arrived, joined by commas. It reads the
// payload again: only refused rows are ever asked for.
func (a *answer) raw(row int) string {
	for _, p := range a.pages {
		if row >= p.rows {
			row -= p.rows
			continue
		}
		text := ""
		// The payload has been decoded before; the only error is our own.
		_ = eachRow(p.payload, func(cells [][]byte) error {
			if row--; row >= 0 {
				return nil
			}
			text = string(bytes.Join(cells, []byte{','}))
			return errStop
		})
		return text
	}
	return ""
}

// decoder appends the rows of pages to a builder.
type decoder struct {
	request etl.Request
	bars    etl.BarBuilder
	n       int // rows decoded so far

	floats   [10][]float64 // the builder's columns that stand in rows of five
	dateText [10]byte      // the date read last, and its day
	dateDay  schedules.Day
}

// page decodes one payload: the usual compact form in the usual column order in
// one pass, and anything else the protocol allows cell by cell.
func (d *decoder) page(p page) error {
	if len(p.payload) == 0 {
		return nil
	}
	start := d.n
	if strings.Join(p.columns, ",") != wire.DailyColumns || !d.compact(p) {
		d.n = start
		if err := d.tolerant(p); err != nil {
			return err
		}
	}
	for i := start; i < d.n; i++ {
		if problem := d.misplaced(i); problem != "" {
			return &PayloadError{offset(p.payload, i-start), problem}
		}
	}
	return nil
}

// offset returns where a row of a payload begins.
func offset(payload []byte, row int) int {
	var here *PayloadError
	err := eachRow(payload, func([][]byte) error {
		if row--; row < 0 {
			return errStop
		}
		return nil
	})
	errors.As(err, &here)
	return here.Offset
}

var errStop = errors.New("stop")

// misplaced says what is wrong with the key columns of row i, compared with the
// request and with the row before.
func (d *decoder) misplaced(i int) string {
	r, day, symbol := d.request, d.bars.Days[i], d.bars.Symbols[i]
	switch {
	case day < r.From || day > r.To:
		return fmt.Sprintf("a row of %s, which is not among the days asked for", day)
	case r.Shape == etl.SecurityRange && symbol != r.Symbol:
		return fmt.Sprintf("a row of another security, %s", symbol)
	case r.Shape == etl.SecurityRange && i > 0 && day <= d.bars.Days[i-1]:
		return fmt.Sprintf("%s comes after %s", day, d.bars.Days[i-1])
	case r.Shape != etl.SecurityRange && i > 0 && symbol <= d.bars.Symbols[i-1]:
		return fmt.Sprintf("%s comes after %s", symbol, d.bars.Symbols[i-1])
	}
	return ""
}

// tolerant decodes a payload whose columns may stand in any order, with columns
// of no interest among them, blanks between tokens and escapes in strings.
func (d *decoder) tolerant(p page) error {
	at := make([]int, len(cellNames))
	for i, name := range cellNames {
		at[i] = -1
		for j, c := range p.columns {
			if strings.EqualFold(c, name) {
				at[i] = j
			}
		}
		if at[i] < 0 {
			return fmt.Errorf("column %s is missing from %q", name, p.columns)
		}
	}
	return eachRow(p.payload, func(cells [][]byte) error {
		if len(cells) != len(p.columns) {
			return fmt.Errorf("a row has %d cells for %d columns", len(cells), len(p.columns))
		}
		if d.n == d.bars.Len() {
			d.bars.SetLen(d.n + 1)
		}
		for i, j := range at {
			if !d.cell(i, cells[j]) {
				return fmt.Errorf("%.40q is no %s", cells[j], cellNames[i])
			}
		}
		d.n++
		return nil
	})
}

var cellNames = strings.Split(wire.DailyColumns, ",")

// parseDay reads YYYY-MM-DD.
func parseDay(b []byte) (schedules.Day, bool) {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	day, err := schedules.ParseDay(string(b))
	return day, err == nil
}
