package parquet

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
)

// Stats describes a file that Write made.
type Stats struct {
	Rows    int64
	Bytes   int64         // size of the file
	Columns []ColumnStats // in table order
}

// ColumnStats holds the null count and the exact bounds of one column over
// all rows of a file. Only the pair of the column's own type is set:
// MinInt and MaxInt for Date (days), Int64 and Timestamp (microseconds),
// MinFloat and MaxFloat for Float64, MinString and MaxString (byte order,
// full length) for String. A Bool has none.
type ColumnStats struct {
	Nulls int64
	// Valid says that the bounds hold. It is false for Bool, for a column
	// without values, and for a Float64 column with a NaN or an infinity in
	// it: bounds of the remaining values would let readers skip the file
	// wrongly. Source: Delta protocol, per-file statistics.
	Valid bool

	MinInt, MaxInt       int64
	MinFloat, MaxFloat   float64
	MinString, MaxString string
}

// bounds is what is known of a column of a row group, or of a file.
type bounds struct {
	nulls, values int64
	loInt, hiInt  int64 // Bool: 0 and 1
	lo, hi        float64
	infinite, nan bool // an infinity or a NaN is there; a NaN is there
	loText        []byte
	hiText        []byte // both point into Arrow buffers of the caller
}

func newBounds() bounds {
	return bounds{loInt: math.MaxInt64, hiInt: math.MinInt64, lo: math.Inf(1), hi: math.Inf(-1)}
}

// boundsOf widens lo and hi by values.
func boundsOf[T int32 | int64](values []T, lo, hi int64) (int64, int64) {
	for _, v := range values {
		lo, hi = min(lo, int64(v)), max(hi, int64(v))
	}
	return lo, hi
}

// floats finds the bounds of values.
func (b *bounds) floats(values []float64) {
	lo, hi, odd := b.lo, b.hi, 0
	for _, v := range values {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
		if v-v != 0 { // an infinity or a NaN
			odd++
		}
	}
	b.lo, b.hi = lo, hi
	b.infinite = odd > 0
	for i := 0; odd > 0 && i < len(values) && !b.nan; i++ {
		b.nan = values[i] != values[i]
	}
}

// bools finds the bounds of bytes of 0 and 1.
func (b *bounds) bools(values []byte) {
	trues := bytes.Count(values, []byte{1})
	if trues > 0 {
		b.hiInt = 1
	}
	if trues < len(values) {
		b.loInt = 0
	}
}

// text widens b by a string.
func (b *bounds) text(v []byte, first bool) {
	if first || bytes.Compare(v, b.loText) < 0 {
		b.loText = v
	}
	if first || bytes.Compare(v, b.hiText) > 0 {
		b.hiText = v
	}
}

// texts finds the bounds of strings.
func (b *bounds) texts(src []text, rows []Row) {
	for i, r := range rows {
		b.text(src[r.Batch].at(r.Row), i == 0)
	}
}

// add widens b by those of another row group.
func (b *bounds) add(o *bounds) {
	if o.values > 0 {
		if b.values == 0 || bytes.Compare(o.loText, b.loText) < 0 {
			b.loText = o.loText
		}
		if b.values == 0 || bytes.Compare(o.hiText, b.hiText) > 0 {
			b.hiText = o.hiText
		}
	}
	b.nulls += o.nulls
	b.values += o.values
	b.loInt, b.hiInt = min(b.loInt, o.loInt), max(b.hiInt, o.hiInt)
	b.lo, b.hi = min(b.lo, o.lo), max(b.hi, o.hi)
	b.infinite = b.infinite || o.infinite
	b.nan = b.nan || o.nan
}

// own copies the strings, so that b outlives the batches they point into.
func (b *bounds) own() {
	b.loText, b.hiText = bytes.Clone(b.loText), bytes.Clone(b.hiText)
}

// stats returns the bounds of a file; strings are copied.
func (b *bounds) stats(t etl.ColumnType) ColumnStats {
	s := ColumnStats{Nulls: b.nulls, Valid: b.values > 0 && t != etl.Bool && !b.infinite}
	if !s.Valid {
		return s
	}
	switch t {
	case etl.Float64:
		s.MinFloat, s.MaxFloat = b.lo, b.hi
	case etl.String:
		s.MinString, s.MaxString = string(b.loText), string(b.hiText)
	default:
		s.MinInt, s.MaxInt = b.loInt, b.hiInt
	}
	return s
}

// maxFooterText is the length up to which strings become bounds in the footer.
const maxFooterText = 256

// footer returns the statistics of a row group for the file's footer. There
// are no bounds beside a NaN: readers that take NaN for the greatest number,
// as DuckDB and Spark do, would skip the row group wrongly.
func (b *bounds) footer(t etl.ColumnType) format.Statistics {
	s := format.Statistics{NullCount: b.nulls}
	if b.values == 0 {
		return s
	}
	le := binary.LittleEndian
	switch t {
	case etl.Date:
		s.MinValue = le.AppendUint32(nil, uint32(b.loInt))
		s.MaxValue = le.AppendUint32(nil, uint32(b.hiInt))
	case etl.Int64, etl.Timestamp:
		s.MinValue = le.AppendUint64(nil, uint64(b.loInt))
		s.MaxValue = le.AppendUint64(nil, uint64(b.hiInt))
	case etl.Float64:
		if !b.nan {
			s.MinValue = le.AppendUint64(nil, math.Float64bits(b.lo))
			s.MaxValue = le.AppendUint64(nil, math.Float64bits(b.hi))
		}
	case etl.Bool:
		s.MinValue = []byte{byte(min(b.loInt, 1))}
		s.MaxValue = []byte{byte(max(b.hiInt, 0))}
	case etl.String:
		if len(b.loText) <= maxFooterText && len(b.hiText) <= maxFooterText {
			s.MinValue = append([]byte{}, b.loText...)
			s.MaxValue = append([]byte{}, b.hiText...)
		}
	}
	return s
}
