package lake_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// keyed is a table whose rows are a, d, b: two strings around a date.
var keyed = etl.Table{
	Name: "keyed", Sort: []string{"a", "d", "b"},
	Columns: []etl.Column{{Name: "a", Type: etl.String}, {Name: "d", Type: etl.Date}, {Name: "b", Type: etl.String}},
}

type key struct {
	a, b string
	d    int32
	row  parquet.Row
}

// keyBatches builds batches of random sizes.
func keyBatches(rng *rand.Rand, keys []key) []arrow.Record {
	var batches []arrow.Record
	for at := 0; at < len(keys); {
		n := min(1+rng.IntN(7), len(keys)-at)
		b := array.NewRecordBuilder(memory.DefaultAllocator, keyed.Schema())
		for i := range n {
			k := &keys[at+i]
			k.row = parquet.Row{Batch: uint32(len(batches)), Row: uint32(i)}
			b.Field(0).(*array.StringBuilder).Append(k.a)
			b.Field(1).(*array.Date32Builder).Append(arrow.Date32(k.d))
			b.Field(2).(*array.StringBuilder).Append(k.b)
		}
		batches = append(batches, b.NewRecord())
		b.Release()
		at += n
	}
	return batches
}

func compareKeys(x, y key) int {
	return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.d, y.d), cmp.Compare(x.b, y.b))
}

// The sort by packed keys must agree with a plain stable sort, for symbols, for
// other strings, for dates from end to end of the type, and for keys that do
// not fit into 64 bits.
func TestSortAgreesWithStableSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	symbol := func() string { return fmt.Sprintf("%s%06d", []string{"bj", "sh", "sz"}[rng.IntN(3)], rng.IntN(999999)) }
	text := func() string { return []string{"", "a", "é", "ab", "\x7f", "sh60000", "sh6000000"}[rng.IntN(7)] }
	narrow := func() int32 { return int32(19000 + rng.IntN(20)) }
	wide := func() int32 { return int32(rng.Uint32()) }
	for _, tt := range []struct {
		name string
		a, b func() string
		d    func() int32
	}{
		{"symbols", symbol, func() string { return "" }, narrow},
		{"two symbols and wide dates", symbol, symbol, wide}, // 26+32+26 bits
		{"strings", text, text, narrow},
		{"strings and wide dates", text, symbol, wide},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 30 {
				keys := make([]key, 1+rng.IntN(200))
				for i := range keys {
					keys[i] = key{a: tt.a(), b: tt.b(), d: tt.d()}
				}
				got, err := lake.SortRows(keyed, keyBatches(rng, keys))
				if err != nil {
					t.Fatal(err)
				}
				checkSorted(t, keys, got)
			}
		})
	}
}

func checkSorted(t *testing.T, keys []key, got []parquet.Row) {
	t.Helper()
	inOrder := slices.IsSortedFunc(keys, compareKeys)
	if (got == nil) != inOrder {
		t.Fatalf("sorted input: %v, but order nil: %v", inOrder, got == nil)
	}
	if inOrder {
		return
	}
	want := slices.Clone(keys)
	slices.SortStableFunc(want, compareKeys)
	for i := range want {
		if got[i] != want[i].row {
			t.Fatalf("row %d is %v, want %v (%v)", i, got[i], want[i].row, want[i])
		}
	}
}

func TestSortFindsDuplicatesAcrossKeys(t *testing.T) {
	unique := keyed
	unique.Unique = true
	rng := rand.New(rand.NewPCG(3, 4))
	// 26+32+26 bits: the last column sorted is not the whole key.
	keys := []key{
		{"sz999999", "sz999999", 1 << 30, parquet.Row{}},
		{"sh600000", "sh600001", 5, parquet.Row{}},
		{"sh600000", "sh600002", 5, parquet.Row{}},
		{"bj000000", "bj000000", -1 << 31, parquet.Row{}},
	}
	if _, err := lake.SortRows(unique, keyBatches(rng, keys)); err != nil {
		t.Errorf("no duplicate here: %v", err)
	}
	keys[2].b = "sh600001"
	if _, err := lake.SortRows(unique, keyBatches(rng, keys)); err == nil {
		t.Error("a duplicate was not found")
	}
}

func FuzzSort(f *testing.F) {
	f.Add([]byte("sh600000sz000001sh600000"), uint64(1))
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 5))
		var keys []key
		for i := 0; i+8 <= len(raw) && len(keys) < 500; i += 8 {
			keys = append(keys, key{a: string(raw[i : i+8]), b: string(raw[i : i+rng.IntN(8)]), d: int32(rng.Uint32()) >> rng.IntN(32)})
		}
		if len(keys) == 0 {
			return
		}
		got, err := lake.SortRows(keyed, keyBatches(rng, keys))
		if err != nil {
			t.Fatal(err)
		}
		checkSorted(t, keys, got)
	})
}
