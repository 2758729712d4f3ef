package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// sqlChildName is the command of the process that answers one query.
const sqlChildName = "sql-child"

// sqlAsk is what the process is told, as one line of JSON on its standard input.
type sqlAsk struct {
	Lake          string
	DuckDB        duckdb.Config
	Memory        int64 // bytes that the process may take
	Query, Format string
	Most          int64 // rows
}

// sqlEnd is how a query ended.
type sqlEnd struct {
	Rows  int64
	More  bool   // there were more rows than asked for
	Error string // empty if all went well
	Blame bool   // the query is the cause of the error
	Empty bool   // there is no table yet
}

// The answer is a sequence of frames: a kind, a length in four bytes, most
// significant first, and so many bytes.
const (
	frameRows = 'r'
	frameEnd  = 'e' // a sqlEnd as JSON; the last one
	maxFrame  = 1 << 20
)

func (a *app) sqlChildCommand() *cobra.Command {
	return &cobra.Command{
		Use:    sqlChildName,
		Short:  "answer one query for the daemon",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return answerOne(cmd.Context(), a.in, a.out) },
	}
}

// queryDir begins the names of the directories that queries spill to.
const queryDir = "barkeep-query-"

// answerOne reads a sqlAsk and writes frames. The process ends at once when its
// input does: then nobody waits any more, and after a daemon that was killed nobody
// tidies up either.
func answerOne(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return usage("%s is for the daemon only", sqlChildName)
	}
	var ask sqlAsk
	if err := json.Unmarshal(line, &ask); err != nil {
		return usageError{err}
	}
	go func() {
		io.Copy(io.Discard, lines)
		if dir := ask.DuckDB.TempDir; strings.HasPrefix(filepath.Base(dir), queryDir) {
			os.RemoveAll(dir)
		}
		os.Exit(exitFailed)
	}()
	if err := capMemory(ask.Memory); err != nil {
		return fmt.Errorf("bound the memory of a query: %w", err)
	}
	end, err := ask.answer(ctx, frames{out})
	if err != nil {
		var refused *duckdb.RefusedError
		var query *duckdb.QueryError
		end.Error, end.Empty = err.Error(), errors.Is(err, duckdb.ErrEmptyLake)
		// A query that needs more memory than it may have is to blame, too.
		end.Blame = errors.As(err, &refused) || errors.As(err, &query) && (query.Usage() || query.Kind == "Out of Memory Error")
	}
	text, err := json.Marshal(end)
	if err != nil {
		return err
	}
	return writeFrame(out, frameEnd, text)
}

func (ask *sqlAsk) answer(ctx context.Context, out io.Writer) (end sqlEnd, err error) {
	db, err := duckdb.Open(ctx, lake.Open(ask.Lake, lake.DefaultConfig()), ask.DuckDB)
	if err != nil {
		return end, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r, err := db.Query(ctx, strings.TrimRight(strings.TrimSpace(ask.Query), ";"))
	if err != nil {
		return end, err
	}
	defer r.Close()
	r.Limit(ask.Most)
	switch ask.Format {
	case "json":
		err = r.WriteJSON(out)
	case "csv":
		err = r.WriteCSV(out)
	case "arrow":
		err = r.WriteArrow(out)
	default:
		err = fmt.Errorf("there is no format %s", ask.Format)
	}
	return sqlEnd{Rows: r.Rows(), More: r.More()}, err
}

// frames writes rows.
type frames struct{ out io.Writer }

// Write writes one frame.
func (f frames) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), 1<<20)
		if err := writeFrame(f.out, frameRows, rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(p), nil
}

func writeFrame(w io.Writer, kind byte, part []byte) error {
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(part)))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(part)
	return err
}

// readFrame reads the next frame, into the buffer if it has room.
func readFrame(r io.Reader, buffer []byte) (kind byte, part []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes", n)
	}
	if int(n) > cap(buffer) {
		buffer = make([]byte, n)
	}
	_, err = io.ReadFull(r, buffer[:n])
	return head[0], buffer[:n], err
}
