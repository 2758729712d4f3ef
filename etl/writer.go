package etl

import (
	"context"
	"log/slog"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
)

// writer commits batches in a goroutine of its own, so that fetching and
// decoding go on meanwhile. At most one unit waits while another is written.
type writer struct {
	units   chan []arrow.Record
	done    chan struct{}
	fail    context.CancelCauseFunc
	broken  context.Context
	commits []Commit
	lost    []arrow.Record // handed over and not committed
}

func startWriter(to Appender, log *slog.Logger) (*writer, context.Context) {
	w := &writer{units: make(chan []arrow.Record), done: make(chan struct{})}
	w.broken, w.fail = context.WithCancelCause(context.Background())
	go func() {
		defer close(w.done)
		for unit := range w.units {
			w.commit(to, unit, log)
		}
	}()
	return w, w.broken
}

func (w *writer) commit(to Appender, unit []arrow.Record, log *slog.Logger) {
	if w.broken.Err() != nil { // the commit before has failed
		w.lost = append(w.lost, unit...)
		return
	}
	// A commit under way is finished even when the run is being stopped.
	start := time.Now()
	c, err := to.Append(context.Background(), unit)
	if err != nil {
		w.lost = append(w.lost, unit...)
		w.fail(err)
		return
	}
	for _, b := range unit {
		b.Release()
	}
	if c.Rows == 0 { // what came is what the table holds
		return
	}
	w.commits = append(w.commits, c)
	log.Info("committed", "table", DailyBars.Name, "version", c.Version, "rows", c.Rows, "bytes", c.Bytes, "files", c.Files, "took", time.Since(start).Round(time.Millisecond))
}

// put hands over a unit; it waits while another one is being written.
func (w *writer) put(unit []arrow.Record) error {
	w.units <- unit
	return context.Cause(w.broken)
}

// close waits for everything handed over to be committed.
func (w *writer) close() error {
	close(w.units)
	<-w.done
	err := context.Cause(w.broken)
	w.fail(nil)
	return err
}
