package parquet

import (
	"bytes"
	"encoding/binary"
	"math"
	"sync"

	"github.com/klauspost/compress/zstd"
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
