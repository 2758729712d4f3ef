package parquet

import (
	"context"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
)

// ReadWith is Read with an allocator that checks.
func ReadWith(ctx context.Context, mem memory.Allocator, path string, table etl.Table, columns []string, yield func(arrow.Record) error) error {
	return read(ctx, mem, path, table, columns, nil, yield)
}
