package main

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/compact"
)

// barsOf makes a batch of some securities over some days; a step makes values
// differ, and row n has the volume 1000+n+step.
func barsOf(symbols int, days []schedules.Day, step func(row int) int64, fetched time.Time) arrow.Record {
	var b etl.BarBuilder
	b.SetLen(symbols * len(days))
	for i := range b.Days {
		b.Days[i], b.Symbols[i] = days[i%len(days)], etl.MakeSymbol(etl.Shanghai, 600000+i/len(days))
		b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Preclose[i] = 10, 11, 9, 10, 10
		b.Volume[i], b.Amount[i], b.Turn[i], b.Traded[i], b.PctChg[i], b.IsST[i] = 1000+int64(i)+step(i), 1e4, 1, 1, 0, 0
		b.PeTTM[i], b.PbMRQ[i], b.PsTTM[i], b.PcfNcfTTM[i] = 1, math.NaN(), 3, 4
	}
	return b.Batch(vendor, fetched).Record
}

// reviserOf writes to a lake.
func reviserOf(l *lake.Lake) *etl.Reviser {
	info := lake.Info{Job: jobRevisions}
	return &etl.Reviser{Bars: barsTable{appender{l.Table(etl.DailyBars), info, nil}},
		Revisions: revisionsTable{appender{l.Table(etl.Revisions), info, nil}}, Run: "revisions test"}
}

