package verify

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/sinks/parquet"
)

// maxPageHeader is more than any header takes: those of this program have some 30
// bytes, others put bounds in them.
const maxPageHeader = 1 << 16

// pageReader walks through the pages of one file's columns.
type pageReader struct {
	f    *file
	in   *bufio.Reader
	crc  []byte // scratch
	kept []byte // a page, compressed
	head []byte // its header
}

// checkPages reads every page of the file, sums it, and holds its header against
// the footer.
func (f *file) checkPages(in *os.File) {
	r := &pageReader{f: f, in: bufio.NewReaderSize(nil, 4*maxPageHeader), crc: make([]byte, maxPageHeader)}
	for i, g := range f.footer.RowGroups {
		for leaf := range g.Columns {
			if err := r.chunk(in, g, leaf); err != nil {
				f.fail(CheckChecksum, "row group %d, column %s: %v", i, f.footer.Schema[leaf+1].Name, err)
			}
		}
	}
}

// chunk is one column of one row group while it is read.
type chunk struct {
	meta      format.ColumnMetaData
	group     int64 // rows of the row group
	nullable  bool
	at, first int64 // offset into the file: of the page at hand, of the first data page
	raw, rows int64
	encodings []format.Encoding
}

func (r *pageReader) chunk(in *os.File, g format.RowGroup, leaf int) error {
	meta := g.Columns[leaf].MetaData
	c := &chunk{meta: meta, group: g.NumRows, at: meta.DataPageOffset,
		nullable: r.f.footer.Schema[leaf+1].RepetitionType.V == format.Optional}
	if meta.DictionaryPageOffset != 0 {
		c.at = meta.DictionaryPageOffset
	}
	start := c.at
	end := c.at + meta.TotalCompressedSize
	r.in.Reset(io.NewSectionReader(in, c.at, meta.TotalCompressedSize))
	for c.at < end {
		if err := r.page(c, end); err != nil {
			return fmt.Errorf("the page at byte %d %w", c.at, err)
		}
	}
	switch {
	case c.rows != g.NumRows:
		return fmt.Errorf("its pages hold %d rows, the row group has %d", c.rows, g.NumRows)
	case c.raw != meta.TotalUncompressedSize:
		return fmt.Errorf("its pages have %d bytes unpacked, the footer says %d", c.raw, meta.TotalUncompressedSize)
	case c.first != meta.DataPageOffset && start != meta.DataPageOffset:
		return fmt.Errorf("its first data page is at byte %d, the footer says %d", c.first, meta.DataPageOffset)
	}
	if !r.f.footer.ours {
		return nil
	}
	if c.nullable {
		c.encodings = append(c.encodings, format.RLE)
	}
	if c.first != meta.DataPageOffset || !slices.Equal(c.encodings, meta.Encoding) {
		return errors.New("its pages are encoded otherwise than the footer says")
	}
	return nil
}

// page reads one page. Errors follow the words "the page at byte N".
func (r *pageReader) page(c *chunk, end int64) error {
	peek, err := r.in.Peek(int(min(maxPageHeader, end-c.at)))
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	n, err := parquet.ThriftLength(peek)
	if err != nil {
		return errors.New("has a damaged header")
	}
	var h format.PageHeader
	if err := decodeThrift(peek[:n], &h); err != nil {
		return errors.New("has a damaged header")
	}
	if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || int64(h.CompressedPageSize) > end-c.at-int64(n) ||
		int64(h.UncompressedPageSize) > c.meta.TotalUncompressedSize {
		return fmt.Errorf("has a damaged header: a size of %d bytes, %d unpacked", h.CompressedPageSize, h.UncompressedPageSize)
	}
	head := append(r.head[:0], peek[:n]...)
	r.head = head
	if _, err := r.in.Discard(n); err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	strings := r.f.footer.ours && h.Type == format.DictionaryPage && c.meta.Type == format.ByteArray
	sum, err := r.sum(int64(h.CompressedPageSize), strings)
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	// A checksum of zero counts as none elsewhere; here every page has one.
	if sum != uint32(h.CRC) && (h.CRC != 0 || r.f.footer.ours) {
		return fmt.Errorf("has the checksum %08x and must have %08x", sum, uint32(h.CRC))
	}
	if err := c.header(h, head, r.f.footer.ours); err != nil {
		return err
	}
	if r.f.footer.ours && h.Type == format.DictionaryPage && !r.counted(h, c.meta.Type) {
		return errors.New("has a damaged header: it does not have so many values")
	}
	c.raw += int64(n) + int64(h.UncompressedPageSize)
	c.at += int64(n) + int64(h.CompressedPageSize)
	return nil
}

