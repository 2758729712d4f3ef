package vacuum

import "time"

// Report says what a run did, or would do.
type Report struct {
	Table   string    `json:"table"`
	Version int64     `json:"version"` // the newest, by which files were judged; -1 when there is no table
	Before  time.Time `json:"before"`  // what was taken out, or last written, before this time was deleted
	DryRun  bool      `json:"dry_run"` // nothing was touched: Deleted is what would be
	Deleted []File    `json:"deleted"` // by path
	Bytes   int64     `json:"bytes"`   // of Deleted

	// Young is the number of files that are not in the table and stay for now, as
	// they are within the grace period or a catalog on offer may name them.
	Young      int   `json:"young"`
	YoungBytes int64 `json:"young_bytes"`

	Foreign  []string      `json:"foreign"`  // paths of what is none of the table's; stays
	Problems []string      `json:"problems"` // what looked wrong and was left alone for that
	Took     time.Duration `json:"took_ns"`
}

// Reason is why a file is deleted.
type Reason string

// The reasons.
const (
	Removed  Reason = "removed"  // taken out of the table
	Orphan   Reason = "orphan"   // data that was never committed
	Leftover Reason = "leftover" // a temporary file of a writer that died
)

// File is one file that was deleted.
type File struct {
	Path   string `json:"path"` // relative to the table's directory, with slashes
	Bytes  int64  `json:"bytes"`
	Reason Reason `json:"reason"`
	// Since is when it was taken out of the table, or else last written.
	Since time.Time `json:"since"`
	// Version is the commit that took it out; -1 for other reasons, or when the log
	// no longer has that commit.
	Version int64 `json:"version"`
}
