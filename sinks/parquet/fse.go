package parquet

import (
	"encoding/binary"
	"math/bits"
)

// fse encodes symbols by finite state entropy. The state is a number of log+1
// bits; encoding a symbol gives its low bits away and leads to the state that a
// decoder comes from.
type fse struct {
	log     uint
	states  [1 << maxFSELog]uint16
	symbols [maxFSESymbols]fseSymbol
}

const (
	maxFSELog     = 9
	maxFSESymbols = 53
)

type fseSymbol struct {
	deltaBits  uint32 // (state + deltaBits) >> 16 is the number of bits given away
	deltaState int32
}

// build makes the table of a distribution over 1 << log states; -1 stands for a
// probability below one state. Source: RFC 8878, section 4.1.1, read from the
// side of the encoder.
func (t *fse) build(log uint, counts []int16) {
	var order [1 << maxFSELog]uint8
	var first [maxFSESymbols]int
	t.log = log
	size := 1 << log
	high, total := size-1, 0
	for s, n := range counts {
		if n == -1 {
			order[high] = uint8(s)
			high--
		}
		n := int(max(n, -n))
		first[s] = total
		t.symbols[s] = transitions(log, n, total)
		total += n
	}
	at := 0
	for s, n := range counts {
		for range max(n, 0) {
			order[at] = uint8(s)
			for again := true; again; again = at > high {
				at = (at + size>>1 + size>>3 + 3) & (size - 1)
			}
		}
	}
	for state, s := range order[:size] {
		t.states[first[s]] = uint16(size + state)
		first[s]++
	}
}

// transitions returns those of a symbol with n states, the first at a position
// of the table of states.
func transitions(log uint, n, first int) fseSymbol {
	if n <= 1 {
		return fseSymbol{uint32(log<<16 - 1<<log), int32(first - 1)}
	}
	out := log + 1 - uint(bits.Len(uint(n-1)))
	return fseSymbol{uint32(out<<16 - uint(n)<<out), int32(first - n)}
}

// start returns a state that stands for the symbol decoded last.
func (t *fse) start(symbol uint8) uint32 {
	s := t.symbols[symbol]
	out := (s.deltaBits + 1<<15) >> 16
	return uint32(t.states[int32((out<<16-s.deltaBits)>>out)+s.deltaState])
}

// encode gives away bits of the state and returns the next one.
func (t *fse) encode(w *bitWriter, state uint32, symbol uint8) uint32 {
	s := t.symbols[symbol]
	out := (state + s.deltaBits) >> 16
	w.put(uint64(state)&(1<<(out&31)-1), uint(out))
	return uint32(t.states[int32(state>>out)+s.deltaState])
}

// normalize turns how often each symbol occurs into numbers of states, at least
// one for each that occurs, 1 << log together.
func normalize(counts []int16, often []uint32, log uint) {
	total, most, sum := 0, 0, 0
	for s, n := range often {
		total += int(n)
		if n > often[most] {
			most = s
		}
	}
	for s, n := range often {
		counts[s] = 0
		if n > 0 {
			counts[s] = int16(max(1, (int(n)<<log+total/2)/total))
		}
		sum += int(counts[s])
	}
	for ; sum > 1<<log; sum-- { // of those rounded up, the largest lose least
		for s := range counts {
			if counts[s] > counts[most] {
				most = s
			}
		}
		counts[most]--
	}
	counts[most] += int16(1<<log - sum)
}

// appendCounts appends a distribution in the form that tables are described in.
// Source: RFC 8878, section 4.1.1.
func appendCounts(dst []byte, counts []int16, log uint) []byte {
	w := bitWriter{out: dst}
	w.add(uint64(log-5), 4)
	left, threshold, width := 1<<log+1, 1<<log, log+1
	for s := 0; left > 1; s++ {
		n := int(counts[s])
		most := 2*threshold - 1 - left
		left -= n
		v := n + 1
		if v >= threshold {
			v += most
		}
		if v < most {
			w.add(uint64(v), width-1)
		} else {
			w.add(uint64(v), width)
		}
		for left < threshold {
			width--
			threshold >>= 1
		}
		if n == 0 {
			s += w.zeros(counts[s+1:])
		}
	}
	return w.flush()
}

// zeros writes how many more zeros follow one, and returns their number.
func (w *bitWriter) zeros(counts []int16) int {
	n := 0
	for counts[n] == 0 {
		n++
	}
	left := n
	for ; left >= 3; left -= 3 {
		w.add(3, 2)
	}
	w.add(uint64(left), 2)
	return n
}

// bitWriter appends bits, the first lowest.
type bitWriter struct {
	out  []byte
	bits uint64
	n    uint
}

// put takes the n low bits of v; the others must be 0. Not more than 56 bits may
// come between two calls of spill.
func (w *bitWriter) put(v uint64, n uint) {
	w.bits |= v << (w.n & 63)
	w.n += n
}

// spill writes whole bytes. There must be room for 8 after those of out.
func (w *bitWriter) spill() {
	n := len(w.out)
	binary.LittleEndian.PutUint64(w.out[n:n+8], w.bits)
	w.out = w.out[:n+int(w.n>>3)]
	w.bits >>= w.n &^ 7
	w.n &= 7
}

// add appends the n low bits of v, at most 16.
func (w *bitWriter) add(v uint64, n uint) {
	for w.put(v, n); w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.bits))
		w.bits >>= 8
	}
}

// flush fills the last byte with zeros, of which less than 8 bits are left.
func (w *bitWriter) flush() []byte {
	if w.n > 0 {
		w.out = append(w.out, byte(w.bits))
	}
	return w.out
}
