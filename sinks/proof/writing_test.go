//go:build cgo

package proof_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/vacuum"
)

// writing is the one who writes, and knows what each version holds.
type writing struct {
	l           *lake.Lake
	guard       sync.RWMutex         // held for writing by a vacuum, whose clock runs ahead
	written     map[string][]written // by table, in the order of versions
	compactions int
	vacuumed    int
}

type written struct {
	version int64
	rows    content
}

var (
	firstBar   = schedules.MakeDay(2023, 11, 1)
	firstQuote = schedules.MakeDay(2024, 5, 6)
)

// commit adds a day of bars and a snapshot of quotes.
func (w *writing) commit(t *testing.T, round int) {
	t.Helper()
	w.guard.RLock()
	defer w.guard.RUnlock()
	for table, rows := range map[*etl.Table]content{
		&etl.DailyBars: bars(1, 1, 20, firstBar+schedules.Day(round)),
		&etl.Quotes:    snapshotOf(1, 20, firstQuote+schedules.Day(round/60), 5400+30*(round%60)),
	} {
		app := "writing"
		if err := put(t.Context(), w.l, *table, rows, false, app, round+1); err != nil {
			t.Fatal(err)
		}
		// A compaction may have committed since, so the version is the one that
		// first holds the transaction.
		version := firstWith(t, w.l, *table, app, int64(round+1))
		w.written[table.Name] = append(w.written[table.Name], written{version, rows})
	}
}

// firstWith looks for the first version that holds a transaction.
func firstWith(t *testing.T, l *lake.Lake, table etl.Table, app string, n int64) int64 {
	t.Helper()
	s, err := l.Table(table).Snapshot(t.Context())
	for err == nil && s.Version > 0 {
		var before *lake.Snapshot
		before, err = l.Table(table).SnapshotAt(t.Context(), s.Version-1)
		if err == nil && before.Transactions[app] < n {
			return s.Version
		}
		s = before
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

// compactUntil compacts again and again; losing to nobody, since appends do not
// conflict.
func (w *writing) compactUntil(ctx context.Context, t *testing.T) {
	pause := time.NewTicker(300 * time.Millisecond)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		w.guard.RLock()
		for _, table := range []etl.Table{etl.DailyBars, etl.Quotes} {
			n, err := merges(ctx, w.l, table)
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("compaction: %v", err)
			}
			w.compactions += n
		}
		w.guard.RUnlock()
	}
}

// clean removes what was taken out some seconds ago and no catalog on offer names:
// its clock is ahead by the rest of the grace period.
func (w *writing) clean(t *testing.T) {
	t.Helper()
	w.guard.Lock()
	defer w.guard.Unlock()
	before := dataFiles(t, w.l.Dir())
	if err := vacuumAll(t.Context(), w.l, vacuum.DefaultConfig().Grace-grace()); err != nil {
		t.Errorf("vacuum: %v", err)
	}
	w.vacuumed += before - dataFiles(t, w.l.Dir())
}

// parse splits a reader's line: table, version, answer.
func (w *writing) parse(t *testing.T, line string) (table, version, answer string) {
	t.Helper()
	parts := strings.SplitN(line, " ", 3)
	if len(parts) != 3 {
		t.Fatalf("a reader says %q", line)
	}
	return parts[0], parts[1], parts[2]
}

// expect is what a reader of a version must have answered.
func (w *writing) expect(table, version string) string {
	v, err := strconv.ParseInt(version, 10, 64)
	if err != nil {
		return err.Error()
	}
	at := slices.IndexFunc(tables, func(t etl.Table) bool { return t.Name == table })
	volume := tables[at].Columns[tables[at].Index("volume")]
	day := map[string]schedules.Day{etl.DailyBars.Name: firstBar, etl.Quotes.Name: firstQuote}[table]
	var all, symbol, days [2]int64
	for _, c := range w.written[table] {
		if c.version > v {
			continue
		}
		for k, fetch := range c.rows {
			n, _, _ := cell(volume, k, fetch)
			all[0], all[1] = all[0]+1, all[1]+n
			if k.symbol == 1 {
				symbol[0], symbol[1] = symbol[0]+1, symbol[1]+n
			}
			if k.day == day {
				days[0], days[1] = days[0]+1, days[1]+n
			}
		}
	}
	return fmt.Sprint(all, symbol, days)
}
