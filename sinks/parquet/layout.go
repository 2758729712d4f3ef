package parquet

import (
	"bytes"
	"encoding/binary"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// createdBy is in the form that readers parse. Its version is that of the layout
// this package writes, so that equal rows make equal files whatever the program.
const createdBy = "barkeep version 1.0.0 (build parquet-go)"

// rowGroup writes the chunks and notes where they lie.
func (w *Writer) rowGroup(rows []Row) error {
	group := format.RowGroup{
		NumRows:        int64(len(rows)),
		FileOffset:     w.offset,
		Ordinal:        int16(len(w.groups)),
		SortingColumns: w.sortingColumns(rows),
	}
	for i := range w.chunks {
		c := &w.chunks[i]
		w.bounds[i].add(&c.bounds)
		if c.meta.DataPageOffset > 0 {
			c.meta.DictionaryPageOffset = w.offset
		}
		c.meta.DataPageOffset += w.offset
		group.Columns = append(group.Columns, format.ColumnChunk{FileOffset: w.offset, MetaData: c.meta})
		group.TotalByteSize += c.meta.TotalUncompressedSize
		group.TotalCompressedSize += c.meta.TotalCompressedSize
		if err := w.put(c.data); err != nil {
			return err
		}
	}
	w.groups = append(w.groups, group)
	w.rows += int64(len(rows))
	return nil
}

// footer writes the file's metadata, which a reader finds from the end.
func (w *Writer) footer() error {
	schema, orders := schemaOf(w.table)
	var buf bytes.Buffer
	protocol := new(thrift.CompactProtocol)
	if err := thrift.NewEncoder(protocol.NewWriter(&buf)).Encode(&format.FileMetaData{
		Version:      2, // of the format: delta and byte stream split came with it
		Schema:       schema,
		NumRows:      w.rows,
		RowGroups:    w.groups,
		CreatedBy:    createdBy,
		ColumnOrders: orders,
	}); err != nil {
		return err
	}
	size := binary.LittleEndian.AppendUint32(nil, uint32(buf.Len()))
	buf.Write(size)
	buf.WriteString("PAR1")
	return w.put(buf.Bytes())
}

func (w *Writer) put(p []byte) error {
	n, err := w.out.Write(p)
	w.offset += int64(n)
	return err
}
