package parquet

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/bytestreamsplit"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/plain"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
)

// chunk is one column of one row group, encoded and compressed.
type chunk struct {
	meta   format.ColumnMetaData // offsets relative to data until it is written
	data   []byte                // the dictionary page, if any, then the data pages
	bounds bounds
}

// encoder turns columns into chunks. It owns the scratch memory of one
// goroutine, about four times the raw size of a column of a row group.
type encoder struct {
	zstd *zstd.Encoder

	gathered gathered
	numbers  numbers
	texts    texts
	indexes  []int32 // dictionary positions of the values
	moved    []int32
	levels   []byte // definition levels of a page
	values   []byte // values of a page
	page     []byte // levels and values
	packed   []byte // the page, compressed

	header   bytes.Buffer
	protocol thrift.CompactProtocol
}

// encoders keeps encoders, with their scratch memory, from file to file, by
// level of compression.
var encoders = func() map[string]*sync.Pool {
	pools := make(map[string]*sync.Pool)
	for name, level := range levels {
		pools[name] = &sync.Pool{New: func() any {
			z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1),
				zstd.WithEncoderCRC(false), // pages have a checksum of their own
				zstd.WithZeroFrames(true),
				zstd.WithAllLitEntropyCompression(true)) // pays for plain floats, where nothing repeats
			if err != nil {
				panic("parquet: zstd refuses constant options: " + err.Error())
			}
			return &encoder{zstd: z}
		}}
	}
	return pools
}()

// encode fills out with the rows of the column: one page, unless long strings
// make that page too large.
func (e *encoder) encode(c *column, rows []Row, out *chunk) error {
	g := &e.gathered
	g.gather(c, rows)
	out.bounds = g.bounds
	out.data = out.data[:0]
	out.meta = format.ColumnMetaData{
		Type:         physical(c.Type),
		PathInSchema: []string{c.Name},
		Codec:        format.Zstd,
		NumValues:    int64(len(rows)),
		Statistics:   g.bounds.footer(c.Type),
	}
	how, err := e.prepare(c, out)
	if err != nil {
		return err
	}
	pageRows := len(rows)
	if c.Type == etl.String && how == format.Plain {
		pageRows = textPageRows(c, g.rows, pageRows)
	}
	out.meta.DataPageOffset = int64(len(out.data))
	for from, value := 0, 0; from < len(rows); from += pageRows {
		to := min(from+pageRows, len(rows))
		next := value + g.valuesIn(from, to)
		if err := e.dataPage(c, how, from, to, value, next, out); err != nil {
			return err
		}
		value = next
	}
	out.meta.Encoding = append(out.meta.Encoding, how)
	if c.Nullable {
		out.meta.Encoding = append(out.meta.Encoding, format.RLE)
	}
	return nil
}

// valuesIn returns how many of a range of rows are not null.
func (g *gathered) valuesIn(from, to int) int {
	if len(g.levels) == 0 {
		return to - from
	}
	return bytes.Count(g.levels[from:to], []byte{1})
}

// prepare decides on the encoding of a chunk and, if it is the dictionary,
// writes the dictionary page.
func (e *encoder) prepare(c *column, out *chunk) (format.Encoding, error) {
	encoding := c.encoding
	if encoding == Dictionary {
		if ok, err := e.dictionary(c, out); ok || err != nil {
			return format.RLEDictionary, err
		}
		encoding = c.fallback
	}
	switch encoding {
	case Delta:
		return format.DeltaBinaryPacked, nil
	case ByteStreamSplit:
		return format.ByteStreamSplit, nil
	}
	return format.Plain, nil
}

// maxDifferent is the share of different numbers up to which a dictionary is
// smaller than the alternatives.
const maxDifferent = 0.6

// dictionary fills indexes and writes the dictionary page, or reports false if
// the values differ too much.
func (e *encoder) dictionary(c *column, out *chunk) (bool, error) {
	g, d := &e.gathered, &e.numbers
	if c.Type == etl.String {
		var ok bool
		if e.indexes, ok = e.texts.index(e.indexes, c.texts, g.rows); !ok {
			return false, nil
		}
		return true, e.dictionaryPage(len(e.texts.seen), e.texts.plain, out)
	}
	e.indexes = grow(e.indexes, g.values())
	limit := int(maxDifferent*float64(g.values())) + 1
	d.reset()
	for from := 0; from < len(e.indexes); from += 4096 {
		to := min(from+4096, len(e.indexes))
		switch c.Type {
		case etl.Date:
			indexInts(d, e.indexes[from:to], g.days[from:to])
		case etl.Float64:
			indexFloats(d, e.indexes[from:to], g.floats[from:to])
		default:
			indexInts(d, e.indexes[from:to], g.ints[from:to])
		}
		if len(d.keys) > limit {
			return false, nil
		}
	}
	e.moved = d.sort(e.moved)
	for i, p := range e.indexes {
		e.indexes[i] = e.moved[p]
	}
	e.values = e.values[:0]
	for _, k := range d.keys {
		switch c.Type {
		case etl.Date:
			e.values = binary.LittleEndian.AppendUint32(e.values, uint32(k))
		case etl.Float64:
			e.values = binary.LittleEndian.AppendUint64(e.values, unordered(k))
		default:
			e.values = binary.LittleEndian.AppendUint64(e.values, k^1<<63)
		}
	}
	return true, e.dictionaryPage(len(d.keys), e.values, out)
}