// volumes reads the volume of every bar, and refuses a bar that is there twice.
func volumes(t *testing.T, l *lake.Lake) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	err := all(context.Background(), l.Table(etl.DailyBars), func(r arrow.Record) error {
		for i := range int(r.NumRows()) {
			key := r.Column(1).ValueStr(i) + " " + r.Column(0).ValueStr(i)
			if _, twice := found[key]; twice {
				t.Errorf("%s is there twice", key)
			}
			found[key] = r.Column(7).(*array.Int64).Value(i)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func noted(t *testing.T, l *lake.Lake) (list []etl.Revision) {
	t.Helper()
	err := all(context.Background(), l.Table(etl.Revisions), func(r arrow.Record) error {
		part, err := etl.ReadRevisions(r)
		list = append(list, part...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var errFault = errors.New("fault")

// TestRevisionsUnderFaults ends a run before each of its changes to the file system:
// no bar is lost or there twice, the old value of a bar that was replaced is in the
// table revisions, and the next run makes the lake whole, noting nothing twice.
func TestRevisionsUnderFaults(t *testing.T) {
	days := schedules.Embedded().Days(schedules.MakeDay(2023, 12, 27), schedules.MakeDay(2024, 1, 4))
	at := time.Date(2024, 1, 4, 10, 0, 0, 0, time.UTC)
	still := func(int) int64 { return 0 }
	changed := func(row int) int64 { return int64(row%7) / 6 * 5 } // every seventh row
	template := t.TempDir()
	stored := barsOf(4, days, still, at)
	if _, err := lake.Open(template, lake.DefaultConfig()).Table(etl.DailyBars).Append(t.Context(), []arrow.Record{stored}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	fresh := []arrow.Record{barsOf(5, days, changed, at.Add(time.Hour))} // and a new security
	changes := 0
	for row := range 4 * len(days) {
		changes += int(changed(row) / 5)
	}
	for n := 1; ; n += 5 {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
			t.Fatal(err)
		}
		l, count, hit := lake.Open(dir, lake.DefaultConfig()), 0, false
		l.Disk().Before = func(_, _ string) error {
			if count++; count >= n {
				hit = true
				return errFault
			}
			return nil
		}
		_, err := reviserOf(l).Append(t.Context(), fresh)
		if !hit {
			if err != nil || n < 20 {
				t.Fatalf("%d changes, %v", n, err)
			}
			return
		}
		after := lake.Open(dir, lake.DefaultConfig())
		found, list := volumes(t, after), noted(t, after)
		replaced := 0
		for row := range 4 * len(days) {
			key := stored.Column(1).ValueStr(row) + " " + stored.Column(0).ValueStr(row)
			if was := stored.Column(7).(*array.Int64).Value(row); found[key] != was {
				replaced++
				if found[key] != was+5 {
					t.Errorf("fault %d: %s has the volume %d, was %d", n, key, found[key], was)
				}
			}
		}
		if len(list) != 0 && len(list) != changes || replaced != 0 && (replaced != changes || len(list) != changes) {
			t.Errorf("fault %d: %d bars replaced, %d noted, %d have changed", n, replaced, len(list), changes)
		}
		r := reviserOf(after)
		if _, err := r.Append(t.Context(), fresh); err != nil {
			t.Fatalf("fault %d: the next run: %v", n, err)
		}
		if got := len(volumes(t, after)); got != 5*len(days) || len(noted(t, after)) != changes || r.Rows != changes-replaced {
			t.Errorf("fault %d: after the next run %d bars, %d noted, %d replaced", n, got, len(noted(t, after)), r.Rows)
		}
		again := reviserOf(after)
		if c, err := again.Append(t.Context(), fresh); err != nil || c.Rows != 0 || again.Rows != 0 {
			t.Errorf("fault %d: a third run: %+v, %v", n, c, err)
		}
	}
}

// TestRevisionsBesideCompaction: the files that are to be rewritten are folded in
// between.
func TestRevisionsBesideCompaction(t *testing.T) {
	days := schedules.Embedded().Days(schedules.MakeDay(2024, 1, 2), schedules.MakeDay(2024, 1, 8))
	at := time.Date(2024, 1, 8, 10, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	l := lake.Open(dir, lake.DefaultConfig())
	other := lake.Open(dir, lake.DefaultConfig()).Table(etl.DailyBars)
	for i := range days {
		if _, err := other.Append(t.Context(), []arrow.Record{barsOf(3, days[i:i+1], func(int) int64 { return 0 }, at)}, lake.Info{}); err != nil {
			t.Fatal(err)
		}
	}
	folded := false
	l.Disk().Before = func(op, path string) error {
		if op == "rename" && !folded && strings.Contains(path, "daily_bars") {
			folded = true
			if r, err := compact.Run(t.Context(), other, compact.Options{All: true}); err != nil || len(r.Merges) != 1 {
				t.Errorf("%+v, %v", r, err)
			}
		}
		return nil
	}
	r := reviserOf(l)
	if _, err := r.Append(t.Context(), []arrow.Record{barsOf(3, days, func(int) int64 { return 9 }, at.Add(time.Hour))}); err != nil || !folded {
		t.Fatal(err, folded)
	}
	if got := volumes(t, l); len(got) != 3*len(days) || r.Rows == 0 {
		t.Errorf("%d bars, %d replaced", len(got), r.Rows)
	}
	if s, err := other.Snapshot(t.Context()); err != nil || len(s.Files) != 1 {
		t.Errorf("%v, %v", s, err)
	}
}

// BenchmarkRevisions compares ten days of a market with a year that is stored, one
// bar in fifty changed, and replaces what has changed.
func BenchmarkRevisions(b *testing.B) {
	const securities = 5500
	year := schedules.Embedded().Days(schedules.MakeDay(2024, 1, 2), schedules.MakeDay(2024, 12, 31))
	at := time.Date(2025, 1, 2, 10, 0, 0, 0, time.UTC)
	l := lake.Open(b.TempDir(), lake.DefaultConfig())
	stored := barsOf(securities, year, func(int) int64 { return 0 }, at)
	if _, err := l.Table(etl.DailyBars).Append(b.Context(), []arrow.Record{stored}, lake.Info{}); err != nil {
		b.Fatal(err)
	}
	stored.Release()
	days := year[len(year)-10:]
	for n := 0; b.Loop(); n++ {
		fresh := barsOf(securities, days, func(row int) int64 {
			i := row/len(days)*len(year) + len(year) - 10 + row%len(days) // of the same bar in the year
			return int64(i-row) + int64(n+1)*int64(1-min(row%50, 1))
		}, at.Add(time.Duration(n+1)*time.Hour))
		r := reviserOf(l)
		if _, err := r.Append(b.Context(), []arrow.Record{fresh}); err != nil || r.Rows != securities*10/50 || r.Compared != securities*10 {
			b.Fatal(r.Rows, r.Compared, err)
		}
		fresh.Release()
	}
}
