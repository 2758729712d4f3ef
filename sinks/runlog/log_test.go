package runlog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"barkeep/schedules/jobs"
	"barkeep/sinks/disk"
	"barkeep/sinks/runlog"
)

var day = time.Date(2024, 1, 2, 9, 35, 0, 0, time.UTC)

// run makes the n-th run of a job.
func run(job string, n int, outcome jobs.Outcome) jobs.Run {
	at := day.Add(time.Duration(n) * time.Minute)
	return jobs.Run{
		ID: fmt.Sprintf("%s-%06d", job, n), Job: job, Why: jobs.BySchedule, Due: at, Began: at, Ended: at.Add(time.Second),
		Outcome: outcome, Attempt: 1,
		Result: jobs.Result{Rows: int64(n), Summary: json.RawMessage(`{"rows":` + fmt.Sprint(n) + `}`)},
	}
}

func add(t testing.TB, l *runlog.Log, runs ...jobs.Run) {
	t.Helper()
	for _, r := range runs {
		if err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
}

func all(t testing.TB, l *runlog.Log, job string, limit int) []jobs.Run {
	t.Helper()
	runs, skipped, err := l.Runs(job, limit)
	if err != nil || skipped != 0 {
		t.Fatalf("Runs: %d lines skipped, %v", skipped, err)
	}
	return runs
}

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lake", "_state")
	l := runlog.Open(dir, nil, 100)
	if runs := all(t, l, "", 0); len(runs) != 0 {
		t.Fatalf("a lake without a history has %d runs", len(runs))
	}
	full := run("daily-bars", 1, jobs.Refused)
	full.Why, full.Missed, full.Error = jobs.ByHand, 3, "banned\nuntil tomorrow"
	full.Options = map[string]string{"since": "2024-01-01"}
	full.NotBefore = day.Add(24 * time.Hour)
	add(t, l, run("quotes", 0, jobs.Done), full, run("quotes", 2, jobs.Failed))
	again := runlog.Open(dir, &disk.Disk{}, 100)
	runs := all(t, again, "", 0)
	if len(runs) != 3 || runs[0].ID != "quotes-000002" || !reflect.DeepEqual(runs[1], full) {
		t.Errorf("read %+v", runs)
	}
	if runs := all(t, again, "quotes", 1); len(runs) != 1 || runs[0].Rows != 2 {
		t.Errorf("the newest of quotes is %+v", runs)
	}
	if runs := all(t, again, "nobody", 0); len(runs) != 0 {
		t.Errorf("nobody has %+v", runs)
	}
}

// TestLast: newest is what came last, not what the clock says is newest.
func TestLast(t *testing.T) {
	l := runlog.Open(t.TempDir(), nil, 100)
	hand, part := run("a", 5, jobs.Done), run("a", 6, jobs.Done)
	hand.Why, part.Why = jobs.ByHand, jobs.ByHand
	part.Options = map[string]string{"symbols": "sh600000"}
	add(t, l, run("a", 9, jobs.Done), run("a", 1, jobs.Done), run("b", 2, jobs.Failed), run("a", 3, jobs.Failed), hand, part)
	runs, err := l.Last()
	var got []string
	for _, r := range runs {
		got = append(got, r.ID)
	}
	if want := "[a-000001 b-000002 a-000003 a-000005 a-000006]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("Last = %v, %v, want %s", got, err, want)
	}
}

