package compact

import "time"

// Report says what a run did. After an error it holds what was done before it, or
// in spite of it.
type Report struct {
	Table       string        `json:"table"`
	Merges      []Merge       `json:"merges"` // in the order of the partitions; empty when nothing was due
	FilesBefore int           `json:"files_before"`
	FilesAfter  int           `json:"files_after"`
	BytesBefore int64         `json:"bytes_before"`
	BytesAfter  int64         `json:"bytes_after"`
	Rows        int64         `json:"rows"`
	Took        time.Duration `json:"took_ns"`
	// Warning is what went wrong around the commits without harm to them, such as a
	// checkpoint that could not be written. Nil if nothing.
	Warning error `json:"-"`
}

// Merge is one commit: some files of a partition became fewer.
type Merge struct {
	Partition   string        `json:"partition"` // as in the path, such as year=2024; empty in a table without partitions
	FilesBefore int           `json:"files_before"`
	FilesAfter  int           `json:"files_after"`
	BytesBefore int64         `json:"bytes_before"`
	BytesAfter  int64         `json:"bytes_after"`
	Rows        int64         `json:"rows"`
	Version     int64         `json:"version"` // of the commit
	Took        time.Duration `json:"took_ns"`
}

func (r *Report) add(m Merge) {
	r.Merges = append(r.Merges, m)
	r.FilesBefore += m.FilesBefore
	r.FilesAfter += m.FilesAfter
	r.BytesBefore += m.BytesBefore
	r.BytesAfter += m.BytesAfter
	r.Rows += m.Rows
}
