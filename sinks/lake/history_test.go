package lake_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

func history(t testing.TB, table *lake.Table, n int) []lake.Entry {
	t.Helper()
	entries, err := table.History(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// setTime gives a commit a time.
func setTime(t testing.TB, table *lake.Table, version int64, at time.Time) {
	t.Helper()
	if err := os.Chtimes(logFile(table, lake.CommitName(version)), at, at); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2024, 5, 6, 4, 0, 0, 0, time.UTC)

func TestHistoryOfOwnCommits(t *testing.T) {
	ctx, l := context.Background(), open(t.TempDir())
	table := l.Table(bars)
	if len(history(t, table, 5)) != 0 {
		t.Error("a table that does not exist has a history")
	}
	first := appendBars(t, table, bar{"sh600000", "2023-01-03", 1}, bar{"sh600000", "2024-01-03", 2}, bar{"sz000001", "2024-01-03", 2})
	base := snapshot(t, table)
	f, err := table.NewFile(base.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(ctx, []arrow.Record{batch(t, bar{"sh600000", "2023-01-03", 1})}, nil); err != nil {
		t.Fatal(err)
	}
	fresh, err := f.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Rewrite(ctx, base, base.Files[:1], []lake.File{fresh}, lake.Info{Job: "compact", Engine: "barkeep/2"}); err != nil {
		t.Fatal(err)
	}
	if err := table.Mark(ctx, "app", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Replace(ctx, []arrow.Record{batch(t, bar{"sh600000", "2024-01-03", 1})}, lake.Info{Job: "again"}); err != nil {
		t.Fatal(err)
	}
	got := history(t, table, 10)
	for i := range got {
		if time.Since(got[i].Time).Abs() > time.Minute || got[i].Engine == "" {
			t.Errorf("entry: %+v", got[i])
		}
		got[i].Time = time.Time{}
		if i != 2 {
			got[i].Engine = ""
		}
	}
	want := []lake.Entry{
		{Version: 3, Operation: "WRITE", Job: "again", Added: 1, Removed: 2, Rows: 1, Bytes: snapshot(t, table).Bytes(), DataChange: true},
		{Version: 2, Operation: "STREAMING UPDATE"},
		{Version: 1, Operation: "OPTIMIZE", Job: "compact", Engine: "barkeep/2", Added: 1, Removed: 1, Rows: 1, Bytes: fresh.Bytes},
		{Version: 0, Operation: "WRITE", Job: "test", Added: 2, Rows: 3, Bytes: first.Bytes, DataChange: true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("history\n%+v\nwant\n%+v", got, want)
	}
	if again := history(t, table, 2); len(again) != 2 || again[0].Version != 3 || again[1].Version != 2 {
		t.Errorf("newest two: %+v", again)
	}
	if len(history(t, table, 0)) != 0 || len(history(t, table, -1)) != 0 || len(history(t, table, math.MaxInt)) != 4 {
		t.Error("the number of entries is not kept")
	}
}

func TestHistoryOfForeignCommits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  lake.Entry
	}{
		{"no commitInfo", []string{addLine("a.parquet")}, lake.Entry{Added: 1, Rows: 3, Bytes: 10, DataChange: true}},
		{"commitInfo last", []string{removeLine("a.parquet"), foreignInfo}, lake.Entry{Operation: "X", Removed: 1}},
		{"odd commitInfo", []string{`{"commitInfo":7}`}, lake.Entry{}},
		{"null commitInfo", []string{`{"commitInfo":null}`}, lake.Entry{}},
		{"odd fields", []string{`{"commitInfo":{"operation":{"a":[1]},"engineInfo":"E","operationParameters":"x"}}`}, lake.Entry{Engine: "E"}},
		{"odd parameters", []string{`{"commitInfo":{"operation":"Y","engineInfo":7,"operationParameters":{"job":[],"mode":true}}}`}, lake.Entry{Operation: "Y"}},
		{"other case", []string{`{"commitInfo":{"Operation":"Y","operation":"Z"}}`}, lake.Entry{Operation: "Z"}},
		{"no statistics", []string{addLine("a.parquet"), foreignAdd}, lake.Entry{Added: 2, Rows: -1, Bytes: 11, DataChange: true}},
		{"rows elsewhere in the statistics", []string{`{ "add" : { "path":"a", "stats" : "{ \"nullCount\":{\"numRecords\":9}, \"numRecords\" : 4 }", "size" : 5, "dataChange": false } }`},
			lake.Entry{Added: 1, Rows: 4, Bytes: 5}},
		{"odd size and rows", []string{`{"add":{"path":"a","stats":"{\"numRecords\":4e0,\"x\":1}","size":-5,"dataChange":"true"}}`}, lake.Entry{Added: 1, Rows: -1, Bytes: -1}},
		{"sums that overflow", []string{`{"add":{"path":"a","size":9223372036854775807}}`, `{"add":{"path":"b","size":1}}`}, lake.Entry{Added: 2, Rows: -1, Bytes: -1}},
		{"unknown actions, blank lines", []string{"", `{"domainMetadata":{"x":[{}]}}`, "  ", `{"txn":{"appId":"a"}}`}, lake.Entry{}},
		{"torn", []string{foreignInfo, addLine("a.parquet"), addLine("b.parquet")[:30]}, lake.Entry{Operation: "X", Added: -1, Removed: -1, Rows: -1, Bytes: -1}},
		{"two on a line", []string{foreignInfo + foreignInfo}, lake.Entry{Operation: "X", Added: -1, Removed: -1, Rows: -1, Bytes: -1}},
		{"zeros", []string{string(make([]byte, 100))}, lake.Entry{Added: -1, Removed: -1, Rows: -1, Bytes: -1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := open(t.TempDir()).Table(bars)
			writeCommit(t, table, 0, tt.lines...)
			setTime(t, table, 0, noon)
			tt.want.Time = time.UnixMilli(noon.UnixMilli())
			if got := history(t, table, 9); len(got) != 1 || got[0] != tt.want {
				t.Errorf("history\n%+v, want\n%+v", got, tt.want)
			}
		})
	}
}

// Times ascend by a millisecond at least, whatever the clock did.
func TestHistoryTimes(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	writeCommit(t, table, 0, foreignInfo, foreignProtocol, foreignMetaData)
	for v := int64(1); v <= 5; v++ {
		writeCommit(t, table, v, addLine(fmt.Sprintf("%d.parquet", v)))
	}
	for v, ms := range []int64{0, 1000, 1000, 400, 5000, 4999} {
		setTime(t, table, int64(v), noon.Add(time.Duration(ms)*time.Millisecond))
	}
	want := []int64{5001, 5000, 1002, 1001, 1000, 0}
	for _, n := range []int{6, 2} { // however few are asked for
		for i, e := range history(t, open(table.Dir()+"/..").Table(bars), n) {
			if e.Time.Sub(noon).Milliseconds() != want[i] {
				t.Errorf("version %d at %v", e.Version, e.Time.Sub(noon))
			}
		}
	}
	for ms, version := range map[int64]int64{0: 0, 999: 0, 1000: 1, 1001: 2, 1002: 3, 4999: 3, 5000: 4, 5001: 5, 1 << 40: 5} {
		s, err := table.SnapshotAsOf(context.Background(), noon.Add(time.Duration(ms)*time.Millisecond+999))
		if err != nil || s.Version != version {
			t.Errorf("as of %d ms: %+v, %v", ms, s, err)
		}
	}
	_, err := table.SnapshotAsOf(context.Background(), noon.Add(-1))
	if !errors.Is(err, lake.ErrNotYet) || !strings.Contains(err.Error(), noon.Local().Format("2006-01-02 15:04:05.000")) {
		t.Errorf("before the first commit: %v", err)
	}
	if _, err := open(t.TempDir()).Table(bars).SnapshotAsOf(context.Background(), noon); !errors.Is(err, lake.ErrNotYet) {
		t.Errorf("no table: %v", err)
	}
}

// What is remembered never hides what happened to the log since.
func TestHistoryFollowsTheLog(t *testing.T) {
	l := open(t.TempDir())
	table := l.Table(bars)
	for i := range 4 {
		appendBars(t, table, bar{"sh600000", "2024-01-02", int64(i)})
	}
	first := history(t, table, 9)
	writeCommit(t, table, 4, foreignInfo)
	if got := history(t, l.Table(bars), 9); len(got) != 5 || got[0].Operation != "X" || !slices.Equal(got[1:], first) {
		t.Errorf("after another program's commit: %+v", got)
	}
	removeCommits(t, table, 0, 1)
	if got := history(t, table, 9); len(got) != 3 || got[2] != first[1] {
		t.Errorf("after a clean-up: %+v", got)
	}
	if err := os.RemoveAll(table.Dir()); err != nil {
		t.Fatal(err)
	}
	if got := history(t, table, 9); len(got) != 0 {
		t.Errorf("after the table went: %+v", got)
	}
	for v := range int64(6) {
		writeCommit(t, table, v, `{"commitInfo":{"operation":"NEW"}}`)
	}
	for _, e := range history(t, table, 9) {
		if e.Operation != "NEW" {
			t.Errorf("of another table: %+v", e)
		}
	}
	removeCommits(t, table, 3, 3)
	if got := history(t, open(l.Dir()).Table(bars), 9); len(got) != 2 {
		t.Errorf("beyond a hole: %+v", got)
	}
}

func TestHistoryInSeveralGoroutines(t *testing.T) {
	l := open(t.TempDir())
	table := l.Table(bars)
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for last := 0; ; {
				entries, err := l.Table(bars).History(context.Background(), 100)
				if err != nil || len(entries) < last {
					t.Errorf("%d entries after %d, %v", len(entries), last, err)
					return
				}
				last = len(entries)
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for v := range int64(30) {
		if err := table.Mark(context.Background(), "app", v); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	readers.Wait()
}

func TestHistoryIsInterrupted(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	appendBars(t, table, bar{"sh600000", "2024-01-02", 1})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := table.History(ctx, 5); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(history(t, table, 5)) != 1 {
		t.Error("the interruption left traces")
	}
}

func FuzzHistory(f *testing.F) {
	f.Add([]byte(foreignInfo + "\n" + foreignProtocol + "\n" + addLine("a.parquet") + "\n" + removeLine("b.parquet")))
	f.Add([]byte(`{"add":{"path":"a\u00e9","stats":"{\"numRecords\":1}"},"remove":{}}`))
	f.Add([]byte("{\"commitInfo\":{\"operation\":\"\\ud800\"}}\n{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		e := lake.DecodeEntry(body)
		if e.Added < -1 || e.Removed < -1 || e.Rows < -1 || e.Bytes < -1 || e.Added < 0 && e.DataChange {
			t.Errorf("%+v", e)
		}
		if n, err := lake.DecodeCommit("fuzz", body); err == nil && n > 0 && e.Added >= 0 && e.Added+e.Removed > 2*n {
			t.Errorf("%d actions, %+v", n, e)
		}
	})
}

// thousandCommits are as large as those of daily bars.
func thousandCommits(b *testing.B) *lake.Lake {
	b.Helper()
	l := open(b.TempDir())
	table := l.Table(etl.DailyBars)
	columns := make([]parquet.ColumnStats, len(etl.DailyBars.Columns))
	for i := range columns {
		columns[i] = parquet.ColumnStats{Valid: true, MinInt: 19700, MaxInt: 19800, MinFloat: 1.23, MaxFloat: 1234.56, MinString: "bj430047", MaxString: "sz301658"}
	}
	stats, err := lake.EncodeStats(etl.DailyBars, parquet.Stats{Rows: 5200, Columns: columns})
	if err != nil {
		b.Fatal(err)
	}
	info := `{"commitInfo":{"timestamp":1704153600000,"operation":"WRITE","operationParameters":{"mode":"Append","partitionBy":"[\"year\"]","job":"daily-bars"},` +
		`"readVersion":1,"isolationLevel":"Serializable","isBlindAppend":true,"operationMetrics":{"numFiles":"1","numOutputRows":"5200","numOutputBytes":"300000"},"engineInfo":"barkeep/1","txnId":"a"}}`
	for v := range int64(1000) {
		lines := []string{info}
		if v == 0 {
			lines = append(lines, foreignProtocol, foreignMetaData)
		}
		writeCommit(b, table, v, append(lines, fmt.Sprintf(`{"add":{"path":"year=2024/part-%036d.parquet","partitionValues":{"year":"2024"},"size":300000,"modificationTime":1704153600000,"dataChange":true,"stats":%q}}`, v, stats))...)
	}
	return l
}

// BenchmarkHistory reads the newest 500 of 1,000 commits; cold is a new Lake each
// time, with the files in the kernel's memory. For comparison: the table itself
// from the same commits.
func BenchmarkHistory(b *testing.B) {
	l := thousandCommits(b)
	check := func(b *testing.B, l *lake.Lake) {
		entries, err := l.Table(etl.DailyBars).History(context.Background(), 500)
		if err != nil || len(entries) != 500 || entries[499].Rows != 5200 || entries[499].Job != "daily-bars" {
			b.Fatal(len(entries), err)
		}
	}
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			check(b, open(l.Dir()))
		}
	})
	b.Run("warm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			check(b, l)
		}
	})
	b.Run("as-of", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s, err := l.Table(etl.DailyBars).SnapshotAsOf(context.Background(), time.Now().Add(time.Hour)); err != nil || s.Version != 999 {
				b.Fatal(err)
			}
		}
	})
	b.Run("snapshot", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			snapshot(b, l.Table(etl.DailyBars))
		}
	})
}
