package lake_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// bars is a small table with every column type.
var bars = etl.Table{
	Name: "bars", Comment: "test bars", Year: "date", Sort: []string{"symbol", "date"}, Unique: true,
	Columns: []etl.Column{
		{Name: "date", Type: etl.Date, Comment: "trading day"},
		{Name: "symbol", Type: etl.String},
		{Name: "close", Type: etl.Float64, Unit: "CNY/share", Comment: "last <price> & more"},
		{Name: "volume", Type: etl.Int64, Unit: "share"},
		{Name: "turn", Type: etl.Float64, Nullable: true, Unit: "%"},
		{Name: "traded", Type: etl.Bool},
		{Name: "fetched_at", Type: etl.Timestamp},
	},
}

// bar is one row of bars; turn is null for even volumes.
type bar struct {
	symbol string
	date   string
	volume int64
}

func (b bar) String() string { return fmt.Sprintf("%s %s %d", b.symbol, b.date, b.volume) }

func day(t testing.TB, text string) schedules.Day {
	t.Helper()
	d, err := schedules.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func batch(t testing.TB, rows ...bar) arrow.Record {
	t.Helper()
	return batchOf(t, bars, rows...)
}

// batchOf builds rows of bars, or of a table that has more columns; those are null.
func batchOf(t testing.TB, table etl.Table, rows ...bar) arrow.Record {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, table.Schema())
	defer b.Release()
	for _, r := range rows {
		b.Field(0).(*array.Date32Builder).Append(arrow.Date32(day(t, r.date)))
		b.Field(1).(*array.StringBuilder).Append(r.symbol)
		b.Field(2).(*array.Float64Builder).Append(float64(r.volume) / 4)
		b.Field(3).(*array.Int64Builder).Append(r.volume)
		if r.volume%2 == 0 {
			b.Field(4).AppendNull()
		} else {
			b.Field(4).(*array.Float64Builder).Append(0.5)
		}
		b.Field(5).(*array.BooleanBuilder).Append(true)
		b.Field(6).(*array.TimestampBuilder).Append(arrow.Timestamp(1_700_000_000_123_456 + r.volume))
		for i := 7; i < len(table.Columns); i++ {
			b.Field(i).AppendNull()
		}
	}
	return b.NewRecord()
}

func open(dir string) *lake.Lake { return lake.Open(dir, lake.DefaultConfig()) }

