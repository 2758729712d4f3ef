package wire

import "encoding/binary"

// adler returns the Adler-32 of p as hash/adler32 does, several times faster:
// sixteen words of eight bytes at a time, each byte in a 16-bit lane of its own.
// Source: RFC 1950, 8.2.
func adler(p []byte) uint32 {
	const (
		mod   = 65521
		lanes = 0x00ff00ff00ff00ff
		words = 16
		block = 8 * words
		most  = 32 // blocks between two reductions; keeps the sums far below 2^63
	)
	a, b := uint64(1), uint64(0)
	for len(p) >= block {
		for n := min(len(p)/block, most); n > 0; n-- {
			// Sums of the even and the odd bytes of each position, and the sums
			// of those before every word: 255 * (0 + 1 + ... + 15) fits 16 bits.
			var even, odd, evens, odds uint64
			for i := 0; i < block; i += 8 {
				w := binary.LittleEndian.Uint64(p[i : i+8 : block])
				evens += even
				odds += odd
				even += w & lanes
				odd += w >> 8 & lanes
			}
			p = p[block:]
			b += block*a + 8*(sumLanes(evens)+sumLanes(odds))
			// A byte counts once more for every byte behind it in its word and
			// for itself: 8 times the first, once the last.
			for shift, weight := 0, uint64(8); shift < 64; shift, weight = shift+16, weight-2 {
				b += weight*(even>>shift&0xffff) + (weight-1)*(odd>>shift&0xffff)
			}
			a += sumLanes(even) + sumLanes(odd)
		}
		a %= mod
		b %= mod
	}
	for _, c := range p {
		a += uint64(c)
		b += a
	}
	return uint32(b%mod<<16 | a%mod)
}

// sumLanes adds the four 16-bit lanes of x.
func sumLanes(x uint64) uint64 {
	x = x&0x0000ffff0000ffff + x>>16&0x0000ffff0000ffff
	return (x + x>>32) & 0xffffffff
}
