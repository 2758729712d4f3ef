package parquet

import (
	"bytes"
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

	// codec is that of the column's first chunk. There are readers, parquet-go
	// among them, that take it for the codec of them all.
	codec   format.CompressionCodec
	decided bool
}

// uncompressed says that the column's pages lie in the file as they are.
func (c *chunk) uncompressed() bool { return c.decided && c.codec == format.Uncompressed }

// encoder turns columns into chunks. It owns the scratch memory of one
// goroutine, about four times the raw size of a column of a row group.
type encoder struct {
	zstd  *zstd.Encoder
	words *words

	gathered   gathered
	numbers    numbers
	texts      texts
	dictionary []byte  // the different values, plain; empty if there is none
	entries    int     // of the dictionary
	indexes    []int32 // dictionary positions of the values
	moved      []int32
	levels     []byte // definition levels of a page
	values     []byte // values of a page
	page       []byte // levels and values
	packed     []byte // the page, compressed

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
			return &encoder{zstd: z, words: newWords()}
		}}
	}
	return pools
}()

// encode fills out with the rows of the column: one page, unless long strings
// make that page too large.
func (e *encoder) encode(c *column, rows []Row, runs []run, out *chunk) error {
	g := &e.gathered
	g.gather(c, rows, runs)
	how := e.prepare(c)
	out.data = out.data[:0]
	out.bounds = g.bounds
	out.meta = format.ColumnMetaData{
		Type:         physical(c.Type),
		PathInSchema: []string{c.Name},
		NumValues:    int64(len(rows)),
		Statistics:   g.bounds.footer(c.Type),
	}
	pageRows := len(rows)
	if c.Type == etl.String && how == format.Plain {
		pageRows = textPageRows(c, g.rows, pageRows)
	}
	for from, value := 0, 0; from < len(rows); from += pageRows {
		to := min(from+pageRows, len(rows))
		next := value + g.valuesIn(from, to)
		if err := e.dataPage(c, how, from, to, value, next, out); err != nil {
			return err
		}
		value = next
	}
	if how == format.RLEDictionary {
		out.meta.Encoding = append(out.meta.Encoding, format.Plain)
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

// prepare decides on the encoding of a chunk and, if it is the dictionary, fills
// that and the indexes.
func (e *encoder) prepare(c *column) format.Encoding {
	e.dictionary = e.dictionary[:0]
	encoding := c.encoding
	if encoding == Dictionary {
		if e.look(c) {
			return format.RLEDictionary
		}
		encoding = c.fallback
	}
	if c.Type == etl.String {
		e.gathered.bounds.texts(c.texts, e.gathered.rows)
	}
	switch encoding {
	case Delta:
		return format.DeltaBinaryPacked
	case ByteStreamSplit:
		return format.ByteStreamSplit
	}
	return format.Plain
}
