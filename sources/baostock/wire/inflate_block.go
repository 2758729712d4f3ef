package wire

import (
	"encoding/binary"
	"fmt"
)

// An entry of a decoding table is
//
//	bits  0..5   how many bits to take: the code and the extra bits behind it; of
//	             a pair of literals the first code alone
//	bits  8..23  literals: the first in 8..15, the second in 16..23
//	             lengths and distances: bits of the code alone in 8..11, base from 12 on
//	             link: index bits of the sub-table in 8..11, its offset from 12 on
//	bits 24..27  literals: the bits of all codes; 0 for the other entries of the
//	             literal/length table, whose bases and offsets are below 2^12
//	bits 28..31  the kind; for literals how many there are, 1 or 2, and for
//	             everything else a multiple of 4
//
// so that one sequence of instructions takes the literals of an entry, or none
// if it is something else. The zero entry is a code that no symbol has.
const (
	kindShift = 28
	kindMatch = 4 // a length, or any distance
	kindEnd   = 8
	kindLink  = 12
)

// maxStep is how far one step of the fast loop may write past its start: three
// pairs of literals and a match of 258 copied in words.
const maxStep = 6 + 258 + 16

// block decodes the symbols of one block up to its end-of-block code.
func (d *inflater) block() error {
	for {
		if err := d.room(maxStep); err != nil {
			return err
		}
		done, err := d.fast()
		if done || err != nil {
			return err
		}
		if d.pos+16 <= len(d.src) {
			continue // out was full, not src empty
		}
		if done, err = d.careful(); done || err != nil {
			return err
		}
	}
}

// fast decodes while sixteen bytes of input and maxStep bytes of room are left.
// Its state lives in local variables so that the compiler keeps it in registers,
// and each entry is looked up before the copy it does not depend on.
func (d *inflater) fast() (done bool, err error) {
	src, out := d.src, d.out
	pos, n, bits, nbits := d.pos, d.n, d.bits, d.nbits
	lit, dist := d.lit, d.dist
	if pos+16 > len(src) || n+maxStep > len(out) {
		return false, nil
	}
	bits |= binary.LittleEndian.Uint64(src[pos:]) << (nbits & 63)
	pos += int((63 - nbits) >> 3)
	nbits |= 56
	e := lit[bits&(litRoot-1)]
	for pos+16 <= len(src) && n+maxStep <= len(out) {
		// Digits come in runs whose length no branch predictor knows, so two
		// entries' literals are taken whether there are any or not.
		binary.LittleEndian.PutUint16(out[n:], uint16(e>>8))
		n += int(e >> kindShift & 3)
		bits >>= e >> 24 & 15
		nbits -= uint(e >> 24 & 15)
		e = lit[bits&(litRoot-1)]
		binary.LittleEndian.PutUint16(out[n:], uint16(e>>8))
		n += int(e >> kindShift & 3)
		bits >>= e >> 24 & 15
		nbits -= uint(e >> 24 & 15)
		e = lit[bits&(litRoot-1)]

		bits |= binary.LittleEndian.Uint64(src[pos:]) << (nbits & 63)
		pos += int((63 - nbits) >> 3)
		nbits |= 56
		if e>>kindShift != kindMatch {
			if e>>kindShift == kindLink {
				e = lit[(e>>12&0xffff+uint32(bits>>litBits)&(1<<(e>>8&15)-1))%litSize]
			}
			if e>>kindShift&3 != 0 {
				continue
			}
			if e == 0 {
				err = badCode(pos, nbits)
				break
			}
			if e>>kindShift == kindEnd {
				bits >>= e & 63
				nbits -= uint(e & 63)
				done = true
				break
			}
		}
		saved := bits
		bits >>= e & 63
		nbits -= uint(e & 63)
		length := int(e>>12&0xffff) + int(saved&(1<<(e&63)-1)>>(e>>8&15))

		e = dist[bits&(distRoot-1)]
		if e>>kindShift == kindLink {
			e = dist[(e>>12&0xffff+uint32(bits>>distBits)&(1<<(e>>8&15)-1))%distSize]
		}
		saved = bits
		bits >>= e & 63
		nbits -= uint(e & 63)
		back := int(e>>12&0xffff) + int(saved&(1<<(e&63)-1)>>(e>>8&15))
		if e == 0 {
			err = badCode(pos, nbits)
			break
		}
		if back > n {
			err = badDistance(pos-int(nbits/8), back, n)
			break
		}
		bits |= binary.LittleEndian.Uint64(src[pos:]) << (nbits & 63)
		pos += int((63 - nbits) >> 3)
		nbits |= 56
		e = lit[bits&(litRoot-1)]

		if back >= 8 {
			// Two words, most often enough, without a branch; the second may
			// read what the first has written.
			from, to := (*[16]byte)(out[n-back:]), (*[16]byte)(out[n:])
			binary.LittleEndian.PutUint64(to[:8], binary.LittleEndian.Uint64(from[:8]))
			binary.LittleEndian.PutUint64(to[8:], binary.LittleEndian.Uint64(from[8:]))
			for i := n + 16; i < n+length; i += 8 {
				binary.LittleEndian.PutUint64(out[i:], binary.LittleEndian.Uint64(out[i-back:]))
			}
		} else {
			for i := n; i < n+length; i++ {
				out[i] = out[i-back]
			}
		}
		n += length
	}
	d.pos, d.n, d.bits, d.nbits = pos, n, bits, nbits
	return done, err
}

