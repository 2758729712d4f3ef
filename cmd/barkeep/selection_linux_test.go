package main

import (
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// TestSureOnTerminal: on a terminal a change asks first, and anything but yes leaves
// everything as it is.
func TestSureOnTerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := lake.Open(dir, lake.DefaultConfig())
	rows := etl.RefusedRows([]etl.Refused{{Symbol: etl.MakeSymbol(etl.Shanghai, 600000), Day: schedules.MakeDay(2024, 1, 9),
		Reason: "high is below low", Raw: "x", Request: "market-day 2024-01-09", Source: vendor, Fetched: time.Now()}}, etl.DailyBars.Name)
	defer rows.Release()
	if _, err := l.Table(etl.Quarantine).Append(t.Context(), []arrow.Record{rows}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		answer string
		code   int
		left   int
	}{{"\r", exitUsage, 1}, {"no\r", exitUsage, 1}, {"y\r", exitDone, 0}} {
		s := onTerminal(t, "quarantine", "drop", "--all", "--lake", dir, "--set", "duckdb.threads=1")
		s.await(`taken out of the quarantine\. Go on\? \[y/N\] $`)
		s.send(tt.answer)
		code, left := s.wait(), 0
		if err := eachRefused(t.Context(), l, func(refusedRow) error { left++; return nil }); err != nil {
			t.Fatal(err)
		}
		if code != tt.code || left != tt.left {
			t.Errorf("%q: exit code %d, %d rows left:\n%s", tt.answer, code, left, s.text())
		}
	}
}