// TestKeep: one frequent job, one that runs now and then, one failure long ago.
func TestKeep(t *testing.T) {
	dir := t.TempDir()
	l := runlog.Open(dir, nil, 80)
	if err := os.WriteFile(filepath.Join(dir, ".runs.jsonl.tmp-1-crashed"), []byte("left over"), 0o644); err != nil {
		t.Fatal(err)
	}
	add(t, l, run("quotes", 0, jobs.TimedOut))
	for i := 1; i <= 600; i++ {
		add(t, l, run("quotes", i, jobs.Done))
		if i%30 == 0 {
			add(t, l, run("daily-bars", i, jobs.Done))
		}
		if i%200 == 0 {
			text, err := os.ReadFile(l.Path())
			if n := bytes.Count(text, []byte{'\n'}); err != nil || n > 100 {
				t.Fatalf("%d lines after %d runs, %v", n, i, err)
			}
		}
	}
	if n := len(all(t, l, "daily-bars", 0)); n != 20 {
		t.Errorf("%d runs of the rare job, want all 20", n)
	}
	quotes := all(t, l, "quotes", 0)
	if oldest := quotes[len(quotes)-1]; oldest.Outcome != jobs.TimedOut {
		t.Errorf("the only timeout is lost; the oldest run is %+v", oldest)
	}
	for i, r := range quotes[:len(quotes)-1] {
		if r.Rows != int64(600-i) {
			t.Fatalf("run %d from the newest is %d: a hole", i, r.Rows)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("the directory holds %v, want the history and its lock", entries)
	}
}

func TestTornAndForeignLines(t *testing.T) {
	dir := t.TempDir()
	l := runlog.Open(dir, nil, 4)
	add(t, l, run("a", 1, jobs.Done))
	text, err := os.ReadFile(l.Path())
	if err != nil {
		t.Fatal(err)
	}
	bad := "hello\n{}\n[1]\n\n" + strings.Repeat("x", 100_000) + "\n" + string(text) + string(text[:len(text)/2])
	if err := os.WriteFile(l.Path(), []byte(bad), 0o644); err != nil {
		t.Fatal(err)
	}
	add(t, l, run("a", 2, jobs.Done)) // begins a line of its own, and makes room
	runs, skipped, err := l.Runs("", 0)
	if err != nil || skipped != 0 || len(runs) != 2 || runs[0].Rows != 2 {
		t.Errorf("after making room: %d runs, %d skipped, %v", len(runs), skipped, err)
	}
	wide := runlog.Open(t.TempDir(), nil, 100)
	add(t, wide, run("a", 1, jobs.Done))
	if err := os.WriteFile(wide.Path(), []byte(bad), 0o644); err != nil {
		t.Fatal(err)
	}
	add(t, wide, run("a", 2, jobs.Done))
	runs, skipped, err = wide.Runs("", 0)
	if err != nil || skipped != 5 || len(runs) != 2 {
		t.Errorf("%d runs, %d skipped, %v; want 2 and 5", len(runs), skipped, err)
	}
}

func TestLongRuns(t *testing.T) {
	l := runlog.Open(t.TempDir(), nil, 100)
	long := strings.Repeat("价", 40_000)
	r := run("a", 1, jobs.Failed)
	r.Summary = json.RawMessage(`"` + long + `"`)
	r.Error = "short"
	r.Options = map[string]string{"since": "2024-01-01"}
	worse := r
	worse.ID, worse.Error, worse.Options = "a-2", long, map[string]string{"symbols": long}
	broken := run("a", 3, jobs.Done)
	broken.Summary = json.RawMessage(`{"rows":`)
	add(t, l, r, worse, broken)
	runs := all(t, l, "", 0)
	if len(runs) != 3 || runs[2].Summary != nil || runs[2].Error != "short" || runs[2].Options["since"] == "" {
		t.Fatalf("kept %+v", runs)
	}
	if e := runs[1].Error; len(e) > 5000 || !strings.HasPrefix(e, "价价") || len(runs[1].Options) != 1 {
		t.Errorf("kept an error of %d bytes and options %v", len(e), runs[1].Options)
	}
	if runs[0].Summary != nil || runs[0].Rows != 3 {
		t.Errorf("kept %+v", runs[0])
	}
}

// TestWriters: several Logs over one file, as several processes have them.
func TestWriters(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for w := range 4 {
		l := runlog.Open(dir, nil, 2000)
		for half := range 2 {
			wg.Go(func() {
				for i := range 20 {
					if err := l.Append(run(fmt.Sprintf("w%d", w), half*20+i, jobs.Done)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	ids := map[string]bool{}
	for _, r := range all(t, runlog.Open(dir, nil, 1), "", 0) {
		ids[r.ID] = true
	}
	if len(ids) != 160 {
		t.Errorf("%d runs of 160 are there", len(ids))
	}
}

// TestFaults fails every change to the disk once, while adding and while making room:
// the history is the old one or the new one, and the next run goes in.
func TestFaults(t *testing.T) {
	for n := 1; ; n++ {
		dir := t.TempDir()
		add(t, runlog.Open(dir, nil, 4), run("a", 1, jobs.Done), run("a", 2, jobs.Done), run("a", 3, jobs.Failed), run("a", 4, jobs.Done), run("a", 5, jobs.Done))
		count := 0
		d := &disk.Disk{Before: func(op, path string) error {
			if count++; count == n {
				return &fs.PathError{Op: op, Path: path, Err: syscall.ENOSPC}
			}
			return nil
		}}
		l := runlog.Open(dir, d, 4)
		err := l.Append(run("a", 6, jobs.Done))
		if count < n {
			if err != nil {
				t.Fatal(err)
			}
			if n < 6 {
				t.Errorf("only %d changes were met", n-1)
			}
			return
		}
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), l.Path()) && !strings.Contains(err.Error(), dir) {
			t.Fatalf("change %d: %v", n, err)
		}
		runs := all(t, l, "", 0)
		added := runs[0].Rows == 6
		if said := !strings.Contains(err.Error(), "not in the history"); said != added {
			t.Errorf("change %d: added %t, and the error is %v", n, added, err)
		}
		if runs[len(runs)-1].Rows > 3 {
			t.Errorf("change %d: the only failure is lost", n)
		}
		add(t, l, run("a", 7, jobs.Done))
		if runs := all(t, l, "", 0); runs[0].Rows != 7 || len(runs) > 5 {
			t.Errorf("change %d: afterwards %d runs, the newest is %d", n, len(runs), runs[0].Rows)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".runs*")); len(left) > 0 {
			t.Errorf("change %d: %v is left over", n, left)
		}
	}
}

func TestUnwritable(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := runlog.Open(filepath.Join(dir, "file"), nil, 4).Append(run("a", 1, jobs.Done))
	if err == nil || !strings.Contains(err.Error(), "not in the history") {
		t.Errorf("a file in the way: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	line, err := json.Marshal(run("a", 1, jobs.Done))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(line, '\n'))
	f.Add(append(line, line[:40]...))
	f.Add([]byte("\n\n{}\nnull\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		l := runlog.Open(dir, nil, 3)
		if err := os.WriteFile(l.Path(), text, 0o644); err != nil {
			t.Fatal(err)
		}
		runs, skipped, err := l.Runs("", 0)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(text, []byte{'\n'}) + 1; len(runs)+skipped > lines {
			t.Fatalf("%d runs and %d others in %d lines", len(runs), skipped, lines)
		}
		last, err := l.Last()
		if err != nil || len(last) > len(runs) {
			t.Fatalf("%d newest of %d, %v", len(last), len(runs), err)
		}
		if err := l.Append(run("z", 1, jobs.Done)); err != nil {
			t.Fatal(err)
		}
		after, _, err := l.Runs("", 0)
		if err != nil || len(after) == 0 || after[0].Job != "z" {
			t.Fatalf("after adding one: %+v, %v", after, err)
		}
	})
}
