//go:build cgo

package proof_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestKilled interrupts the operations for real: a child process sends itself
// SIGKILL before the n-th change, so nothing of it cleans up, not even a defer.
// Every 15th point is tried, or each one with -all.
func TestKilled(t *testing.T) {
	t.Parallel()
	every := 15
	if *everything {
		every = 1
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			g := newStage(t, s)
			points, kills := g.pointsOfChild(t), 0
			for n := points; n > 0; n -= every {
				restore(t, g.backup, g.dir)
				g.kill(t, n)
				g.check(t, false)
				g.runAgain(t)
				if t.Failed() {
					t.Fatalf("killed at point %d", n)
				}
				kills++
			}
			t.Logf("%s: killed at %d of %d points", s.name, kills, points)
		})
	}
}

// pointsOfChild counts the changes of a new process, which may make more of them.
func (g *stage) pointsOfChild(t *testing.T) int {
	t.Helper()
	restore(t, g.backup, g.dir)
	out, err := child(t, "killed", g.dir, g.name, 0).CombinedOutput()
	if err != nil {
		t.Fatalf("the child: %v\n%s", err, out)
	}
	g.check(t, true)
	points, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil || points == 0 {
		t.Fatalf("the child made %q changes", out)
	}
	return points
}

// kill runs the operation in a child up to its n-th change.
func (g *stage) kill(t *testing.T, n int) {
	t.Helper()
	child := child(t, "killed", g.dir, g.name, n)
	out, err := child.CombinedOutput()
	status, _ := child.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the child was not killed at point %d: %v\n%s", n, err, out)
	}
}

// child is the test binary in another role.
func child(tb testing.TB, as, dir, name string, count int) *exec.Cmd {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), role+"="+as, roleDir+"="+dir, roleName+"="+name, roleCount+"="+strconv.Itoa(count))
	return cmd
}

// playKilled is the child. Point 0 means that it lives, and says how many there are.
func playKilled() error {
	at := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == os.Getenv(roleName) })
	n, err := strconv.Atoi(os.Getenv(roleCount))
	if err != nil || at < 0 {
		return fmt.Errorf("scenario %q, point %d: %w", os.Getenv(roleName), n, err)
	}
	l, count := openLake(os.Getenv(roleDir)), 0
	l.Disk().Before = func(string, string) error {
		if count++; n == 0 || count < n {
			return nil
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			return err
		}
		select {} // until it arrives
	}
	if err := scenarios[at].run(context.Background(), l); err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("there are %d points", count)
	}
	fmt.Println(count)
	return nil
}
