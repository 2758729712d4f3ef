package runlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"barkeep/schedules/jobs"
	"barkeep/sinks/runlog"
)

// fillDisk adds a run where only 20 bytes more fit, by the kernel's own limit, and ends
// the process.
func fillDisk(l *runlog.Log) {
	info, err := os.Stat(l.Path())
	if err == nil {
		room := uint64(info.Size()) + 20
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: room, Max: room})
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if err := l.Append(run("a", 2, jobs.Done)); !errors.Is(err, syscall.EFBIG) {
		fmt.Println("adding a run that does not fit:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestFull: the disk takes a part of the line; the file is as it was.
func TestFull(t *testing.T) {
	l := runlog.Open(t.TempDir(), nil, 30)
	add(t, l, run("a", 1, jobs.Done))
	before, err := os.ReadFile(l.Path())
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childDir+"="+l.Path()[:len(l.Path())-len(runlog.Name)-1], childName+"=full")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if after, err := os.ReadFile(l.Path()); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file is now\n%s%v", after, err)
	}
	add(t, l, run("a", 3, jobs.Done))
	if runs := all(t, l, "", 0); len(runs) != 2 {
		t.Errorf("%d runs afterwards", len(runs))
	}
}
