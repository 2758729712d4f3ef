package lake_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/sinks/lake"
)

const (
	childMode = "BARKEEP_LAKE_CHILD" // "commit" or "lock"
	childDir  = "BARKEEP_LAKE_DIR"
	childName = "BARKEEP_LAKE_NAME"  // of the writer: a symbol, or a job
	childLoop = "BARKEEP_LAKE_COUNT" // commits
)

func TestMain(m *testing.M) {
	switch os.Getenv(childMode) {
	case "":
		os.Exit(m.Run())
	case "commit":
		commitLoop()
	case "lock":
		holdLock()
	}
}

// commitLoop commits rows of its own symbol, two a commit in two years, and
// prints the number of each commit once it is told to stand.
func commitLoop() {
	count, _ := strconv.Atoi(os.Getenv(childLoop))
	table := open(os.Getenv(childDir)).Table(bars)
	for i := range count {
		rows := batch(childFailure{}, pair(os.Getenv(childName), i)...)
		c, err := table.Append(context.Background(), []arrow.Record{rows}, lake.Info{Job: "child"})
		if err = errors.Join(err, c.Warning); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

// pair is what commit i of a writer holds.
func pair(symbol string, i int) []bar {
	date := func(year int) string { return fmt.Sprintf("%d-%02d-%02d", year, i/28%12+1, i%28+1) }
	return []bar{{symbol, date(2023), int64(i)}, {symbol, date(2024), int64(i)}}
}

func holdLock() {
	if _, err := open(os.Getenv(childDir)).Lock(os.Getenv(childName)); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("held")
	select {} // until killed
}

// childFailure stands in for a test in the child process.
type childFailure struct{ testing.TB }

func (childFailure) Helper() {}
func (childFailure) Fatal(args ...any) {
	fmt.Println(args...)
	os.Exit(1)
}

type child struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func startChild(t *testing.T, mode, dir, name string, count int) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childMode+"="+mode, childDir+"="+dir, childName+"="+name, childLoop+"="+strconv.Itoa(count))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &child{cmd, bufio.NewScanner(out)}
}

// wait reads all the child prints and returns the number of lines.
func (c *child) wait(t *testing.T) (lines int) {
	t.Helper()
	for c.out.Scan() {
		if strings.HasPrefix(c.out.Text(), "error") {
			t.Error(c.out.Text())
		}
		lines++
	}
	return lines
}

