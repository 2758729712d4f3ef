//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/marcboeker/go-duckdb/mapping"

	"barkeep/sinks/disk"
	"barkeep/sinks/lake"
)

// attached is the name of the file being built. The builder is a DuckDB in memory,
// to which files are attached: their path is quoted there as any text, while one
// that is opened directly would be parsed as a URL.
const attached = "catalog"

// builder makes database files.
type builder struct {
	database mapping.Database
	of       string // what the form is made of, see formOf
	form     []byte // the file that a catalog begins with, less than 2 MiB
}

// kept is the builder of this process, while none is at work: DuckDB takes as long
// to start as to make a catalog, and the form three times as long.
//
// INVARIANT: no statement of it has failed.
var kept keptBuilder

type keptBuilder struct {
	mu sync.Mutex
	b  *builder
}

func (k *keptBuilder) take() *builder {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := k.b
	k.b = nil
	return b
}

// put keeps b for the next publication, unless one is kept already.
func (k *keptBuilder) put(b *builder) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.b != nil {
		b.close()
		return
	}
	k.b = b
}

// takeBuilder returns the kept builder, or starts one with the form.
func takeBuilder(ctx context.Context, l *lake.Lake, cfg Config) (*builder, error) {
	of := formOf()
	if b := kept.take(); b != nil {
		if b.of == of {
			return b, nil
		}
		b.close()
	}
	database, err := openMemory("threads", "1") // nothing that it does runs on two
	if err != nil {
		return nil, err
	}
	b := &builder{database: database, of: of}
	if b.form, err = readForm(ctx, l, of, func(path string) error {
		s, err := b.open(ctx, path, cfg)
		if err != nil {
			return err
		}
		return s.write(formSQL())
	}); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// begin makes a file that is a catalog without content, not flushed yet.
func (b *builder) begin(d *disk.Disk, path string) error {
	f, err := d.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(b.form)
	return errors.Join(err, f.Close())
}

// session is a database file being written, in one transaction.
type session struct{ conn *conn }

// open attaches the file at path, or makes it. After an error the builder may be in
// the midst of anything.
func (b *builder) open(ctx context.Context, path string, cfg Config) (*session, error) {
	c, err := connect(ctx, b.database)
	if err != nil {
		return nil, err
	}
	if err := c.runAll([]string{plain, "SET memory_limit = " + quote(cfg.MemoryLimit),
		// Every commit goes into the file itself: DuckDB puts the log of a
		// path such as a?b/c beside a, where there may be no directory.
		"SET wal_autocheckpoint = '1B'",
		"ATTACH " + quote(path) + " AS " + attached + " (STORAGE_VERSION " + quote(storage) + ")",
		"USE " + attached, "BEGIN"}); err != nil {
		c.close()
		return nil, err
	}
	return &session{c}, nil
}

// write runs statements and leaves the file complete, without a write-ahead log
// beside it.
func (s *session) write(statements []string) error {
	defer s.conn.close()
	return s.conn.runAll(slices.Concat(statements,
		[]string{"COMMIT", "CHECKPOINT " + attached, "USE memory", "DETACH " + attached}))
}

func (b *builder) close() { mapping.Close(&b.database) }

// runAll runs statements that have no rows.
func (c *conn) runAll(statements []string) error {
	for _, statement := range statements {
		if err := c.run(statement); err != nil {
			return fmt.Errorf("%s: %w", shorten(statement), err)
		}
	}
	return nil
}

// shorten cuts a statement down to what an error message can hold.
func shorten(statement string) string {
	const limit = 80
	if len(statement) <= limit {
		return statement
	}
	return strings.ToValidUTF8(statement[:limit], "") + "..."
}
