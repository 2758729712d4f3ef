package runlog_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"barkeep/schedules/jobs"
	"barkeep/sinks/runlog"
)

const childDir, childName = "BARKEEP_RUNLOG_DIR", "BARKEEP_RUNLOG_NAME"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	l := runlog.Open(dir, nil, 30)
	if os.Getenv(childName) == "full" {
		fillDisk(l)
	}
	for i := range 60 {
		if err := l.Append(run(os.Getenv(childName), i, jobs.Done)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// TestProcesses: three processes add runs and make room at the same time; nothing
// tears, and the newest of each are there.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	var children []*exec.Cmd
	for _, name := range []string{"a", "b", "c"} {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), childDir+"="+dir, childName+"="+name)
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, c)
	}
	for _, c := range children {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
	l := runlog.Open(dir, nil, 30)
	if n := len(all(t, l, "", 0)); n < 30 || n > 37 {
		t.Errorf("%d runs are kept, want 30 to 37", n)
	}
	for _, name := range []string{"a", "b", "c"} {
		runs := all(t, l, name, 0)
		if len(runs) < 5 {
			t.Fatalf("%s has %d runs", name, len(runs))
		}
		for i, r := range runs {
			if r.Rows != int64(59-i) {
				t.Errorf("%s: run %d from the newest is %d", name, i, r.Rows)
			}
		}
	}
}
