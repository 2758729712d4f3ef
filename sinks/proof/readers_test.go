//go:build cgo

package proof_test

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestReaders lets four processes ask the published catalog, one symbol, one day
// and everything, while daily bars and snapshots are committed every 200 ms,
// compaction runs beside that, and vacuum and publications in between. No answer
// is an error, and each is that of the version which the reader's catalog names.
func TestReaders(t *testing.T) {
	const readers, every = 4, 200 * time.Millisecond
	w := &writing{l: openLake(scratch(t)), written: map[string][]written{}}
	w.commit(t, 0)
	if err := publish(t.Context(), w.l); err != nil {
		t.Fatal(err)
	}
	reads := make([]*reading, readers)
	for i := range reads {
		// The first one opens the catalog for each round of questions, the others keep
		// it for up to half the time that vacuum grants them.
		reads[i] = startReading(t, w.l.Dir(), time.Duration(i)*grace()/(2*(readers-1)))
	}
	ctx, stop := context.WithCancel(t.Context())
	var compaction sync.WaitGroup
	compaction.Go(func() { w.compactUntil(ctx, t) })
	rounds := 1
	tick := time.NewTicker(every)
	defer tick.Stop()
	for end := time.Now().Add(*readFor); time.Now().Before(end); rounds++ {
		<-tick.C
		w.commit(t, rounds)
		if rounds%5 == 4 {
			w.clean(t)
		}
		if err := publish(t.Context(), w.l); err != nil {
			t.Error(err)
		}
	}
	stop()
	compaction.Wait()
	answers, wants := 0, map[string]string{} // by table and version
	for i, r := range reads {
		lines := r.finish(t)
		answers += len(lines)
		for _, line := range lines {
			table, version, answer := w.parse(t, line)
			of := table + " " + version
			if wants[of] == "" {
				wants[of] = w.expect(table, version)
			}
			if answer != wants[of] {
				t.Errorf("reader %d: %s: %s, want %s", i, of, answer, wants[of])
			}
		}
		if len(lines) < 4 {
			t.Errorf("reader %d answered %d times", i, len(lines))
		}
	}
	t.Logf("%d readers in %v: %d answers over %d versions; %d rounds of commits, %d compactions, %d data files vacuumed",
		readers, *readFor, answers, len(wants), rounds, w.compactions, w.vacuumed)
}

// grace is how long a file that was taken out stays in this test.
func grace() time.Duration { return *readFor / 2 }

// reading is one reader process.
type reading struct {
	stdin io.Closer
	wait  func() error
	lines chan []string
}

func startReading(t *testing.T, dir string, keeps time.Duration) *reading {
	t.Helper()
	cmd := child(t, "reader", dir, keeps.String(), 0)
	in, err := cmd.StdinPipe()
	out, failure := cmd.StdoutPipe()
	if err := cmp.Or(err, failure); err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &reading{stdin: in, wait: cmd.Wait, lines: make(chan []string, 1)}
	go func() {
		var lines []string
		for s := bufio.NewScanner(out); s.Scan(); {
			lines = append(lines, s.Text())
		}
		r.lines <- lines
	}()
	return r
}

// finish ends the reader and returns its answers.
func (r *reading) finish(t *testing.T) []string {
	t.Helper()
	if err := r.stdin.Close(); err != nil {
		t.Error(err)
	}
	lines := <-r.lines
	if err := r.wait(); err != nil {
		t.Errorf("a reader ended: %v: %s", err, strings.Join(lines[max(0, len(lines)-3):], "\n"))
		return nil
	}
	return lines
}
