package parquet

import (
	"bytes"
	"encoding/binary"
	"math"
)

// numbers collects the different values of a column of fixed-width numbers,
// held as their bits. It is an open hash table of positions in keys.
type numbers struct {
	keys    []uint64
	slots   []int32 // position in keys + 1; 0 is free
	shift   uint    // 64 - log2(len(slots))
	buckets [3][1 << radixBits]uint32
	swap    []ranked
	swap2   []ranked
}

const (
	// fibonacci spreads keys that differ in few bits over the whole word.
	fibonacci = 0x9E3779B97F4A7C15
	minSlots  = 1 << 12
	radixBits = 11
)

func (d *numbers) reset() {
	d.keys = d.keys[:0]
	if len(d.slots) == 0 {
		d.resize(minSlots)
		return
	}
	clear(d.slots)
}

func (d *numbers) resize(n int) {
	d.slots = grow(d.slots, n)
	clear(d.slots)
	d.shift = 64
	for m := n; m > 1; m >>= 1 {
		d.shift--
	}
	for i, key := range d.keys {
		h := key * fibonacci >> d.shift
		for d.slots[h] != 0 {
			h = (h + 1) & uint64(n-1)
		}
		d.slots[h] = int32(i) + 1
	}
}

// find returns the position of a key, adding it if it is new.
func (d *numbers) find(key uint64) int32 {
	mask := uint64(len(d.slots) - 1)
	for h := key * fibonacci >> d.shift; ; h = (h + 1) & mask {
		i := d.slots[h]
		if i == 0 {
			return d.insert(key, h)
		}
		if d.keys[i-1] == key {
			return i - 1
		}
	}
}

func (d *numbers) insert(key, h uint64) int32 {
	d.keys = append(d.keys, key)
	n := len(d.keys)
	d.slots[h] = int32(n)
	if 2*n > len(d.slots) {
		d.resize(4 * len(d.slots))
	}
	return int32(n - 1)
}

// estimate returns about how many different values there are, and leaves the
// numbers dirty. It counts exactly those whose hash ends in zeros, which are a
// fair sample of the different values, however often each occurs.
func (d *numbers) estimate(values []float64) int {
	const shift, odd = 4, 0xD6E8FEB86659FD93
	for _, v := range values {
		k := math.Float64bits(v)
		k ^= k >> 32
		if k*odd>>(64-shift) == 0 {
			d.find(k)
		}
	}
	return len(d.keys) << shift
}

// ranked is a key with its old position.
type ranked struct {
	key uint64
	pos int32
}

// sort puts the keys in rising order, as far as their upper halves tell, and
// returns the new position of each old one: neighbours then share their upper
// bytes, which compresses better. Keys must be comparable as unsigned numbers.
func (d *numbers) sort(moved []int32) []int32 {
	n := len(d.keys)
	from, to := grow(d.swap, n), grow(d.swap2, n)
	d.swap, d.swap2 = from, to
	clear(d.buckets[0][:])
	clear(d.buckets[1][:])
	clear(d.buckets[2][:])
	const mask = 1<<radixBits - 1
	for i, k := range d.keys {
		from[i] = ranked{k, int32(i)}
		d.buckets[0][k>>31&mask]++
		d.buckets[1][k>>42&mask]++
		d.buckets[2][k>>53&mask]++
	}
	for pass := range d.buckets {
		at, sum := &d.buckets[pass], uint32(0)
		for i, c := range at {
			at[i] = sum
			sum += c
		}
		shift := 31 + radixBits*uint(pass)
		for _, r := range from {
			b := r.key >> shift & mask
			to[at[b]] = r
			at[b]++
		}
		from, to = to, from
	}
	moved = grow(moved, n)
	for i, r := range from {
		d.keys[i] = r.key
		moved[r.pos] = int32(i)
	}
	return moved
}

// ordered maps the bits of a float to a number that orders as the float does;
// unordered maps it back.
func ordered(bits uint64) uint64 {
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

func unordered(k uint64) uint64 {
	if k>>63 != 0 {
		return k &^ (1 << 63)
	}
	return ^k
}

// texts collects the different values of a string column.
type texts struct {
	seen  map[string]int32
	plain []byte // the values in PLAIN encoding, in order of first appearance
}

// maxTextDictionary is the size in bytes beyond which strings are not worth a
// dictionary.
const maxTextDictionary = 1 << 20

// index fills indexes with the position of each row's string, finds their bounds,
// and reports whether the dictionary stayed small.
func (d *texts) index(indexes []int32, src []text, rows []Row, b *bounds) ([]int32, bool) {
	if d.seen == nil {
		d.seen = make(map[string]int32)
	}
	clear(d.seen)
	d.plain = d.plain[:0]
	indexes = grow(indexes, len(rows))
	var last []byte
	var pos int32
	for i, r := range rows {
		v := src[r.Batch].at(r.Row)
		if i == 0 || !bytes.Equal(v, last) {
			known, ok := d.seen[string(v)]
			if !ok {
				known = int32(len(d.seen))
				d.seen[string(v)] = known
				b.text(v, known == 0)
				d.plain = appendText(d.plain, v)
				if len(d.plain) > maxTextDictionary {
					return indexes, false
				}
			}
			last, pos = v, known
		}
		indexes[i] = pos
	}
	return indexes, true
}

// appendText appends a string in PLAIN encoding: 4 bytes of length, then the
// bytes.
func appendText(dst, v []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(v))), v...)
}
