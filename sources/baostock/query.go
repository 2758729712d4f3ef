package baostock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"barkeep/etl"
	"barkeep/sources/baostock/wire"
)

// page is one answer of a paged query, or the only one of a whole-market query.
type page struct {
	payload []byte // the JSON text; empty for no rows
	body    []byte // what payload is a part of
	rows    int
	limit   int // rows it may hold, as the server says; a page with as many is not the last
	columns []string
}

// maxRows bounds a paged answer: the longest real one, the calendar since 1990,
// has some 13,000 rows. A server that never comes to an end must not eat the
// day's budget and all memory.
const maxRows = 1 << 20

// pages asks for every page of a paged query. A page that is missing, repeated,
// or longer than asked for is an error; no rows are ever dropped in silence. A
// server that gives fewer rows per page than asked for and says so in its first
// answer is asked for that many from then on.
func (c *Client) pages(ctx context.Context, t wire.Type, name string, args ...string) (list []page, size int, err error) {
	method, ok := wire.ByType(t)
	if !ok || len(args) != len(method.Args) {
		return nil, 0, fmt.Errorf("%s: type %s takes %d arguments", name, t, len(method.Args))
	}
	want, rows := c.cfg.PageSize, 0
	for number := 1; ; number++ {
		head := []string{method.Name, c.cfg.User, strconv.Itoa(number), strconv.Itoa(want)}
		q := query{t: t, name: name, fields: append(head, args...)}
		if number > 1 {
			q.name = fmt.Sprintf("%s page %d", name, number)
		}
		var p page
		q.check = func(r reply) (err error) {
			if p, err = r.page(method, head, args, want); err != nil {
				return err
			}
			if number > 1 && p.rows > 0 && bytes.Equal(p.payload, list[number-2].payload) {
				return errors.New("page repeats the one before it")
			}
			return nil
		}
		r, err := c.ask(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, p)
		size += r.bytes
		if p.rows < p.limit {
			return list, size, nil
		}
		want = p.limit
		if rows += p.rows; rows > maxRows {
			return nil, 0, &etl.DataError{Where: name, Problem: fmt.Sprintf("does not end after %d rows", rows)}
		}
	}
}

// page checks the echo of a paged answer and cuts out its payload. Source:
// specification of Baostock, 4.3 and section 5.
func (r reply) page(method wire.Method, head, args []string, limit int) (page, error) {
	if err := r.echo(2, head[:3]...); err != nil { // method, user, page
		return page{}, err
	}
	if len(r.fields) < 7+len(args) {
		return page{}, fmt.Errorf("answer has %d fields, expected at least %d", len(r.fields), 7+len(args))
	}
	echoed := args
	if method.Columns == "" { // a K-line echoes the columns it was asked for
		if !strings.EqualFold(strings.Join(columns(r.fields[8]), ","), args[1]) {
			return page{}, fmt.Errorf("answer has the columns %.200q, asked for %q", r.fields[8], args[1])
		}
		echoed = append([]string{args[0], string(r.fields[8])}, args[2:]...)
	}
	if err := r.echo(7, echoed...); err != nil {
		return page{}, err
	}
	p := page{payload: r.fields[6], body: r.body, rows: countRows(r.fields[6], method.Columns == "")}
	size, err := strconv.Atoi(string(r.fields[5]))
	if err != nil || size != limit && (size < 1 || size > limit || head[2] != "1") {
		return page{}, fmt.Errorf("answer has pages of %.20q rows, we asked for %d", r.fields[5], limit)
	}
	p.limit = size
	if method.Columns == "" {
		p.columns = columns(r.fields[8])
	} else {
		if len(r.fields) < 8+len(args) {
			return page{}, fmt.Errorf("answer has no column list")
		}
		p.columns = columns(r.fields[7+len(args)])
	}
	if p.rows > p.limit {
		return page{}, fmt.Errorf("page holds %d rows, at most %d belong there", p.rows, p.limit)
	}
	return p, nil
}

// whole asks a whole-market query of one day, which is never paged.
func (c *Client) whole(ctx context.Context, t wire.Type, name, day string) (page, int, error) {
	method, _ := wire.ByType(t)
	q := query{t: t, name: name, fields: []string{method.Name, c.cfg.User, day}}
	var p page
	q.check = func(r reply) error {
		if err := r.echo(2, method.Name, c.cfg.User); err != nil {
			return err
		}
		if len(r.fields) < 6 {
			return fmt.Errorf("answer has %d fields, expected 6", len(r.fields))
		}
		p = page{payload: r.fields[4], body: r.body, rows: countRows(r.fields[4], true), columns: columns(r.fields[5])}
		return p.dated(day)
	}
	r, err := c.ask(ctx, q)
	return p, r.bytes, err
}

// dated checks that the first row is of the day asked for: a whole-market answer
// does not echo it, and the answers of two days must not be mistaken for each
// other. The rows behind it are checked when they are decoded.
func (p page) dated(day string) error {
	at := slices.IndexFunc(p.columns, func(s string) bool { return strings.EqualFold(s, "date") })
	got := day
	eachRow(p.payload, func(cells [][]byte) error {
		if at >= 0 && at < len(cells) {
			got = string(cells[at])
		}
		return errStop
	})
	if got != day {
		return fmt.Errorf("answer belongs to another request: its first row is of %.40q, we asked for %s", got, day)
	}
	return nil
}

// countRows counts the rows of a payload. Bars hold no brackets, so counting
// those of a compact payload will do, and the decoder finds out if it does not;
// lists hold names, which may.
func countRows(payload []byte, bars bool) int {
	if bars && bytes.HasPrefix(payload, []byte(head+`["`)) {
		return bytes.Count(payload, []byte{'['}) - 1
	}
	n := 0
	// What is wrong with the payload the decoder will say.
	_ = eachRow(payload, func([][]byte) error { n++; return nil })
	return n
}
