//go:build cgo

package proof_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"barkeep/sinks/lake"
)

var (
	everything = flag.Bool("all", false, "crash at every point, with SIGKILL as well")
	everyWay   = flag.Bool("ways", false, "crash at every point in every way, and look at all there is each time")
	readFor    = flag.Duration("readers", 4*time.Second, "how long readers read while writers write")
	steps      = flag.Int("steps", 60, "length of the random history")
	seed       = flag.Int64("seed", 0, "of the random history; 0 takes one from the clock")
	commits    = flag.Int("commits", 100, "how often each of two processes commits")
)

// role, in the environment, makes the test binary play another process.
const (
	role      = "BARKEEP_PROOF_ROLE"
	roleDir   = "BARKEEP_PROOF_DIR"
	roleName  = "BARKEEP_PROOF_NAME"
	roleCount = "BARKEEP_PROOF_COUNT"
)

func TestMain(m *testing.M) {
	play, known := map[string]func() error{
		"killed": playKilled, "writer": playWriter, "compactor": playWriter, "reader": playReader,
	}[os.Getenv(role)]
	if !known {
		os.Exit(m.Run())
	}
	if err := play(); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// scratch returns a new directory, in memory where the system has a place for
// that.
func scratch(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "barkeep-proof-")
	if err != nil {
		return tb.TempDir()
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func openLake(dir string) *lake.Lake { return lake.Open(dir, lake.DefaultConfig()) }

// restore makes dir a copy of the tree at from, times included. The path stays,
// because a catalog names files by their paths.
func restore(tb testing.TB, from, dir string) {
	tb.Helper()
	if err := os.RemoveAll(dir); err != nil {
		tb.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		tb.Fatal(err)
	}
	err := filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return os.Chtimes(filepath.Join(dir, relative), info.ModTime(), info.ModTime())
	})
	if err != nil {
		tb.Fatal(err)
	}
}
