package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// put appends rows, given by column, to a table of the lake; columns that are not
// given are null.
func put(t *testing.T, l *lake.Lake, table etl.Table, rows ...map[string]any) {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, table.Schema())
	defer b.Release()
	for _, row := range rows {
		for i, c := range table.Columns {
			switch v := row[c.Name].(type) {
			case nil:
				b.Field(i).AppendNull()
			case string:
				b.Field(i).(*array.StringBuilder).Append(v)
			case float64:
				b.Field(i).(*array.Float64Builder).Append(v)
			case int64:
				b.Field(i).(*array.Int64Builder).Append(v)
			case bool:
				b.Field(i).(*array.BooleanBuilder).Append(v)
			case schedules.Day:
				b.Field(i).(*array.Date32Builder).Append(arrow.Date32(v))
			case time.Time:
				b.Field(i).(*array.TimestampBuilder).Append(arrow.Timestamp(v.UnixMicro()))
			default:
				t.Fatalf("column %s: %T", c.Name, v)
			}
		}
	}
	add := b.NewRecord()
	defer add.Release()
	if _, err := l.Table(table).Append(t.Context(), []arrow.Record{add}, lake.Info{Job: "test"}); err != nil {
		t.Fatal(err)
	}
}

// arrived is when the rows of the tests arrived.
var arrived = time.Date(2024, time.May, 10, 18, 0, 0, 123_000, schedules.Shanghai)

// barOf is a sound row of daily_bars at one price, all day long.
func barOf(symbol string, day schedules.Day, price, preclose float64) map[string]any {
	return map[string]any{"date": day, "symbol": symbol, "open": price, "high": price, "low": price, "close": price, "preclose": preclose,
		"volume": int64(1000), "amount": price * 1000, "turn": 0.5, "traded": true, "pct_chg": (price/preclose - 1) * 100,
		"is_st": false, "source": "baostock", "fetched_at": arrived}
}

// oddLake is a lake with a row of everything for sh600000 around 2024-05-07, where
// an ex-date was, and nothing on 2024-05-08.
func oddLake(t *testing.T) (dir string, day schedules.Day) {
	t.Helper()
	dir = t.TempDir()
	l := lake.Open(dir, lake.DefaultConfig())
	day = schedules.MakeDay(2024, time.May, 7)
	put(t, l, etl.DailyBars, barOf("sh600000", day-1, 10, 10), barOf("sh600000", day, 9, 9), barOf("sh600000", day+2, 9.5, 9.2),
		barOf("sh600001", day-1, 5, 5), barOf("sh600001", day, 8, 5))
	for i, name := range []string{"浦发", "浦发银行"} {
		symbol := map[string]any{"symbol": "sh600000", "name": name, "kind": "stock", "board": "main", "listed": schedules.MakeDay(1999, time.November, 10),
			"source": "baostock", "fetched_at": arrived.AddDate(0, i, 0), "seen_at": arrived.AddDate(0, i, 0)}
		if i == 0 {
			symbol["valid_to"] = arrived.AddDate(0, 1, 0)
		}
		put(t, l, etl.Instruments, symbol)
	}
	put(t, l, etl.Instruments, map[string]any{"symbol": "sh600001", "name": "邯郸钢铁", "kind": "stock", "board": "main",
		"listed": schedules.MakeDay(1998, time.January, 22), "source": "baostock", "fetched_at": arrived})
	put(t, l, etl.AdjustFactors, map[string]any{"symbol": "sh600000", "date": day, "fore_factor": 1.0, "back_factor": 12.345678,
		"adjust_factor": 12.345678, "source": "baostock", "fetched_at": arrived})
	put(t, l, etl.Absences, map[string]any{"symbol": "sh600000", "date": day + 1, "reason": "the vendor has no row",
		"request": "sh600000 2024-05-08..2024-05-08", "source": "baostock", "seen_at": arrived})
	put(t, l, etl.Revisions, map[string]any{"symbol": "sh600000", "date": day, "column_name": "volume", "old_value": "900", "new_value": "1000",
		"old_fetched_at": arrived, "seen_at": arrived.Add(time.Hour), "source": "baostock", "run": "revisions 1"},
		map[string]any{"symbol": "sh600000", "date": day, "column_name": "pe_ttm", "old_value": "5.5",
			"old_fetched_at": arrived, "seen_at": arrived.Add(time.Hour), "source": "baostock", "run": "revisions 1"})
	put(t, l, etl.Checks, map[string]any{"run": "daily-bars 1", "checked_at": arrived, "table_name": "daily_bars", "rule": "price_limit", "severity": "warn",
		"rows_checked": int64(5), "rows_found": int64(2), "first_date": day, "last_date": day, "sample": "sh600001 2024-05-07: high is above the limit price"})
	put(t, l, etl.Quarantine, map[string]any{"table_name": "quotes", "symbol": "sh600000", "date": day + 1, "reason": "a quote", "raw": "x",
		"request": "quotes", "source": "sina", "fetched_at": arrived})
	return dir, day
}

