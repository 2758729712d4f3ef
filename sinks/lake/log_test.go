package lake_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"barkeep/sinks/lake"
)

const (
	foreignProtocol = `{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}`
	foreignMetaData = `{"metaData":{"id":"5f0e6bd4-7d3a-4b0a-9d6b-1c1f1f7c2a01","format":{"provider":"parquet","options":{}},` +
		`"schemaString":"{\"type\":\"struct\",\"fields\":[]}","partitionColumns":["year"],"configuration":{}}}`
)

func addLine(path string) string {
	return `{"add":{"path":"` + path + `","partitionValues":{"year":"2024"},"size":10,"modificationTime":1704153600000,"dataChange":true,"stats":"{\"numRecords\":3}"}}`
}

func removeLine(path string) string {
	return `{"remove":{"path":"` + path + `","deletionTimestamp":4102444800000,"dataChange":false}}`
}

func TestSnapshotReplaysWhatOthersWrote(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	writeCommit(t, table, 0, `{"commitInfo":{"timestamp":"odd","operationMetrics":7}}`, foreignProtocol, foreignMetaData, "",
		addLine("year=2024/a%20b.parquet"), addLine("c.parquet"))
	writeCommit(t, table, 1, `{"domainMetadata":{"domain":"x","configuration":"","removed":false}}`,
		`{"add":{"path":"d.parquet","partitionValues":{"year":"2023"},"size":1,"modificationTime":1,"dataChange":true,"future":{"x":[1]},"tags":{"a":null}}}`,
		`{"txn":{"appId":"z","version":4}}`)
	writeCommit(t, table, 2, removeLine("year=2024/%61%20b.parquet"), `{"txn":{"appId":"z","version":2}}`)
	s := snapshot(t, table)
	if s.Version != 2 || len(s.Files) != 2 || s.Transactions["z"] != 2 {
		t.Fatalf("snapshot: %+v", s)
	}
	d, c := s.Files[0], s.Files[1]
	if d.Relative != "d.parquet" || d.Year != 2023 || d.Rows != -1 || d.Added != 1 {
		t.Errorf("d: %+v", d)
	}
	if c.Relative != "c.parquet" || c.Path != filepath.Join(table.Dir(), "c.parquet") || c.Rows != 3 || c.Added != 0 || c.Modified.UnixMilli() != 1704153600000 {
		t.Errorf("c: %+v", c)
	}
	writeCommit(t, table, 3, addLine("year=2024/a%20b.parquet"))
	if s := snapshot(t, table); len(s.Files) != 3 || s.Files[2].Relative != "year=2024/a b.parquet" {
		t.Errorf("added again: %+v", s.Files)
	}
}

func TestDamagedLogIsAnError(t *testing.T) {
	for _, tt := range []struct {
		name string
		file int64
		line int
		text string
	}{
		{"torn line", 1, 2, foreignInfo + "\n" + addLine("a.parquet")[:40]},
		{"zeros", 1, 1, string(make([]byte, 4096))},
		{"empty", 1, 0, ""},
		{"not an object", 1, 1, "[]\n"},
		{"null", 1, 1, "null\n"},
		{"pretty-printed", 1, 1, "{\n\"add\":{}}\n"},
		{"two objects on a line", 1, 1, foreignInfo + foreignInfo + "\n"},
		{"an add without path", 1, 1, `{"add":{"size":1}}`},
		{"a number as partition value", 1, 1, `{"add":{"path":"a","partitionValues":{"year":2024}}}`},
		{"a path outside", 1, 1, addLine("../other/a.parquet")},
		{"an absolute path", 1, 1, addLine("/etc/passwd")},
		{"a URI", 1, 1, addLine("s3://bucket/a.parquet")},
		{"a broken escape", 1, 1, addLine("a%2")},
		{"schema as an object", 1, 1, `{"metaData":{"id":"a","schemaString":{}}}`},
		{"nothing but a commitInfo", 0, 0, foreignInfo},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := open(t.TempDir()).Table(bars)
			writeCommit(t, table, 0, foreignProtocol, foreignMetaData)
			if err := os.WriteFile(logFile(table, lake.CommitName(tt.file)), []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := table.Snapshot(context.Background())
			var damage *lake.LogError
			if !errors.As(err, &damage) || filepath.Base(damage.File) != lake.CommitName(tt.file) || damage.Line != tt.line {
				t.Errorf("error is %v, want version %d, line %d", err, tt.file, tt.line)
			}
		})
	}
}

