package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"barkeep/sinks/lake"
)

// Options says how thoroughly to look.
type Options struct {
	Deep     bool           // read every page and every value
	Progress func(Progress) // called after every file, never twice at once; nil for no calls
}

// Progress is how far a run is.
type Progress struct {
	Table       string
	Files, All  int   // live files done, and all of them
	Rows, Bytes int64 // of the files done
	AllBytes    int64
}

// Report is what a run found.
type Report struct {
	Table    string    `json:"table"`
	Version  int64     `json:"version"` // the version looked at; -1 when there is no table
	Deep     bool      `json:"deep"`
	Commits  int       `json:"commits"` // in the log
	Files    int       `json:"files"`
	Rows     int64     `json:"rows"`
	Bytes    int64     `json:"bytes"`
	Findings []Finding `json:"findings"` // the log's first, then by file; none is an empty list
}

// Errors returns the number of findings that are errors.
func (r Report) Errors() int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == Error {
			n++
		}
	}
	return n
}

// maxWorkers bounds memory: every file being read takes some 20 MB.
const maxWorkers = 4

// unnamedAge is how old a data file must be before its writer counts as dead.
const unnamedAge = time.Hour

// run is one Run.
type run struct {
	table  *lake.Table
	deep   bool
	report Report

	mu       sync.Mutex // guards what follows
	progress func(Progress)
	done     Progress
}

// Run looks at one version of a table. What is wrong are findings; an error says
// that it could not look: the context ended, or the directory cannot be listed. A
// table that does not exist has no findings.
func Run(ctx context.Context, t *lake.Table, o Options) (Report, error) {
	name := t.Definition().Name
	r := &run{table: t, deep: o.Deep, progress: o.Progress, report: Report{Table: name, Deep: o.Deep, Findings: []Finding{}}}
	log, err := t.CheckLog(ctx)
	if err != nil {
		return r.report, fmt.Errorf("verify %s: %w", name, err)
	}
	snap := log.Snapshot
	r.report.Version, r.report.Commits = snap.Version, log.Commits
	r.addLog(log)
	files, err := r.files(ctx, snap.Files)
	if err == nil {
		err = r.settle(ctx, log, files)
	}
	if err == nil && o.Deep && t.Definition().Unique {
		err = r.unique(ctx, files)
	}
	if err != nil {
		return r.report, fmt.Errorf("verify %s, version %d: %w", name, snap.Version, err)
	}
	r.unnamed(log)
	return r.report, nil
}

// files checks all files and returns them in the order of the snapshot.
func (r *run) files(ctx context.Context, live []lake.File) ([]*file, error) {
	r.done = Progress{Table: r.report.Table, All: len(live)}
	files := make([]*file, len(live))
	order := make([]int, len(live)) // the largest first, so that all workers end together
	for i := range live {
		order[i] = i
		r.done.AllBytes += live[i].Bytes
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(max(-1, min(1, live[b].Bytes-live[a].Bytes))) })
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(maxWorkers, runtime.GOMAXPROCS(0)))
	for _, i := range order {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			f, err := r.file(ctx, live[i])
			if err != nil {
				return err
			}
			files[i] = f
			r.step(live[i])
			return nil
		})
	}
	return files, g.Wait()
}

func (r *run) step(f lake.File) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done.Files++
	r.done.Rows += max(f.Rows, 0)
	r.done.Bytes += f.Bytes
	if r.progress != nil {
		r.progress(r.done)
	}
}

// settle takes the findings of the files into the report. A file that is missing
// may have left the table while others were looked at, and was then vacuumed.
func (r *run) settle(ctx context.Context, log *lake.LogCheck, files []*file) error {
	var live map[string]bool
	for _, f := range files {
		r.report.Files++
		r.report.Rows += max(f.Rows, 0)
		r.report.Bytes += f.Bytes
		if f.missing && log.Whole {
			if live == nil {
				snap, err := r.table.Snapshot(ctx)
				if err != nil {
					return err
				}
				live = map[string]bool{}
				for _, l := range snap.Files {
					live[l.Relative] = true
				}
			}
			if !live[f.Relative] {
				continue
			}
		}
		for i := range f.findings {
			f.uncertain(&f.findings[i], log.Whole)
		}
		r.report.Findings = append(r.report.Findings, f.findings...)
	}
	return nil
}

// uncertain weakens what is said of a missing file when a commit that cannot be
// read may have taken it out.
func (f *file) uncertain(finding *Finding, whole bool) {
	if f.missing && !whole {
		finding.Severity = Warning
		finding.Problem += ", unless a commit that is damaged or missing took it out of the table"
		finding.Remedy = "Repair the log first"
	}
}

// unnamed reports old data files that no commit names, all in one finding. They
// matter most when the log has a hole: then they may be what the lost commit added.
func (r *run) unnamed(log *lake.LogCheck) {
	var names []string
	bytes, first := int64(0), lake.UnnamedFile{}
	for _, u := range log.Unnamed {
		if log.Whole && time.Since(u.Modified) < unnamedAge {
			continue // perhaps about to be committed
		}
		if len(names) == 0 {
			first = u
		}
		names = append(names, u.Relative)
		bytes += u.Bytes
	}
	if len(names) == 0 {
		return
	}
	f := Finding{Table: r.report.Table, File: first.Relative, Version: -1, Severity: Warning, Check: CheckUnnamed, Bytes: bytes,
		Problem: "no commit names this file: it was left by a crash, or the newest commits are lost",
		Remedy:  "If no commit is lost, vacuum removes it"}
	if n := len(names); n > 1 {
		f.Problem = fmt.Sprintf("no commit names this file and %d more, such as %s: they were left by crashes, or the newest commits are lost", n-1, names[n-1])
		f.Remedy = "If no commit is lost, vacuum removes them"
	}
	if !log.Whole {
		f.Problem = strings.Replace(f.Problem, "the newest commits are lost", "are the rows of the commits that cannot be read", 1)
		f.Remedy = "Keep until the log is repaired"
	}
	r.report.Findings = append(r.report.Findings, f)
}

// open opens a file that the log names, and reports what stands in the way.
func (f *file) open() *os.File {
	in, err := os.Open(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.missing = true
		f.fail(CheckMissing, "the file is gone")
		return nil
	case err != nil:
		f.fail(CheckUnreadable, "the file cannot be opened: %v", err)
		return nil
	}
	return in
}
