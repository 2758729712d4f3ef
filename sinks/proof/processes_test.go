//go:build cgo

package proof_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// TestTwoProcesses lets two processes commit to one table as fast as they can:
// every commit is there, numbered without a hole, and every row once.
func TestTwoProcesses(t *testing.T) {
	started := time.Now()
	dir := write(t, "writer", *commits)
	took := time.Since(started)
	if v := holdsBoth(t, dir, *commits); v != int64(2**commits-1) {
		t.Errorf("the newest version is %d, want %d", v, 2**commits-1)
	}
	t.Logf("2 x %d commits in %v, %.0f a second", *commits, took.Round(time.Millisecond), float64(2**commits)/took.Seconds())
}

// TestTwoProcessesCompact lets both compact the table, too, and so take the same
// files out: one wins, and the other one sees it in time.
func TestTwoProcessesCompact(t *testing.T) {
	each := max(20, *commits/5)
	v := holdsBoth(t, write(t, "compactor", each), each)
	if v < int64(2*each) {
		t.Errorf("the newest version is %d: nothing was compacted", v)
	}
	t.Logf("2 x %d commits and %d compactions", each, v+1-int64(2*each))
}

// write lets two processes commit a number of times each to a new lake.
func write(t *testing.T, as string, each int) (dir string) {
	t.Helper()
	dir = filepath.Join(scratch(t), "lake")
	finished := make(chan error, 2)
	for writer := 1; writer <= 2; writer++ {
		cmd := child(t, as, dir, strconv.Itoa(writer), each)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			acknowledged := 0
			for lines := bufio.NewScanner(out); lines.Scan(); acknowledged++ {
				if strings.HasPrefix(lines.Text(), "error") {
					t.Error(lines.Text())
				}
			}
			err := cmd.Wait()
			if err == nil && acknowledged != each {
				err = fmt.Errorf("writer %d was told of %d commits, want %d", writer, acknowledged, each)
			}
			finished <- err
		}()
	}
	for range 2 {
		if err := <-finished; err != nil {
			t.Error(err)
		}
	}
	return dir
}

// holdsBoth makes sure that the rows of both are there, by the commits, by the
// newest checkpoint and behind the door, and returns the newest version.
func holdsBoth(t *testing.T, dir string, each int) (version int64) {
	t.Helper()
	rows := content{}
	for writer := 1; writer <= 2; writer++ {
		for i := range each {
			maps.Copy(rows, ofWriter(writer, i))
		}
	}
	want := texts(etl.DailyBars, rows)
	for _, from := range []start{fromCommits, fromCheckpoint} { // the first fails on a hole
		state, err := readDelta(filepath.Join(dir, etl.DailyBars.Name), newest, from)
		if err != nil {
			t.Fatal(err)
		}
		version = state.version
		got, err := rowsOfFiles(etl.DailyBars, state.paths())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "rows of both", got, want)
	}
	got, err := rowsBehindDoor(t.Context(), openLake(dir), etl.DailyBars)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows of both behind the door", got, want)
	checkVerified(t, dir)
	return version
}

// ofWriter is what commit i of a writer holds: two rows of one year.
func ofWriter(writer, i int) content {
	return bars(i, 2*writer, 2*writer+1, schedules.MakeDay(2024, 1, 1)+schedules.Day(i%366)-schedules.Day(i/366*400))
}

// playWriter commits and says so; as a compactor it also compacts now and then.
func playWriter() error {
	count, err := strconv.Atoi(os.Getenv(roleCount))
	if err != nil {
		return err
	}
	writer, err := strconv.Atoi(os.Getenv(roleName))
	if err != nil {
		return err
	}
	l, ctx := openLake(os.Getenv(roleDir)), context.Background()
	for i := range count {
		if err := put(ctx, l, etl.DailyBars, ofWriter(writer, i), false, "writer"+os.Getenv(roleName), i+1); err != nil {
			return err
		}
		fmt.Println(i)
		if os.Getenv(role) != "compactor" || i%3 != 2 {
			continue
		}
		if err := compactTable(ctx, l, etl.DailyBars); err != nil && !errors.Is(err, lake.ErrConflict) {
			return err
		}
	}
	return nil
}
