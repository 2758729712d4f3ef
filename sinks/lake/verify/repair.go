package verify

import (
	"context"
	"errors"
	"fmt"
	"os"

	"barkeep/sinks/lake"
)

// ErrNothing says that a report names no file that Repair could take out.
var ErrNothing = errors.New("nothing to repair")

// Repair takes exactly those files out of the table that the report finds damaged,
// see Finding.Repairable, in one commit. The files stay on disk until vacuum; the
// findings say how their rows come back.
//
// When the log itself is damaged nothing is done, because what the table holds is
// not certain. A file that has left the table meanwhile, or is whole again because
// somebody restored it, is left alone; if none remains the error matches
// ErrNothing. A commit that came first and took one of the files out is an error
// that matches lake.ErrConflict.
func Repair(ctx context.Context, t *lake.Table, r Report, info lake.Info) (lake.Commit, error) {
	fail := func(err error) (lake.Commit, error) {
		return lake.Commit{}, fmt.Errorf("repair table %s: %w", r.Table, err)
	}
	if name := t.Definition().Name; name != r.Table {
		return lake.Commit{}, fmt.Errorf("repair table %s: the report is about %s", name, r.Table)
	}
	damaged := map[string]Finding{}
	for _, f := range r.Findings {
		if f.Severity == Error && logChecks[f.Check] {
			return fail(fmt.Errorf("its log is damaged, so that what the table holds is not certain: %s: %s; repair that first", f.File, f.Problem))
		}
		if f.Repairable() {
			damaged[f.File] = f
		}
	}
	if len(damaged) == 0 {
		return fail(ErrNothing)
	}
	snap, err := t.Snapshot(ctx)
	if err != nil {
		return fail(err)
	}
	var old []lake.File
	for _, f := range snap.Files {
		if finding, ok := damaged[f.Relative]; ok && !restored(f, finding) {
			old = append(old, f)
		}
	}
	if len(old) == 0 {
		return fail(fmt.Errorf("%w: the damaged files are no longer in the table, or are whole again; verify once more", ErrNothing))
	}
	commit, err := t.Remove(ctx, snap, old, info)
	if err != nil {
		return commit, fmt.Errorf("repair table %s: %w", r.Table, err)
	}
	return commit, nil
}

// logChecks are the rules about the log.
var logChecks = map[string]bool{
	lake.CheckHole: true, lake.CheckDamaged: true, lake.CheckCheckpoint: true, lake.CheckSchema: true, lake.CheckProtocol: true,
}

// restored says that a file that was gone or cut is there again, as long as it
// should be.
func restored(f lake.File, finding Finding) bool {
	if finding.Check != CheckMissing && finding.Check != CheckSize {
		return false
	}
	info, err := os.Stat(f.Path)
	return err == nil && info.Size() == f.Bytes
}
