package parquet

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/encoding/bytestreamsplit"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/plain"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
)

// dataPage writes rows from..to, which hold the values value..next, and the
// dictionary before the first of them.
func (e *encoder) dataPage(c *column, how format.Encoding, from, to, value, next int, out *chunk) (err error) {
	if e.values, err = e.encodeValues(c, how, value, next); err != nil {
		return err
	}
	page, start := e.values, 0
	if c.Nullable {
		e.encodeLevels(from, to)
		e.page = binary.LittleEndian.AppendUint32(e.page[:0], uint32(len(e.levels)))
		e.page = append(e.page, e.levels...)
		start = len(e.page)
		e.page = append(e.page, e.values...)
		page = e.page
	}
	even := (how == format.RLEDictionary || how == format.DeltaBinaryPacked) && !out.uncompressed() && e.even(page)
	if from == 0 {
		if !out.decided {
			out.codec, out.decided = format.Zstd, true
			if even && smallDictionary*len(e.dictionary) <= len(page) {
				out.codec = format.Uncompressed
			}
		}
		out.meta.Codec = out.codec
		if err := e.dictionaryPage(c, how, out); err != nil {
			return err
		}
		out.meta.DataPageOffset = int64(len(out.data))
	}
	packed := page
	switch {
	case out.uncompressed():
	case even:
		e.packed = appendStored(e.packed[:0], page)
		packed = e.packed
	default:
		packed = e.compress(page, start, how, c.Type)
	}
	return e.write(page, packed, out, format.PageHeader{
		Type: format.DataPage,
		DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues:               int32(to - from),
			Encoding:                how,
			DefinitionLevelEncoding: format.RLE,
			RepetitionLevelEncoding: format.RLE,
		}),
	})
}

// smallDictionary is how many times larger than its dictionary a page that does not
// get smaller must be for the column to lie in the file uncompressed.
const smallDictionary = 3

// dictionaryPage writes the dictionary, if there is one.
func (e *encoder) dictionaryPage(c *column, how format.Encoding, out *chunk) error {
	if how != format.RLEDictionary {
		return nil
	}
	packed := e.dictionary
	if !out.uncompressed() {
		packed = e.compress(e.dictionary, 0, format.Plain, c.Type)
	}
	return e.write(e.dictionary, packed, out, format.PageHeader{
		Type: format.DictionaryPage,
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
			NumValues: int32(e.entries),
			Encoding:  format.Plain,
		}),
	})
}

// The encoders hold no state.
var (
	deltaEncoding delta.BinaryPackedEncoding
	splitEncoding bytestreamsplit.Encoding
	plainEncoding plain.Encoding
)

func (e *encoder) encodeLevels(from, to int) {
	if len(e.gathered.levels) == 0 { // one run of ones
		e.levels = binary.AppendUvarint(e.levels[:0], uint64(to-from)<<1)
		e.levels = append(e.levels, 1)
		return
	}
	e.levels = appendHybrid(e.levels[:0], e.gathered.levels[from:to], 1)
}

func (e *encoder) encodeValues(c *column, how format.Encoding, from, to int) ([]byte, error) {
	g, dst := &e.gathered, e.values
	switch how {
	case format.RLEDictionary:
		return appendIndexes(dst[:0], e.indexes[from:to]), nil
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

// compress returns the frame of a page whose values begin after start bytes of levels;
// it lies in the scratch memory.
func (e *encoder) compress(page []byte, start int, how format.Encoding, t etl.ColumnType) []byte {
	if how == format.Plain && t == etl.Float64 {
		e.packed = e.words.compress(e.packed[:0], page, start)
	} else {
		e.packed = e.zstd.EncodeAll(page, e.packed[:0])
	}
	return e.packed
}

// write appends a page, as packed has it, with its header.
func (e *encoder) write(page, packed []byte, out *chunk, h format.PageHeader) error {
	h.UncompressedPageSize = int32(len(page))
	h.CompressedPageSize = int32(len(packed))
	h.CRC = int32(crc32.ChecksumIEEE(packed))
	e.header.Reset()
	if err := thrift.NewEncoder(e.protocol.NewWriter(&e.header)).Encode(&h); err != nil {
		return err
	}
	out.meta.TotalUncompressedSize += int64(e.header.Len() + len(page))
	out.meta.TotalCompressedSize += int64(e.header.Len() + len(packed))
	out.data = append(out.data, e.header.Bytes()...)
	out.data = append(out.data, packed...)
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