func badDistance(pos, back, n int) error {
	return &InflateError{pos, fmt.Sprintf("refers %d bytes back, %d are there", back, n)}
}

func badCode(pos int, nbits uint) error {
	return &InflateError{pos - int(nbits/8), "a code that no symbol has"}
}

// careful decodes one symbol after another near the end of the input, where the
// bit buffer may hold fewer bits than a look-up wants.
func (d *inflater) careful() (done bool, err error) {
	for {
		if err := d.room(maxStep); err != nil {
			return false, err
		}
		d.fill()
		e, err := d.symbol(d.lit[:], litBits)
		if err != nil {
			return false, err
		}
		switch e >> kindShift {
		case kindEnd:
			return true, nil
		case kindMatch:
			if err := d.match(e); err != nil {
				return false, err
			}
		default:
			d.out[d.n] = byte(e >> 8)
			d.n++
		}
	}
}

// symbol reads one code, without the extra bits behind it. Of a pair of
// literals it takes the first only.
func (d *inflater) symbol(table []uint32, root uint) (uint32, error) {
	e := table[d.bits&(1<<root-1)]
	if e>>kindShift == kindLink {
		e = table[e>>12&0xffff+uint32(d.bits>>root)&(1<<(e>>8&15)-1)]
	}
	size := uint(e & 63)
	if e>>kindShift == kindMatch {
		size = uint(e >> 8 & 15)
	}
	if e == 0 || size > d.nbits {
		return 0, d.fail("ends inside a block, or holds a code that no symbol has")
	}
	d.take(size)
	return e, nil
}

// extra reads the bits behind a length or distance code and returns its value.
func (d *inflater) extra(e uint32) (int, error) {
	size := uint(e&63 - e>>8&15)
	if size > d.nbits {
		return 0, d.fail("ends inside a length or distance")
	}
	return int(e>>12&0xffff) + int(d.take(size)), nil
}

// match copies what the length code e and the distance code after it say.
func (d *inflater) match(e uint32) error {
	length, err := d.extra(e)
	if err != nil {
		return err
	}
	d.fill()
	if e, err = d.symbol(d.dist[:], distBits); err != nil {
		return err
	}
	back, err := d.extra(e)
	if err != nil {
		return err
	}
	if back > d.n {
		return badDistance(d.pos-int(d.nbits/8), back, d.n)
	}
	for end := d.n + length; d.n < end; d.n++ {
		d.out[d.n] = d.out[d.n-back]
	}
	return nil
}
