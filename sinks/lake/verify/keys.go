package verify

import (
	"cmp"
	"hash/maphash"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
)

// keyOrder looks whether rows come in the table's order. Batches have the sort
// columns and no others. It goes column by column: order says of every row how its
// key compares with that of the row before, as far as the columns seen tell.
type keyOrder struct {
	unique bool
	order  []int8
	last   []lastValue // of each column, in the row before the batch
	began  bool

	rows               int64
	behind, twins      int64 // rows that sort before, or are equal to, the row before them
	firstBehind, first string
}

type lastValue struct {
	number int64
	text   string
}

func newKeyOrder(stored etl.Table) *keyOrder {
	return &keyOrder{unique: stored.Unique, last: make([]lastValue, len(stored.Sort))}
}

func (k *keyOrder) check(batch arrow.Record) {
	n := int(batch.NumRows())
	if n == 0 || batch.NumCols() == 0 {
		return
	}
	if cap(k.order) < n {
		k.order = make([]int8, n)
	}
	k.order = k.order[:n]
	clear(k.order)
	if !k.began {
		k.order[0] = 1 // nothing comes before it
	}
	k.began = true
	for i, column := range batch.Columns() {
		last := &k.last[i]
		switch a := column.(type) {
		case *array.Date32:
			last.number = int64(follow(k.order, a.Date32Values(), arrow.Date32(last.number)))
		case *array.Timestamp:
			last.number = int64(follow(k.order, a.TimestampValues(), arrow.Timestamp(last.number)))
		case *array.String:
			last.text = followText(k.order, a, last.text)
		}
	}
	for row, order := range k.order {
		switch {
		case order < 0:
			if k.behind++; k.behind == 1 {
				k.firstBehind = keyText(batch, row)
			}
		case order == 0:
			if k.twins++; k.twins == 1 {
				k.first = keyText(batch, row)
			}
		}
	}
	k.rows += int64(n)
}

func follow[T cmp.Ordered](order []int8, values []T, last T) T {
	for i, v := range values {
		if order[i] == 0 {
			order[i] = int8(cmp.Compare(v, last))
		}
		last = v
	}
	return last
}

func followText(order []int8, a *array.String, last string) string {
	for i := range a.Len() {
		v := a.Value(i)
		if order[i] == 0 {
			order[i] = int8(strings.Compare(v, last))
		}
		last = v
	}
	return clone(last)
}

func (k *keyOrder) report(f *file) {
	if k.behind > 0 {
		f.unsorted = true
		f.fail(CheckUnsorted, "%d of its rows come too late in the order by %s, the first is %s", k.behind, strings.Join(f.stored.Sort, ", "), k.firstBehind)
	}
	if k.twins > 0 && k.unique {
		f.addDuplicate(k.twins, "the key %s comes twice in it; %d of its rows repeat the key of the row before them", k.first, k.twins)
	}
}

// keyText shows the key of a row.
func keyText(batch arrow.Record, row int) string {
	var b strings.Builder
	for i, column := range batch.Columns() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(batch.ColumnName(i))
		b.WriteByte('=')
		b.WriteString(column.ValueStr(row))
	}
	return b.String()
}

// seed makes the numbers of keys differ from run to run, so that no two keys are
// taken for the same every time.
var seed = maphash.MakeSeed()

// hashKeys returns a number for the key of every row.
func hashKeys(batch arrow.Record, hashes []uint64) []uint64 {
	n := int(batch.NumRows())
	if cap(hashes) < n {
		hashes = make([]uint64, n)
	}
	hashes = hashes[:n]
	clear(hashes)
	for _, column := range batch.Columns() {
		switch a := column.(type) {
		case *array.Date32:
			for i, v := range a.Date32Values() {
				hashes[i] = mix(hashes[i], uint64(uint32(v)))
			}
		case *array.Timestamp:
			for i, v := range a.TimestampValues() {
				hashes[i] = mix(hashes[i], uint64(v))
			}
		case *array.String:
			last, number := "", maphash.String(seed, "")
			for i := range hashes {
				if v := a.Value(i); v != last {
					last, number = v, maphash.String(seed, v)
				}
				hashes[i] = mix(hashes[i], number)
			}
		}
	}
	return hashes
}

// mix folds one more value into a number; it is the finaliser of SplitMix64.
func mix(h, v uint64) uint64 {
	h = h*0x9e3779b97f4a7c15 + v + 0x632be59bd9b4e019
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