// counted says that a dictionary has as many values as its header says.
func (r *pageReader) counted(h format.PageHeader, t format.Type) bool {
	n, size := int64(h.DictionaryPageHeader.V.NumValues), int64(h.UncompressedPageSize)
	switch t {
	case format.Int32:
		return 4*n == size
	case format.Int64, format.Double:
		return 8*n == size
	}
	raw, err := unpacker().DecodeAll(r.kept, nil)
	if err != nil || int64(len(raw)) != size {
		return false
	}
	for ; len(raw) >= 4; n-- { // each string follows its length
		length := uint64(binary.LittleEndian.Uint32(raw))
		if length > uint64(len(raw)-4) {
			return false
		}
		raw = raw[4+length:]
	}
	return len(raw) == 0 && n == 0
}

// unpacker is one for all: it may be used from several goroutines at once.
// Dictionaries of this program end at a megabyte.
var unpacker = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(maxWorkers), zstd.WithDecoderMaxMemory(16<<20))
	if err != nil {
		panic("verify: zstd refuses constant options: " + err.Error())
	}
	return d
})

// sum reads n bytes and returns their checksum. What is kept lies in r.kept until
// the next call.
func (r *pageReader) sum(n int64, keep bool) (uint32, error) {
	sum := uint32(0)
	r.kept = r.kept[:0]
	for n > 0 {
		part := r.crc[:min(n, int64(len(r.crc)))]
		if _, err := io.ReadFull(r.in, part); err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, crc32.IEEETable, part)
		if keep {
			r.kept = append(r.kept, part...)
		}
		n -= int64(len(part))
	}
	return sum, nil
}

// header counts the page's rows. Of this program's pages every byte is known.
func (c *chunk) header(h format.PageHeader, body []byte, ours bool) error {
	how := format.Plain
	switch {
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid && c.first == 0:
		if ours && len(c.encodings) > 0 {
			return errors.New("is a second dictionary")
		}
		if c.meta.DictionaryPageOffset == 0 && ours {
			return errors.New("is a dictionary, of which the footer says nothing")
		}
		how = h.DictionaryPageHeader.V.Encoding
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		c.data(int64(h.DataPageHeader.V.NumValues))
		how = h.DataPageHeader.V.Encoding
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid && !ours:
		c.data(int64(h.DataPageHeaderV2.V.NumValues))
	case h.Type == format.IndexPage && !ours:
	default:
		return errors.New("has a damaged header: it is of no known kind")
	}
	if !ours {
		return nil
	}
	if want, err := thrift.Marshal(new(thrift.CompactProtocol), c.expected(h, how)); err != nil || !bytes.Equal(body, want) {
		return errors.New("has a damaged header: it is not one that barkeep writes")
	}
	if len(c.encodings) == 0 || c.encodings[len(c.encodings)-1] != how {
		c.encodings = append(c.encodings, how)
	}
	return nil
}

func (c *chunk) data(rows int64) {
	if c.first == 0 {
		c.first = c.at
	}
	c.rows += max(rows, 0)
}

// expected returns the header that this program writes for a page of this kind and
// these counts.
func (c *chunk) expected(h format.PageHeader, how format.Encoding) format.PageHeader {
	want := format.PageHeader{Type: h.Type, UncompressedPageSize: h.UncompressedPageSize, CompressedPageSize: h.CompressedPageSize, CRC: h.CRC}
	if h.Type == format.DictionaryPage {
		want.DictionaryPageHeader = thrift.New(format.DictionaryPageHeader{NumValues: h.DictionaryPageHeader.V.NumValues, Encoding: format.Plain})
		return want
	}
	want.DataPageHeader = thrift.New(format.DataPageHeader{
		NumValues: h.DataPageHeader.V.NumValues, Encoding: how,
		DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	})
	return want
}
