package etl_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
)

// slow makes every answer take d.
func slow(d time.Duration) func(context.Context, int, etl.Request) error {
	return func(ctx context.Context, _ int, _ etl.Request) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestRunCommitsWhenThereAreEnoughRows(t *testing.T) {
	for rows, want := range map[int][]int{
		500_000: {1260},
		1260:    {1260},
		600:     {600, 600, 60},
		500:     {540, 540, 180}, // answers are never cut: 9 of 60 rows
		61:      {120, 120, 120, 120, 120, 120, 120, 120, 120, 120, 60},
	} {
		v := &vendor{universe: universe(stocks(60))}
		b := newBench(v, etl.Scope{})
		b.Config.CommitRows = rows
		out, err := b.do(t, t.Context())
		if err != nil || !slices.Equal(b.bars.sizes(), want) {
			t.Errorf("at %d rows: %v, commits of %v, want %v", rows, err, b.bars.sizes(), want)
		}
		if n := len(out.Commits); n != len(want) || out.Commits[n-1].Version != int64(n) || out.Commits[0].Rows != int64(want[0]) {
			t.Errorf("at %d rows: commits %v", rows, out.Commits)
		}
	}
}

func TestRunCommitsWhenItIsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{universe: universe(stocks(60)), fault: slow(20 * time.Second)}
		b := newBench(v, etl.Scope{})
		b.Config.CommitEvery = time.Minute
		start := time.Now()
		out, err := b.do(t, t.Context())
		// The first rows wait from 0:20 to 1:20, the next from 1:40 to 2:40.
		want, at := []int{240, 240, 240, 240, 240, 60}, []time.Duration{80, 160, 240, 320, 400, 420}
		if err != nil || !slices.Equal(b.bars.sizes(), want) {
			t.Fatalf("%v, commits of %v, want %v", err, b.bars.sizes(), want)
		}
		for i, d := range at {
			if got := b.bars.at[i].Sub(start); got != d*time.Second {
				t.Errorf("commit %d after %s, want %ds", i, got, d)
			}
		}
		if out.Took != 420*time.Second {
			t.Errorf("took %s", out.Took)
		}
	})
}

// Fetching goes on while a commit is written.
func TestRunFetchesWhileItCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{universe: universe(stocks(60)), fault: slow(time.Second)}
		b := newBench(v, etl.Scope{})
		b.Config.CommitRows = 180
		b.bars.before = func(int) error {
			<-time.After(3 * time.Second)
			return nil
		}
		out, err := b.do(t, t.Context())
		// 21 answers of a second and 7 commits of 3 seconds: one after the other
		// would take 42 seconds; only the last commit is not hidden.
		if err != nil || out.Took != 24*time.Second || len(out.Commits) != 7 {
			t.Errorf("%v, took %s, want 24s; %d commits", err, out.Took, len(out.Commits))
		}
	})
}

// A slow disk holds the source back; memory does not grow.
func TestRunWaitsForASlowTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{universe: universe(stocks(60)), fault: slow(time.Second)}
		b := newBench(v, etl.Scope{})
		b.Config.CommitRows, b.Prefetch = 60, 2
		most := 0
		b.bars.before = func(n int) error {
			<-time.After(time.Hour)
			most = max(most, len(v.requests())-(n-1))
			return nil
		}
		if _, err := b.do(t, t.Context()); err != nil {
			t.Fatal(err)
		}
		// One being written, one waiting for it, the answer in hand and those ahead.
		if limit := 2 + 1 + b.Prefetch; most > limit {
			t.Errorf("%d answers in memory, want at most %d", most, limit)
		}
	})
}

func TestRunStopsWhenACommitFails(t *testing.T) {
	full := errors.New("disk full")
	for name, c := range map[string]struct{ failed, rows, kept int }{
		"the first of many":  {1, 60, 0},
		"one in the middle":  {4, 60, 3},
		"the one at the end": {1, 500_000, 0},
		"the last of many":   {3, 600, 20},
	} {
		t.Run(name, func(t *testing.T) {
			v := &vendor{universe: universe(stocks(60)), wrong: map[cell]bool{}}
			b := newBench(v, etl.Scope{})
			b.Config.CommitRows = c.rows
			b.bars.before = func(n int) error {
				if n == c.failed {
					return full
				}
				return nil
			}
			out, err := b.do(t, t.Context())
			if !errors.Is(err, full) || strings.Count(err.Error(), "disk full") != 1 {
				t.Errorf("error %q, want that of the table, once", err)
			}
			if out.Rows != int64(60*c.kept) || len(b.bars.commits) != c.failed-1 {
				t.Errorf("%d rows in %d commits", out.Rows, len(b.bars.commits))
			}
			if len(out.Failed) != 0 {
				t.Errorf("the source is blamed: %q", out.Failed)
			}
			// What had arrived is missing again, and says so.
			unwritten := 0
			for _, g := range out.Missing {
				switch g.Reason {
				case etl.ReasonUnwritten:
					unwritten += g.Cells
				case etl.ReasonStopped:
				default:
					t.Errorf("missing for the reason %q", g.Reason)
				}
			}
			if unwritten == 0 {
				t.Errorf("missing %q", gaps(out))
			}

			b.bars.before = nil // room again: the next run completes the lake
			if out, err := b.do(t, t.Context()); err != nil || len(out.Missing) != 0 {
				t.Errorf("second run: %v, missing %v", err, gaps(out))
			}
		})
	}
}

// A run whose table is broken does not ask the source to the end.
func TestRunStopsFetchingWhenACommitFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{universe: universe(stocks(60)), fault: slow(time.Minute)}
		b := newBench(v, etl.Scope{})
		b.Config.CommitRows = 60
		full := errors.New("disk full")
		b.bars.before = func(int) error {
			<-time.After(time.Second)
			return full
		}
		out, err := b.do(t, t.Context())
		if !errors.Is(err, full) || out.Took != time.Minute+time.Second {
			t.Errorf("%v after %s: the request under way should be cancelled", err, out.Took)
		}
		if n := len(v.requests()); n > 2 {
			t.Errorf("%d requests", n)
		}
	})
}

// A commit under way is finished when the run is stopped.
func TestRunFinishesTheCommitUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		v := &vendor{universe: universe(stocks(60)), fault: slow(time.Minute)}
		b := newBench(v, etl.Scope{})
		b.Config.CommitRows = 60
		b.bars.before = func(int) error {
			<-time.After(time.Hour)
			return nil
		}
		out, err := b.do(t, ctx)
		if !errors.Is(err, context.DeadlineExceeded) || out.Rows != 120 || !slices.Equal(b.bars.sizes(), []int{60, 60}) {
			t.Errorf("%v, %d rows, commits of %v", err, out.Rows, b.bars.sizes())
		}
	})
}
