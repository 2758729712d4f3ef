package lake_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// find returns the only action of a kind, or fails.
func find(t testing.TB, actions []map[string]map[string]any, kind string) map[string]any {
	t.Helper()
	var found []map[string]any
	for _, a := range actions {
		if a[kind] != nil {
			found = append(found, a[kind])
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d %s actions, want 1", len(found), kind)
	}
	return found[0]
}

func wantKeys(t testing.TB, what string, object map[string]any, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(object)); !slices.Equal(got, want) {
		t.Errorf("%s has the keys %v, want %v", what, got, want)
	}
}

// recent says whether a number is a time of the last minute in milliseconds.
func recent(v any) bool {
	ms, ok := v.(float64)
	return ok && time.Since(time.UnixMilli(int64(ms))).Abs() < time.Minute
}

func TestFirstCommitFollowsTheProtocol(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	info := lake.Info{Job: "daily-bars", AppID: "loader", AppVersion: 17, Engine: "barkeep/1.2", Metrics: map[string]string{"requests": "3"}}
	_, err := table.Append(context.Background(), []arrow.Record{batch(t, bar{"sh600000", "2024-01-02", 1}, bar{"sz000001", "2024-01-03", 2})}, info)
	if err != nil {
		t.Fatal(err)
	}
	actions := rawCommit(t, table, 0)
	if actions[0]["commitInfo"] == nil {
		t.Error("commitInfo is not first")
	}
	ci := find(t, actions, "commitInfo")
	wantKeys(t, "commitInfo", ci, "timestamp", "operation", "operationParameters", "isolationLevel", "isBlindAppend", "operationMetrics", "engineInfo", "txnId")
	if !recent(ci["timestamp"]) || ci["operation"] != "WRITE" || ci["isBlindAppend"] != true || ci["engineInfo"] != "barkeep/1.2" || !uuidPattern.MatchString(ci["txnId"].(string)) {
		t.Errorf("commitInfo: %v", ci)
	}
	for name, want := range map[string]map[string]any{
		"operationParameters": {"mode": "Append", "partitionBy": `["year"]`, "job": "daily-bars"},
		"operationMetrics":    {"numFiles": "1", "numOutputRows": "2", "requests": "3"},
	} {
		for k, v := range want {
			if got := ci[name].(map[string]any)[k]; got != v {
				t.Errorf("%s.%s is %v, want %q", name, k, got, v)
			}
		}
	}
	p := find(t, actions, "protocol")
	wantKeys(t, "protocol", p, "minReaderVersion", "minWriterVersion")
	if p["minReaderVersion"] != 1.0 || p["minWriterVersion"] != 2.0 {
		t.Errorf("protocol: %v", p)
	}
	txn := find(t, actions, "txn")
	if txn["appId"] != "loader" || txn["version"] != 17.0 || !recent(txn["lastUpdated"]) {
		t.Errorf("txn: %v", txn)
	}
	checkMetaData(t, find(t, actions, "metaData"))
	checkAdd(t, table, find(t, actions, "add"))
}

func checkMetaData(t *testing.T, m map[string]any) {
	t.Helper()
	wantKeys(t, "metaData", m, "id", "name", "description", "format", "schemaString", "partitionColumns", "configuration", "createdTime")
	if !uuidPattern.MatchString(m["id"].(string)) || !recent(m["createdTime"]) || len(m["configuration"].(map[string]any)) != 0 {
		t.Errorf("metaData: %v", m)
	}
	if f := m["format"].(map[string]any); f["provider"] != "parquet" || f["options"] == nil {
		t.Errorf("format: %v", f)
	}
	var schema struct {
		Type   string
		Fields []map[string]any
	}
	if err := json.Unmarshal([]byte(m["schemaString"].(string)), &schema); err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, f := range schema.Fields {
		wantKeys(t, "a field", f, "name", "type", "nullable", "metadata")
		if f["nullable"] != true {
			t.Errorf("%v is not nullable", f["name"])
		}
		columns = append(columns, f["name"].(string)+" "+f["type"].(string))
	}
	want := []string{"date date", "symbol string", "close double", "volume long", "turn double", "traded boolean", "fetched_at timestamp", "year integer"}
	if schema.Type != "struct" || !slices.Equal(columns, want) {
		t.Errorf("schema %s %v", schema.Type, columns)
	}
	if notes := schema.Fields[2]["metadata"].(map[string]any); notes["unit"] != "CNY/share" || notes["comment"] != "last <price> & more" {
		t.Errorf("notes of close: %v", notes)
	}
	wantKeys(t, "metadata of symbol", schema.Fields[1]["metadata"].(map[string]any))
}

