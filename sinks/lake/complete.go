package lake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Missing returns the files of a snapshot that are not on disk: of an earlier
// version, those that vacuum has deleted since.
func (t *Table) Missing(s *Snapshot) []File {
	var missing []File
	for _, f := range s.Files {
		if info, err := os.Stat(f.Path); err != nil || !info.Mode().IsRegular() {
			missing = append(missing, f)
		}
	}
	return missing
}

// Complete returns nil when all files of a snapshot are on disk. Otherwise the error
// names the first one that is not; if vacuum deleted it, the error matches ErrGone
// and names the oldest version that still has all its files, and its time.
func (t *Table) Complete(ctx context.Context, s *Snapshot) error {
	missing := t.Missing(s)
	if len(missing) == 0 {
		return nil
	}
	newest, err := t.Snapshot(ctx)
	if err != nil {
		return err
	}
	if lost := t.Missing(newest); len(lost) > 0 {
		return fmt.Errorf("table %s: not even the newest version is complete, the file %s is missing; barkeep verify tells more", t.table.Name, lost[0].Path)
	}
	oldest, err := t.oldestComplete(ctx, newest)
	if err != nil {
		return err
	}
	from := ""
	if times, err := readTimes(ctx, t.log, newest.Version); err == nil {
		if at, ok := times.at(oldest); ok {
			from = " of " + stamp(at)
		}
	}
	return fmt.Errorf("table %s, version %d: %d of its %d files were deleted after the grace period of vacuum, such as %s: %w; the oldest complete version is %d%s",
		t.table.Name, s.Version, len(missing), len(s.Files), missing[0].Relative, ErrGone, oldest, from)
}

// oldestComplete returns the version from which on no version misses a file that was
// taken out since.
func (t *Table) oldestComplete(ctx context.Context, newest *Snapshot) (int64, error) {
	dead, err := t.Tombstones(ctx, newest)
	if err != nil {
		return 0, err
	}
	// What was taken out by version v is in no version from v on. Removals that
	// only the checkpoint knows came before Since.
	oldest := int64(0)
	for relative, stone := range dead.Files {
		if _, err := os.Stat(filepath.Join(t.dir, filepath.FromSlash(relative))); err == nil {
			continue
		}
		if stone.Version < 0 {
			stone.Version = min(dead.Since, newest.Version)
		}
		oldest = max(oldest, stone.Version)
	}
	list, err := readListing(t.log)
	if err != nil {
		return 0, err
	}
	times, err := readTimes(ctx, t.log, newest.Version)
	if err != nil {
		return 0, err
	}
	if readable, ok := times.oldest(list); ok {
		oldest = max(oldest, readable)
	}
	return oldest, nil
}
