package etl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/schedules"
)

// Commit is what one commit added to a table.
type Commit struct {
	Version int64
	Files   int
	Rows    int64
	Bytes   int64
}

// Appender adds batches to a table in one commit: all of them or none. It keeps
// no reference to the batches.
type Appender interface {
	Append(ctx context.Context, batches []arrow.Record) (Commit, error)
}

// Run fetches, checks and commits missing daily bars. Its fields are set by the
// caller and not changed while it runs.
type Run struct {
	Source     BarSource
	Bars       Appender // table DailyBars
	Quarantine Appender // table Quarantine
	Checks     Appender // table Checks; nil when the counts are not kept
	Absences   Appender // table Absences; nil when absences are not looked for

	// Checker looks at every row before it is kept. Nil stands for the rules of
	// DefaultCheckConfig, without context.
	Checker *Checker
	ID      string // names the run in the table checks

	// Published asks the vendor whether it has a day's bars yet. It is used
	// before thousands of ranges are asked for; nil means always ask.
	Published func(context.Context, schedules.Day) (bool, error)

	Calendar  *schedules.Calendar
	Universe  Universe
	Expected  *Cells // what should exist
	Committed *Cells // what does; the run adds to it
	// Explained are the cells without a bar that absences explain, over the days of
	// Expected; nil for none. They are not missing, and with Again they are asked for
	// all the same.
	Explained *Cells
	Again     bool
	// First are cells to be asked for before the others, such as those of refused
	// rows; nil for none.
	First *Cells
	// Stored are the cells that the lake holds, when Committed counts anew what the
	// vendor has, as revisions do. Of them no absence is kept: they count as vanished.
	Stored *Cells
	// Scope limits which bars are kept: a whole-market answer brings more than
	// was asked for.
	Scope Scope
	// Known holds the raw text of rows refused by earlier runs, so that a row
	// which is wrong every time is kept once.
	Known map[string]bool
	// Released holds the raw text of rows that are to be kept in spite of the rules.
	Released map[string]bool

	Config   Config
	PageSize int
	Prefetch int           // answers fetched ahead of converting
	Today    schedules.Day // the last day the vendor can have published
	Log      *slog.Logger
	Progress func(Progress) // called after every answer; nil for nothing
}

// Progress is how far a run has come.
type Progress struct {
	Requests, Planned int // bar requests answered and planned
	Rows              int64
}

// recently is how many days a vendor may take to complete a day: until then a
// hole is "not yet published" rather than a fault, and is not asked for security
// by security.
const recently = 7

// fewHoles is how many securities may be missing from a recent day's answer and
// still be asked for one by one.
const fewHoles = 50

// maxFailed is how many failed requests an Outcome names.
const maxFailed = 100

// breaker is how many requests in a row may fail before the run stops.
const breaker = 3

// Do works until nothing is missing that can be had. The Outcome tells what was
// done, whatever the error. The error is ErrRefused when the source must not be
// asked any more, the cause of ctx when that has ended, and anything else when
// going on is pointless; what had arrived is committed in every case but a
// failure of the commit itself.
func (r *Run) Do(ctx context.Context) (Outcome, error) {
	w := newWork(r)
	err := w.rounds(ctx)
	if err == nil {
		err = w.confirm(ctx)
	}
	// What has arrived is kept even when ctx has ended.
	if cerr := w.finish(context.WithoutCancel(ctx)); cerr != nil && !errors.Is(err, cerr) {
		err = errors.Join(cerr, err)
	}
	w.out.Missing = w.missing(err)
	w.out.Took = time.Since(w.start)
	return w.out, err
}

// rounds plans and fetches until a plan is empty. Every round settles the cells
// it asked for, one way or another, so the rounds end.
func (w *work) rounds(ctx context.Context) error {
	for {
		missing := w.left()
		requests := ahead(Plan(missing, w.run.Universe, w.means), w.run.First, missing, w.run.Universe)
		if len(requests) == 0 {
			return nil
		}
		skipped, err := w.unpublished(ctx, missing, requests)
		if err != nil {
			return err
		}
		if skipped {
			continue
		}
		if w.planned > 0 {
			w.run.Log.Info("asking again for what is still missing", "cells", missing.Len(), "requests", len(requests))
		}
		w.planned = w.out.Answers + len(requests)
		for _, part := range w.canaries(requests) {
			if err = w.fetch(ctx, part); err != nil {
				break
			}
		}
		if err != nil && !errors.Is(err, errReplan) {
			return err
		}
	}
}

// canaries puts the first request of every whole-market shape that the source
// has not answered yet in front, alone: when it is refused, none of the others
// has been spent.
func (w *work) canaries(requests []Request) (parts [][]Request) {
	var rest []Request
	sent := map[Shape]bool{}
	for _, q := range requests {
		if !w.answered[q.Shape] && !sent[q.Shape] {
			sent[q.Shape] = true
			parts = append(parts, []Request{q})
			continue
		}
		rest = append(rest, q)
	}
	return append(parts, rest)
}

// errReplan ends a round whose plan has turned out to be impossible.
var errReplan = errors.New("plan again")

// unpublished finds recent days that a plan asks for security by security
// though the vendor does not have them yet, and settles their cells.
func (w *work) unpublished(ctx context.Context, missing *Cells, requests []Request) (skipped bool, err error) {
	if w.run.Published == nil {
		return false, nil
	}
	asks := map[schedules.Day]int{}
	for _, q := range requests {
		if q.Shape == SecurityRange && w.recent(q.To) {
			asks[q.To]++
		}
	}
	for _, day := range slices.Sorted(maps.Keys(asks)) {
		if asks[day] < 2 || w.probed[day] {
			continue // a probe would cost as much as asking
		}
		w.probed[day] = true
		published, err := w.run.Published(ctx, day)
		if err != nil {
			if errors.Is(err, ErrRefused) {
				return false, err
			}
			if ctx.Err() != nil {
				return false, context.Cause(ctx)
			}
			w.run.Log.Warn("could not ask whether a day is published", "day", day, "error", err)
			continue
		}
		if !published {
			w.settleDay(missing, day, SecurityRange, reasonUnpublished)
			skipped = true
		}
	}
	return skipped, nil
}

// fetch asks a round's requests and handles the answers in their order.
func (w *work) fetch(ctx context.Context, requests []Request) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(w.broken, func() { cancel(context.Cause(w.broken)) })
	defer stop()
	for f := range Prefetch(ctx, requests, w.run.Source.Concurrency(), w.run.Prefetch, w.run.Source.Fetch) {
		switch {
		case errors.Is(f.Err, ErrRefused):
			return f.Err
		case f.Err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(f.Err, ErrUnsupported) && f.Request.Shape != SecurityRange:
			w.means.NoDay[f.Request.Shape] = true
			w.run.Log.Info("the server does not know whole-market requests, asking security by security", "shape", f.Request.Shape)
			return errReplan
		}
		err := f.Err
		if err == nil {
			err = w.answer(f.Request, f.Answer)
		}
		if w.broken.Err() != nil {
			return context.Cause(w.broken)
		}
		if err != nil {
			w.failed(f.Request, err)
			if w.failures++; w.failures == breaker {
				return fmt.Errorf("%d requests in a row failed, the last one: %w", breaker, err)
			}
			continue
		}
		w.failures = 0
		w.answered[f.Request.Shape] = true
		w.progress()
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return nil
}
