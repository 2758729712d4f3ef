package verify

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// bounds is what the values of a column say, of a row group or of a file. It is
// computed apart from the code that writes files, so that a mistake there shows.
type bounds struct {
	nulls, values  int64
	loInt, hiInt   int64 // Bool: 0 and 1
	lo, hi         float64
	infinite, nan  bool // an infinity or a NaN is there; a NaN is there
	loText, hiText string
}

func newBounds() bounds {
	return bounds{loInt: math.MaxInt64, hiInt: math.MinInt64, lo: math.Inf(1), hi: math.Inf(-1)}
}

// boundsOf looks at one column of a batch. Its strings are valid as long as that.
func boundsOf(a arrow.Array) bounds {
	b := newBounds()
	b.nulls = int64(a.NullN())
	b.values = int64(a.Len()) - b.nulls
	switch a := a.(type) {
	case *array.Date32:
		integers(&b, a.Date32Values(), a)
	case *array.Int64:
		integers(&b, a.Int64Values(), a)
	case *array.Timestamp:
		integers(&b, a.TimestampValues(), a)
	case *array.Float64:
		floats(&b, a.Float64Values(), a)
	case *array.Boolean:
		for i := range a.Len() {
			if a.IsValid(i) {
				v := int64(0)
				if a.Value(i) {
					v = 1
				}
				b.loInt, b.hiInt = min(b.loInt, v), max(b.hiInt, v)
			}
		}
	case *array.String:
		texts(&b, a)
	}
	return b
}

func integers[T int64 | arrow.Date32 | arrow.Timestamp](b *bounds, values []T, a arrow.Array) {
	lo, hi := b.loInt, b.hiInt
	if a.NullN() == 0 {
		for _, v := range values {
			lo, hi = min(lo, int64(v)), max(hi, int64(v))
		}
	} else {
		for i, v := range values {
			if a.IsValid(i) {
				lo, hi = min(lo, int64(v)), max(hi, int64(v))
			}
		}
	}
	b.loInt, b.hiInt = lo, hi
}

func floats(b *bounds, values []float64, a arrow.Array) {
	full := a.NullN() == 0
	for i, v := range values {
		if !full && a.IsNull(i) {
			continue
		}
		if v < b.lo {
			b.lo = v
		}
		if v > b.hi {
			b.hi = v
		}
		if v-v != 0 {
			b.infinite = true
			b.nan = b.nan || v != v
		}
	}
}

// texts compares neighbours first: in sorted rows they are often equal.
func texts(b *bounds, a *array.String) {
	seen, last := false, ""
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		v := a.Value(i)
		if seen && v == last {
			continue
		}
		last = v
		if !seen || v < b.loText {
			b.loText = v
		}
		if !seen || v > b.hiText {
			b.hiText = v
		}
		seen = true
	}
}

// merge widens b by the bounds of one more row group, whose strings may go.
func (b *bounds) merge(o bounds) {
	if o.values > 0 {
		if b.values == 0 || o.loText < b.loText {
			b.loText = clone(o.loText)
		}
		if b.values == 0 || o.hiText > b.hiText {
			b.hiText = clone(o.hiText)
		}
	}
	b.nulls += o.nulls
	b.values += o.values
	b.loInt, b.hiInt = min(b.loInt, o.loInt), max(b.hiInt, o.hiInt)
	b.lo, b.hi = min(b.lo, o.lo), max(b.hi, o.hi)
	b.infinite, b.nan = b.infinite || o.infinite, b.nan || o.nan
}

func clone(s string) string { return string([]byte(s)) }

// stats returns the bounds in the form the log's statistics are made of: none for
// booleans, for no values, and beside a NaN or an infinity.
func (b *bounds) stats(t etl.ColumnType) parquet.ColumnStats {
	s := parquet.ColumnStats{Nulls: b.nulls, Valid: b.values > 0 && t != etl.Bool && !b.infinite}
	if !s.Valid {
		return s
	}
	switch t {
	case etl.Float64:
		s.MinFloat, s.MaxFloat = b.lo, b.hi
	case etl.String:
		s.MinString, s.MaxString = b.loText, b.hiText
	default:
		s.MinInt, s.MaxInt = b.loInt, b.hiInt
	}
	return s
}

// longestFooterText is the length up to which this program puts strings into a
// footer.
const longestFooterText = 256

// footer returns the bounds in the form this program puts into the footer of a row
// group; nil for none.
func (b *bounds) footer(t etl.ColumnType) (low, high []byte) {
	le := binary.LittleEndian
	switch {
	case b.values == 0:
	case t == etl.Date:
		return le.AppendUint32(nil, uint32(b.loInt)), le.AppendUint32(nil, uint32(b.hiInt))
	case t == etl.Int64, t == etl.Timestamp:
		return le.AppendUint64(nil, uint64(b.loInt)), le.AppendUint64(nil, uint64(b.hiInt))
	case t == etl.Float64 && !b.nan:
		return le.AppendUint64(nil, math.Float64bits(b.lo)), le.AppendUint64(nil, math.Float64bits(b.hi))
	case t == etl.Bool:
		return []byte{byte(b.loInt)}, []byte{byte(b.hiInt)}
	case t == etl.String && len(b.loText) <= longestFooterText && len(b.hiText) <= longestFooterText:
		return []byte(b.loText), []byte(b.hiText)
	}
	return nil, nil
}

// matches holds the bounds of a row group against its footer: to the byte for
// files of this program, else no value may lie outside.
func (b *bounds) matches(t etl.ColumnType, s format.Statistics, ours bool) bool {
	if ours {
		low, high := b.footer(t)
		return s.NullCount == b.nulls && string(s.MinValue) == string(low) && string(s.MaxValue) == string(high) &&
			len(s.Min) == 0 && len(s.Max) == 0 && s.DistinctCount == 0
	}
	said, ok := decodeBounds(t, s)
	have := b.stats(t)
	if !ok || !have.Valid {
		return true
	}
	outside, _ := compareBounds(t, said, have, true, true)
	return !outside
}
