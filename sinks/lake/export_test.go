package lake

import (
	"context"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// Fault puts f before every change to the file system. An error of f takes the
// place of the change.
func (l *Lake) Fault(f func(op, path string) error) { l.disk.Before = f }

const LeftoverAge = leftoverAge

var (
	CommitName     = commitName
	CheckpointName = checkpointName
	EscapePath     = escapePath
	UnescapePath   = unescapePath
	EncodeStats    = encodeStats
	DecodeStats    = decodeStats
	UpperPrefix    = upperPrefix
)

// WriteCheckpoint writes the checkpoint of any version.
func (t *Table) WriteCheckpoint(ctx context.Context, version int64) error {
	return t.writeCheckpoint(ctx, version)
}

// SortRows returns the sorted order, nil for "as they come".
func SortRows(t etl.Table, batches []arrow.Record) ([]parquet.Row, error) {
	rows := 0
	for _, b := range batches {
		rows += int(b.NumRows())
	}
	return sortRows(t, batches, rows)
}

// DecodeCommit counts the actions of a commit.
func DecodeCommit(file string, body []byte) (n int, err error) {
	s := newState()
	err = decodeActions(file, body, func(a *action) error { n++; return s.apply(a, 0) })
	return n, err
}

// DecodeCheckpoint counts the live files of a checkpoint.
func DecodeCheckpoint(body []byte) (int, error) {
	s := newState()
	err := decodeCheckpoint(body, s)
	return len(s.adds), err
}

// Retention reads a duration as the property for tombstones holds it.
func Retention(property string) time.Duration {
	s := newState()
	s.metaData = &metaData{Configuration: map[string]string{"delta.deletedFileRetentionDuration": property}}
	return s.retention()
}
