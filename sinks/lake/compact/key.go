package compact

import (
	"cmp"
	"encoding/binary"
	"math"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// key orders as the first two sort columns of a row do, as one number of 128 bits:
// of a string the first 8 bytes, which are all of a symbol; of a date or an instant
// the value. INVARIANT: the row of the lesser key comes first. Equal keys say that
// the rows' sort columns are equal if both pages are exact, else nothing.
type key struct{ hi, lo uint64 }

func (a key) compare(b key) int {
	if a.hi != b.hi {
		return cmp.Compare(a.hi, b.hi)
	}
	return cmp.Compare(a.lo, b.lo)
}

// page is one decoded row group with the keys of its rows.
type page struct {
	batch arrow.Record
	by    []arrow.Array // the sort columns, most significant first
	keys  []key         // one a row; none when the table has no order
	exact bool
}

// newPage makes the keys of a batch, in the space of those given. sort are the
// positions of the sort columns.
func newPage(batch arrow.Record, sort []int, keys []key) page {
	p := page{batch: batch, exact: len(sort) <= 2}
	for _, c := range sort {
		p.by = append(p.by, batch.Column(c))
	}
	if len(sort) == 0 {
		return p
	}
	n := int(batch.NumRows())
	if cap(keys) < n {
		keys = make([]key, n)
	}
	p.keys = keys[:n]
	if len(sort) == 1 {
		clear(p.keys)
	} else {
		p.exact = p.low(p.by[1]) && p.exact
	}
	p.exact = p.high(p.by[0]) && p.exact
	return p
}

const (
	flip32 = 1 << 31 // makes signed numbers order as unsigned ones
	flip64 = 1 << 63
)

// low fills the lower halves, and says whether they hold the whole column.
func (p *page) low(a arrow.Array) (exact bool) {
	keys := p.keys
	switch a := a.(type) {
	case *array.Date32:
		for i, v := range a.Date32Values() {
			keys[i].lo = uint64(uint32(v) ^ flip32)
		}
	case *array.Timestamp:
		for i, v := range a.TimestampValues() {
			keys[i].lo = uint64(v) ^ flip64
		}
	case *array.String:
		exact = true
		for i := range keys {
			word, whole := prefix(a.Value(i))
			keys[i].lo = word
			exact = exact && whole
		}
		return exact
	}
	return true
}

// high fills the upper halves. Where a string is not whole in 8 bytes the lower
// half means nothing; it becomes the greatest, because such a string comes after
// the one that is its 8 bytes.
func (p *page) high(a arrow.Array) (exact bool) {
	keys := p.keys
	switch a := a.(type) {
	case *array.Date32:
		for i, v := range a.Date32Values() {
			keys[i].hi = uint64(uint32(v) ^ flip32)
		}
	case *array.Timestamp:
		for i, v := range a.TimestampValues() {
			keys[i].hi = uint64(v) ^ flip64
		}
	case *array.String:
		exact = true
		for i := range keys {
			word, whole := prefix(a.Value(i))
			keys[i].hi = word
			if !whole {
				keys[i].lo, exact = math.MaxUint64, false
			}
		}
		return exact
	}
	return true
}

// prefix returns the first 8 bytes, filled up with zeros, and whether they are the
// whole string beyond doubt: it is no longer, and holds no zero of its own.
func prefix(s string) (word uint64, whole bool) {
	if len(s) >= 8 {
		word = binary.BigEndian.Uint64([]byte(s[:8]))
		const ones, tops = 0x0101010101010101, 0x8080808080808080
		return word, len(s) == 8 && (word-ones)&^word&tops == 0
	}
	for i := range len(s) {
		word |= uint64(s[i]) << (56 - 8*i)
	}
	return word, strings.IndexByte(s, 0) < 0
}

// compareRows compares two rows by all sort columns.
func compareRows(a *page, i int, b *page, j int) int {
	if len(a.keys) == 0 {
		return 0
	}
	if c := a.keys[i].compare(b.keys[j]); c != 0 || a.exact && b.exact {
		return c
	}
	return compareColumns(a.by, i, b.by, j)
}

func compareColumns(a []arrow.Array, i int, b []arrow.Array, j int) int {
	for c := range a {
		if order := compareCells(a[c], i, b[c], j); order != 0 {
			return order
		}
	}
	return 0
}

// compareCells compares two cells of a sort column, which holds no null.
func compareCells(a arrow.Array, i int, b arrow.Array, j int) int {
	switch a := a.(type) {
	case *array.Date32:
		return cmp.Compare(a.Value(i), b.(*array.Date32).Value(j))
	case *array.Timestamp:
		return cmp.Compare(a.Value(i), b.(*array.Timestamp).Value(j))
	case *array.String:
		return strings.Compare(a.Value(i), b.(*array.String).Value(j))
	}
	return 0
}

// text names the key of a row, such as "symbol=sh600000 date=2024-01-02".
func (p *page) text(row int, names []string) string {
	parts := make([]string, len(p.by))
	for i, a := range p.by {
		parts[i] = names[i] + "=" + a.ValueStr(row)
	}
	return strings.Join(parts, " ")
}
