package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	jobrun "barkeep/schedules/jobs"
)

// runsFile is the history of runs, below the lake's state directory: one JSON of
// jobs.Run a line, the newest last.
const runsFile = "runs.jsonl"

// lookAtRuns reads the newest run of each job, and when the next one is due. A
// history that cannot be read is told, and no reason to tell nothing else.
func (x *examiner) lookAtRuns(context.Context) error {
	runs, broken, err := newestRuns(filepath.Join(x.lake.StateDir(), runsFile))
	x.Runs = []jobrun.Run{}
	if err != nil {
		x.warn(troubleLog, "", "the history of runs cannot be read: %v", err)
	}
	if broken > 0 {
		x.warn(troubleLog, "", "the history of runs has %s that cannot be read; the others are used", plural(broken, "line"))
	}
	if x.options.nextDue != nil {
		maps.Copy(x.Next, x.options.nextDue())
	}
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		r := runs[name]
		x.Runs = append(x.Runs, r)
		switch r.Outcome {
		case jobrun.Failed, jobrun.TimedOut, jobrun.Refused:
			x.problem(troubleRun, x.app.commandLine("run", "--job", name), "the newest run of %s %s at %s: %s", name, outcomeText(r.Outcome), clockText(r.Ended), cmp.Or(r.Error, "no reason is known"))
		case jobrun.Partial:
			x.warn(troubleRun, x.app.commandLine("run", "--job", name), "the newest run of %s, at %s, left something out%s", name, clockText(r.Ended), because(r.Error))
		}
	}
	return nil
}

func outcomeText(o jobrun.Outcome) string {
	switch o {
	case jobrun.TimedOut:
		return "took too long"
	case jobrun.Refused:
		return "was refused by the source"
	}
	return string(o)
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// newestRuns returns the run that ended last of each job, and how many lines are
// broken. Of a long history the end is read.
func newestRuns(path string) (runs map[string]jobrun.Run, broken int, err error) {
	runs = map[string]jobrun.Run{}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return runs, 0, nil
	}
	if err != nil {
		return runs, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return runs, 0, err
	}
	cut := info.Size() > runsRead
	if cut {
		if _, err := f.Seek(-runsRead, io.SeekEnd); err != nil {
			return runs, 0, err
		}
	}
	lines := bufio.NewScanner(io.LimitReader(f, runsRead))
	lines.Buffer(nil, runsRead+1)
	for first := true; lines.Scan(); first = false {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || first && cut { // the first one of the part that was read may be half
			continue
		}
		var r jobrun.Run
		if err := json.Unmarshal(line, &r); err != nil || r.Job == "" {
			broken++
			continue
		}
		if old, known := runs[r.Job]; !known || !r.Ended.Before(old.Ended) {
			r.Summary = nil
			runs[r.Job] = r
		}
	}
	if err := lines.Err(); err != nil {
		return runs, broken, fmt.Errorf("%s: %w", path, err)
	}
	return runs, broken, nil
}
