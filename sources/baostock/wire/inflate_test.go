package wire_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	kzlib "github.com/klauspost/compress/zlib"

	"barkeep/sources/baostock/wire"
)

const limit = 4 << 20

// stdInflate is the oracle: the standard library, made as strict as Inflate.
func stdInflate(z []byte) ([]byte, error) {
	src := bytes.NewReader(z)
	r, err := zlib.NewReader(src)
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && len(out) > limit {
		err = errors.New("too long")
	}
	if err == nil && src.Len() > 0 {
		err = errors.New("bytes follow the stream")
	}
	return out, err
}

func deflate(t testing.TB, level int, body []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w, err := zlib.NewWriterLevel(&z, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(body)
	w.Close()
	return z.Bytes()
}

// marketJSON looks like a whole-market answer.
func marketJSON(rows int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("0\x01success\x01query_daily_history_k_AStock\x01anonymous\x01" + `{"record":[`)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		p := 5 + r.Float64()*50
		fmt.Fprintf(&b, `["2026-09-28","sh.%06d","%.4f","%.4f","%.4f","%.4f","%.4f","%d","%.4f","3","%.4f00","1","%.4f00","%.6f","%.6f","%.6f","%.6f","0"]`,
			600000+i, float64(int(p*100))/100, float64(int(p*102))/100, float64(int(p*98))/100, float64(int(p*101))/100, float64(int(p*99))/100,
			r.IntN(1e8), float64(int(r.Float64()*1e11))/100, r.Float64()*3, r.Float64()*5-2.5, r.Float64()*80, r.Float64()*5, r.Float64()*9, r.Float64()*30)
	}
	b.WriteString("]}\x01" + wire.DailyColumns)
	return b.Bytes()
}

func bodies() map[string][]byte {
	r := rand.New(rand.NewPCG(7, 7))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	skewed := make([]byte, 300_000)
	for i := range skewed { // codes of very different lengths, so that links are used
		skewed[i] = byte(min(r.ExpFloat64()*12, 255))
	}
	return map[string][]byte{
		"empty":  {},
		"one":    []byte("a"),
		"run":    bytes.Repeat([]byte("a"), 100_000),
		"near":   bytes.Repeat([]byte("abc"), 50_000),
		"market": marketJSON(5200),
		"noise":  noise,
		"skewed": skewed,
	}
}

func TestInflate(t *testing.T) {
	for name, body := range bodies() {
		for _, level := range []int{zlib.HuffmanOnly, zlib.NoCompression, zlib.BestSpeed, 6, zlib.BestCompression} {
			z := deflate(t, level, body)
			out, err := wire.Inflate(nil, z, limit)
			if err != nil || !bytes.Equal(out, body) {
				t.Errorf("%s at level %d: %v, %d bytes of %d", name, level, err, len(out), len(body))
			}
			out, err = wire.Inflate([]byte("head"), z, limit)
			if err != nil || string(out[:4]) != "head" || !bytes.Equal(out[4:], body) {
				t.Errorf("%s at level %d, appended: %v", name, level, err)
			}
		}
	}
}

func TestInflateFixedCodes(t *testing.T) {
	// A short text at the best level makes an encoder choose the fixed codes.
	var z bytes.Buffer
	w, _ := flate.NewWriter(&z, flate.BestCompression)
	w.Write([]byte("hello hello hello"))
	w.Close()
	if z.Bytes()[0]>>1&3 != 1 {
		t.Fatal("the encoder did not choose the fixed codes")
	}
	framed := append([]byte{0x78, 0x01}, z.Bytes()...)
	framed = append(framed, deflate(t, 1, []byte("hello hello hello"))[len(deflate(t, 1, []byte("hello hello hello")))-4:]...)
	out, err := wire.Inflate(nil, framed, limit)
	if err != nil || string(out) != "hello hello hello" {
		t.Fatalf("%q, %v", out, err)
	}
}

func TestInflateRefuses(t *testing.T) {
	body := marketJSON(50)
	z := deflate(t, 1, body)
	flip := func(i int, mask byte) []byte {
		c := bytes.Clone(z)
		c[i] ^= mask
		return c
	}
	for name, bad := range map[string][]byte{
		"nothing":        {},
		"header":         flip(0, 0xff),
		"dictionary":     {0x78, 0x20 | 0x1e, 0, 0, 0, 0, 0},
		"cut":            z[:len(z)/2],
		"cut by one":     z[:len(z)-1],
		"one byte more":  append(bytes.Clone(z), 0),
		"checksum":       flip(len(z)-1, 1),
		"damaged inside": flip(len(z)/2, 0x55),
	} {
		out, err := wire.Inflate([]byte("kept"), bad, limit)
		var ie *wire.InflateError
		if !errors.As(err, &ie) || string(out) != "kept" {
			t.Errorf("%s: %q, %v", name, out[:min(len(out), 20)], err)
		}
	}
}

func TestInflateBomb(t *testing.T) {
	z := deflate(t, 9, make([]byte, 64<<20)) // 64 MiB of zeros in 64 KiB
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := wire.Inflate(nil, z, 1<<20); err == nil {
				b.Fatal("a bomb was inflated")
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 4<<20 {
		t.Errorf("refusing a bomb took %d bytes, limit 1 MiB", allocated)
	}
	if _, err := wire.Inflate(nil, deflate(t, 9, make([]byte, 1<<20)), 1<<20); err != nil {
		t.Errorf("exactly the limit: %v", err)
	}
	if _, err := wire.Inflate(nil, deflate(t, 9, make([]byte, 1<<20+1)), 1<<20); err == nil {
		t.Error("one byte past the limit was accepted")
	}
}

func FuzzInflate(f *testing.F) {
	for _, body := range bodies() {
		body = body[:min(len(body), 5000)]
		for _, level := range []int{zlib.HuffmanOnly, 0, 1, 9} {
			f.Add(deflate(f, level, body))
		}
	}
	f.Fuzz(func(t *testing.T, z []byte) {
		want, wantErr := stdInflate(z)
		got, err := wire.Inflate(nil, z, limit)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("Inflate says %v, the standard library %v", err, wantErr)
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Fatal("contents differ from the standard library's")
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	body := marketJSON(5200)
	z := wire.Deflate(body)
	rate := func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportMetric(5200*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("barkeep", func(b *testing.B) {
		var out []byte
		for b.Loop() {
			out, _ = wire.Inflate(out[:0], z, limit)
		}
		rate(b)
	})
	out := make([]byte, len(body)+1)
	b.Run("klauspost", func(b *testing.B) {
		r, _ := kzlib.NewReader(bytes.NewReader(z))
		for b.Loop() {
			r.(kzlib.Resetter).Reset(bytes.NewReader(z), nil)
			io.ReadFull(r, out)
		}
		rate(b)
	})
	b.Run("standard", func(b *testing.B) {
		r, _ := zlib.NewReader(bytes.NewReader(z))
		for b.Loop() {
			r.(zlib.Resetter).Reset(bytes.NewReader(z), nil)
			io.ReadFull(r, out)
		}
		rate(b)
	})
}
