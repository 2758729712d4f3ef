package lake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	pq "github.com/parquet-go/parquet-go"

	"barkeep/sinks/lake"
)

// tenVersions commits versions 0 to 10, which ends with a checkpoint.
func tenVersions(t testing.TB, table *lake.Table) []bar {
	t.Helper()
	ctx := context.Background()
	rows := []bar{{"sh600000", "2023-01-03", 1}, {"sz000001", "2024-01-02", 2}}
	appendBars(t, table, bar{"sh600009", "2024-01-02", 8}) // removed by the next
	if _, err := table.Replace(ctx, []arrow.Record{batch(t, rows...)}, lake.Info{AppID: "once", AppVersion: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	for v := int64(2); v <= 10; v++ {
		if err := table.Mark(ctx, "daily", v); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

func removeCommits(t testing.TB, table *lake.Table, first, last int64) {
	t.Helper()
	for v := first; v <= last; v++ {
		if err := os.Remove(logFile(table, lake.CommitName(v))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckpointHoldsTheWholeState(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	rows := tenVersions(t, table)
	full := snapshot(t, table)
	removeCommits(t, table, 0, 10)
	s := snapshot(t, table)
	if s.Version != 10 || s.ID != full.ID || s.Transactions["once"] != 1<<40 || s.Transactions["daily"] != 10 || s.Committed.IsZero() {
		t.Errorf("snapshot: %+v", s)
	}
	wantRows(t, content(t, table, s), rows...)
	for i, f := range s.Files {
		if f.Added != -1 || f.Rows != 1 || f.Bytes != full.Files[i].Bytes || len(f.Days) != 1 || f.Year != full.Files[i].Year {
			t.Errorf("file: %+v", f)
		}
	}
	c := appendBars(t, table, bar{"sh600000", "2024-01-03", 3})
	if c.Version != 11 {
		t.Errorf("version %d after a checkpoint of 10", c.Version)
	}
	wantRows(t, sortedContent(t, table), rows[0], bar{"sh600000", "2024-01-03", 3}, rows[1])
}

func TestCheckpointLayout(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	tenVersions(t, table)
	body, err := os.ReadFile(logFile(table, lake.CheckpointName(10)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := pq.OpenFile(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var leaves []string
	for _, path := range f.Schema().Columns() {
		leaves = append(leaves, strings.Join(path, "."))
	}
	want := strings.Fields(`txn.appId txn.version txn.lastUpdated
		add.path add.partitionValues.key_value.key add.partitionValues.key_value.value add.size add.modificationTime
		add.dataChange add.stats add.tags.key_value.key add.tags.key_value.value
		remove.path remove.deletionTimestamp remove.dataChange remove.extendedFileMetadata
		remove.partitionValues.key_value.key remove.partitionValues.key_value.value remove.size
		metaData.id metaData.name metaData.description metaData.format.provider
		metaData.format.options.key_value.key metaData.format.options.key_value.value metaData.schemaString
		metaData.partitionColumns.list.element metaData.configuration.key_value.key metaData.configuration.key_value.value
		metaData.createdTime protocol.minReaderVersion protocol.minWriterVersion`)
	if !slices.Equal(leaves, want) {
		t.Errorf("columns\n%v\nwant\n%v", leaves, want)
	}
	for _, g := range f.Metadata().RowGroups {
		for _, c := range g.Columns {
			if c.MetaData.Codec.String() != "SNAPPY" || strings.Contains(fmt.Sprint(c.MetaData.Encoding), "DELTA") {
				t.Errorf("%v: %v %v", c.MetaData.PathInSchema, c.MetaData.Codec, c.MetaData.Encoding)
			}
		}
	}
	type flags struct {
		DataChange *bool `parquet:"dataChange,optional"`
	}
	type row struct {
		Add    *flags `parquet:"add,optional"`
		Remove *flags `parquet:"remove,optional"`
	}
	rows, err := pq.Read[row](bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	adds, removes := 0, 0
	for _, r := range rows {
		for _, fl := range []*flags{r.Add, r.Remove} {
			if fl != nil && (fl.DataChange == nil || *fl.DataChange) {
				t.Error("dataChange is not false")
			}
		}
		if r.Add != nil {
			adds++
		}
		if r.Remove != nil {
			removes++
		}
	}
	if adds != 2 || removes != 1 || len(rows) != 7 {
		t.Errorf("%d rows, %d adds, %d removes", len(rows), adds, removes)
	}
	checkPointer(t, table, fmt.Sprintf(`{"version":10,"size":%d,"sizeInBytes":%d,"numOfAddFiles":%d}`, len(rows), len(body), adds))
}

func checkPointer(t *testing.T, table *lake.Table, want string) {
	t.Helper()
	got, err := os.ReadFile(logFile(table, "_last_checkpoint"))
	if err != nil || string(got) != want {
		t.Errorf("_last_checkpoint is %s, %v, want %s", got, err, want)
	}
}

func TestDamagedCheckpointIsBypassed(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	rows := tenVersions(t, table)
	file := logFile(table, lake.CheckpointName(10))
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"cut": body[:len(body)/2], "empty": nil, "text": []byte("PAR1 not PAR1"),
		"flipped": append(bytes.Repeat([]byte{0xff}, len(body)/2), body[len(body)/2:]...),
	} {
		if err := os.WriteFile(file, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := table.Snapshot(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s.Warning == nil || !strings.Contains(s.Warning.Error(), lake.CheckpointName(10)) {
			t.Errorf("%s: the warning is %v", name, s.Warning)
		}
		wantRows(t, content(t, table, s), rows...)
	}
	removeCommits(t, table, 0, 5)
	if _, err := table.Snapshot(context.Background()); err == nil || !strings.Contains(err.Error(), lake.CheckpointName(10)) {
		t.Errorf("without the commits: %v", err)
	}
}

func TestFailedCheckpointDoesNotFailTheCommit(t *testing.T) {
	l := open(t.TempDir())
	table := l.Table(bars)
	tenVersions(t, table)
	for v := 11; v < 20; v++ {
		if err := table.Mark(context.Background(), "daily", int64(v)); err != nil {
			t.Fatal(err)
		}
	}
	broken := errors.New("disk on fire")
	l.Fault(func(op, path string) error {
		if op == "rename" && strings.Contains(path, ".checkpoint.") {
			return broken
		}
		return nil
	})
	c, err := table.Append(context.Background(), []arrow.Record{batch(t, bar{"sh600000", "2024-01-03", 3})}, lake.Info{})
	if err != nil || c.Version != 20 || !errors.Is(c.Warning, broken) {
		t.Errorf("version %d, warning %v, error %v", c.Version, c.Warning, err)
	}
	var p struct{ Version int64 }
	text, _ := os.ReadFile(logFile(table, "_last_checkpoint"))
	if err := json.Unmarshal(text, &p); err != nil || p.Version != 10 {
		t.Errorf("pointer %s", text)
	}
}

// A checkpoint of another program: columns of its own, others missing, ids
// required, more than one part.
func TestForeignCheckpoints(t *testing.T) {
	type foreignAdd struct {
		Path            string             `parquet:"path"`
		PartitionValues map[string]*string `parquet:"partitionValues,optional"`
		Size            int64              `parquet:"size"`
		ModTime         int64              `parquet:"modificationTime"`
		DataChange      bool               `parquet:"dataChange"`
		Stats           *string            `parquet:"stats,optional"`
		Parsed          *struct {
			NumRecords *int64 `parquet:"numRecords,optional"`
		} `parquet:"stats_parsed,optional"`
	}
	type foreignMeta struct {
		ID            *string           `parquet:"id,optional"`
		Schema        *string           `parquet:"schemaString,optional"`
		Partition     []string          `parquet:"partitionColumns,optional,list"`
		Configuration map[string]string `parquet:"configuration,optional"`
		Created       *int64            `parquet:"createdTime,optional"`
	}
	type foreignProtocol struct {
		Reader   *int32   `parquet:"minReaderVersion,optional"`
		Writer   *int32   `parquet:"minWriterVersion,optional"`
		Features []string `parquet:"readerFeatures,optional,list"`
	}
	type foreignRow struct {
		Add      *foreignAdd      `parquet:"add,optional"`
		MetaData *foreignMeta     `parquet:"metaData,optional"`
		Protocol *foreignProtocol `parquet:"protocol,optional"`
	}
	one, two, id, schema, year, stats := int32(1), int32(2), "some-id", `{"type":"struct","fields":[]}`, "2024", `{"numRecords":5}`
	rows := []foreignRow{
		{MetaData: &foreignMeta{ID: &id, Schema: &schema, Partition: []string{"year"}, Configuration: map[string]string{"delta.checkpointInterval": "3"}}},
		{Protocol: &foreignProtocol{Reader: &one, Writer: &two}},
	}
	for i := range 700 { // more than one read of the reader
		rows = append(rows, foreignRow{Add: &foreignAdd{Path: fmt.Sprintf("year=2024/%04d.parquet", i), Size: int64(i) + 1,
			PartitionValues: map[string]*string{"year": &year}, Stats: &stats}})
	}
	encode := func(rows []foreignRow) []byte {
		var b bytes.Buffer
		if err := pq.Write(&b, rows); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, files := range map[string]map[string][]byte{
		"single": {lake.CheckpointName(7): encode(rows)},
		"parts": {
			"00000000000000000007.checkpoint.0000000001.0000000002.parquet": encode(rows[:300]),
			"00000000000000000007.checkpoint.0000000002.0000000002.parquet": encode(rows[300:]),
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := open(t.TempDir()).Table(bars)
			writeCommit(t, table, 8, removeLine("year=2024/0000.parquet"))
			for file, body := range files {
				if err := os.WriteFile(logFile(table, file), body, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			s := snapshot(t, table)
			if s.Version != 8 || s.ID != id || len(s.Files) != 699 || s.Rows() != 699*5 {
				t.Fatalf("version %d, id %s, %d files, %d rows", s.Version, s.ID, len(s.Files), s.Rows())
			}
			for i, f := range s.Files {
				if f.Relative != fmt.Sprintf("year=2024/%04d.parquet", i+1) || f.Bytes != int64(i)+2 || f.Year != 2024 {
					t.Fatalf("file %d: %+v", i, f)
				}
			}
		})
	}
}

func TestRetention(t *testing.T) {
	week := 7 * 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"": week, "interval 1 week": week, "interval 30 days": 30 * 24 * time.Hour, "INTERVAL 5 Minutes": 5 * time.Minute,
		"interval 0 seconds": 0, "interval 1 month": week, "interval -1 days": week, "7 days": week,
	} {
		if got := lake.Retention(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func FuzzCheckpoint(f *testing.F) {
	table := open(f.TempDir()).Table(bars)
	tenVersions(f, table)
	body, err := os.ReadFile(logFile(table, lake.CheckpointName(10)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add(body[:100])
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = lake.DecodeCheckpoint(body) // must come back
	})
}
