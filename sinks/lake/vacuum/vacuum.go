package vacuum

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"barkeep/sinks/lake"
)

// Options says how to run.
type Options struct {
	Config
	DryRun bool      // only report what would be deleted
	Now    time.Time // the time by which ages are judged; the clock's if zero

	listed func() // for tests: called between the listing and the snapshot
}

// Run deletes what is due in one table. The report is of what was done also when there
// is an error. A file that cannot be deleted does not keep the others; ctx ends the
// run between two files.
func Run(ctx context.Context, l *lake.Lake, t *lake.Table, o Options) (Report, error) {
	start := time.Now()
	if o.Now.IsZero() {
		o.Now = start
	}
	r := Report{Table: t.Definition().Name, Version: -1, DryRun: o.DryRun, Deleted: []File{}, Foreign: []string{}, Problems: []string{}}
	err := o.Validate()
	if err == nil {
		err = r.run(ctx, l, t, o)
	}
	r.Took = time.Since(start)
	if err != nil {
		err = fmt.Errorf("vacuum table %s: %w", r.Table, err)
	}
	return r, err
}

func (r *Report) run(ctx context.Context, l *lake.Lake, t *lake.Table, o Options) error {
	// INVARIANT: the directory before the table, so that a file committed between
	// the two is in the snapshot; and the catalogs on offer first of all, so that one
	// that is crossed off meanwhile still counts. One that is made meanwhile shows a
	// version as new as what is young.
	offered, err := l.Publications()
	if err != nil {
		return err
	}
	listed, err := look(ctx, l, t)
	if err != nil {
		return err
	}
	if o.listed != nil {
		o.listed()
	}
	newest, err := t.Snapshot(ctx)
	if err != nil {
		return err
	}
	r.Version = newest.Version
	if newest.Version < 0 && len(listed.files)+len(listed.tmp) == 0 {
		return nil // not even a trace of a table
	}
	j := &judge{report: r, now: o.Now, snapshot: newest}
	if !j.sound(offered) {
		return nil
	}
	if j.dead, err = t.Tombstones(ctx, newest); err != nil {
		return err
	}
	j.limit(offered, o.Grace)
	due := j.due(t, listed)
	if o.DryRun {
		for _, f := range due {
			r.add(f)
		}
		return nil
	}
	return r.remove(ctx, l, t, due)
}

func (r *Report) add(f File) {
	r.Deleted = append(r.Deleted, f)
	r.Bytes += f.Bytes
}

func (r *Report) remove(ctx context.Context, l *lake.Lake, t *lake.Table, due []File) error {
	var errs []error
	for _, f := range due {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(errs, err)...)
		}
		path := filepath.Join(t.Dir(), filepath.FromSlash(f.Path))
		if err := l.Disk().Remove(path); err != nil {
			if errs = append(errs, err); len(errs) == maxErrors {
				return errors.Join(append(errs, errors.New("and so on: the run was given up"))...)
			}
			continue
		}
		r.add(f)
	}
	return errors.Join(errs...)
}

// maxErrors is after how many files that cannot be deleted a run is given up.
const maxErrors = 10