func appendBars(t testing.TB, table *lake.Table, rows ...bar) lake.Commit {
	t.Helper()
	c, err := table.Append(context.Background(), []arrow.Record{batch(t, rows...)}, lake.Info{Job: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Warning != nil {
		t.Fatal(c.Warning)
	}
	return c
}

func snapshot(t testing.TB, table *lake.Table) *lake.Snapshot {
	t.Helper()
	s, err := table.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if s.Warning != nil {
		t.Fatal(s.Warning)
	}
	return s
}

// content reads all rows of a snapshot in the order of its files.
func content(t testing.TB, table *lake.Table, s *lake.Snapshot) []string {
	t.Helper()
	var rows []string
	err := table.Scan(context.Background(), s, []string{"symbol", "date", "volume"}, nil, func(r arrow.Record) error {
		col := func(name string) arrow.Array { return r.Column(r.Schema().FieldIndices(name)[0]) }
		for i := range int(r.NumRows()) {
			rows = append(rows, bar{
				col("symbol").(*array.String).Value(i),
				schedules.Day(col("date").(*array.Date32).Value(i)).String(),
				col("volume").(*array.Int64).Value(i),
			}.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func sortedContent(t testing.TB, table *lake.Table) []string {
	t.Helper()
	rows := content(t, table, snapshot(t, table))
	slices.Sort(rows)
	return rows
}

func sortedBars(rows []bar) []bar {
	slices.SortFunc(rows, func(x, y bar) int { return strings.Compare(x.String(), y.String()) })
	return rows
}

func wantRows(t testing.TB, got []string, want ...bar) {
	t.Helper()
	text := make([]string, len(want))
	for i, b := range want {
		text[i] = b.String()
	}
	if !slices.Equal(got, text) {
		t.Fatalf("rows are\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(text, "\n  "))
	}
}

func logFile(table *lake.Table, name string) string {
	return filepath.Join(table.Dir(), "_delta_log", name)
}

// rawCommit is a commit as encoding/json sees it, free of this package's types.
func rawCommit(t testing.TB, table *lake.Table, version int64) []map[string]map[string]any {
	t.Helper()
	body, err := os.ReadFile(logFile(table, lake.CommitName(version)))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(body), "}\n") {
		t.Errorf("version %d does not end with a newline", version)
	}
	var actions []map[string]map[string]any
	for line := range strings.Lines(string(body)) {
		var a map[string]map[string]any
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("version %d: %v in %s", version, err, line)
		}
		if len(a) != 1 {
			t.Errorf("version %d: a line with %d keys: %s", version, len(a), line)
		}
		actions = append(actions, a)
	}
	return actions
}

// writeCommit puts a commit of another program into the log.
func writeCommit(t testing.TB, table *lake.Table, version int64, lines ...string) {
	t.Helper()
	if err := os.MkdirAll(logFile(table, ""), 0o755); err != nil {
		t.Fatal(err)
	}
	body := strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(logFile(table, lake.CommitName(version)), []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestOpenTouchesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	l := open(dir)
	table := l.Table(bars)
	s := snapshot(t, table)
	if s.Version != -1 || len(s.Files) != 0 || len(s.Transactions) != 0 {
		t.Errorf("snapshot of nothing: %+v", s)
	}
	if names, err := l.Tables(); err != nil || len(names) != 0 {
		t.Errorf("tables of nothing: %v, %v", names, err)
	}
	if rows := content(t, table, s); len(rows) != 0 {
		t.Errorf("rows of nothing: %v", rows)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory sprang up: %v", err)
	}
}

func TestAppendSortsAndSplitsByYear(t *testing.T) {
	l := open(filepath.Join(t.TempDir(), "lake"))
	table := l.Table(bars)
	c, err := table.Append(context.Background(), []arrow.Record{
		batch(t, bar{"sz000001", "2024-01-03", 1}, bar{"sh600000", "2023-12-29", 2}),
		batch(t, bar{"bj920000", "2024-01-02", 3}, bar{"sz000001", "2024-01-02", 4}, bar{"sh600000", "2024-12-31", 5}),
	}, lake.Info{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Version != 0 || len(c.Files) != 2 || c.Rows != 5 || c.Bytes <= 0 || c.Took <= 0 {
		t.Errorf("commit: %+v", c)
	}
	s := snapshot(t, table)
	wantRows(t, content(t, table, s),
		bar{"sh600000", "2023-12-29", 2},
		bar{"bj920000", "2024-01-02", 3}, bar{"sh600000", "2024-12-31", 5},
		bar{"sz000001", "2024-01-02", 4}, bar{"sz000001", "2024-01-03", 1})
	if s.Rows() != 5 || s.Bytes() != c.Bytes || s.Committed.IsZero() || s.ID == "" {
		t.Errorf("snapshot: %+v", s)
	}
	f := s.Files[1]
	low, high, ok := f.DayRange("date")
	if f.Year != 2024 || f.Rows != 4 || f.Added != 0 || !ok || low != day(t, "2024-01-02") || high != day(t, "2024-12-31") {
		t.Errorf("file: %+v", f)
	}
	if want := filepath.Join(l.Dir(), "bars", "year=2024"); filepath.Dir(f.Path) != want || !strings.HasPrefix(f.Relative, "year=2024/part-") {
		t.Errorf("path %s, relative %s", f.Path, f.Relative)
	}
	if names, err := l.Tables(); err != nil || !slices.Equal(names, []string{"bars"}) {
		t.Errorf("tables: %v, %v", names, err)
	}
}

func TestScanKeepsOnlyWhatOverlaps(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	appendBars(t, table, bar{"sh600000", "2023-01-03", 1}, bar{"sh600000", "2024-01-02", 2})
	appendBars(t, table, bar{"sh600000", "2024-06-03", 3})
	s := snapshot(t, table)
	var read []string
	keep := lake.Overlaps(bars, "date", day(t, "2024-02-01"), day(t, "2024-12-31"))
	for _, f := range s.Files {
		if keep(f) {
			low, _, _ := f.DayRange("date")
			read = append(read, low.String())
		}
	}
	if !slices.Equal(read, []string{"2024-06-03"}) {
		t.Errorf("kept %v", read)
	}
	s.Files[0].Days = nil // as of a writer without statistics
	if keep(s.Files[0]) {
		t.Error("a file of 2023 may hold a day of 2024?")
	}
	var rows int64
	days := parquet.Days{Column: "date", First: day(t, "2024-02-01"), Last: day(t, "2024-12-31")}
	if err := table.ScanDays(context.Background(), snapshot(t, table), nil, days, func(r arrow.Record) error {
		rows += r.NumRows()
		return nil
	}); err != nil || rows != 1 {
		t.Errorf("%d rows of one, %v", rows, err)
	}
	stop := errors.New("enough")
	err := table.Scan(context.Background(), s, nil, nil, func(arrow.Record) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("scan: %v", err)
	}
}

func TestAppendRefuses(t *testing.T) {
	ctx := context.Background()
	table := open(t.TempDir()).Table(bars)
	twice := []bar{{"sh600000", "2024-01-02", 1}, {"sz000001", "2024-01-02", 2}, {"sh600000", "2024-01-02", 3}}
	withNull := batch(t, twice[:2]...)
	nulled := array.NewStringData(array.NewData(arrow.BinaryTypes.String, 2,
		[]*memory.Buffer{memory.NewBufferBytes([]byte{0b01}), withNull.Column(1).Data().Buffers()[1], withNull.Column(1).Data().Buffers()[2]}, nil, 1, 0))
	columns := slices.Clone(withNull.Columns())
	columns[1] = nulled
	other := bars
	other.Columns = slices.Clone(bars.Columns)
	other.Columns[3].Type = etl.Float64
	wrongType := array.NewRecordBuilder(memory.DefaultAllocator, other.Schema()).NewRecord()
	for _, tt := range []struct {
		name    string
		batches []arrow.Record
		want    string
	}{
		{"a key twice", []arrow.Record{batch(t, twice...)}, "symbol=sh600000 date=2024-01-02 comes twice"},
		{"a key twice in order", []arrow.Record{batch(t, twice[0]), batch(t, twice[2])}, "batch 0 row 0 and in batch 1 row 0"},
		{"nothing", nil, "no rows"},
		{"an empty batch", []arrow.Record{batch(t)}, "no rows"},
		{"a null", []arrow.Record{array.NewRecord(bars.Schema(), columns, 2)}, "column symbol: is null in row 1 of batch 0"},
		{"a type", []arrow.Record{wrongType}, "column volume: is float64 in batch 0"},
		{"a column less", []arrow.Record{withNull.NewSlice(0, 1), array.NewRecord(arrow.NewSchema(nil, nil), nil, 0)}, "batch 1 has 0 columns"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := table.Append(ctx, tt.batches, lake.Info{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
	if s := snapshot(t, table); s.Version != -1 {
		t.Errorf("version %d after refusals only", s.Version)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := table.Append(canceled, []arrow.Record{withNull}, lake.Info{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