// runIn runs the program and returns what it prints.
func runIn(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	if got := run(context.Background(), terminal{in: strings.NewReader(""), out: &out, err: &problems}, args); got != code {
		t.Fatalf("barkeep %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &problems)
	}
	return out.String()
}

func askWhy(t *testing.T, dir string, symbol string, day schedules.Day) (r account) {
	t.Helper()
	text := runIn(t, exitDone, "why", symbol, day.String(), "--json", "--lake", dir)
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return r
}

func TestWhyShowsEveryTable(t *testing.T) {
	dir, day := oddLake(t)
	r := askWhy(t, dir, "600000", day)
	if !r.Present || r.Previous.Date != day-1 || r.Next.Date != day+2 || r.Stored.Bars != 3 {
		t.Errorf("neighbours: %+v %+v %+v", r.Previous, r.Next, r.Stored)
	}
	if f := r.Factor; f == nil || f.Back != "12.345678" || f.ExDate != day || !f.Today {
		t.Errorf("factor: %+v", f)
	}
	if len(r.Revisions) != 2 || *r.Revisions[0].Old != "5.5" || r.Revisions[0].New != nil || *r.Revisions[1].New != "1000" {
		t.Errorf("revisions: %+v", r.Revisions)
	}
	if s := r.Security; s.Name != "浦发银行" || !slices.Equal(s.Earlier, []string{"浦发"}) || s.Listed.Year() != 1999 {
		t.Errorf("security: %+v", s)
	}
	if l := r.Limit; l == nil || *l.Up != 9.9 || *l.Down != 8.1 || l.Closed != "" {
		t.Errorf("limits: %+v", l)
	}
	if len(r.Checks.Broken) != 0 { // the factor explains the reference price
		t.Errorf("broken: %+v", r.Checks.Broken)
	}
	if !r.Day.Sealed || r.Day.Present != 2 || r.Day.Expected != 2 {
		t.Errorf("day: %+v", r.Day)
	}
	text := runIn(t, exitDone, "why", "600000", day.String(), "--lake", dir)
	for _, want := range []string{"revised      pe_ttm 5.5 -> null", "revised      volume 900 -> 1000", "factor       back 12.345678, fore 1.000000, since the ex-date 2024-05-07",
		"earlier 浦发", "reference    preclose 9 is not the close before, 10", "arrived      2024-05-10 18:00:00 from baostock"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestWhyAsksTheRulesAgain(t *testing.T) {
	dir, day := oddLake(t)
	r := askWhy(t, dir, "600001", day)
	if len(r.Checks.Broken) != 1 || r.Checks.Broken[0].Rule != "price_limit" || !strings.Contains(r.Checks.Broken[0].Finding, "limit 5.5") {
		t.Errorf("broken: %+v", r.Checks.Broken)
	}
	if len(r.Noted) != 1 || r.Noted[0].Run != "daily-bars 1" {
		t.Errorf("noted: %+v", r.Noted)
	}
	if r.Factor != nil || r.Limit.Closed != "" {
		t.Errorf("factor %+v, limits %+v", r.Factor, r.Limit)
	}
	// The reference price of the third day is not the close before, and a day lies
	// between them: the rule does not judge what it cannot see.
	third := askWhy(t, dir, "600000", day+2)
	if !slices.Contains(third.Checks.Unjudged, "preclose_chain") || len(third.Checks.Broken) != 0 {
		t.Errorf("checks: %+v", third.Checks)
	}
}

func TestWhyNotThere(t *testing.T) {
	dir, day := oddLake(t)
	r := askWhy(t, dir, "600000", day+1)
	if r.Present || r.Reason != whyAbsent || r.Absence == nil || len(r.Quarantine) != 0 {
		t.Errorf("%+v", r)
	}
	// Of the two that are listed one is explained; the other is missing.
	if d := r.Day; d.Sealed || d.Explained != 1 || d.Missing != 1 {
		t.Errorf("day: %+v", d)
	}
	if r := askWhy(t, dir, "600001", day+2); r.Reason != whyMissing || !strings.Contains(r.Verdict, "1 bar of 2024-05-09") {
		t.Errorf("%s: %s", r.Reason, r.Verdict)
	}
	if r := askWhy(t, dir, "600001", schedules.MakeDay(1997, time.May, 5)); r.Reason != whyNotListed || r.Command != "" {
		t.Errorf("%s: %s", r.Reason, r.Verdict)
	}
	if r := askWhy(t, dir, "600005", day); r.Reason != whyUnknown {
		t.Errorf("%s: %s", r.Reason, r.Verdict)
	}
}

func TestCommandLine(t *testing.T) {
	a := &app{configFile: "my settings.yaml", lakeDir: "/data/l'ake"}
	want := `barkeep run --job daily-bars --config 'my settings.yaml' --lake '/data/l'\''ake'`
	if got := a.commandLine("run", "--job", "daily-bars"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestPaint(t *testing.T) {
	a := &app{terminal: terminal{out: io.Discard}}
	if got := a.paint().bad("x"); got != "x" {
		t.Errorf("%q, though nobody looks", got)
	}
	if got := (paint{on: true}).bad("x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("%q", got)
	}
}
