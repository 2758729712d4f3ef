package baostock

import (
	"encoding/binary"
	"math"
	"math/bits"

	"barkeep/etl"
	"barkeep/schedules"
)

// window is more than a row of 18 cells of up to 24 characters takes, so that a
// row may be read in whole words without looking for the end of the payload.
const window = 640

const (
	head = `{"record":[`
	tail = `]}`
)

// compact decodes {"record":[["...",...],...]} without blanks and escapes, the
// columns in the usual order: every answer of the real server. It returns false
// as soon as something looks different, and the tolerant decoder judges.
func (d *decoder) compact(p page) bool {
	b := p.payload
	if d.n+p.rows > d.bars.Len() || len(b) < len(head) || string(b[:len(head)]) != head {
		return false
	}
	bars := &d.bars
	d.floats = [...][]float64{bars.Open, bars.High, bars.Low, bars.Close, bars.Preclose,
		bars.PctChg, bars.PeTTM, bars.PbMRQ, bars.PsTTM, bars.PcfNcfTTM}
	i := len(head)
	for end := d.n + p.rows; d.n < end; d.n++ {
		if i+window > len(b) {
			return d.rest(p, i)
		}
		if i = d.row(b, i); i < 0 {
			return false
		}
		if b[i] != ',' {
			d.n++
			return d.n == end && string(b[i:]) == tail
		}
		i++
	}
	return false
}

// rest decodes the rows from i on, fewer than a window of bytes, the slow way.
func (d *decoder) rest(p page, i int) bool {
	p.payload = append([]byte(head), p.payload[i:]...)
	return d.tolerant(p) == nil
}

// row decodes the row that begins at b[i] and returns where it ends, or -1.
func (d *decoder) row(b []byte, i int) int {
	bars, n := &d.bars, d.n
	if b[i] != '[' || b[i+1] != '"' {
		return -1
	}
	i += 2
	var ok bool
	if bars.Days[n], ok = d.date(b[i : i+10]); !ok || !quoted(b, i+10) {
		return -1
	}
	i += 13
	if bars.Symbols[n], ok = fastCode(b[i : i+9]); !ok || !quoted(b, i+9) {
		return -1
	}
	i += 12
	for column := range 5 {
		if d.floats[column][n], i = price(b, i); i < 0 {
			return -1
		}
	}
	if bars.Volume[n], i = whole(b, i); i < 0 {
		return -1
	}
	if bars.Amount[n], i = fixed(b, i, 4); i < 0 {
		return -1
	}
	if b[i] != '3' || !quoted(b, i+1) { // unadjusted, as asked for
		return -1
	}
	i += 4
	if bars.Turn[n], i = ratio(b, i); i < 0 {
		return -1
	}
	if bars.Traded[n] = b[i] - '0'; bars.Traded[n] > 1 || !quoted(b, i+1) {
		return -1
	}
	i += 4
	for column := 5; column < 10; column++ {
		if d.floats[column][n], i = ratio(b, i); i < 0 {
			return -1
		}
	}
	if bars.IsST[n] = b[i] - '0'; bars.IsST[n] > 1 || b[i+1] != '"' || b[i+2] != ']' {
		return -1
	}
	return i + 3
}

// quoted reports whether "," stands at b[i], the end of one cell and the
// beginning of the next.
func quoted(b []byte, i int) bool {
	return b[i] == '"' && b[i+1] == ',' && b[i+2] == '"'
}

// date reads YYYY-MM-DD. A whole market shares one, so the last is remembered.
func (d *decoder) date(b []byte) (schedules.Day, bool) {
	if string(b) == string(d.dateText[:]) {
		return d.dateDay, true
	}
	day, ok := parseDay(b)
	if ok {
		copy(d.dateText[:], b)
		d.dateDay = day
	}
	return day, ok
}

// fastCode reads sh.600000 or sz.000001.
func fastCode(b []byte) (etl.Symbol, bool) {
	exchange := etl.Shanghai
	switch {
	case b[0] != 's' || b[2] != '.':
		return parseCode(b)
	case b[1] == 'z':
		exchange = etl.Shenzhen
	case b[1] != 'h':
		return 0, false
	}
	n := 0
	for _, c := range b[3:9] {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return etl.MakeSymbol(exchange, n), true
}

// Eight ASCII zeros, and the powers of ten that scale a fraction.
const zeros = 0x3030303030303030

var (
	tens   = [...]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}
	scales = [...]float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}
)