func TestTwoProcessesCommitAtOnce(t *testing.T) {
	const each = 50
	dir := filepath.Join(t.TempDir(), "lake")
	a, b := startChild(t, "commit", dir, "sh600000", each), startChild(t, "commit", dir, "sz000001", each)
	for _, c := range []*child{a, b} {
		if n := c.wait(t); n != each {
			t.Errorf("%d commits acknowledged, want %d", n, each)
		}
		if err := c.cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	table := open(dir).Table(bars)
	s := snapshot(t, table)
	if s.Version != 2*each-1 {
		t.Errorf("newest version %d, want %d", s.Version, 2*each-1)
	}
	for v := range int64(2 * each) {
		find(t, rawCommit(t, table, v), "commitInfo") // there, and whole
	}
	var want []bar
	for i := range each {
		want = append(append(want, pair("sh600000", i)...), pair("sz000001", i)...)
	}
	wantRows(t, sortedContent(t, table), sortedBars(want)...)
	if n := countFiles(t, table.Dir(), ".*"); n != 0 {
		t.Errorf("%d temporary files left", n)
	}
	if _, err := os.Stat(logFile(table, lake.CheckpointName(90))); err != nil {
		t.Error(err)
	}
}

func TestGoroutinesShareATable(t *testing.T) {
	table := open(t.TempDir()).Table(bars)
	var group sync.WaitGroup
	errs := make(chan error, 8)
	for writer := range 4 {
		group.Go(func() {
			for i := range 2 {
				rows := batch(t, pair(fmt.Sprintf("sh60000%d", writer), i)...)
				_, err := table.Append(context.Background(), []arrow.Record{rows}, lake.Info{})
				errs <- err
			}
		})
	}
	group.Wait()
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if s := snapshot(t, table); s.Version != 7 || s.Rows() != 16 {
		t.Errorf("version %d, %d rows", s.Version, s.Rows())
	}
}

// A writer killed at no particular point: what it acknowledged is there, what
// is there is whole.
func TestKilledWriter(t *testing.T) {
	dir := t.TempDir()
	for round, symbol := range []string{"sh600000", "sh600001", "sh600002"} {
		c := startChild(t, "commit", dir, symbol, 300)
		for range 3 + 2*round {
			if !c.out.Scan() {
				t.Fatal("the writer stopped by itself")
			}
		}
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		acknowledged := 3 + 2*round + c.wait(t)
		_ = c.cmd.Wait() // killed
		var have []string
		for _, row := range sortedContent(t, open(dir).Table(bars)) {
			if strings.HasPrefix(row, symbol) {
				have = append(have, row)
			}
		}
		commits := len(have) / 2
		if commits != acknowledged && commits != acknowledged+1 {
			t.Fatalf("%d rows of %d acknowledged commits", len(have), acknowledged)
		}
		var want []bar
		for i := range commits {
			want = append(want, pair(symbol, i)...)
		}
		wantRows(t, have, sortedBars(want)...)
	}
}

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lake")
	l := open(dir)
	release, err := l.Lock("daily-bars")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(l.StateDir(), "daily-bars.lock")); err != nil {
		t.Error(err)
	}
	wantBusy(t, open(dir), "daily-bars", os.Getpid())
	other, err := l.Lock("compaction")
	if err != nil {
		t.Errorf("another job: %v", err)
	} else if err := other(); err != nil {
		t.Error(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	c := startChild(t, "lock", dir, "daily-bars", 0)
	if !c.out.Scan() || c.out.Text() != "held" {
		t.Fatal(c.out.Text())
	}
	wantBusy(t, l, "daily-bars", c.cmd.Process.Pid)
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait() // killed
	if release, err = l.Lock("daily-bars"); err != nil {
		t.Fatalf("a dead process holds the lock: %v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "../x", ".x"} {
		if _, err := l.Lock(bad); err == nil {
			t.Errorf("job %q was locked", bad)
		}
	}
	if names, err := l.Tables(); err != nil || len(names) != 0 {
		t.Errorf("tables %v, %v", names, err)
	}
}

func wantBusy(t *testing.T, l *lake.Lake, job string, pid int) {
	t.Helper()
	_, err := l.Lock(job)
	if !errors.Is(err, lake.ErrBusy) {
		t.Fatalf("lock taken twice: %v", err)
	}
	for _, part := range []string{job, l.Dir(), fmt.Sprintf("process %d", pid)} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in the message %q", part, err)
		}
	}
}

func TestLeftoversAreSweptByNameAndAge(t *testing.T) {
	const id = "0190a3c0-1111-4222-8333-444455556666"
	table := open(t.TempDir()).Table(bars)
	appendBars(t, table, bar{"sh600000", "2024-01-02", 1})
	old := time.Now().Add(-lake.LeftoverAge - time.Minute)
	place := func(name string, at time.Time) string {
		path := filepath.Join(table.Dir(), name)
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	gone := []string{
		place("year=2024/.part-"+id+".tmp", old), place("_delta_log/.commit-"+id+".tmp", old),
		place("_delta_log/.checkpoint-"+id+".tmp", old), place("_delta_log/.last_checkpoint-"+id+".tmp", old),
	}
	kept := []string{
		place("year=2024/.part-"+strings.Replace(id, "0", "1", 1)+".tmp", time.Now()), // of a live writer
		place("year=2024/part-"+id+".parquet", old),                                   // no log names it; vacuum's
		place("year=2024/.note.tmp", old), place("_delta_log/00000000000000000000.crc", old),
	}
	fresh := open(filepath.Dir(table.Dir())).Table(bars)
	appendBars(t, fresh, bar{"sh600000", "2024-01-03", 1})
	for _, path := range gone {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s still stands", path)
		}
	}
	for _, path := range kept {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
