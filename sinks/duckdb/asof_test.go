//go:build cgo

package duckdb_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

func TestParseAsOf(t *testing.T) {
	shanghai := func(clock string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04:05.999999999", clock, schedules.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for text, want := range map[string]duckdb.AsOf{
		" 17 ":                      {Number: 17},
		"2026-09-28":                {Time: shanghai("2026-09-28 23:59:59.999999999")},
		"2026-09-28T09:14":          {Time: shanghai("2026-09-28 09:14:00")},
		"2026-09-28 00:00":          {Time: shanghai("2026-09-28 00:00:00")},
		"2026-09-28T09:14:00+08:00": {Time: shanghai("2026-09-28 09:14:00")},
		"2026-09-28T01:14:00Z":      {Time: shanghai("2026-09-28 09:14:00")},
	} {
		got, err := duckdb.ParseAsOf(text)
		if err != nil || got.Number != want.Number || !got.Time.Equal(want.Time) {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
		if again, err := duckdb.ParseAsOf(got.String()); err != nil || again.Number != got.Number || !again.Time.Equal(got.Time) {
			t.Errorf("%q, written %q, is %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "yesterday", "2026-13-01", "99999999999999999999"} {
		if got, err := duckdb.ParseAsOf(text); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}

func openAt(t *testing.T, l *lake.Lake, at duckdb.AsOf) (*duckdb.DB, error) {
	t.Helper()
	db, err := duckdb.OpenAt(t.Context(), l, config(), at)
	if err == nil {
		t.Cleanup(func() { db.Close() })
	}
	return db, err
}

func TestOpenAt(t *testing.T) {
	l := newLake(t, t.TempDir())
	publish(t, l)
	table := l.Table(etl.DailyBars)
	before, err := table.History(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2025, 5)...))
	appendTo(t, l, etl.Quarantine, batch(etl.Quarantine, twoSymbols, days(2025, 5)...))
	publish(t, l)
	query := "SELECT (SELECT count(*) FROM daily_bars), (SELECT count(*) FROM quarantine), (SELECT max(version) FROM commits WHERE table_name = 'daily_bars')"
	for _, c := range []struct {
		at   duckdb.AsOf
		want string
	}{
		{duckdb.AsOf{}, "30,10,1"},
		{duckdb.AsOf{Number: 1}, "20,0,0"},
		{duckdb.AsOf{Number: 2}, "30,10,1"},
		{duckdb.AsOf{Time: before[0].Time}, "20,0,0"},
		{duckdb.AsOf{Time: time.Now().Add(time.Hour)}, "30,10,1"},
	} {
		db, err := openAt(t, l, c.at)
		if err != nil {
			t.Errorf("%+v: %v", c.at, err)
			continue
		}
		expect(t, db, query, c.want)
	}
	for _, c := range []struct {
		at   duckdb.AsOf
		want string
	}{
		{duckdb.AsOf{Number: 9}, "publication 9 is not kept; these are, with their time in Shanghai: 1 ("},
		{duckdb.AsOf{Time: before[0].Time.Add(-time.Hour)}, "there was no table in " + l.Dir() + " yet"},
	} {
		_, err := openAt(t, l, c.at)
		var refused *duckdb.RefusedError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.at, err)
		}
	}
}

// Versions whose files vacuum took say so, and from when on there are some.
func TestOpenAtAVersionThatIsGone(t *testing.T) {
	l := newLake(t, t.TempDir())
	publish(t, l)
	old, err := l.Table(etl.Instruments).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		replaceInstruments(t, l)
	}
	if err := os.Remove(old.Files[0].Path); err != nil {
		t.Fatal(err)
	}
	_, err = openAt(t, l, duckdb.AsOf{Number: 1})
	if !errors.Is(err, lake.ErrGone) || !strings.Contains(err.Error(), "table instruments, version 0: ") ||
		!strings.Contains(err.Error(), "the oldest complete version is 1 of ") {
		t.Error(err)
	}
	newest, err := l.Table(etl.Instruments).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(newest.Files[0].Path); err != nil {
		t.Fatal(err)
	}
	if _, err = openAt(t, l, duckdb.AsOf{Number: 1}); err == nil || !strings.Contains(err.Error(), "not even the newest version is complete") {
		t.Error(err)
	}
}
