//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/marcboeker/go-duckdb/mapping"
)

// interruptEvery is how often a connection whose context is done is told to
// stop: DuckDB forgets an interrupt that arrives between two steps.
const interruptEvery = 10 * time.Millisecond

// conn is one connection, for one query. Between connect and close, the end of
// ctx interrupts whatever it is doing.
type conn struct {
	ctx      context.Context
	c        mapping.Connection
	finished chan struct{}
	watch    sync.WaitGroup
}

func connect(ctx context.Context, database mapping.Database) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := &conn{ctx: ctx, finished: make(chan struct{})}
	if mapping.Connect(database, &c.c) == mapping.StateError {
		return nil, errors.New("connect to DuckDB: it refuses another connection")
	}
	c.watch.Go(c.interrupt)
	return c, nil
}

func (c *conn) interrupt() {
	select {
	case <-c.finished:
		return
	case <-c.ctx.Done():
	}
	again := time.NewTicker(interruptEvery)
	defer again.Stop()
	for {
		mapping.Interrupt(c.c)
		select {
		case <-c.finished:
			return
		case <-again.C:
		}
	}
}

func (c *conn) close() {
	close(c.finished)
	c.watch.Wait()
	mapping.Disconnect(&c.c)
}

// explain replaces DuckDB's word that it was interrupted by the reason.
func (c *conn) explain(err error) error {
	if err != nil && c.ctx.Err() != nil {
		return fmt.Errorf("the query was stopped: %w", context.Cause(c.ctx))
	}
	return err
}

// run runs a statement that has no rows.
func (c *conn) run(statement string) error {
	list, err := c.parse(statement)
	if err != nil {
		return err
	}
	defer list.close()
	prepared, err := list.prepare(0)
	if err != nil {
		return err
	}
	defer mapping.DestroyPrepare(&prepared)
	return c.explain(execute(prepared))
}

func execute(prepared mapping.PreparedStatement) error {
	s, err := startStream(prepared)
	defer s.close()
	for ok := err == nil; ok; {
		var chunk mapping.DataChunk
		if chunk, ok, err = s.next(); ok {
			mapping.DestroyDataChunk(&chunk)
		}
	}
	return err
}

// parsed is what DuckDB's parser makes of a text: usually one statement.
type parsed struct {
	conn  *conn
	list  mapping.ExtractedStatements
	count int
}

func (c *conn) parse(text string) (*parsed, error) {
	p := &parsed{conn: c}
	p.count = int(mapping.ExtractStatements(c.c, text, &p.list))
	if p.count > 0 {
		return p, nil
	}
	message := mapping.ExtractStatementsError(p.list)
	p.close()
	if message == "" {
		return nil, &RefusedError{Reason: "there is no statement to run; write one that begins with " + allowedList}
	}
	return nil, newQueryError(message)
}

func (p *parsed) close() { mapping.DestroyExtracted(&p.list) }

// prepare binds the i-th statement; the caller destroys it.
func (p *parsed) prepare(i int) (mapping.PreparedStatement, error) {
	var prepared mapping.PreparedStatement
	state := mapping.PrepareExtractedStatement(p.conn.c, p.list, mapping.IdxT(i), &prepared)
	if state == mapping.StateError {
		err := newQueryError(mapping.PrepareError(prepared))
		mapping.DestroyPrepare(&prepared)
		return prepared, err
	}
	return prepared, nil
}