func TestGapIsAnError(t *testing.T) {
	for _, missing := range []int64{0, 1} {
		table := open(t.TempDir()).Table(bars)
		writeCommit(t, table, 0, foreignProtocol, foreignMetaData)
		writeCommit(t, table, 1, addLine("a.parquet"))
		writeCommit(t, table, 2, addLine("b.parquet"))
		if err := os.Remove(logFile(table, lake.CommitName(missing))); err != nil {
			t.Fatal(err)
		}
		_, err := table.Snapshot(context.Background())
		var damage *lake.LogError
		if !errors.As(err, &damage) || filepath.Base(damage.File) != lake.CommitName(missing) {
			t.Errorf("version %d is missing, error is %v", missing, err)
		}
		if err := table.Mark(context.Background(), "a", 1); err == nil {
			t.Error("a commit on top of a gap")
		}
	}
}

func TestStrayFilesInTheLogAreIgnored(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	writeCommit(t, table, 0, foreignProtocol, foreignMetaData)
	for _, name := range []string{"00000000000000000000.crc", "7.json", "000000000000000000000009.json", ".00000000000000000009.json",
		"00000000000000000001.00000000000000000009.compacted.json", "0000000000000000000x.json", "99999999999999999999.json",
		"00000000000000000009.checkpoint.0000000001.0000000002.parquet", "00000000000000000009.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json", "_last_checkpoint"} {
		if err := os.WriteFile(logFile(table, name), []byte("?"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if s := snapshot(t, table); s.Version != 0 {
		t.Errorf("version %d", s.Version)
	}
}

func TestPartitionValueMustBeAYear(t *testing.T) {
	for _, value := range []string{`null`, `""`, `"x"`, `"20240"`} {
		table := open(t.TempDir()).Table(bars)
		writeCommit(t, table, 0, foreignProtocol, foreignMetaData, strings.Replace(addLine("a.parquet"), `"2024"`, value, 1))
		if _, err := table.Snapshot(context.Background()); err == nil || !strings.Contains(err.Error(), "a.parquet") {
			t.Errorf("partition value %s: %v", value, err)
		}
	}
}

func TestPathsAreEncoded(t *testing.T) {
	for decoded, encoded := range map[string]string{
		"year=2024/a.parquet": "year=2024/a.parquet",
		"a b":                 "a%20b",
		"x=A%2FA/f":           "x=A%252FA/f",
		"a+b":                 "a+b",
		"é":                   "%C3%A9",
	} {
		if got := lake.EscapePath(decoded); got != encoded {
			t.Errorf("%q is written %q, want %q", decoded, got, encoded)
		}
		if got, err := lake.UnescapePath(encoded); err != nil || got != decoded {
			t.Errorf("%q is read %q, %v", encoded, got, err)
		}
	}
}

func FuzzCommit(f *testing.F) {
	f.Add([]byte(strings.Join([]string{foreignInfo, foreignProtocol, foreignMetaData, addLine("a"), removeLine("b")}, "\n")))
	f.Add([]byte(`{"txn":{"appId":"x","version":9223372036854775807}}`))
	f.Add([]byte("{}\n\n{\"add\":null}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := lake.DecodeCommit("file", body)
		var damage *lake.LogError
		if err != nil && !errors.As(err, &damage) {
			t.Errorf("error without a place: %v", err)
		}
		if err == nil && n == 0 {
			t.Error("a commit of nothing")
		}
	})
}

func FuzzPath(f *testing.F) {
	f.Add("year=2024/a.parquet")
	f.Add("..%2f..%2fetc")
	f.Fuzz(func(t *testing.T, path string) {
		decoded, err := lake.UnescapePath(path)
		if err != nil {
			return
		}
		if clean := filepath.Join("/table", decoded); clean != "/table" && !strings.HasPrefix(clean, "/table/") {
			t.Errorf("%q leads to %q", path, clean)
		}
		if again, err := lake.UnescapePath(lake.EscapePath(decoded)); err != nil || again != decoded {
			t.Errorf("%q comes back as %q, %v", decoded, again, err)
		}
	})
}
