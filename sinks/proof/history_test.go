//go:build cgo

package proof_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// historian makes a lake live through a random history and keeps in memory what
// the lake must hold.
type historian struct {
	tb        testing.TB
	random    *rand.Rand
	l         *lake.Lake
	holds     world
	published []map[string][]string // what the catalog may show; no entry before the first
	certain   bool                  // there is a catalog
	fetches   int                   // so far; numbers rows and applications
	counts    map[string]int
}

// event is a step of the history. becomes lists the worlds that its commits make,
// in order; none when no row changes.
type event struct {
	name    string
	do      func(context.Context, *lake.Lake) error
	becomes []world
}

// choices are the events and how often each is taken.
var choices = []struct {
	weight int
	plan   func(*historian) event
}{
	{20, (*historian).appendBars},
	{20, (*historian).appendQuotes},
	{6, (*historian).replaceCalendar},
	{8, (*historian).fetchAgain},
	{12, (*historian).compaction},
	{8, (*historian).vacuum},
	{8, (*historian).marks},
	{8, (*historian).publication},
}

// next plans an event.
func (h *historian) next() event {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	at := h.random.IntN(total)
	for _, c := range choices {
		if at -= c.weight; at < 0 {
			return c.plan(h)
		}
	}
	panic("unreachable")
}

func (h *historian) fetch() int {
	h.fetches++
	return h.fetches
}

// adding is an event that appends rows.
func (h *historian) adding(t etl.Table, rows content) event {
	n := h.fetch()
	return event{"append " + t.Name, func(ctx context.Context, l *lake.Lake) error {
		return put(ctx, l, t, rows, false, fmt.Sprint("append", n), 1)
	}, []world{h.holds.having(t.Name, rows)}}
}

func (h *historian) appendBars() event {
	low, day := 1+h.random.IntN(20), schedules.MakeDay(2022, 1, 1)+schedules.Day(h.random.IntN(1000))
	rows := bars(h.fetch(), low, low+h.random.IntN(6), day, day+1, day+schedules.Day(200+h.random.IntN(200)))
	held := h.holds[etl.DailyBars.Name]
	maps.DeleteFunc(rows, func(k key, _ int) bool { _, ok := held[k]; return ok })
	if len(rows) == 0 {
		return h.marks()
	}
	return h.adding(etl.DailyBars, rows)
}

func (h *historian) appendQuotes() event {
	return h.adding(etl.Quotes, snapshotOf(1, 1+h.random.IntN(6), schedules.MakeDay(2024, 5, 6)+schedules.Day(h.random.IntN(4)), h.fetch()))
}

func (h *historian) replaceCalendar() event {
	n := h.fetch()
	rows := calendar(n, 1+h.random.IntN(9))
	return event{"replace", func(ctx context.Context, l *lake.Lake) error {
		return put(ctx, l, etl.TradingDays, rows, true, fmt.Sprint("replace", n), 1)
	}, []world{h.holds.with(etl.TradingDays.Name, func(c content) { clear(c) }).having(etl.TradingDays.Name, rows)}}
}

// fetchAgain takes a file out and brings its rows anew.
func (h *historian) fetchAgain() event {
	t := tables[h.random.IntN(2)]
	state, err := readDelta(filepath.Join(h.l.Dir(), t.Name), newest, anyStart)
	if err != nil {
		h.tb.Fatal(err)
	}
	if len(state.files) == 0 {
		return h.marks()
	}
	relative := slices.Sorted(maps.Keys(state.files))[h.random.IntN(len(state.files))]
	keys, err := keysOf(t, filepath.Join(state.dir, relative))
	if err != nil {
		h.tb.Fatal(err)
	}
	rows, n := content{}, h.fetch()
	for _, k := range keys {
		rows[k] = n
	}
	return event{"fetch again " + t.Name, func(ctx context.Context, l *lake.Lake) error {
		if err := takeOut(ctx, l, t, relative); err != nil {
			return err
		}
		return put(ctx, l, t, rows, false, fmt.Sprint("again", n), 1)
	}, []world{h.holds.lacking(t.Name, rows), h.holds.having(t.Name, rows)}}
}

func (h *historian) compaction() event {
	t := tables[h.random.IntN(2)]
	return event{"compact " + t.Name, func(ctx context.Context, l *lake.Lake) error { return compactTable(ctx, l, t) }, nil}
}

func (h *historian) vacuum() event {
	return event{"vacuum", func(ctx context.Context, l *lake.Lake) error { return vacuumAll(ctx, l, ahead) }, nil}
}

func (h *historian) marks() event {
	t, n := tables[h.random.IntN(2)], 1+h.random.IntN(4)
	return event{"marks", func(ctx context.Context, l *lake.Lake) error {
		for range n {
			if err := l.Table(t).Mark(ctx, "progress", int64(h.fetch())); err != nil {
				return err
			}
		}
		return nil
	}, nil}
}

func (h *historian) publication() event { return event{"publish", publish, nil} }