func checkAdd(t *testing.T, table *lake.Table, add map[string]any) {
	t.Helper()
	wantKeys(t, "add", add, "path", "partitionValues", "size", "modificationTime", "dataChange", "stats")
	path := add["path"].(string)
	if !regexp.MustCompile(`^year=2024/part-[0-9a-f-]{36}\.parquet$`).MatchString(path) {
		t.Errorf("path %q", path)
	}
	info, err := os.Stat(filepath.Join(table.Dir(), path))
	if err != nil {
		t.Fatal(err)
	}
	if add["size"] != float64(info.Size()) || add["modificationTime"] != float64(info.ModTime().UnixMilli()) || add["dataChange"] != true {
		t.Errorf("add: %v, file: %d bytes of %v", add, info.Size(), info.ModTime())
	}
	if add["partitionValues"].(map[string]any)["year"] != "2024" {
		t.Errorf("partitionValues: %v", add["partitionValues"])
	}
	want := `{"numRecords":2,` +
		`"minValues":{"date":"2024-01-02","symbol":"sh600000","close":0.25,"volume":1,"turn":0.5,"fetched_at":"2023-11-14T22:13:20.123Z"},` +
		`"maxValues":{"date":"2024-01-03","symbol":"sz000001","close":0.5,"volume":2,"turn":0.5,"fetched_at":"2023-11-14T22:13:20.124Z"},` +
		`"nullCount":{"date":0,"symbol":0,"close":0,"volume":0,"turn":1,"traded":0,"fetched_at":0}}`
	if got := add["stats"].(string); got != want {
		t.Errorf("stats are\n%s\nwant\n%s", got, want)
	}
}

func TestReplaceRemovesWhatWasThere(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	old := appendBars(t, table, bar{"sh600000", "2023-01-03", 1}, bar{"sh600000", "2024-01-02", 2})
	c, err := table.Replace(context.Background(), []arrow.Record{batch(t, bar{"sz000001", "2024-01-02", 3})}, lake.Info{})
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, sortedContent(t, table), bar{"sz000001", "2024-01-02", 3})
	actions := rawCommit(t, table, c.Version)
	removed := map[string]bool{}
	for _, a := range actions {
		r := a["remove"]
		if r == nil {
			continue
		}
		wantKeys(t, "remove", r, "path", "deletionTimestamp", "dataChange", "extendedFileMetadata", "partitionValues", "size")
		if !recent(r["deletionTimestamp"]) || r["dataChange"] != true || r["extendedFileMetadata"] != true || r["size"].(float64) <= 0 {
			t.Errorf("remove: %v", r)
		}
		removed[r["path"].(string)] = true
	}
	for _, f := range old.Files {
		if !removed[f.Relative] {
			t.Errorf("%s was not removed", f.Relative)
		}
		if _, err := os.Stat(f.Path); err != nil {
			t.Errorf("the old version cannot be read any more: %v", err)
		}
	}
	ci := find(t, actions, "commitInfo")
	if ci["isBlindAppend"] != false || ci["readVersion"] != 0.0 || ci["operationParameters"].(map[string]any)["mode"] != "Overwrite" {
		t.Errorf("commitInfo: %v", ci)
	}
	before, err := table.SnapshotAt(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, content(t, table, before), bar{"sh600000", "2023-01-03", 1}, bar{"sh600000", "2024-01-02", 2})
	if _, err := table.SnapshotAt(context.Background(), 2); err == nil || !strings.Contains(err.Error(), "newest is 1") {
		t.Errorf("a version to come: %v", err)
	}
	if _, err := table.Replace(context.Background(), nil, lake.Info{}); err == nil {
		t.Error("an empty answer emptied the table")
	}
}

func TestUnpartitionedTable(t *testing.T) {
	flat := bars
	flat.Year, flat.Name = "", "flat"
	table := open(t.TempDir()).Table(flat)
	appendBars(t, table, bar{"sh600000", "2023-01-03", 1}, bar{"sh600000", "2024-01-02", 2})
	s := snapshot(t, table)
	if len(s.Files) != 1 || s.Files[0].Year != 0 || strings.Contains(s.Files[0].Relative, "/") {
		t.Errorf("files: %+v", s.Files)
	}
	m := find(t, rawCommit(t, table, 0), "metaData")
	if columns := m["partitionColumns"].([]any); len(columns) != 0 || strings.Contains(m["schemaString"].(string), "year") {
		t.Errorf("partitioned by %v", columns)
	}
	if values, ok := find(t, rawCommit(t, table, 0), "add")["partitionValues"].(map[string]any); !ok || len(values) != 0 {
		t.Errorf("partitionValues: %v", values)
	}
}

