package wire

import "sync"

// Sizes of the decoding tables: a root indexed by the next litBits or distBits
// bits, and behind it the sub-tables of longer codes. A complete code of 288
// symbols of up to 15 bits needs at most 2342 entries with a root of 11 bits,
// one of 32 symbols at most 402 with a root of 8; the sizes are powers of two
// so that an index can be masked.
const (
	litBits  = 11
	litRoot  = 1 << litBits
	litSize  = 4096
	distBits = 8
	distRoot = 1 << distBits
	distSize = 512

	maxCodeBits = 15
)

var inflaterPool = sync.Pool{New: func() any {
	return &inflater{lit: new([litSize]uint32), dist: new([distSize]uint32)}
}}

// Symbols of the literal/length alphabet and of the distance alphabet as table
// entries without their code: build adds its bits to the extra bits. Source: RFC 1951, 3.2.5.
var (
	litEntries  = makeLitEntries()
	distEntries = makeDistEntries()
)

func makeLitEntries() (entries [286]uint32) {
	for i := range 256 {
		entries[i] = 1<<kindShift | uint32(i)<<8
	}
	entries[256] = kindEnd << kindShift
	base := uint32(3)
	for i := range 28 {
		extra := uint32(max(0, i/4-1))
		entries[257+i] = kindMatch<<kindShift | base<<12 | extra
		base += 1 << extra
	}
	entries[285] = kindMatch<<kindShift | 258<<12
	return entries
}

func makeDistEntries() (entries [30]uint32) {
	base := uint32(1)
	for i := range entries {
		extra := uint32(max(0, i/2-1))
		entries[i] = kindMatch<<kindShift | base<<12 | extra
		base += 1 << extra
	}
	return entries
}

// build fills a table from the code length of every symbol. It refuses codes
// that are over-subscribed or incomplete, but for the single code of one bit
// and the empty code, which encoders do write.
func build(table []uint32, root uint, lengths []uint8, entries []uint32) bool {
	var count, next [maxCodeBits + 1]uint32
	longest := 0
	for _, l := range lengths {
		count[l]++
		longest = max(longest, int(l))
	}
	count[0] = 0
	code := uint32(0)
	for l := 1; l <= longest; l++ {
		code = (code + count[l-1]) << 1
		next[l] = code
	}
	clear(table)
	if longest == 0 {
		return true
	}
	if total := next[longest] + count[longest]; total != 1<<longest && (total != 1 || longest != 1) {
		return false
	}
	free := uint32(1) << root // where the next sub-table goes
	for sym, l := range lengths {
		if l == 0 {
			continue
		}
		if sym >= len(entries) {
			return false
		}
		entry := withCode(entries[sym], uint32(l))
		c := reverse(next[l], uint(l))
		next[l]++
		if uint(l) <= root {
			for i := c; i < 1<<root; i += 1 << l {
				table[i] = entry
			}
			continue
		}
		// Sub-tables are all as wide as the longest code asks for.
		width := uint32(longest) - uint32(root)
		link := &table[c&(1<<root-1)]
		if *link == 0 {
			if free+1<<width > uint32(len(table)) {
				return false
			}
			*link = kindLink<<kindShift | free<<12 | width<<8
			free += 1 << width
		}
		sub := table[*link>>12&0xffff:][:1<<width]
		for i := c >> root; i < 1<<width; i += 1 << (uint32(l) - uint32(root)) {
			sub[i] = entry
		}
	}
	return true
}

// withCode completes the entry of a symbol whose code has l bits. A symbol that
// never stands in data stays the zero entry.
func withCode(e, l uint32) uint32 {
	switch e >> kindShift {
	case 0:
		return 0
	case 1:
		e |= l << 24
	case kindMatch:
		e |= l << 8
	}
	return e + l
}

// reverse returns the lowest n bits of code in opposite order: codes are
// written with their highest bit first.
func reverse(code uint32, n uint) uint32 {
	r := uint32(0)
	for range n {
		r = r<<1 | code&1
		code >>= 1
	}
	return r
}

// pair joins each literal with the one behind it wherever both codes fit the
// root, so that one look-up yields two characters.
func pair(table *[litSize]uint32) {
	// Descending, because an entry joins with one of a lower index, which must
	// still be single; entry 0 joins with itself and comes last.
	for i := litRoot - 1; i >= 0; i-- {
		first := table[i]
		if first>>kindShift != 1 {
			continue
		}
		used := first & 63
		second := table[i>>used]
		if second>>kindShift != 1 || used+second&63 > litBits {
			continue
		}
		table[i] = 2<<kindShift | (used+second&63)<<24 | (second>>8&0xff)<<16 | first&0xff00 | used
	}
}

// dynamicTables reads the code lengths of a block and builds its tables.
func (d *inflater) dynamicTables() error {
	d.fill()
	if d.nbits < 14 {
		return d.fail("ends inside a block header")
	}
	nlit, ndist, nclen := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	if nlit > 286 || ndist > 30 {
		return d.fail("too many symbols in a block header")
	}
	var clen [19]uint8
	for i := range nclen {
		if d.fill(); d.nbits < 3 {
			return d.fail("ends inside a block header")
		}
		clen[clenOrder[i]] = uint8(d.take(3))
	}
	var table [128]uint32
	if !build(table[:], 7, clen[:], clenEntries[:]) {
		return d.fail("impossible code for code lengths")
	}
	var lengths [286 + 30]uint8
	if err := d.codeLengths(table[:], lengths[:nlit+ndist]); err != nil {
		return err
	}
	if !build(d.lit[:], litBits, lengths[:nlit], litEntries[:]) {
		return d.fail("impossible code for literals")
	}
	pair(d.lit)
	if !build(d.dist[:], distBits, lengths[nlit:nlit+ndist], distEntries[:]) {
		return d.fail("impossible code for distances")
	}
	return nil
}

var clenOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

var clenEntries = func() (entries [19]uint32) {
	for i := range entries {
		entries[i] = 1<<kindShift | uint32(i)<<8
	}
	return entries
}()

// codeLengths reads run-length coded code lengths.
func (d *inflater) codeLengths(table []uint32, lengths []uint8) error {
	for i := 0; i < len(lengths); {
		d.fill()
		e, err := d.symbol(table, 7)
		if err != nil {
			return err
		}
		sym := uint8(e >> 8)
		if sym < 16 {
			lengths[i] = sym
			i++
			continue
		}
		value, bits, repeat := uint8(0), uint(3), 3
		switch sym {
		case 16:
			if i == 0 {
				return d.fail("repeats a code length before there is one")
			}
			value, bits = lengths[i-1], 2
		case 18:
			bits, repeat = 7, 11
		}
		if bits > d.nbits {
			return d.fail("ends inside a block header")
		}
		repeat += int(d.take(bits))
		if i+repeat > len(lengths) {
			return d.fail("repeats a code length too often")
		}
		for range repeat {
			lengths[i] = value
			i++
		}
	}
	return nil
}

// fixedTables builds the tables of a block with the fixed codes.
func (d *inflater) fixedTables() {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144, i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	var entries [288]uint32 // 286 and 287 stand in the code but never in data
	copy(entries[:], litEntries[:])
	build(d.lit[:], litBits, lengths[:], entries[:])
	pair(d.lit)
	var dist [32]uint8
	for i := range dist {
		dist[i] = 5
	}
	var distances [32]uint32
	copy(distances[:], distEntries[:])
	build(d.dist[:], distBits, dist[:], distances[:])
}
