package parquet_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// body is where a page without its header lies in a file.
type body struct {
	column   string
	kind     format.PageType
	from, to int
}

// bodies finds the pages of a file by its footer.
func bodies(t *testing.T, path string, data []byte) []body {
	t.Helper()
	var all []body
	for _, g := range metadata(t, path).RowGroups {
		for _, c := range g.Columns {
			m := c.MetaData
			at := int(m.DataPageOffset)
			if m.DictionaryPageOffset > 0 {
				at = int(m.DictionaryPageOffset)
			}
			for end := at + int(m.TotalCompressedSize); at < end; {
				var h format.PageHeader
				in := bytes.NewReader(data[at:end])
				if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(in)).Decode(&h); err != nil {
					t.Fatal(err)
				}
				from := end - in.Len()
				at = from + int(h.CompressedPageSize)
				all = append(all, body{m.PathInSchema[0], h.Type, from, at})
			}
		}
	}
	return all
}

// TestEveryPageIsChecked flips every byte of every page, dictionaries included:
// each must be noticed, whatever the byte stands for.
func TestEveryPageIsChecked(t *testing.T) {
	cfg := parquet.DefaultConfig()
	cfg.Encodings = map[string]parquet.Encoding{"float_or_not": parquet.Plain, "text_or_not": parquet.Plain, "int": parquet.Plain}
	path, _ := write(t, allTypes, []arrow.Record{edges(memory.DefaultAllocator, 12)}, nil, cfg)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.parquet")
	kinds := map[format.PageType]int{}
	for _, b := range bodies(t, path, data) {
		kinds[b.kind]++
		for i := b.from; i < b.to; i++ {
			data[i] ^= 1 << (i % 8)
			if err := os.WriteFile(damaged, data, 0o666); err != nil {
				t.Fatal(err)
			}
			data[i] ^= 1 << (i % 8)
			if readColumn(damaged, allTypes, b.column) == nil {
				t.Errorf("column %s, %v: byte %d of %d flipped and no error", b.column, b.kind, i-b.from, b.to-b.from)
			}
		}
	}
	if kinds[format.DictionaryPage] == 0 || kinds[format.DataPage] < len(allTypes.Columns) {
		t.Errorf("pages by kind: %v", kinds)
	}
}

func readColumn(path string, table etl.Table, column string) error {
	return parquet.Read(context.Background(), path, table, []string{column}, func(arrow.Record) error { return nil })
}