// fixed reads a cell with the given number of digits behind the point, at most
// 16 before it and perhaps a minus sign, eight characters at a time. It returns
// the value and where the next cell begins, NaN for an empty cell, and a
// negative position if the text is not of this form.
//
// The digits make an integer below 2^53, which a float64 holds exactly; so does
// the power of ten, and one division of exact numbers rounds correctly. That is
// the value strconv.ParseFloat returns.
func fixed(b []byte, i, decimals int) (float64, int) {
	end := quote(b, i)
	if end < 0 || b[end+1] != ',' || b[end+2] != '"' {
		return 0, -1
	}
	if end == i {
		return math.NaN(), end + 3
	}
	sign := uint64(0)
	if b[i] == '-' {
		sign = 1 << 63
		i++
	}
	point := end - decimals - 1
	digits := point - i
	if digits < 1 || digits > 16 || b[point] != '.' {
		return 0, -1
	}
	if total := digits + decimals; total <= 8 { // nearly every cell
		text := binary.LittleEndian.Uint64(b[end-8:]) & (^uint64(0) << (64 - 8*uint(decimals)))
		text |= binary.LittleEndian.Uint64(b[point-8:]) >> (64 - 8*uint(digits)) << (64 - 8*uint(total))
		value, ok := number(text | zeros>>(8*uint(total)))
		if !ok {
			return 0, -1
		}
		f := float64(value) / scales[decimals]
		return math.Float64frombits(math.Float64bits(f) | sign), end + 3
	}
	fraction, ok := eight(b, end, decimals)
	before, ok2 := eight(b, point, min(digits, 8))
	if digits > 8 {
		more, ok3 := eight(b, point-8, digits-8)
		before += more * 1e8
		ok2 = ok2 && ok3
	}
	value := before*tens[decimals] + fraction
	if !ok || !ok2 || value >= 1<<53 || before >= 1e12 {
		return 0, -1
	}
	f := float64(value) / scales[decimals]
	return math.Float64frombits(math.Float64bits(f) | sign), end + 3
}

// whole reads a cell that holds an integer of up to 16 digits, like fixed.
func whole(b []byte, i int) (int64, int) {
	end := quote(b, i)
	digits := end - i
	if end < 0 || digits > 16 || b[end+1] != ',' || b[end+2] != '"' {
		return 0, -1
	}
	if digits == 0 {
		return etl.EmptyInt, end + 3
	}
	value, ok := eight(b, end, min(digits, 8))
	if digits > 8 {
		more, ok2 := eight(b, end-8, digits-8)
		value += more * 1e8
		ok = ok && ok2
	}
	if !ok {
		return 0, -1
	}
	return int64(value), end + 3
}

// price reads a cell with four decimals. One below 100 lies in one word with its
// closing quote, and shifting out what follows leaves the digits; the others are
// left to fixed.
func price(b []byte, i int) (float64, int) {
	const decimals = 4
	w := binary.LittleEndian.Uint64(b[i:])
	if n := firstQuote(w); n == decimals+2 || n == decimals+3 {
		digits := uint(n) - decimals - 1
		text := w&(1<<(8*digits)-1) | w>>(8*digits+8)<<(8*digits)
		value, ok := number(text<<(72-8*uint(n)) | zeros>>(8*uint(n)-8))
		if ok && byte(w>>(8*digits)) == '.' && b[i+n+1] == ',' && b[i+n+2] == '"' {
			return float64(value) / 1e4, i + n + 3
		}
	}
	return fixed(b, i, decimals)
}

// ratio reads a cell with six decimals. The quote behind one of up to two digits
// stands in the second word; a quote before it would be found to be no digit.
func ratio(b []byte, i int) (float64, int) {
	const decimals = 6
	end := i + 8 + firstQuote(binary.LittleEndian.Uint64(b[i+8:]))
	sign := uint64(0)
	start := i
	if b[i] == '-' {
		sign = 1 << 63
		start++
	}
	point := end - decimals - 1
	if digits := uint(point - start); digits == 1 || digits == 2 {
		text := binary.LittleEndian.Uint64(b[end-8:]) >> 16 << 16
		text |= binary.LittleEndian.Uint64(b[point-8:]) >> (64 - 8*digits) << (16 - 8*digits)
		value, ok := number(text | zeros>>(48+8*digits))
		if ok && b[point] == '.' && b[end+1] == ',' && b[end+2] == '"' {
			return math.Float64frombits(math.Float64bits(float64(value)/1e6) | sign), end + 3
		}
	}
	return fixed(b, i, decimals)
}

// quote returns the position of the next quote among the 24 characters from i
// on, or -1.
func quote(b []byte, i int) int {
	for range 3 {
		if n := firstQuote(binary.LittleEndian.Uint64(b[i:])); n < 8 {
			return i + n
		}
		i += 8
	}
	return -1
}

// firstQuote returns the position of the first quote among eight characters, or
// 8.
func firstQuote(w uint64) int {
	const ones, highs, quotes = 0x0101010101010101, 0x8080808080808080, 0x2222222222222222
	x := w ^ quotes
	return bits.TrailingZeros64((x-ones)&^x&highs) >> 3
}

// eight returns the number whose last n digits, at most eight, end at b[end].
func eight(b []byte, end, n int) (uint64, bool) {
	keep := ^uint64(0) << (64 - 8*uint(n))
	return number(binary.LittleEndian.Uint64(b[end-8:])&keep | zeros&^keep)
}

// number returns the value of eight characters, the first one lowest, and
// whether all of them are digits.
func number(x uint64) (uint64, bool) {
	const high, mask = 0xf0f0f0f0f0f0f0f0, 0x000000ff000000ff
	ok := x&high|(x+0x0606060606060606)&high>>4 == 0x3333333333333333
	x -= zeros
	x = x*10 + x>>8 // pairs of digits in every second byte
	x = ((x&mask)*(100+1000000<<32) + (x>>16&mask)*(1+10000<<32)) >> 32
	return x & 0xffffffff, ok
}
