package lake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// ticks is bars split by day, and a row may come again.
var ticks = func() etl.Table {
	t := bars
	t.Name, t.Comment, t.Year, t.Day, t.Unique = "ticks", "test ticks", "", "date", false
	return t
}()

func TestDayPartitions(t *testing.T) {
	table := open(t.TempDir()).Table(ticks)
	appendBars(t, table, bar{"sz000001", "2024-01-03", 1}, bar{"sh600000", "2026-11-20", 2}, bar{"sh600000", "2024-01-03", 3},
		bar{"sh600000", "2024-01-03", 4}, bar{"bj920000", "2026-11-20", 5})
	s := snapshot(t, table)
	wantRows(t, content(t, table, s),
		bar{"sh600000", "2024-01-03", 3}, bar{"sh600000", "2024-01-03", 4}, bar{"sz000001", "2024-01-03", 1},
		bar{"bj920000", "2026-11-20", 5}, bar{"sh600000", "2026-11-20", 2})
	if len(s.Files) != 2 {
		t.Fatalf("%d files", len(s.Files))
	}
	f := s.Files[1]
	low, high, ok := f.DayRange("date")
	if f.Day != day(t, "2026-11-20") || f.Year != 0 || f.Rows != 2 || !ok || low != f.Day || high != f.Day ||
		!strings.HasPrefix(f.Relative, "date=2026-11-20/part-") {
		t.Errorf("file: %+v", f)
	}
	if got, want := columnsInFile(t, f.Path), []string{"symbol", "close", "volume", "turn", "traded", "fetched_at"}; !slices.Equal(got, want) {
		t.Errorf("the file has the columns %v, want %v", got, want)
	}
	checkDayLog(t, rawCommit(t, table, 0))
	for _, tt := range []struct{ columns, want string }{
		{"date", "date\n[2024-01-03 2024-01-03 2024-01-03]"},
		{"volume date", "volume,date\n[3 4 1][2024-01-03 2024-01-03 2024-01-03]"},
		{"volume", "volume\n[3 4 1]"},
	} {
		var got string
		err := table.Scan(t.Context(), s, strings.Fields(tt.columns), func(f lake.File) bool { return f.Day < day(t, "2025-01-01") }, func(r arrow.Record) error {
			var names []string
			for i := range int(r.NumCols()) {
				names = append(names, r.ColumnName(i))
			}
			got += strings.Join(names, ",") + "\n"
			for _, c := range r.Columns() {
				values := []string{}
				for i := range c.Len() {
					values = append(values, c.ValueStr(i))
				}
				got += fmt.Sprint(values)
			}
			return nil
		})
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.columns, got, err, tt.want)
		}
	}
	err := table.Scan(t.Context(), s, nil, nil, func(r arrow.Record) error {
		if !r.Schema().Equal(ticks.Schema()) {
			t.Errorf("schema %v", r.Schema())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := table.Scan(t.Context(), s, []string{"none"}, nil, nil); err == nil || !strings.Contains(err.Error(), "no column none") {
		t.Error(err)
	}
}

func columnsInFile(t *testing.T, path string) (names []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, _ := f.Stat()
	file, err := pq.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range file.Schema().Fields() {
		names = append(names, field.Name())
	}
	if s := file.Metadata().RowGroups[0].SortingColumns; len(s) != 1 || s[0].ColumnIdx != 0 { // the day is constant
		t.Errorf("sorting columns %+v", s)
	}
	return names
}

// checkDayLog: the day is a column at its place, a partition column, and no part
// of the statistics.
func checkDayLog(t *testing.T, actions []map[string]map[string]any) {
	t.Helper()
	m := find(t, actions, "metaData")
	schema := m["schemaString"].(string)
	if fmt.Sprint(m["partitionColumns"]) != "[date]" || strings.Count(schema, `"date"`) != 2 ||
		!strings.HasPrefix(schema, `{"type":"struct","fields":[{"name":"date","type":"date","nullable":true,"metadata":{"comment":"trading day"}}`) {
		t.Errorf("metaData: %v", m)
	}
	if by := find(t, actions, "commitInfo")["operationParameters"].(map[string]any)["partitionBy"]; by != `["date"]` {
		t.Errorf("partitionBy %v", by)
	}
	var values []string
	for _, a := range actions {
		if add := a["add"]; add != nil {
			values = append(values, fmt.Sprint(add["partitionValues"]))
			if stats := add["stats"].(string); strings.Contains(stats, `"date"`) || !strings.Contains(stats, `"symbol"`) {
				t.Errorf("statistics: %s", stats)
			}
		}
	}
	if !slices.Equal(values, []string{"map[date:2024-01-03]", "map[date:2026-11-20]"}) {
		t.Errorf("partition values: %v", values)
	}
}

// Days, commits and checkpoints come and go; rows stay.
func TestDaysSurviveCheckpoints(t *testing.T) {
	dir := t.TempDir()
	table := open(dir).Table(ticks)
	var want []bar
	for i := range 12 {
		rows := []bar{{"sh600000", fmt.Sprintf("2024-01-%02d", 2+i/3), int64(i)}, {"sz000001", "2023-06-01", int64(i)}}
		appendBars(t, table, rows...)
		want = append(want, rows...)
	}
	if err := os.Remove(logFile(table, lake.CommitName(3))); err != nil { // the checkpoint has to do
		t.Fatal(err)
	}
	table = open(dir).Table(ticks)
	wantRows(t, sortedContent(t, table), sortedBars(want)...)
	if _, err := table.Replace(t.Context(), []arrow.Record{batch(t, want[0])}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	wantRows(t, sortedContent(t, table), want[0])
	removed := 0
	for _, a := range rawCommit(t, table, 12) {
		if r := a["remove"]; r != nil {
			removed++
			if value := r["partitionValues"].(map[string]any)["date"]; !strings.HasPrefix(r["path"].(string), fmt.Sprintf("date=%v/", value)) {
				t.Errorf("remove: %v", r)
			}
		}
	}
	if removed != 24 {
		t.Errorf("%d files removed of 24", removed)
	}
}

func TestNewest(t *testing.T) {
	table := open(t.TempDir()).Table(ticks)
	if day, s := snapshot(t, table).NewestDay(); day != 0 || len(s.Files) != 0 || len(s.Newest(3).Files) != 0 {
		t.Errorf("newest of nothing: %v, %v", day, s.Files)
	}
	for i, date := range []string{"2024-01-02", "2024-01-03", "2024-01-03", "2024-01-03", "2024-01-02"} { // the last one is late
		appendBars(t, table, bar{"sh600000", date, int64(i)}, bar{"sz000001", date, int64(i)})
	}
	s := snapshot(t, table)
	wantRows(t, content(t, table, s.Newest(1)), bar{"sh600000", "2024-01-03", 3}, bar{"sz000001", "2024-01-03", 3})
	wantRows(t, content(t, table, s.Newest(4))[:4], bar{"sh600000", "2024-01-02", 4}, bar{"sz000001", "2024-01-02", 4},
		bar{"sh600000", "2024-01-03", 1}, bar{"sz000001", "2024-01-03", 1})
	newest, files := s.NewestDay()
	if newest != day(t, "2024-01-03") || len(files.Files) != 3 || files.Version != s.Version {
		t.Errorf("newest day %v, %d files", newest, len(files.Files))
	}
	for n, want := range map[int]int{-1: 0, 0: 0, 5: 5, 6: 5} {
		if got := len(s.Newest(n).Files); got != want {
			t.Errorf("Newest(%d) has %d files, want %d", n, got, want)
		}
	}
	// The others need not even be there.
	for _, f := range s.Files[:4] {
		if err := os.Remove(f.Path); err != nil {
			t.Fatal(err)
		}
	}
	wantRows(t, content(t, table, s.Newest(1)), bar{"sh600000", "2024-01-03", 3}, bar{"sz000001", "2024-01-03", 3})
}

func TestScanDaysReadsTheDaysPartitions(t *testing.T) {
	table := open(t.TempDir()).Table(ticks)
	for _, date := range []string{"2024-01-02", "2024-01-03", "2024-01-04"} {
		appendBars(t, table, bar{"sh600000", date, 1})
	}
	s := snapshot(t, table)
	for _, i := range []int{0, 2} {
		if err := os.Remove(s.Files[i].Path); err != nil {
			t.Fatal(err)
		}
	}
	rows := 0
	days := parquet.Days{Column: "date", First: day(t, "2024-01-03"), Last: day(t, "2024-01-03")}
	err := table.ScanDays(t.Context(), s, nil, days, func(r arrow.Record) error {
		rows += int(r.NumRows())
		return nil
	})
	if err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// The log says where a file belongs, whatever its path and its own column say.
func TestDaysOfOtherPrograms(t *testing.T) {
	table := open(t.TempDir()).Table(ticks)
	c := appendBars(t, table, bar{"sh600000", "2024-01-02", 1})
	whole := ticks
	whole.Day = "" // so that the file has the column
	path := filepath.Join(table.Dir(), "other.parquet")
	var file bytes.Buffer
	if _, err := parquet.Write(t.Context(), &file, whole, []arrow.Record{batch(t, bar{"sz000001", "1999-09-09", 2})}, nil, parquet.DefaultConfig()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	add := func(value string) string {
		return `{"add":{"path":"other.parquet","partitionValues":{` + value + `},"size":1,"modificationTime":1,"dataChange":true}}`
	}
	writeCommit(t, table, c.Version+1, foreignInfo, add(`"date":"2024-01-05"`))
	wantRows(t, sortedContent(t, table), bar{"sh600000", "2024-01-02", 1}, bar{"sz000001", "2024-01-05", 2})
	for i, value := range []string{`"date":"2024-02-30"`, `"date":null`, `"year":"2024"`, ``, `"date":"0000-01-01"`, `"date":"20240105"`} {
		writeCommit(t, table, c.Version+2+int64(i), foreignInfo, add(value))
		if _, err := table.Snapshot(t.Context()); err == nil || !strings.Contains(err.Error(), "other.parquet") {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestDayDefinitionsThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	appendBars(t, open(dir).Table(ticks), bar{"sh600000", "2024-01-02", 1})
	for _, tt := range []struct {
		name, column string
		change       func(*etl.Table)
	}{
		{"both", "date", func(d *etl.Table) { d.Year = "date" }},
		{"no such column", "day", func(d *etl.Table) { d.Day = "day" }},
		{"no date", "symbol", func(d *etl.Table) { d.Day = "symbol" }},
		{"null", "date", func(d *etl.Table) { d.Columns[0].Nullable = true }},
		{"odd letters", "d/te", func(d *etl.Table) { d.Columns[0].Name, d.Day, d.Sort = "d/te", "d/te", nil }},
		{"nothing else", "date", func(d *etl.Table) { d.Columns, d.Sort = d.Columns[:1], nil }},
		{"not split on disk", "date", func(d *etl.Table) { d.Day = "" }},
		{"split by year on disk", "year", func(d *etl.Table) { d.Day, d.Year = "", "date" }},
		{"another place", "symbol", func(d *etl.Table) { d.Columns[0], d.Columns[1] = d.Columns[1], d.Columns[0] }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := ticks
			changed.Columns = slices.Clone(ticks.Columns)
			tt.change(&changed)
			err := open(dir).Table(changed).Mark(t.Context(), "x", 1)
			var schema *lake.SchemaError
			if !errors.As(err, &schema) || schema.Column != tt.column {
				t.Errorf("error %v, want one of column %s", err, tt.column)
			}
		})
	}
	wider := ticks
	wider.Columns = append(slices.Clone(ticks.Columns), etl.Column{Name: "note", Type: etl.String, Nullable: true})
	table := open(dir).Table(wider)
	if _, err := table.Append(t.Context(), []arrow.Record{batchOf(t, wider, bar{"sh600000", "2024-01-02", 2})}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	wantRows(t, sortedContent(t, table), bar{"sh600000", "2024-01-02", 1}, bar{"sh600000", "2024-01-02", 2})
}

func TestSweepFindsDayPartitions(t *testing.T) {
	dir := t.TempDir()
	table := open(dir).Table(ticks)
	c := appendBars(t, table, bar{"sh600000", "2024-01-02", 1})
	left := filepath.Join(filepath.Dir(c.Files[0].Path), ".part-0198aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee.tmp")
	if err := os.WriteFile(left, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-lake.LeftoverAge - time.Minute)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	appendBars(t, open(dir).Table(ticks), bar{"sh600000", "2024-01-03", 1})
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the leftover stays: %v", err)
	}
}

// Append gives back what it holds of the batches, and keeps nothing of its own.
func TestAppendByDayReleases(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	b := array.NewRecordBuilder(mem, ticks.Schema())
	src := batch(t, bar{"sh600000", "2024-01-02", 1})
	for i, c := range src.Columns() {
		if err := b.Field(i).AppendValueFromString(c.ValueStr(0)); err != nil {
			t.Fatal(err)
		}
	}
	r := b.NewRecord()
	b.Release()
	if _, err := open(t.TempDir()).Table(ticks).Append(context.Background(), []arrow.Record{r}, lake.Info{}); err != nil {
		t.Fatal(err)
	}
	r.Release()
}
