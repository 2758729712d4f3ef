package parquet_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// FuzzRead feeds damaged files to Read: it returns an error that names the
// file or whole batches, and neither panics nor leaks.
func FuzzRead(f *testing.F) {
	cfg := parquet.DefaultConfig()
	cfg.RowGroupRows = 1024
	for _, n := range []int{1, 40, 1500} {
		path, _ := write(f, allTypes, []arrow.Record{edges(memory.DefaultAllocator, n)}, nil, cfg)
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	symbol := "sh600000"
	data, err := os.ReadFile(writeForeign(f, []foreignBar{{Symbol: &symbol}, {}}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(folder, "damaged.parquet")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		for _, table := range []etl.Table{allTypes, foreignTable} {
			err := parquet.ReadWith(context.Background(), mem, path, table, nil, func(b arrow.Record) error {
				for _, c := range b.Columns() {
					if int64(c.Len()) != b.NumRows() {
						t.Errorf("column of %d rows in a batch of %d", c.Len(), b.NumRows())
					}
				}
				return nil
			})
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("error %v does not name the file", err)
			}
		}
	})
}

// TestReadFlippedBytes damages a file at every second byte in turn. Pages have
// checksums, so that no damage to them goes unnoticed; a footer has none, and
// another name of a nullable column, for one, is a column that is not there.
func TestReadFlippedBytes(t *testing.T) {
	batch := edges(memory.DefaultAllocator, 40)
	path, _ := write(t, allTypes, []arrow.Record{batch}, nil, parquet.DefaultConfig())
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.parquet")
	footer := len(data) - 8 - int(binary.LittleEndian.Uint32(data[len(data)-8:]))
	for i := 0; i < len(data); i += 2 {
		data[i] ^= 0x55
		if err := os.WriteFile(damaged, data, 0o666); err != nil {
			t.Fatal(err)
		}
		data[i] ^= 0x55
		same := true
		err := parquet.Read(context.Background(), damaged, allTypes, nil, func(b arrow.Record) error {
			same = array.RecordEqual(b, batch)
			return nil
		})
		if err == nil && !same && i < footer {
			t.Errorf("byte %d of %d, before the footer: other rows and no error", i, len(data))
		}
	}
}
