package parquet_test

import (
	"context"
	"errors"
	"os"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// writeFile writes a file that must not exist and does not when writing fails. It
// is flushed, as those of a lake are.
func writeFile(ctx context.Context, path string, table etl.Table, batches []arrow.Record, order []parquet.Row, cfg parquet.Config) (stats parquet.Stats, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return stats, err
	}
	if stats, err = parquet.Write(ctx, f, table, batches, order, cfg); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return parquet.Stats{}, errors.Join(err, os.Remove(path))
	}
	return stats, nil
}
