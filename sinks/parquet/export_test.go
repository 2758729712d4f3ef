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

// CompressWords returns the zstd frame of a page whose 8-byte floats begin
// after start bytes.
func CompressWords(page []byte, start int) []byte { return newWords().compress(nil, page, start) }

// Store returns the zstd frame that holds a page as it is.
func Store(page []byte) []byte { return appendStored(nil, page) }

// AppendIndexes appends dictionary positions.
var AppendIndexes = appendIndexes
