package wire

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// InflateError says where a zlib stream is damaged.
type InflateError struct {
	Offset  int // byte of the stream
	Problem string
}

// Error names the offset and the problem.
func (e *InflateError) Error() string {
	return fmt.Sprintf("zlib stream: byte %d: %s", e.Offset, e.Problem)
}

// Inflate appends the contents of the zlib stream z to dst and returns the
// result. The stream must end exactly where z ends, its Adler-32 must hold, and
// it must not inflate to more than limit bytes; otherwise the error is an
// *InflateError and dst is returned unchanged. No allocation is larger than
// twice the inflated size.
func Inflate(dst, z []byte, limit int) ([]byte, error) {
	if len(z) < 6 {
		return dst, &InflateError{len(z), "too short"}
	}
	if z[0]&0x0f != 8 || z[0]>>4 > 7 || (uint(z[0])<<8|uint(z[1]))%31 != 0 || z[1]&0x20 != 0 {
		return dst, &InflateError{0, fmt.Sprintf("starts with % x, not with a zlib header", z[:2])}
	}
	d := inflaterPool.Get().(*inflater)
	defer inflaterPool.Put(d)
	*d = inflater{src: z[:len(z)-4], pos: 2, out: dst[len(dst):], limit: limit, lit: d.lit, dist: d.dist}
	err := d.run()
	out := d.out[:d.n]
	d.src, d.out = nil, nil
	if err != nil {
		return dst, err
	}
	if want := binary.BigEndian.Uint32(z[len(z)-4:]); adler(out) != want {
		return dst, &InflateError{len(z) - 4, "checksum does not match the contents"}
	}
	if len(dst) == 0 {
		return out, nil
	}
	if cap(dst)-len(dst) >= len(out) && len(out) > 0 && &dst[:len(dst)+1][len(dst)] == &out[0] {
		return dst[:len(dst)+len(out)], nil
	}
	return append(dst, out...), nil
}

// inflater decodes one deflate stream.
type inflater struct {
	src   []byte
	pos   int    // next byte of src to load
	bits  uint64 // unread bits, the next one lowest
	nbits uint   // how many of them are valid
	out   []byte // all of its capacity may be written
	n     int    // bytes of out that are contents
	limit int
	lit   *[litSize]uint32
	dist  *[distSize]uint32
}

func (d *inflater) fail(problem string) error {
	return &InflateError{d.pos - int(d.nbits/8), problem}
}

// run decodes every block and checks that the stream ends with src.
func (d *inflater) run() error {
	d.out = d.out[:cap(d.out)]
	for {
		d.fill()
		if d.nbits < 3 {
			return d.fail("ends inside a block header")
		}
		last, kind := d.take(1), d.take(2)
		var err error
		switch kind {
		case 0:
			err = d.stored()
		case 1:
			d.fixedTables()
			err = d.block()
		case 2:
			if err = d.dynamicTables(); err == nil {
				err = d.block()
			}
		default:
			err = d.fail("unknown kind of block")
		}
		if err != nil {
			return err
		}
		if d.n > d.limit {
			return d.fail(fmt.Sprintf("inflates to more than %d bytes", d.limit))
		}
		if last == 1 {
			break
		}
	}
	if left := len(d.src) - d.pos + int(d.nbits/8); left != 0 {
		return d.fail(fmt.Sprintf("%d bytes follow the end of the stream", left))
	}
	return nil
}

// fill tops the bit buffer up to at least 56 bits, or to all that is left.
func (d *inflater) fill() {
	if d.pos+8 <= len(d.src) {
		d.bits |= binary.LittleEndian.Uint64(d.src[d.pos:]) << d.nbits
		d.pos += int((63 - d.nbits) >> 3)
		d.nbits |= 56
		return
	}
	for d.nbits <= 56 && d.pos < len(d.src) {
		d.bits |= uint64(d.src[d.pos]) << d.nbits
		d.pos++
		d.nbits += 8
	}
}

func (d *inflater) take(n uint) uint {
	v := uint(d.bits & (1<<n - 1))
	d.bits >>= n
	d.nbits -= n
	return v
}

// room makes out at least n bytes longer than its contents.
func (d *inflater) room(n int) error {
	if d.n+n <= len(d.out) {
		return nil
	}
	if d.n > d.limit {
		return d.fail(fmt.Sprintf("inflates to more than %d bytes", d.limit))
	}
	size := max(2*len(d.out), 4*len(d.src), d.n+n, 4096)
	size = max(min(size, d.limit+maxStep), d.n+n)
	d.out = slices.Grow(d.out[:d.n], size-d.n)
	d.out = d.out[:cap(d.out)]
	return nil
}

// stored copies an uncompressed block.
func (d *inflater) stored() error {
	d.take(d.nbits & 7)
	d.pos -= int(d.nbits / 8) // give whole bytes back
	d.bits, d.nbits = 0, 0
	if d.pos+4 > len(d.src) {
		return d.fail("ends inside a stored block")
	}
	n := int(binary.LittleEndian.Uint16(d.src[d.pos:]))
	if n != int(^binary.LittleEndian.Uint16(d.src[d.pos+2:])) {
		return d.fail("length of a stored block does not match its complement")
	}
	d.pos += 4
	if d.pos+n > len(d.src) {
		return d.fail("ends inside a stored block")
	}
	if d.n+n > d.limit {
		return d.fail(fmt.Sprintf("inflates to more than %d bytes", d.limit))
	}
	if err := d.room(n); err != nil {
		return err
	}
	d.n += copy(d.out[d.n:], d.src[d.pos:d.pos+n])
	d.pos += n
	return nil
}
