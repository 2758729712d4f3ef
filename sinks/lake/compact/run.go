package compact

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"barkeep/sinks/lake"
)

// attempts is how often a partition is tried when others keep changing its files.
const attempts = 5

// Run folds what is due, one commit for each partition. A partition that cannot be
// folded, because a file is damaged or a key is there twice, stays as it is, and
// the others are folded all the same; the error joins what went wrong with each.
// When nothing is due nothing is written, so Run may be called at any time and
// by several processes at once.
//
// After an error, and after ctx ended, every partition is in its old state or its
// new one, and a later Run does the rest. Errors: CheckError, DuplicateError,
// lake.ErrConflict when others took the files away again and again, and
// lake.Uncertain ones, after which a new Snapshot tells.
func Run(ctx context.Context, t *lake.Table, o Options) (Report, error) {
	start := time.Now()
	o.Config = o.Config.filled()
	r := Report{Table: t.Definition().Name, Merges: []Merge{}}
	snap, err := t.Snapshot(ctx)
	if err != nil {
		return r, fmt.Errorf("compact %s: %w", r.Table, err)
	}
	r.Warning = snap.Warning
	var errs []error
	for _, j := range plan(t.Definition(), snap.Files, o) {
		if err := ctx.Err(); err != nil {
			errs = append(errs, fmt.Errorf("compact %s: %w", r.Table, err))
			break
		}
		err := compactPartition(ctx, t, snap, j, o, &r)
		errs = append(errs, err)
		if hopeless(err) || err != nil && ctx.Err() != nil {
			break
		}
	}
	r.Took = time.Since(start)
	return r, errors.Join(errs...)
}

// compactPartition does one job, and plans it again as long as other writers take
// its files away meanwhile.
func compactPartition(ctx context.Context, t *lake.Table, snap *lake.Snapshot, j job, o Options, r *Report) error {
	fail := func(err error) error {
		var c *CheckError
		var d *DuplicateError
		if errors.As(err, &c) || errors.As(err, &d) {
			return err // they say where
		}
		return fmt.Errorf("compact %s: %w", place(r.Table, j.partition), err)
	}
	var err error
	for range attempts {
		var done Merge
		var warning error
		done, warning, err = rewrite(ctx, t, snap, j, o)
		if err == nil {
			r.add(done)
			r.Warning = errors.Join(r.Warning, warning)
			return nil
		}
		if lake.Uncertain(err) || ctx.Err() != nil {
			return fail(err)
		}
		var missing *inputError
		conflict := errors.Is(err, lake.ErrConflict)
		if !conflict && !errors.As(err, &missing) {
			return fail(err)
		}
		latest, serr := t.Snapshot(ctx)
		if serr != nil {
			return fail(errors.Join(err, serr))
		}
		if !conflict && live(latest, j.files) {
			return fail(err)
		}
		jobs := plan(t.Definition(), latest.Files, o)
		at := slices.IndexFunc(jobs, func(other job) bool { return other.partition == j.partition })
		if at < 0 {
			return nil // somebody else has done it
		}
		snap, j = latest, jobs[at]
	}
	return fail(fmt.Errorf("given up after %d attempts, as others keep changing its files; the next run tries again: %w", attempts, err))
}

// live says whether all files are still in the table. One that is not may have been
// deleted while it was read.
func live(s *lake.Snapshot, files []lake.File) bool {
	paths := make(map[string]bool, len(s.Files))
	for _, f := range s.Files {
		paths[f.Relative] = true
	}
	return !slices.ContainsFunc(files, func(f lake.File) bool { return !paths[f.Relative] })
}

// rewrite merges the files of a job, checks what it wrote and commits it. After an
// error its files are gone, unless the commit may have taken place.
func rewrite(ctx context.Context, t *lake.Table, snap *lake.Snapshot, j job, o Options) (_ Merge, warning, err error) {
	start := time.Now()
	m := newMerge(t, j, o)
	out := &output{table: t, like: j.files[len(j.files)-1], limit: o.FileBytes, sort: m.sort}
	err = m.write(ctx, out)
	if rerr := m.dropRuns(); err == nil {
		warning = rerr // they are in nobody's way, and swept later
	}
	if err == nil {
		err = m.verify(ctx, out.files)
	}
	var commit lake.Commit
	if err == nil {
		commit, err = t.Rewrite(ctx, snap, j.files, out.files, o.Info)
	}
	if err != nil {
		if !lake.Uncertain(err) {
			err = errors.Join(err, out.drop())
		}
		return Merge{}, nil, err
	}
	done := Merge{Partition: j.partition, FilesBefore: len(j.files), FilesAfter: len(out.files),
		BytesAfter: commit.Bytes, Rows: commit.Rows, Version: commit.Version, Took: time.Since(start)}
	for _, f := range j.files {
		done.BytesBefore += f.Bytes
	}
	return done, errors.Join(warning, commit.Warning), nil
}

// write merges the inputs, in stages if need be, into the output's files.
func (m *merge) write(ctx context.Context, out *output) error {
	inputs, err := m.stages(ctx)
	if err != nil {
		return err
	}
	if err := m.overlap(ctx, inputs, out.write); err != nil {
		return err
	}
	return out.end()
}
