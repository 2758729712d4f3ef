package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/sinks/parquet"
)

// writeFile writes the rows of one part under a name never used before. The
// batches have the columns of the table's files. When it returns, the file is
// on disk, whole, and no log names it.
func (t *Table) writeFile(ctx context.Context, p part, batches []arrow.Record) (File, *addFile, error) {
	if err := ctx.Err(); err != nil {
		return File{}, nil, err
	}
	name, err := dataName()
	if err != nil {
		return File{}, nil, err
	}
	disk, dir := t.lake.disk, filepath.Join(t.dir, t.partition.dir(p.place))
	if err := disk.mkdir(dir); err != nil {
		return File{}, nil, err
	}
	tmp, final := filepath.Join(dir, tmpName(tmpData)), filepath.Join(dir, name)
	stats, err := t.writeParquet(ctx, tmp, p, batches)
	if err == nil {
		err = disk.rename(tmp, final)
	}
	if err != nil {
		return File{}, nil, errors.Join(err, disk.remove(tmp))
	}
	if err := disk.syncDir(dir); err != nil {
		return File{}, nil, errors.Join(err, disk.remove(final))
	}
	f, add, err := t.describe(p, final, stats)
	if err != nil {
		return File{}, nil, errors.Join(err, disk.remove(final))
	}
	return f, add, nil
}

func (t *Table) writeParquet(ctx context.Context, path string, p part, batches []arrow.Record) (parquet.Stats, error) {
	if err := t.lake.disk.before("create", path); err != nil {
		return parquet.Stats{}, err
	}
	stats, err := parquet.Write(ctx, path, t.stored, batches, p.order, t.lake.config.Parquet)
	if err != nil {
		return stats, err
	}
	if stats.Rows != p.rows {
		return stats, fmt.Errorf("file %s has %d rows, %d were given", path, stats.Rows, p.rows)
	}
	return stats, t.lake.disk.before("fsync", path)
}

// describe returns a finished file as the log and as the caller see it.
func (t *Table) describe(p part, path string, stats parquet.Stats) (File, *addFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return File{}, nil, err
	}
	text, err := encodeStats(t.stored, stats)
	if err != nil {
		return File{}, nil, err
	}
	relative, err := filepath.Rel(t.dir, path)
	if err != nil {
		return File{}, nil, err
	}
	relative = filepath.ToSlash(relative)
	add := &addFile{
		Path: escapePath(relative), PartitionValues: t.partition.values(p.place), Size: info.Size(),
		ModificationTime: info.ModTime().UnixMilli(), DataChange: true, Stats: text,
	}
	f, err := t.file(relative, liveFile{add, -1})
	return f, add, err
}

// drop removes data files that no commit names and none will.
func (t *Table) drop(files []File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, t.lake.disk.remove(f.Path))
	}
	return errors.Join(errs...)
}
