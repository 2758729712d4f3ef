package parquet

import (
	"math/bits"
	"slices"
)

// sequence is some literals and then a match: length bytes that lie some
// distance before.
type sequence struct {
	literals, length uint32
	offset           uint32 // as coded: 1 repeats the last distance, else distance + 3
}

// sequences writes the section of a block that holds its sequences.
type sequences struct {
	codes  [3][]uint8 // by kind, of each sequence
	tables [3]fse
	often  [maxFSESymbols]uint32
	counts [maxFSESymbols]int16
}

// The kinds of codes, in the order of their tables.
const (
	literalCodes = iota
	offsetCodes
	matchCodes
)

// maxLogs are the largest tables that decoders take, by kind. Source: RFC 8878,
// section 3.1.1.3.2.1.
var maxLogs = [3]uint{9, 8, 9}

// How a block describes a table.
const (
	rleMode = 1
	fseMode = 2
)

// append appends the section. Source: RFC 8878, section 3.1.1.3.2.
func (e *sequences) append(dst []byte, seqs []sequence) []byte {
	n := len(seqs)
	switch {
	case n < 128:
		dst = append(dst, byte(n))
	case n < 0x7F00:
		dst = append(dst, byte(n>>8)+128, byte(n))
	default:
		dst = append(dst, 255, byte(n-0x7F00), byte((n-0x7F00)>>8))
	}
	if n == 0 {
		return dst
	}
	e.encodeLengths(seqs)
	modes := len(dst)
	dst = append(dst, 0)
	for kind := range e.tables {
		var mode byte
		dst, mode = e.table(dst, kind)
		dst[modes] |= mode << (6 - 2*kind)
	}
	return e.stream(dst, seqs)
}

// encodeLengths finds the codes.
func (e *sequences) encodeLengths(seqs []sequence) {
	for kind := range e.codes {
		e.codes[kind] = grow(e.codes[kind], len(seqs))
	}
	lit, off, length := e.codes[literalCodes], e.codes[offsetCodes], e.codes[matchCodes]
	for i := range seqs {
		s := &seqs[i]
		lit[i] = literalCode(s.literals)
		off[i] = uint8(bits.Len32(s.offset) - 1)
		length[i] = matchCode(s.length)
	}
}

// table chooses a table for the codes of a kind and describes it.
func (e *sequences) table(dst []byte, kind int) ([]byte, byte) {
	codes := e.codes[kind]
	clear(e.often[:])
	last := uint8(0)
	for _, c := range codes {
		e.often[c]++
		last = max(last, c)
	}
	if e.often[last] == uint32(len(codes)) {
		// A table of one state per symbol, which never gives a bit away.
		e.tables[kind].single(last)
		return append(dst, last), rleMode
	}
	log := min(max(uint(bits.Len(uint(len(codes)-1))), 6), maxLogs[kind])
	counts := e.counts[:last+1]
	normalize(counts, e.often[:last+1], log)
	e.tables[kind].build(log, counts)
	return appendCounts(dst, counts, log), fseMode
}

// stream appends the bits of the sequences, the last first, as decoders read
// from the end.
func (e *sequences) stream(dst []byte, seqs []sequence) []byte {
	w := bitWriter{out: slices.Grow(dst, len(seqs)*mostBits/8+16)}
	n := len(seqs) - 1
	lits, offs, lengths := e.codes[literalCodes][:n+1], e.codes[offsetCodes][:n+1], e.codes[matchCodes][:n+1]
	litTable, offTable, lengthTable := &e.tables[literalCodes], &e.tables[offsetCodes], &e.tables[matchCodes]
	lit, off, length := litTable.start(lits[n]), offTable.start(offs[n]), lengthTable.start(lengths[n])
	for i := n; i >= 0; i-- {
		s, l, o, m := &seqs[i], lits[i], offs[i], lengths[i]
		if i < n {
			off = offTable.encode(&w, off, o)
			length = lengthTable.encode(&w, length, m)
			lit = litTable.encode(&w, lit, l)
			w.spill()
		}
		w.put(uint64(s.literals-literalBase[l]), uint(literalBits[l]))
		w.put(uint64(s.length-matchBase[m]), uint(matchBits[m]))
		w.spill()
		w.put(uint64(s.offset)-1<<o, uint(o))
		w.spill()
	}
	w.put(uint64(length)&(1<<lengthTable.log-1), lengthTable.log)
	w.put(uint64(off)&(1<<offTable.log-1), offTable.log)
	w.put(uint64(lit)&(1<<litTable.log-1), litTable.log)
	w.put(1, 1) // the mark of the end
	w.spill()
	return w.flush()
}

// mostBits is what a sequence takes at most: two lengths of 16 bits and an
// offset of 31 beside three states.
const mostBits = 16 + 16 + 31 + 9 + 8 + 9

// single makes a table of one symbol, without bits.
func (t *fse) single(symbol uint8) {
	t.log = 0
	t.symbols[symbol] = transitions(0, 1, 0)
	t.states[0] = 1
}

// The bits that follow each code of a length, and the smallest length it stands
// for. Source: RFC 8878, section 3.1.1.3.2.1.1.
var (
	literalBits = [36]uint8{16: 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	matchBits   = [53]uint8{32: 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	literalBase = [36]uint32(bases(literalBits[:], 0))
	matchBase   = [53]uint32(bases(matchBits[:], 3))
	literalOf   = codesBelow(literalBase[:])
	matchOf     = codesBelow(matchBase[:])
)

// bases returns the smallest length of each code.
func bases(extra []uint8, at uint32) []uint32 {
	base := make([]uint32, len(extra))
	for i, n := range extra {
		base[i] = at
		at += 1 << n
	}
	return base
}

// codesBelow returns the codes of the lengths below 131.
func codesBelow(base []uint32) (codes [131]uint8) {
	for n := range codes {
		for c, b := range base {
			if b <= uint32(n) {
				codes[n] = uint8(c)
			}
		}
	}
	return codes
}

func literalCode(n uint32) uint8 {
	if n < 131 {
		return literalOf[n]
	}
	return uint8(bits.Len32(n)) + 18
}

func matchCode(n uint32) uint8 {
	if n < 131 {
		return matchOf[n]
	}
	return uint8(bits.Len32(n-3)) + 35
}