func TestTransactionsMakeAppendsIdempotent(t *testing.T) {
	ctx := context.Background()
	table := open(t.TempDir()).Table(bars)
	info := lake.Info{AppID: "loader", AppVersion: 5}
	rows := []arrow.Record{batch(t, bar{"sh600000", "2024-01-02", 1})}
	if _, err := table.Append(ctx, rows, info); err != nil {
		t.Fatal(err)
	}
	for _, version := range []int64{4, 5} {
		info.AppVersion = version
		if _, err := table.Append(ctx, rows, info); !errors.Is(err, lake.ErrCommitted) {
			t.Errorf("version %d again: %v", version, err)
		}
	}
	for range 2 { // the second is no commit
		if err := table.Mark(ctx, "loader", 9); err != nil {
			t.Fatal(err)
		}
	}
	s := snapshot(t, table)
	if s.Version != 1 || s.Transactions["loader"] != 9 || s.Rows() != 1 {
		t.Errorf("version %d, transactions %v, rows %d", s.Version, s.Transactions, s.Rows())
	}
	if actions := rawCommit(t, table, 1); len(actions) != 2 {
		t.Errorf("a mark of %d actions", len(actions))
	}
	if err := table.Mark(ctx, "", 1); err == nil {
		t.Error("a mark without a name")
	}
}

func TestNewColumnsAreAddedAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	appendBars(t, open(dir).Table(bars), bar{"sh600000", "2024-01-02", 1})
	wider := bars
	wider.Columns = append(slices.Clone(bars.Columns), etl.Column{Name: "note", Type: etl.String, Nullable: true})
	table := open(dir).Table(wider)
	_, err := table.Append(context.Background(), []arrow.Record{batchOf(t, wider, bar{"sh600000", "2024-01-03", 2})}, lake.Info{})
	if err != nil {
		t.Fatal(err)
	}
	old, now := find(t, rawCommit(t, table, 0), "metaData"), find(t, rawCommit(t, table, 1), "metaData")
	if old["id"] != now["id"] || old["createdTime"] != now["createdTime"] {
		t.Errorf("the table became another: %v, %v", old, now)
	}
	if s := now["schemaString"].(string); !strings.Contains(s, `{"name":"note","type":"string","nullable":true,"metadata":{}},{"name":"year"`) {
		t.Errorf("schema: %s", s)
	}
	var notes int
	err = table.Scan(context.Background(), snapshot(t, table), []string{"note"}, nil, func(r arrow.Record) error {
		notes += r.Column(0).NullN()
		return nil
	})
	if err != nil || notes != 2 {
		t.Errorf("%d nulls in the new column, %v", notes, err)
	}
	_, err = open(dir).Table(bars).Append(context.Background(), []arrow.Record{batch(t, bar{"sh600000", "2024-01-04", 3})}, lake.Info{})
	var schema *lake.SchemaError
	if !errors.As(err, &schema) || schema.Column != "note" {
		t.Errorf("an older program: %v", err)
	}
}

func TestOtherSchemaChangesAreRefused(t *testing.T) {
	dir := t.TempDir()
	appendBars(t, open(dir).Table(bars), bar{"sh600000", "2024-01-02", 1})
	for _, tt := range []struct {
		name, column string
		change       func(*etl.Table)
	}{
		{"type", "volume", func(d *etl.Table) { d.Columns[3].Type = etl.Float64 }},
		{"name", "shares", func(d *etl.Table) { d.Columns[3].Name = "shares" }},
		{"unit", "close", func(d *etl.Table) { d.Columns[2].Unit = "USD/share" }},
		{"order", "symbol", func(d *etl.Table) { d.Columns[0], d.Columns[1] = d.Columns[1], d.Columns[0] }},
		{"a promise older rows break", "note", func(d *etl.Table) {
			d.Columns = append(d.Columns, etl.Column{Name: "note", Type: etl.String})
		}},
		{"partition", "year", func(d *etl.Table) { d.Year = "" }},
		{"reserved name", "year", func(d *etl.Table) {
			d.Columns = append(d.Columns, etl.Column{Name: "year", Type: etl.Int64, Nullable: true})
		}},
		{"forbidden character", "a b", func(d *etl.Table) {
			d.Columns = append(d.Columns, etl.Column{Name: "a b", Type: etl.Int64, Nullable: true})
		}},
		{"twice", "Close", func(d *etl.Table) {
			d.Columns = append(d.Columns, etl.Column{Name: "Close", Type: etl.Int64, Nullable: true})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := bars
			changed.Columns = slices.Clone(bars.Columns)
			tt.change(&changed)
			err := open(dir).Table(changed).Mark(context.Background(), "x", 1)
			var schema *lake.SchemaError
			if !errors.As(err, &schema) || schema.Column != tt.column {
				t.Errorf("error %v, want one of column %s", err, tt.column)
			}
		})
	}
	described := bars
	described.Columns = slices.Clone(bars.Columns)
	described.Columns[0].Comment = "another text"
	if err := open(dir).Table(described).Mark(context.Background(), "x", 1); err != nil {
		t.Errorf("a comment may change: %v", err)
	}
}
