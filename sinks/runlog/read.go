package runlog

import (
	"fmt"
	"slices"

	"barkeep/schedules/jobs"
)

// Last returns of every job the newest run of each outcome, those by hand with and
// without options counted apart, in the order in which they ended. Newest means last
// in the file, whatever the clock said.
func (l *Log) Last() ([]jobs.Run, error) {
	newest := map[kind]jobs.Run{}
	place := map[kind]int{}
	n := 0
	_, err := eachIn(l.path, func(_ []byte, run jobs.Run) {
		k := kindOf(run)
		newest[k], place[k] = run, n
		n++
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of runs %s: %w", l.path, err)
	}
	kinds := make([]kind, 0, len(newest))
	for k := range newest {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int { return place[a] - place[b] })
	runs := make([]jobs.Run, len(kinds))
	for i, k := range kinds {
		runs[i] = newest[k]
	}
	return runs, nil
}

// Runs returns the newest runs of a job, or of all jobs where job is empty, the newest
// first: at most limit, or all where limit is 0. Skipped counts the lines of the file
// that are no runs.
func (l *Log) Runs(job string, limit int) (runs []jobs.Run, skipped int, err error) {
	skipped, err = eachIn(l.path, func(_ []byte, run jobs.Run) {
		if job != "" && run.Job != job {
			return
		}
		runs = append(runs, run)
		if limit > 0 && len(runs) >= 2*limit {
			runs = append(runs[:0], runs[len(runs)-limit:]...)
		}
	})
	if err != nil {
		return nil, skipped, fmt.Errorf("read the history of runs %s: %w", l.path, err)
	}
	if limit > 0 && len(runs) > limit {
		runs = runs[len(runs)-limit:]
	}
	slices.Reverse(runs)
	return runs, skipped, nil
}

// kind is what runs have in common of which the newest must not be lost.
type kind struct {
	job     string
	outcome jobs.Outcome
	how     uint8 // 0: by itself; 1: by hand; 2: by hand with options
}

func kindOf(run jobs.Run) kind {
	k := kind{job: run.Job, outcome: run.Outcome}
	switch {
	case run.Why == jobs.ByHand && len(run.Options) > 0:
		k.how = 2
	case run.Why == jobs.ByHand:
		k.how = 1
	}
	return k
}
