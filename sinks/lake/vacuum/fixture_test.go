package vacuum_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/uuid"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
	"barkeep/sinks/lake/vacuum"
)

var bars = etl.Table{
	Name: "bars", Comment: "test bars", Year: "date", Sort: []string{"symbol", "date"}, Unique: true,
	Columns: []etl.Column{{Name: "date", Type: etl.Date}, {Name: "symbol", Type: etl.String}, {Name: "volume", Type: etl.Int64}},
}

var (
	grace   = vacuum.DefaultConfig()
	errTest = errors.New("test fault")
)

func open(t testing.TB) (*lake.Lake, *lake.Table) {
	l := lake.Open(t.TempDir(), lake.DefaultConfig())
	return l, l.Table(bars)
}

// batch is one row of a symbol for each of the days.
func batch(t testing.TB, symbol string, days ...string) arrow.Record {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, bars.Schema())
	defer b.Release()
	for i, text := range days {
		day, err := schedules.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		b.Field(0).(*array.Date32Builder).Append(arrow.Date32(day))
		b.Field(1).(*array.StringBuilder).Append(symbol)
		b.Field(2).(*array.Int64Builder).Append(int64(i))
	}
	return b.NewRecord()
}

func put(t testing.TB, table *lake.Table, symbol string, days ...string) lake.Commit {
	t.Helper()
	c, err := table.Append(context.Background(), []arrow.Record{batch(t, symbol, days...)}, lake.Info{Job: "test"})
	if err := errors.Join(err, c.Warning); err != nil {
		t.Fatal(err)
	}
	return c
}

func replace(t testing.TB, table *lake.Table, symbol string, days ...string) lake.Commit {
	t.Helper()
	c, err := table.Replace(context.Background(), []arrow.Record{batch(t, symbol, days...)}, lake.Info{Job: "test"})
	if err := errors.Join(err, c.Warning); err != nil {
		t.Fatal(err)
	}
	return c
}

func snapshot(t testing.TB, table *lake.Table) *lake.Snapshot {
	t.Helper()
	s, err := table.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rows counts the rows that can be read, by symbol.
func rows(t testing.TB, table *lake.Table, s *lake.Snapshot) map[string]int {
	t.Helper()
	counts := map[string]int{}
	err := table.Scan(context.Background(), s, []string{"symbol"}, nil, func(r arrow.Record) error {
		for i := range int(r.NumRows()) {
			counts[r.Column(0).(*array.String).Value(i)]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// run runs vacuum some time from now.
func run(t testing.TB, l *lake.Lake, table *lake.Table, later time.Duration) vacuum.Report {
	t.Helper()
	r, err := vacuum.Run(context.Background(), l, table, vacuum.Options{Config: grace, Now: time.Now().Add(later)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// paths returns the deleted files as "reason path".
func paths(r vacuum.Report) []string {
	var list []string
	for _, f := range r.Deleted {
		list = append(list, string(f.Reason)+" "+f.Path)
	}
	slices.Sort(list)
	return list
}

func want(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// files returns every file and link of a directory.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// drop puts a file into the table's directory, last written some time ago.
func drop(t testing.TB, table *lake.Table, name string, age time.Duration) string {
	t.Helper()
	path := filepath.Join(table.Dir(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	setTime(t, path, time.Now().Add(-age))
	return path
}

func setTime(t testing.TB, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func dataName() string { return "part-" + uuid.Must(uuid.NewV7()).String() + ".parquet" }

func tmpName(purpose string) string { return "." + purpose + "-" + uuid.NewString() + ".tmp" }

func commitPath(table *lake.Table, version int64) string {
	return filepath.Join(table.LogDir(), fmt.Sprintf("%020d.json", version))
}

// commit puts another program's commit of a time into the log.
func commit(t testing.TB, table *lake.Table, version int64, at time.Time, lines ...string) {
	t.Helper()
	if err := os.MkdirAll(table.LogDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	path := commitPath(table, version)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	setTime(t, path, at)
}

const (
	protocolLine = `{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}`
	metaDataLine = `{"metaData":{"id":"5f0e6bd4-7d3a-4b0a-9d6b-1c1f1f7c2a01","format":{"provider":"parquet","options":{}},` +
		`"schemaString":"{\"type\":\"struct\",\"fields\":[]}","partitionColumns":["year"],"configuration":{CONFIGURATION}}}`
)

func metaData(configuration string) string {
	return strings.Replace(metaDataLine, "CONFIGURATION", configuration, 1)
}

func add(path string) string {
	return `{"add":{"path":` + quoted(path) + `,"partitionValues":{"year":"2024"},"size":7,"modificationTime":1,"dataChange":true}}`
}

func remove(path string, at time.Time) string {
	return fmt.Sprintf(`{"remove":{"path":%s,"deletionTimestamp":%d,"dataChange":true}}`, quoted(path), at.UnixMilli())
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}
