package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/disk"
	"barkeep/sinks/parquet"
)

// NewFile is a data file being written, which no commit names yet. It ends with
// Finish or with Discard. Its methods are called from one goroutine.
type NewFile struct {
	table      *Table
	place      place
	tmp, final string
	out        *disk.File
	writer     *parquet.Writer
}

// NewFile begins a file for the partition that like lies in. Files of a
// partition are in the order of their names; the new name comes after like's and
// before those of files written later, so that what is rewritten keeps its place.
func (t *Table) NewFile(like File) (*NewFile, error) {
	name, err := dataNameAfter(filepath.Base(like.Path))
	if err != nil {
		return nil, err
	}
	return t.newFile(like.place(), name)
}

func (t *Table) newFile(at place, name string) (_ *NewFile, err error) {
	dir := filepath.Join(t.dir, t.partition.dir(at))
	f := &NewFile{table: t, place: at, tmp: filepath.Join(dir, tmpName(tmpData)), final: filepath.Join(dir, name)}
	if err := t.lake.disk.Mkdir(dir); err != nil {
		return nil, err
	}
	if f.out, err = t.lake.disk.Create(f.tmp); err != nil {
		return nil, err
	}
	if f.writer, err = parquet.NewWriter(f.out, t.stored, t.lake.config.Parquet); err != nil {
		return nil, errors.Join(err, f.abandon())
	}
	return f, nil
}

// Write appends rows of the batches, in the given order or as they come if that
// is nil. The batches have the columns of Table.Stored. Pieces are best as long as
// a row group, see Table.RowGroupRows. Rows arrive sorted: Write does not look.
func (f *NewFile) Write(ctx context.Context, batches []arrow.Record, order []parquet.Row) error {
	if err := f.writer.Write(ctx, batches, order); err != nil {
		return fmt.Errorf("write %s: %w", f.tmp, err)
	}
	return nil
}

// Finish makes the file whole and durable under its final name, where it lies
// unseen until a commit names it. After an error nothing is left of it.
func (f *NewFile) Finish() (File, error) {
	file, _, err := f.finish()
	return file, err
}

func (f *NewFile) finish() (File, *addFile, error) {
	disk := f.table.lake.disk
	stats, err := f.writer.Close()
	f.writer = nil
	if err == nil {
		err = f.out.Sync()
	}
	err = errors.Join(err, f.out.Close())
	f.out = nil
	if err == nil {
		err = disk.Rename(f.tmp, f.final)
	}
	if err != nil {
		return File{}, nil, errors.Join(fmt.Errorf("write %s: %w", f.tmp, err), disk.Remove(f.tmp))
	}
	file, add, err := f.describe(stats)
	if err == nil {
		err = disk.SyncDir(filepath.Dir(f.final))
	}
	if err != nil {
		return File{}, nil, errors.Join(err, disk.Remove(f.final))
	}
	return file, add, nil
}

// Discard gives an unfinished file up.
func (f *NewFile) Discard() error {
	if f.out == nil {
		return nil
	}
	return f.abandon()
}

func (f *NewFile) abandon() error {
	if f.writer != nil {
		_, _ = f.writer.Close() // the content goes anyway
	}
	err := f.out.Close()
	f.out, f.writer = nil, nil
	return errors.Join(err, f.table.lake.disk.Remove(f.tmp))
}

// describe returns a finished file as the log and as the caller see it.
func (f *NewFile) describe(stats parquet.Stats) (File, *addFile, error) {
	t := f.table
	info, err := os.Stat(f.final)
	if err != nil {
		return File{}, nil, err
	}
	if info.Size() != stats.Bytes {
		return File{}, nil, fmt.Errorf("%s has %d bytes, %d were written", f.final, info.Size(), stats.Bytes)
	}
	text, err := encodeStats(t.stored, stats)
	if err != nil {
		return File{}, nil, err
	}
	relative, err := filepath.Rel(t.dir, f.final)
	if err != nil {
		return File{}, nil, err
	}
	relative = filepath.ToSlash(relative)
	add := &addFile{
		Path: escapePath(relative), PartitionValues: t.partition.values(f.place), Size: info.Size(),
		ModificationTime: info.ModTime().UnixMilli(), DataChange: true, Stats: text,
	}
	file, err := t.file(relative, liveFile{add, -1})
	return file, add, err
}

// Stored returns the definition of the table's files: without the column that
// their path tells.
func (t *Table) Stored() etl.Table { return t.stored }

// RowGroupRows returns the number of rows of a full row group.
func (t *Table) RowGroupRows() int { return t.lake.config.Parquet.RowGroupRows }

// DropUncommitted removes finished files that no commit names and none will.
func (t *Table) DropUncommitted(files []File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, t.lake.disk.Remove(f.Path))
	}
	return errors.Join(errs...)
}
