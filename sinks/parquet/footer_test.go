package parquet_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// FuzzReadFooter: whatever the bytes, the structure ends within them.
func FuzzReadFooter(f *testing.F) {
	batches, order := batchesOf(memory.DefaultAllocator, market(2, 3), 10)
	var file bytes.Buffer
	if _, err := parquet.Write(context.Background(), &file, etl.DailyBars, batches, order, parquet.DefaultConfig()); err != nil {
		f.Fatal(err)
	}
	body := file.Bytes()
	if footer, start, err := parquet.ReadFooter(bytes.NewReader(body), int64(len(body))); err != nil || int(start)+len(footer)+8 != len(body) {
		f.Fatal(start, len(footer), err)
	}
	f.Add(body)
	f.Add(body[len(body)-40:])
	f.Add([]byte("PAR1\x19\xfc\xff\xff\xff\xff\x07\x06\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		footer, start, err := parquet.ReadFooter(bytes.NewReader(body), int64(len(body)))
		if err == nil && (start < 4 || int(start)+len(footer)+8 != len(body)) {
			t.Errorf("a footer of %d bytes at %d of %d", len(footer), start, len(body))
		}
	})
}
