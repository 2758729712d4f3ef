package parquet_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/rle"

	"barkeep/sinks/parquet"
)

// stretches makes values of pairs: how many, of what. A count above 199 stands for
// that many different values instead.
func stretches(pairs []byte) (values []int32) {
	for i := 0; i+1 < len(pairs); i += 2 {
		count, value := int(pairs[i]), int32(pairs[i+1])
		for j := range count {
			if count > 199 {
				value = (value*31 + int32(j)) & 1023
			}
			values = append(values, value)
		}
	}
	return values
}

// run is one of the runs of a page.
type run struct {
	packed     bool
	from, size int
}

// runsOf takes a page of indexes apart.
func runsOf(t *testing.T, page []byte, values int) (runs []run) {
	t.Helper()
	width := int(page[0])
	for at, from := 1, 0; at < len(page); {
		header, n := binary.Uvarint(page[at:])
		if n <= 0 {
			t.Fatalf("no header at %d of %d bytes", at, len(page))
		}
		at += n
		r := run{header&1 == 1, from, int(header >> 1)}
		if r.packed {
			at += r.size * width
			r.size = min(r.size*8, values-from)
		} else {
			at += (width + 7) / 8
		}
		runs, from = append(runs, r), from+r.size
	}
	return runs
}

// checkIndexes reads a page back, and looks at where its runs begin and end.
func checkIndexes(t *testing.T, values []int32) {
	t.Helper()
	page := parquet.AppendIndexes([]byte("before"), values)[len("before"):]
	got, err := new(rle.DictionaryEncoding).DecodeInt32(nil, page)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) < len(values) || !slices.Equal(got[:len(values)], values) {
		t.Fatalf("%v is read back as %v", values, got)
	}
	runs := runsOf(t, page, len(values))
	for i, r := range runs {
		last := i == len(runs)-1
		switch {
		case r.packed && (r.from%32 != 0 || r.size%32 != 0 && !last):
			t.Errorf("bit-packed values %d..%d of %v", r.from, r.from+r.size, runs)
		case !r.packed && r.size < 32 && page[0] > 0:
			t.Errorf("a repeated run of %d among %v", r.size, runs)
		}
	}
}

func TestIndexes(t *testing.T) {
	for name, pairs := range map[string][]byte{
		"none":                             {},
		"zero":                             {1, 0},
		"zeros":                            {100, 0},
		"one":                              {1, 1},
		"short":                            {31, 7},
		"repeated":                         {190, 7},
		"repeated, neighbours":             {150, 1, 150, 2, 64, 3, 65, 4},
		"repeated, a short one between":    {150, 1, 3, 2, 150, 3},
		"repeated, one just too short":     {150, 1, 63, 2, 150, 3},
		"different":                        {250, 3},
		"different, then repeated":         {201, 3, 190, 4},
		"different, repeated for 62":       {201, 3, 62, 4, 201, 5},
		"repeated, then different":         {190, 4, 203, 3},
		"repeated within different, twice": {203, 1, 99, 2, 201, 3, 133, 4, 250, 5},
		"an odd end":                       {190, 4, 9, 5},
	} {
		t.Run(name, func(t *testing.T) { checkIndexes(t, stretches(pairs)) })
	}
	rng := rand.New(rand.NewPCG(3, 3))
	for width := range 31 {
		values := make([]int32, 1000)
		for i := range values {
			values[i] = int32(rng.Uint32() >> 1 >> (30 - width))
		}
		checkIndexes(t, values)
	}
}

func FuzzIndexes(f *testing.F) {
	f.Add([]byte{203, 1, 99, 2, 201, 3, 133, 4, 250, 5})
	f.Add([]byte{150, 1, 63, 2, 150, 3})
	f.Fuzz(func(t *testing.T, pairs []byte) {
		if len(pairs) < 1000 {
			checkIndexes(t, stretches(pairs))
		}
	})
}

func BenchmarkIndexes(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 3))
	values := make([]int32, 98_304)
	for i := range values {
		values[i] = rng.Int32N(6000)
	}
	for name, encode := range map[string]func([]byte) []byte{
		"barkeep": func(dst []byte) []byte { return parquet.AppendIndexes(dst[:0], values) },
		"parquet-go": func(dst []byte) []byte {
			dst, _ = new(rle.DictionaryEncoding).EncodeInt32(dst, values)
			return dst
		},
	} {
		b.Run(name, func(b *testing.B) {
			var dst []byte
			for b.Loop() {
				dst = encode(dst)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(values)), "ns/value")
		})
	}
}
