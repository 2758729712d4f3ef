package parquet_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"

	"barkeep/sinks/parquet"
)

var decoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)) // no option, no error

// unpack decodes a frame with another implementation of zstd. DuckDB, which has
// the original, reads whole files in the tests of sinks/duckdb.
func unpack(t testing.TB, frame []byte) []byte {
	t.Helper()
	page, err := decoder.DecodeAll(frame, nil)
	if err != nil {
		t.Fatalf("a frame of %d bytes: %v", len(frame), err)
	}
	return page
}

// pageOf returns levels and n values of a kind.
func pageOf(rng *rand.Rand, levels, n int, value func(i int) uint64) []byte {
	page := make([]byte, levels, levels+8*n)
	for i := range page {
		page[i] = byte(rng.Uint32())
	}
	for i := range n {
		page = binary.LittleEndian.AppendUint64(page, value(i))
	}
	return page
}

func TestWordsRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	kinds := map[string]func(i int) uint64{
		"noise":    func(int) uint64 { return rng.Uint64() },
		"zeros":    func(int) uint64 { return 0 },
		"decimals": func(int) uint64 { return math.Float64bits(float64(rng.IntN(1e9)) / 1e6) },
		"prices":   func(i int) uint64 { return math.Float64bits(float64(1000+i%97*i%13) / 100) },
		"rising":   func(i int) uint64 { return uint64(i) },
		"pairs":    func(i int) uint64 { return uint64(i/2) * 0x9E3779B97F4A7C15 },
		"two":      func(i int) uint64 { return uint64(i%2) << 63 },
		"runs": func(i int) uint64 {
			if i%3000 < 2500 {
				return 7
			}
			return rng.Uint64()
		},
	}
	for name, value := range kinds {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 1, 2, 3, 127, 128, 16383, 16384, 16385, 50_000} {
				for _, levels := range []int{0, 6, 15_367, 131_071, 140_001} {
					page := pageOf(rng, levels, n, value)
					frame := parquet.CompressWords(page, levels)
					if !bytes.Equal(unpack(t, frame), page) {
						t.Fatalf("%d values after %d bytes of levels come back different", n, levels)
					}
					if most := len(page) + 12 + 3*(len(page)/(128<<10)); len(frame) > most {
						t.Errorf("%d values after %d bytes of levels take %d bytes, want at most %d", n, levels, len(frame), most)
					}
				}
			}
		})
	}
}

// TestWordsBeatGeneralSearch compares with zstd at the effort that looks at
// every byte.
func TestWordsBeatGeneralSearch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithAllLitEntropyCompression(true))
	if err != nil {
		t.Fatal(err)
	}
	page := pageOf(rng, 0, 122_880, func(int) uint64 {
		return math.Float64bits(math.Round(20e6*math.Exp(rng.NormFloat64())) / 1e6)
	})
	general, ours := len(z.EncodeAll(page, nil)), len(parquet.CompressWords(page, 0))
	t.Logf("%d bytes: %d in general, %d by words", len(page), general, ours)
	if ours > general*9/10 {
		t.Errorf("words take %d bytes where the general search takes %d", ours, general)
	}
}

func TestStoreRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 131_071, 131_072, 131_073, 300_000} {
		page := pageOf(rng, n, 0, nil)
		if !bytes.Equal(unpack(t, parquet.Store(page)), page) {
			t.Errorf("%d bytes come back different", n)
		}
	}
}

func FuzzWords(f *testing.F) {
	rng := rand.New(rand.NewPCG(7, 8))
	f.Add([]byte{}, uint16(0))
	f.Add(pageOf(rng, 3, 300, func(i int) uint64 { return uint64(i % 5) }), uint16(3))
	f.Add(pageOf(rng, 0, 300, func(i int) uint64 { return math.Float64bits(float64(i) / 100) }), uint16(0))
	f.Fuzz(func(t *testing.T, page []byte, start uint16) {
		// Long pages come of short ones, so that there is more than one block.
		page = bytes.Repeat(page, 1+int(start)%3*40_000/(len(page)+1))
		if got := unpack(t, parquet.CompressWords(page, min(int(start), len(page)))); !bytes.Equal(got, page) {
			t.Errorf("%d bytes with values from %d on come back different", len(page), start)
		}
	})
}
