package compact_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/sinks/lake/compact"
)

func recordOf(t etl.Table, columns []arrow.Array) arrow.Record {
	return array.NewRecord(t.Schema(), columns, int64(columns[0].Len()))
}

// TestSums: the order of rows and how they are cut into batches does not matter,
// any other difference does.
func TestSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := somebars(rng, 2024, 0, 1, 500)
	shuffled := append([]row(nil), rows...)
	rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	whole := []arrow.Record{batchOf(bars, rows...)}
	same := []arrow.Record{batchOf(bars, shuffled[:200]...), batchOf(bars), batchOf(bars, shuffled[200:]...)}
	if d := compact.Differ(bars, whole, same); d != "" {
		t.Errorf("the same rows differ in %s", d)
	}
	changed := func(change func([]row) []row) []arrow.Record {
		return []arrow.Record{batchOf(bars, change(append([]row(nil), rows...))...)}
	}
	other := changed(func(r []row) []row { r[3].fetched++; return r })
	for want, batches := range map[string][]arrow.Record{
		"number of rows":                   changed(func(r []row) []row { return r[1:] }),
		"column fetched_at: sum of values": other,
		"column symbol: sum of values":     changed(func(r []row) []row { r[3].symbol = "sh60000"; return r }),
		"column date: sum of values":       changed(func(r []row) []row { r[3].date++; r[4].date--; return r }),
		"sum of whole rows":                changed(func(r []row) []row { r[3].fetched, r[4].fetched = r[4].fetched, r[3].fetched; return r }),
		"column close: number of nulls": changed(func(r []row) []row {
			for i := range r {
				if r[i].number%7 == 6 {
					r[i].number++
					break
				}
			}
			return r
		}),
	} {
		if d := compact.Differ(bars, whole, batches); d != want {
			t.Errorf("%q, want %q", d, want)
		}
	}
	one := etl.Table{Columns: []etl.Column{{Name: "x", Type: etl.Float64, Nullable: true}, {Name: "y", Type: etl.Float64}}}
	values := func(x, y []float64) []arrow.Record {
		b := array.NewRecordBuilder(allocator, one.Schema())
		b.Field(0).(*array.Float64Builder).AppendValues(x, nil)
		b.Field(1).(*array.Float64Builder).AppendValues(y, nil)
		return []arrow.Record{b.NewRecord()}
	}
	for name, pair := range map[string][2][]arrow.Record{
		"the sign of zero":        {values([]float64{0}, []float64{1}), values([]float64{math.Copysign(0, -1)}, []float64{1})},
		"columns change places":   {values([]float64{1, 2}, []float64{3, 4}), values([]float64{3, 4}, []float64{1, 2})},
		"the arithmetic sum":      {values([]float64{1, 4}, []float64{0, 0}), values([]float64{2, 3}, []float64{0, 0})},
		"the same values swapped": {values([]float64{1, 2}, []float64{3, 4}), values([]float64{2, 1}, []float64{3, 4})},
	} {
		if d := compact.Differ(one, pair[0], pair[1]); d == "" {
			t.Errorf("%s: no difference", name)
		}
	}
}

// FuzzKeys: keys never contradict the columns they stand for.
func FuzzKeys(f *testing.F) {
	f.Add("sh600000", int64(1), "sh600000", int64(2))
	f.Add("sh600000\x00", int64(math.MinInt64), "sh600000", int64(math.MaxInt64))
	f.Add("", int64(0), "\x00", int64(-1))
	f.Add("abcdefgh", int64(-1), "abcdefghi", int64(0))
	f.Fuzz(func(t *testing.T, a string, x int64, b string, y int64) {
		table := etl.Table{Columns: columns}
		r := batchOf(table, row{1, a, 1, x}, row{2, b, 2, y})
		for _, sort := range [][]int{{1}, {1, 7}, {7, 1}, {0, 1}, {1, 0}, {1, 0, 7}} {
			keys, columns, exact := compact.CompareKeys(r, sort, 0, 1)
			if keys != 0 && keys != columns || keys == 0 && exact && columns != 0 {
				t.Errorf("%q %d and %q %d by %v: keys %d (exact %v), columns %d", a, x, b, y, sort, keys, exact, columns)
			}
		}
		if strings.Contains(a, "\x00") {
			return
		}
		if _, _, exact := compact.CompareKeys(r, []int{1, 7}, 0, 0); len(a) == 8 && len(b) == 8 && !strings.Contains(b, "\x00") && !exact {
			t.Errorf("%q and %q are whole in 8 bytes", a, b)
		}
	})
}