func indexInts[T int32 | int64](d *numbers, indexes []int32, values []T) {
	for i, v := range values {
		indexes[i] = d.find(uint64(int64(v)) ^ 1<<63)
	}
}

func indexFloats(d *numbers, indexes []int32, values []float64) {
	for i, v := range values {
		indexes[i] = d.find(ordered(math.Float64bits(v)))
	}
}

func (e *encoder) dictionaryPage(n int, plain []byte, out *chunk) error {
	out.meta.Encoding = append(out.meta.Encoding, format.Plain)
	return e.write(plain, out, format.PageHeader{
		Type: format.DictionaryPage,
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
			NumValues: int32(n),
			Encoding:  format.Plain,
		}),
	})
}

// dataPage writes rows from..to, which hold the values value..next.
func (e *encoder) dataPage(c *column, how format.Encoding, from, to, value, next int, out *chunk) (err error) {
	if e.values, err = e.encodeValues(c, how, value, next); err != nil {
		return err
	}
	page := e.values
	if c.Nullable {
		if err = e.encodeLevels(from, to); err != nil {
			return err
		}
		e.page = binary.LittleEndian.AppendUint32(e.page[:0], uint32(len(e.levels)))
		e.page = append(e.page, e.levels...)
		e.page = append(e.page, e.values...)
		page = e.page
	}
	return e.write(page, out, format.PageHeader{
		Type: format.DataPage,
		DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues:               int32(to - from),
			Encoding:                how,
			DefinitionLevelEncoding: format.RLE,
			RepetitionLevelEncoding: format.RLE,
		}),
	})
}

// The encoders hold no state.
var (
	levelEncoding = rle.Encoding{BitWidth: 1}
	indexEncoding rle.DictionaryEncoding
	deltaEncoding delta.BinaryPackedEncoding
	splitEncoding bytestreamsplit.Encoding
	plainEncoding plain.Encoding
)

func (e *encoder) encodeLevels(from, to int) (err error) {
	if len(e.gathered.levels) == 0 { // one run of ones
		e.levels = binary.AppendUvarint(e.levels[:0], uint64(to-from)<<1)
		e.levels = append(e.levels, 1)
		return nil
	}
	e.levels, err = levelEncoding.EncodeLevels(e.levels, e.gathered.levels[from:to])
	return err
}

func (e *encoder) encodeValues(c *column, how format.Encoding, from, to int) ([]byte, error) {
	g, dst := &e.gathered, e.values
	switch how {
	case format.RLEDictionary:
		return indexEncoding.EncodeInt32(dst, e.indexes[from:to])
	case format.ByteStreamSplit:
		return splitEncoding.EncodeDouble(dst, g.floats[from:to])
	case format.DeltaBinaryPacked:
		if c.Type == etl.Date {
			return deltaEncoding.EncodeInt32(dst, g.days[from:to])
		}
		return deltaEncoding.EncodeInt64(dst, g.ints[from:to])
	}
	switch c.Type {
	case etl.Date:
		return plainEncoding.EncodeInt32(dst, g.days[from:to])
	case etl.Float64:
		return plainEncoding.EncodeDouble(dst, g.floats[from:to])
	case etl.Bool:
		return packBits(dst, g.bools[from:to]), nil
	case etl.String:
		dst = dst[:0]
		for _, r := range g.rows[from:to] {
			dst = appendText(dst, c.texts[r.Batch].at(r.Row))
		}
		return dst, nil
	}
	return plainEncoding.EncodeInt64(dst, g.ints[from:to])
}

// write compresses a page and appends it with its header.
func (e *encoder) write(page []byte, out *chunk, h format.PageHeader) error {
	e.packed = e.zstd.EncodeAll(page, e.packed[:0])
	h.UncompressedPageSize = int32(len(page))
	h.CompressedPageSize = int32(len(e.packed))
	h.CRC = int32(crc32.ChecksumIEEE(e.packed))
	e.header.Reset()
	if err := thrift.NewEncoder(e.protocol.NewWriter(&e.header)).Encode(&h); err != nil {
		return err
	}
	out.meta.TotalUncompressedSize += int64(e.header.Len() + len(page))
	out.meta.TotalCompressedSize += int64(e.header.Len() + len(e.packed))
	out.data = append(out.data, e.header.Bytes()...)
	out.data = append(out.data, e.packed...)
	return nil
}

// packBits packs bytes of 0 and 1 into bits, the first lowest.
func packBits(dst, bools []byte) []byte {
	dst = grow(dst, (len(bools)+7)/8)
	clear(dst)
	for i, b := range bools {
		dst[i/8] |= b << (i % 8)
	}
	return dst
}

// textPageRows keeps pages of long strings at a few megabytes.
func textPageRows(c *column, rows []Row, pageRows int) int {
	const pageBytes = 4 << 20
	total := 0
	for _, r := range rows {
		total += 4 + len(c.texts[r.Batch].at(r.Row))
	}
	if total <= pageBytes {
		return pageRows
	}
	return max(1, min(pageRows, pageBytes/(total/len(rows))))
}
