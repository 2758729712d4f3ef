package wire

import (
	"bytes"
	"hash/adler32"
	"math/rand/v2"
	"testing"
)

func TestAdlerEqualsStandard(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for _, data := range [][]byte{noise, bytes.Repeat([]byte{0xff}, 70_000), make([]byte, 70_000)} {
		for _, n := range []int{0, 1, 7, 8, 127, 128, 129, 255, 4095, 4096, 4097, 5552, 65_521, 70_000} {
			if got, want := adler(data[:n]), adler32.Checksum(data[:n]); got != want {
				t.Errorf("%d bytes of %#x...: %#x, want %#x", n, data[0], got, want)
			}
		}
	}
}
