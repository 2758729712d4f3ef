package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const inNamespace = "TEST_HAS_NAMESPACE"

// TestDaemonDiskFull lets the disk of a daemon run full: the run fails and says why,
// the daemon stays, tries again by itself, and completes the lake when there is room.
func TestDaemonDiskFull(t *testing.T) {
	t.Parallel()
	if os.Getenv(inNamespace) == "" {
		inOwnNamespace(t)
		return
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	lake := filepath.Join(disk, "lake")
	filler := fillDisk(t, disk, 300<<10) // enough to begin with
	d := startDaemon(t, lake, "--set", "baostock.address="+startChildExchange(t, 60), "--set", "daily_bars.from=2026-08-03",
		"--set", "calendar.now=2026-11-20T19:00:00", "--set", "calendar.speed=1", "--set", "duckdb.threads=1",
		"--set", "jobs.instruments.retry=1s", "--set", "jobs.daily-bars.retry=1s", "--set", "jobs.adjust-factors.enabled=false",
		"--set", "jobs.revisions.enabled=false", "--set", "jobs.compact.enabled=false", "--set", "jobs.vacuum.enabled=false")
	d.await(t, "a run that failed for want of space", func() bool { return strings.Contains(d.stderr(), "no space left on device") })
	if status, text := d.get(t, "/healthz"); status != 200 {
		t.Errorf("/healthz: %d %s", status, text)
	}
	if status, text := d.get(t, "/readyz"); status != 503 {
		t.Errorf("/readyz: %d %s", status, text)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	runs := filepath.Join(lake, "_state", "runs.jsonl")
	d.await(t, "a run that is done", func() bool {
		return strings.Contains(text(runs), `"job":"daily-bars","why":"retry"`) && strings.Contains(text(runs), `"missing":0,`)
	})
	d.stop(t)
	barkeep(t, "verify", "--deep", "--lake", lake, "--set", "duckdb.threads=1")
	out, _ := barkeep(t, "sql", "--format", "csv", "--lake", lake, "SELECT count(*) > 1000, count(*) = count(DISTINCT (symbol, date)) FROM daily_bars")
	if _, row, _ := strings.Cut(strings.TrimSpace(out), "\n"); row != "true,true" {
		t.Errorf("the lake answers %q", out)
	}
	if lines := strings.Count(d.stderr(), "\n"); lines > 100 {
		t.Errorf("%d lines in the log", lines)
	}
}

// inOwnNamespace runs the test again in a process that may mount file systems, which
// are gone with it.
func inOwnNamespace(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	switch {
	case cmd.ProcessState == nil:
		t.Skipf("NOT PROVEN: this system gives no name space in which to mount a file system: %v", err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
}

// fillDisk takes all the space of a file system but some bytes.
func fillDisk(t *testing.T, dir string, leave int64) string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	page := make([]byte, os.Getpagesize())
	for err == nil {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = f.Truncate(info.Size() - leave)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}
