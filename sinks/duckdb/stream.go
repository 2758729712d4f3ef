//go:build cgo

package duckdb

/*
#include <stdint.h>

// The part of DuckDB's C interface (duckdb.h) that runs a query as a stream.
// The driver's own calls collect the whole result in memory, outside the
// memory limit: 30 million rows of four numbers took 990 MB that way and take
// 36 MB this way.
typedef struct {
	uint64_t deprecated_column_count;
	uint64_t deprecated_row_count;
	uint64_t deprecated_rows_changed;
	void *deprecated_columns;
	char *deprecated_error_message;
	void *internal_data;
} stream_result;

extern int duckdb_execute_prepared_streaming(void *prepared, stream_result *out);
extern void *duckdb_fetch_chunk(stream_result result);
extern const char *duckdb_result_error(stream_result *result);
extern void duckdb_destroy_result(stream_result *result);
extern uint64_t duckdb_column_count(stream_result *result);
extern const char *duckdb_column_name(stream_result *result, uint64_t column);
extern void *duckdb_column_logical_type(stream_result *result, uint64_t column);
*/
import "C"

import (
	"github.com/marcboeker/go-duckdb/mapping"
)

// stream is a running query. Only so many rows are computed ahead as fit into
// DuckDB's streaming buffer of about 1 MB.
type stream struct {
	result C.stream_result
}

// startStream runs a prepared statement. The stream must be closed, after an
// error as well.
func startStream(prepared mapping.PreparedStatement) (*stream, error) {
	s := new(stream)
	if C.duckdb_execute_prepared_streaming(prepared.Ptr, &s.result) != 0 {
		return s, s.failure()
	}
	return s, nil
}

// failure returns what went wrong, or nil.
func (s *stream) failure() error {
	if text := C.duckdb_result_error(&s.result); text != nil {
		return newQueryError(C.GoString(text))
	}
	return nil
}

// next returns the next chunk of up to 2,048 rows, which the caller destroys,
// or ok == false at the end.
func (s *stream) next() (chunk mapping.DataChunk, ok bool, err error) {
	chunk.Ptr = C.duckdb_fetch_chunk(s.result)
	if chunk.Ptr == nil {
		return chunk, false, s.failure()
	}
	return chunk, true, nil
}

func (s *stream) close() { C.duckdb_destroy_result(&s.result) }

// columns returns the columns of the result, not yet bound to a chunk.
func (s *stream) columns() ([]*column, error) {
	columns := make([]*column, int(C.duckdb_column_count(&s.result)))
	for i := range columns {
		logical := mapping.LogicalType{Ptr: C.duckdb_column_logical_type(&s.result, C.uint64_t(i))}
		c, err := newColumn(C.GoString(C.duckdb_column_name(&s.result, C.uint64_t(i))), logical)
		mapping.DestroyLogicalType(&logical)
		if err != nil {
			return nil, err
		}
		columns[i] = c
	}
	return columns, nil
}
