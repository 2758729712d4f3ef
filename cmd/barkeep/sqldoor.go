package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"time"

	"barkeep/cmd/barkeep/web"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// sqlDoor answers queries over HTTP, each in a process of its own that dies with
// it. DuckDB's memory limit does not count what a function such as repeat puts into
// one value, and nothing interrupts such a function; a process can be bounded and
// killed, and while nobody asks there is no DuckDB in the daemon's memory.
type sqlDoor struct {
	lake   *lake.Lake
	cfg    duckdb.Config
	memory int64 // bytes of one process
	log    *slog.Logger
}

var _ web.SQL = (*sqlDoor)(nil)

// Query keeps a statement until its rows are written.
func (d *sqlDoor) Query(ctx context.Context, query string, most int64) (web.Rows, error) {
	return &sqlRows{ctx: ctx, door: d, query: query, most: most}, nil
}

// sqlRows is one query.
type sqlRows struct {
	ctx   context.Context
	door  *sqlDoor
	query string
	most  int64
	end   sqlEnd
}

// Count returns how many rows were written and whether there were more.
func (r *sqlRows) Count() (int64, bool) { return r.end.Rows, r.end.More }

// Close has nothing to do: Write ends with its process.
func (r *sqlRows) Close() {}

// Write runs the query and writes its rows.
func (r *sqlRows) Write(w io.Writer, format string) (err error) {
	d := r.door
	cfg := d.cfg
	if cfg.TempDir, err = os.MkdirTemp(cfg.TempDir, queryDir); err != nil {
		return fmt.Errorf("a directory for what the query spills: %w; check duckdb.temp_dir", err)
	}
	defer func() { // a process that was killed leaves it full
		if rerr := os.RemoveAll(cfg.TempDir); rerr != nil {
			d.log.Warn("what a query has spilled stays behind", "directory", cfg.TempDir, "error", rerr)
		}
	}()
	cfg.MemoryLimit = fmt.Sprintf("%dMiB", d.memory>>21) // half of the process's
	ask := sqlAsk{Lake: d.lake.Dir(), DuckDB: cfg, Memory: d.memory, Query: r.query, Format: format, Most: r.most}
	ctx, kill := context.WithCancel(r.ctx)
	defer kill()
	child, err := startChild(ctx, ask)
	if err != nil {
		return fmt.Errorf("start the query's process: %w", err)
	}
	done, err := child.copyTo(w, &r.end)
	if !done {
		kill()
	}
	werr := child.wait()
	switch {
	case r.ctx.Err() != nil:
		return fmt.Errorf("the query was stopped: %w", context.Cause(r.ctx))
	case err != nil:
		return err
	case !done:
		d.log.Info("a query's process died", "error", werr, "said", child.said.String())
		return &web.QueryError{Err: fmt.Errorf("the query was stopped: its process ended early, most likely because it needs more than %d MiB of memory", d.memory>>20)}
	}
	return r.end.err()
}

// err is the error that the other process has met.
func (e *sqlEnd) err() error {
	switch {
	case e.Error == "":
		return nil
	case e.Blame:
		return &web.QueryError{Err: errors.New(e.Error)}
	case e.Empty:
		return fmt.Errorf("%w: %s", web.ErrNothingToAsk, e.Error)
	}
	return errors.New(e.Error)
}

// sqlChild is the process of one query.
type sqlChild struct {
	command *exec.Cmd
	in      io.Closer // while it is open, the process may live
	out     io.Reader
	said    firstBytes
}

// startChild starts the process and tells it what to do. It sees nothing of the
// environment, in which there may be secrets.
func startChild(ctx context.Context, ask sqlAsk) (*sqlChild, error) {
	text, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	self := "/proc/self/exe" // the same program, even when its file has been replaced
	if runtime.GOOS != "linux" {
		if self, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	c := &sqlChild{command: exec.CommandContext(ctx, self, sqlChildName)}
	c.command.Args[0] = "barkeep"
	c.command.Env = []string{"TZ=UTC"}
	c.command.Stderr = &c.said
	c.command.WaitDelay = time.Second
	in, err := c.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	if c.out, err = c.command.StdoutPipe(); err != nil {
		return nil, err
	}
	c.in = in
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	in.Write(append(text, '\n')) // one that has died already says so by its answer
	return c, nil
}

func (c *sqlChild) wait() error {
	return errors.Join(c.in.Close(), c.command.Wait())
}

// copyTo writes the rows and reads how the query ended; done is false when the
// process did not get that far, or nobody takes the rows.
func (c *sqlChild) copyTo(w io.Writer, end *sqlEnd) (done bool, err error) {
	frame := make([]byte, 0, 64<<10)
	for {
		kind, part, rerr := readFrame(c.out, frame)
		switch {
		case rerr != nil:
			return false, nil
		case kind == frameEnd:
			return json.Unmarshal(part, end) == nil, nil
		}
		if _, err := w.Write(part); err != nil {
			return false, err
		}
		frame = part[:0]
	}
}

// firstBytes keeps the beginning of what is written to it.
type firstBytes struct{ bytes.Buffer }

// Write takes everything and keeps up to 4 KiB.
func (b *firstBytes) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), max(0, 4<<10-b.Len()))])
	return len(p), nil
}
