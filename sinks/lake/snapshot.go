package lake

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// Snapshot is a table at one version: a consistent set of files, unchanged by
// whatever is committed later. The files stay on disk at least as long as
// vacuum's grace period.
type Snapshot struct {
	Version      int64            // -1 and nothing else when the table does not exist yet
	Files        []File           // the live files, by Year or Day, then Relative: within a partition oldest first
	Transactions map[string]int64 // appID -> version, as given to Append and Mark
	ID           string           // the table's UUID
	Committed    time.Time        // when Version was committed: the modification time of its file in the log
	// Warning is what was wrong without harm: checkpoints that could not be
	// read, so that commits were read in their place. Nil if nothing.
	Warning error

	state *state
}

// File is one live data file.
type File struct {
	Path     string        // absolute
	Relative string        // to the table's directory, with slashes, as in the log but decoded
	Year     int           // the partition of a table split by year, else 0
	Day      schedules.Day // the partition of a table split by day, else 0
	Rows     int64         // -1 when another program wrote the file and did not say
	Bytes    int64
	Days     []DayRange // bounds of the Date columns that have any
	Added    int64      // the version that added the file; -1 when the snapshot began at a checkpoint that held it, for checkpoints do not say
	Modified time.Time

	add *addFile // as the log has it, or will
}

// Stats returns what the log says of the file's content, the JSON of Delta's
// per-file statistics; empty when another program wrote the file and did not say.
func (f File) Stats() string {
	if f.add == nil {
		return ""
	}
	return f.add.Stats
}

func (f *File) place() place { return place{f.Year, f.Day} }

// DayRange returns the bounds of a Date column. Without ok nothing is known
// and every date is possible.
func (f File) DayRange(column string) (low, high schedules.Day, ok bool) {
	for _, d := range f.Days {
		if d.Column == column {
			return d.Min, d.Max, true
		}
	}
	return 0, 0, false
}

// Rows returns the number of rows in all files.
func (s *Snapshot) Rows() int64 {
	var n int64
	for _, f := range s.Files {
		n += max(f.Rows, 0)
	}
	return n
}

// Bytes returns the size of all files.
func (s *Snapshot) Bytes() int64 {
	var n int64
	for _, f := range s.Files {
		n += f.Bytes
	}
	return n
}

// Newest returns a snapshot of the same version that has only the n files which
// were written last, in the newest partitions that hold so many: Scan of
// Newest(1) reads back what the last Append wrote to the newest day, without a
// look at the other files. Files of one writer are told apart by time exactly,
// those of several by their clocks.
func (s *Snapshot) Newest(n int) *Snapshot {
	part := *s
	part.Files = s.Files[len(s.Files)-min(max(n, 0), len(s.Files)):]
	return &part
}

// NewestDay returns the greatest day among the partitions, and a snapshot of the
// same version that has only its files; 0 and no files when there are none.
func (s *Snapshot) NewestDay() (schedules.Day, *Snapshot) {
	if len(s.Files) == 0 {
		return 0, s
	}
	day := s.Files[len(s.Files)-1].Day
	first := slices.IndexFunc(s.Files, func(f File) bool { return f.Day == day })
	return day, s.Newest(len(s.Files) - first)
}

// Snapshot reads the newest version. The log is checked on the way: a missing
// commit or a line that is not JSON is a LogError, a table that asks for a
// newer reader a ProtocolError.
func (t *Table) Snapshot(ctx context.Context) (*Snapshot, error) {
	return t.snapshot(ctx, newestVersion)
}

// SnapshotAt reads the table as of an earlier version. Its files may be gone
// if it is older than vacuum's grace period, see Missing. When the log no longer
// reaches back to it the error matches ErrGone and names the oldest version that
// can be read.
func (t *Table) SnapshotAt(ctx context.Context, version int64) (*Snapshot, error) {
	if version < 0 {
		return nil, fmt.Errorf("read table %s: there is no version %d", t.table.Name, version)
	}
	snap, err := t.snapshot(ctx, version)
	if err != nil {
		return nil, t.explain(ctx, version, err)
	}
	return snap, nil
}

func (t *Table) snapshot(ctx context.Context, version int64) (*Snapshot, error) {
	st, err := t.load(ctx, version)
	if err != nil {
		return nil, err
	}
	snap := &Snapshot{Version: st.version, Transactions: map[string]int64{}, Warning: st.bypassed, state: st}
	if st.version < 0 {
		return snap, nil
	}
	snap.ID = st.metaData.ID
	for id, txn := range st.txns {
		snap.Transactions[id] = txn.Version
	}
	if snap.Files, err = t.files(st); err != nil {
		return nil, fmt.Errorf("read table %s: %w", t.table.Name, err)
	}
	if st.committed != 0 {
		snap.Committed = time.UnixMilli(st.committed)
	}
	return snap, nil
}

func (t *Table) files(st *state) ([]File, error) {
	files := make([]File, 0, len(st.adds))
	for relative, live := range st.adds {
		f, err := t.file(relative, live)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	sortFiles(files)
	return files, nil
}

func sortFiles(files []File) {
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(a.place().compare(b.place()), cmp.Compare(a.Relative, b.Relative))
	})
}

func (t *Table) file(relative string, live liveFile) (File, error) {
	f := File{
		Path:     t.dir + string(filepath.Separator) + filepath.FromSlash(relative),
		Relative: relative,
		Bytes:    live.Size,
		Added:    live.added,
		Modified: time.UnixMilli(live.ModificationTime),
		add:      live.addFile,
	}
	f.Rows, f.Days = decodeStats(live.Stats, t.dates)
	p := t.partition
	if p.key == "" {
		return f, nil
	}
	value := live.PartitionValues[p.key]
	if value == nil {
		return f, fmt.Errorf("file %s has no partition value for %s", relative, p.key)
	}
	at, err := p.parse(*value)
	if err != nil {
		return f, fmt.Errorf("file %s: %w", relative, err)
	}
	f.Year, f.Day = at.year, at.day
	if p.day {
		f.Days = append(f.Days, DayRange{Column: p.key, Min: at.day, Max: at.day})
	}
	return f, nil
}

// Overlaps returns a filter for Scan that keeps the files which may hold a
// date within low..high, both included: by the statistics, or by the partition
// where there are none.
func Overlaps(t etl.Table, column string, low, high schedules.Day) func(File) bool {
	return func(f File) bool {
		if first, last, ok := f.DayRange(column); ok {
			return first <= high && last >= low
		}
		if column == t.Year && f.Year != 0 {
			return f.Year >= low.Year() && f.Year <= high.Year()
		}
		return true
	}
}
