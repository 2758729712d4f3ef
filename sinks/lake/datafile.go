package lake

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
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
	f, err := t.newFile(p.place, name)
	if err != nil {
		return File{}, nil, err
	}
	if err := f.Write(ctx, batches, p.order); err != nil {
		return File{}, nil, errors.Join(err, f.Discard())
	}
	file, add, err := f.finish()
	if err == nil && file.Rows != p.rows {
		err = errors.Join(fmt.Errorf("file %s has %d rows, %d were given", file.Path, file.Rows, p.rows), t.DropUncommitted([]File{file}))
	}
	return file, add, err
}
