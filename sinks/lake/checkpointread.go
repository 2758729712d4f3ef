package lake

import (
	"bytes"
	"fmt"
	"os"

	pq "github.com/parquet-go/parquet-go"

	"barkeep/sinks/parquet"
)

// readCheckpoint reads the state a checkpoint holds, written by this package
// or by any other. Columns it does not know are passed over.
func readCheckpoint(c checkpoint) (*state, error) {
	s := newState()
	for _, file := range c.files {
		body, err := os.ReadFile(file)
		if err == nil {
			err = decodeCheckpoint(body, s)
		}
		if err != nil {
			return nil, fmt.Errorf("checkpoint %s: %w", file, err)
		}
	}
	if s.protocol == nil || s.metaData == nil {
		return nil, fmt.Errorf("checkpoint %s: holds no protocol or no metaData row", c.files[0])
	}
	s.version = c.version
	return s, nil
}

// maxCheckpointRows bounds how long a damaged footer can keep the reader busy.
const maxCheckpointRows = 1 << 22

// decodeCheckpoint applies the rows of one Parquet file to s, column by column:
// a state of thousands of files is read for every snapshot. The Parquet
// library panics on some damaged files, which here is one more way to be
// damaged.
func decodeCheckpoint(body []byte, s *state) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not a readable Parquet file: %v", p)
		}
	}()
	if _, _, err := parquet.ReadFooter(bytes.NewReader(body), int64(len(body))); err != nil {
		return fmt.Errorf("not a readable Parquet file: %w", err)
	}
	file, err := pq.OpenFile(bytes.NewReader(body), int64(len(body)), pq.SkipBloomFilters(true), pq.SkipPageIndex(true))
	if err != nil {
		return err
	}
	rows := file.NumRows()
	if rows < 0 || rows > maxCheckpointRows {
		return fmt.Errorf("not a readable Parquet file: %d rows", rows)
	}
	r := &columnReader{root: file.Root(), rows: int(rows)}
	next := []func(row int) *action{r.protocols(), r.metaDatas(), r.txns(), r.adds(), r.removes()}
	if r.err != nil {
		return r.err
	}
	for row := range r.rows { // INVARIANT: no columns, or as long as the file says
		for _, kind := range next {
			if a := kind(row); a != nil {
				if err := s.apply(a, -1); err != nil {
					return err
				}
				break // a row holds one action
			}
		}
	}
	return nil
}

// protocols returns what reads the protocol action of a row, nil if the row
// holds another one. So do the methods that follow.
func (r *columnReader) protocols() func(int) *action {
	reader, writer := r.numbers("protocol", "minReaderVersion"), r.numbers("protocol", "minWriterVersion")
	return func(row int) *action {
		if !reader.has(row) {
			return nil
		}
		return &action{Protocol: &protocol{int32(reader.at(row)), int32(writer.at(row))}}
	}
}

func (r *columnReader) metaDatas() func(int) *action {
	id, name, description := r.texts("metaData", "id"), r.texts("metaData", "name"), r.texts("metaData", "description")
	provider, options := r.texts("metaData", "format", "provider"), r.maps("metaData", "format", "options")
	schema, partition := r.texts("metaData", "schemaString"), r.lists("metaData", "partitionColumns")
	configuration, created := r.maps("metaData", "configuration"), r.numbers("metaData", "createdTime")
	return func(row int) *action {
		if !schema.has(row) {
			return nil
		}
		return &action{MetaData: &metaData{
			ID: id.at(row), Name: name.at(row), Description: description.at(row),
			Format:       format{Provider: provider.at(row), Options: notNull(options[row])},
			SchemaString: schema.at(row), PartitionColumns: append([]string{}, partition[row]...),
			Configuration: notNull(configuration[row]), CreatedTime: created.at(row),
		}}
	}
}

func (r *columnReader) txns() func(int) *action {
	appID, version, updated := r.texts("txn", "appId"), r.numbers("txn", "version"), r.numbers("txn", "lastUpdated")
	return func(row int) *action {
		if !appID.has(row) {
			return nil
		}
		txn := &transaction{AppID: appID.at(row), Version: version.at(row)}
		if updated.has(row) {
			ms := updated.at(row)
			txn.LastUpdated = &ms
		}
		return &action{Txn: txn}
	}
}

func (r *columnReader) adds() func(int) *action {
	path, values := r.texts("add", "path"), r.maps("add", "partitionValues")
	size, modified := r.numbers("add", "size"), r.numbers("add", "modificationTime")
	stats, tags := r.texts("add", "stats"), r.maps("add", "tags")
	return func(row int) *action {
		if !path.has(row) {
			return nil
		}
		return &action{Add: &addFile{
			Path: path.at(row), PartitionValues: values[row], Size: size.at(row),
			ModificationTime: modified.at(row), Stats: stats.at(row), Tags: tags[row],
		}}
	}
}

func (r *columnReader) removes() func(int) *action {
	path, values := r.texts("remove", "path"), r.maps("remove", "partitionValues")
	deleted, size := r.numbers("remove", "deletionTimestamp"), r.numbers("remove", "size")
	extended := r.numbers("remove", "extendedFileMetadata")
	return func(row int) *action {
		if !path.has(row) {
			return nil
		}
		return &action{Remove: &removeFile{
			Path: path.at(row), DeletionTimestamp: deleted.at(row), ExtendedFileMetadata: extended.at(row) != 0,
			PartitionValues: values[row], Size: size.at(row),
		}}
	}
}

// notNull turns the null values of a map into empty strings.
func notNull(m map[string]*string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		if v != nil {
			out[k] = *v
		} else {
			out[k] = ""
		}
	}
	return out
}
