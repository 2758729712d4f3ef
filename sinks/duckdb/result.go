//go:build cgo

package duckdb

import (
	"io"

	"github.com/marcboeker/go-duckdb/mapping"
)

// Column names a column of a result and its SQL type, such as DECIMAL(18,3).
type Column struct {
	Name, Type string
}

// Result is a query that is running: rows are computed as they are written, so
// a result of any size takes little memory. It is written once, by one of the
// Write methods, and belongs to one goroutine.
type Result struct {
	conn     *conn
	prepared mapping.PreparedStatement
	stream   *stream
	columns  []*column
	chunk    mapping.DataChunk // the rows the columns are bound to
	rows     int64
	limit    limit
	done     func()
}

// start takes the second look at the statement, with DuckDB's own parser, and
// runs it in a transaction that cannot write.
func (r *Result) start(s statement) error {
	if err := r.conn.run("BEGIN TRANSACTION READ ONLY"); err != nil {
		return err
	}
	if s.explains != "" {
		if err := r.conn.checkExplained(s); err != nil {
			return err
		}
	}
	var err error
	if r.prepared, err = r.conn.prepareReading(s.text, s.pivots); err != nil {
		return err
	}
	if r.stream, err = startStream(r.prepared); err != nil {
		return err
	}
	r.columns, err = r.stream.columns()
	return err
}

// checkExplained holds what an EXPLAIN explains to the same rules: EXPLAIN
// ANALYZE runs it.
func (c *conn) checkExplained(s statement) error {
	prepared, err := c.prepareReading(s.explains, s.pivots)
	if err == nil {
		mapping.DestroyPrepare(&prepared)
	}
	return err
}

// prepareReading prepares a text if it is one statement that reads. A PIVOT
// without a list of values comes back from the parser as several statements:
// the first ones collect the values in a temporary type.
func (c *conn) prepareReading(text string, pivots bool) (none mapping.PreparedStatement, err error) {
	list, err := c.parse(text)
	if err != nil {
		return none, err
	}
	defer list.close()
	last := list.count - 1
	if last > 0 && !pivots {
		return none, &RefusedError{Found: ";", Reason: "there is more than one statement; send them one by one"}
	}
	for i := range last {
		if err := c.collectPivot(list, i); err != nil {
			return none, err
		}
	}
	prepared, err := list.prepare(last)
	if err != nil {
		return none, err
	}
	switch mapping.PreparedStatementType(prepared) {
	case mapping.StatementTypeSelect, mapping.StatementTypeExplain:
		return prepared, nil
	}
	mapping.DestroyPrepare(&prepared)
	return none, refuseStatement("a statement that changes something")
}

func (c *conn) collectPivot(list *parsed, i int) error {
	prepared, err := list.prepare(i)
	if err != nil {
		return err
	}
	defer mapping.DestroyPrepare(&prepared)
	if mapping.PreparedStatementType(prepared) != mapping.StatementTypeCreate {
		return refuseStatement("a statement that changes something")
	}
	return execute(prepared)
}

// Columns returns the names and types of the columns, in order.
func (r *Result) Columns() []Column {
	columns := make([]Column, len(r.columns))
	for i, c := range r.columns {
		columns[i] = Column{c.name, c.typeName}
	}
	return columns
}

// Rows returns how many rows were written so far.
func (r *Result) Rows() int64 { return r.rows }

// Close stops the query if it is still running and frees what it holds. It may
// be called again.
func (r *Result) Close() {
	if r.done == nil {
		return
	}
	r.release()
	if r.stream != nil {
		r.stream.close()
	}
	if r.prepared.Ptr != nil {
		mapping.DestroyPrepare(&r.prepared)
	}
	r.conn.close()
	r.done()
	r.done = nil
}

func (r *Result) release() {
	if r.chunk.Ptr != nil {
		mapping.DestroyDataChunk(&r.chunk)
		r.chunk.Ptr = nil
	}
}

// next binds the columns to the next rows and returns how many there are; 0 at
// the end.
func (r *Result) next() (rows int, err error) {
	r.release()
	if err := r.conn.ctx.Err(); err != nil {
		return 0, r.conn.explain(err)
	}
	for {
		chunk, ok, err := r.stream.next()
		if !ok {
			return 0, r.conn.explain(err)
		}
		if rows = int(mapping.DataChunkGetSize(chunk)); rows == 0 {
			mapping.DestroyDataChunk(&chunk)
			continue
		}
		r.chunk = chunk
		if rows = r.limit.cut(r.rows, rows); rows == 0 {
			return 0, nil
		}
		for i, c := range r.columns {
			c.bind(mapping.DataChunkGetVector(chunk, mapping.IdxT(i)))
		}
		return rows, nil
	}
}

// chunks writes all rows as format appends them, in pieces of one chunk.
func (r *Result) chunks(w io.Writer, format func(dst []byte, rows int) []byte) error {
	var buffer []byte
	for {
		n, err := r.next()
		if err != nil || n == 0 {
			return err
		}
		buffer = format(buffer[:0], n)
		r.rows += int64(n)
		if _, err := w.Write(buffer); err != nil {
			return err
		}
	}
}
