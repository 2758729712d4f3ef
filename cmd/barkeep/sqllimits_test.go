package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"barkeep/configs/door"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// TestSQLLimits holds that a query which would take for ever, all memory, all disk
// or the whole line is cut.
func TestSQLLimits(t *testing.T) {
	small := func(c *duckdb.Config) { c.TempLimit, c.Threads = "32MB", 2 }
	short, _ := sqlServer(t, func(c *door.Config) { c.SQLTimeout, c.SQLMemory = 300*time.Millisecond, 256<<20 }, small)
	long, dir := sqlServer(t, func(c *door.Config) { c.SQLMaxBytes, c.SQLMemory = 32<<20, 256<<20 }, small)
	for _, c := range []struct {
		name, url, query, format string
		status                   int // 0 = cut off
		text                     string
	}{
		{"endless", short, "SELECT count(*) FROM range(1000000000000) a, range(1000000) b", "json", 504, "it took longer than 300ms"},
		{"endless, without a row", short, "SELECT * FROM range(1000000000000000) t(i) WHERE i < 0", "csv", 504, "it took longer than 300ms"},
		{"endless recursion", short, "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r", "json", 504, "it took longer than 300ms"},
		{"10 GB of rows", long, "SELECT repeat('x', 1000) AS x FROM range(10000000)", "csv", 0, ""},
		{"10 GB of rows as Arrow", long, "SELECT repeat('x', 1000) AS x FROM range(10000000)", "arrow", 0, ""},
		{"rows without end", long, "SELECT i FROM range(1000000000000) t(i)", "json", 0, ""},
		{"one value of 2 GB", long, "SELECT length(repeat('x', 2000000000)) AS n", "json", 400, "emory"},
		{"one list of 8 GB", long, "SELECT len(range(1000000000)) AS n", "json", 400, "emory"},
		{"one value that doubles", long, "WITH RECURSIVE r AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM r WHERE length(s) < 2000000000) SELECT max(length(s)) FROM r", "json", 400, "emory"},
		{"10 GB of sorting", long, "SELECT i, hash(i) || repeat('y', 1000) AS x FROM range(10000000) t(i) ORDER BY x DESC", "csv", 400, "Out of Memory"},
	} {
		from := time.Now()
		code, body, _ := askSQL(t, c.url, map[string]any{"query": c.query, "format": c.format})
		if c.status == 0 && code == 400 && bytes.Contains(body, []byte("emory")) {
			code, body = 0, nil // the process may meet its bound before the answer meets its own
		}
		if code != c.status || !bytes.Contains(body, []byte(c.text)) || len(body) > 33<<20 {
			t.Errorf("%s: %d, %d bytes, %.200s", c.name, code, len(body), body)
		}
		if took := time.Since(from); took > 20*time.Second {
			t.Errorf("%s: it took %s", c.name, took)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "spill", "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestSQLProcessDies holds that a process which is killed, as the system does when
// there is no memory left, is told as such; and that one which can hardly begin is,
// too.
func TestSQLProcessDies(t *testing.T) {
	url, dir := sqlServer(t, nil, nil)
	go killChild()
	endless := "SELECT count(*) FROM range(1000000000000) a, range(1000000) b"
	if code, body, _ := askSQL(t, url, map[string]any{"query": endless}); code != 400 || !bytes.Contains(body, []byte("its process ended early")) {
		t.Errorf("%d %s", code, body)
	}
	l := lake.Open(filepath.Join(dir, "lake"), lake.DefaultConfig())
	tight := serveSQL(t, door.DefaultConfig(), &sqlDoor{l, duckdb.DefaultConfig(), 1 << 20, slog.New(slog.DiscardHandler)})
	if code, body, _ := askSQL(t, tight, map[string]any{"query": "SELECT 1"}); code != 400 || !bytes.Contains(body, []byte("emory")) {
		t.Errorf("%d %s", code, body)
	}
}

// killChild kills the process of a query as soon as there is one.
func killChild() {
	for range 1000 {
		<-time.After(10 * time.Millisecond)
		lists, _ := filepath.Glob("/proc/self/task/*/children")
		for _, list := range lists {
			text, _ := os.ReadFile(list)
			for _, word := range strings.Fields(string(text)) {
				pid, err := strconv.Atoi(word)
				line, _ := os.ReadFile("/proc/" + word + "/cmdline")
				if err == nil && bytes.Contains(line, []byte(sqlChildName)) && syscall.Kill(pid, syscall.SIGKILL) == nil {
					return
				}
			}
		}
	}
}

// TestSQLProcessEndsWithItsDaemon holds that a query does not outlive a daemon that
// was killed, nor does what it has spilled.
func TestSQLProcessEndsWithItsDaemon(t *testing.T) {
	_, dir := sqlServer(t, nil, nil)
	cfg := duckdb.DefaultConfig()
	cfg.TempDir = filepath.Join(dir, queryDir+"1")
	if err := os.MkdirAll(filepath.Join(cfg.TempDir, "spilled"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := startChild(t.Context(), sqlAsk{Lake: filepath.Join(dir, "lake"), DuckDB: cfg, Memory: 1 << 30, Format: "csv", Most: 1,
		Query: "SELECT count(*) FROM range(1000000000000) a, range(1000000) b"})
	if err != nil {
		t.Fatal(err)
	}
	c.in.Close() // as the system does for the dead
	if err := c.command.Wait(); err == nil {
		t.Error("the query has ended well")
	}
	if _, err := os.Stat(cfg.TempDir); !os.IsNotExist(err) {
		t.Errorf("what it has spilled is still there: %v", err)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("r\x00\x00\x00\x02abe\x00\x00\x00\x0a{\"Rows\":12}"))
	f.Add([]byte("r\xff\xff\xff\xff"))
	f.Add([]byte("e\x00\x00\x00\x01x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := sqlChild{out: bytes.NewReader(raw)}
		var rows bytes.Buffer
		var end sqlEnd
		if done, err := c.copyTo(&rows, &end); err != nil || rows.Len() > len(raw) || done && len(raw) < 5 {
			t.Errorf("%t %v, %d bytes of %d", done, err, rows.Len(), len(raw))
		}
	})
}

// TestSQLStopsWithItsAsker holds that a query does not outlive the connection.
func TestSQLStopsWithItsAsker(t *testing.T) {
	url, _ := sqlServer(t, func(c *door.Config) { c.SQLQueries = 1; c.SQLTimeout = time.Hour }, nil)
	ctx, leave := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer leave()
	text := `{"query":"SELECT count(*) FROM range(1000000000000) a, range(1000000) b"}`
	r, _ := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(text))
	if _, err := http.DefaultClient.Do(r); err == nil {
		t.Fatal("it was answered")
	}
	for range 100 { // the only slot becomes free
		if code, _, _ := askSQL(t, url, map[string]any{"query": "SELECT 1"}); code == 200 {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Error("the query goes on")
}

// BenchmarkSQLOverHTTP is a small query from request to answer, DuckDB's start
// included.
func BenchmarkSQLOverHTTP(b *testing.B) {
	url, _ := sqlServer(b, nil, nil)
	for b.Loop() {
		if code, body, _ := askSQL(b, url, map[string]any{"query": "SELECT count(*) FROM daily_bars"}); code != 200 {
			b.Fatal(code, string(body))
		}
	}
}
