package sina

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strconv"

	"barkeep/sources/fields"
)

// The readers of cells take a row and where a cell begins in it, and return what
// the cell says and where the next one begins: past the end of the row when
// there is none. A negative place stands for the first cell that is not what it
// should be; the readers pass it on, and what they return means nothing.

// bad is the place to return for a bad cell at at.
func bad(at int) int { return ^at }

// cell returns a cell as it is. One past the end of the row is bad.
func cell(row []byte, at int) (text []byte, next int) {
	if at < 0 {
		return nil, at
	}
	if at > len(row) {
		return nil, bad(at)
	}
	if n := bytes.IndexByte(row[at:], ','); n >= 0 {
		return row[at : at+n], at + n + 1
	}
	return row[at:], len(row) + 1
}

// badCell describes the cell that bad was told of.
func badCell(row []byte, place int) string {
	at := ^place
	if at > len(row) {
		return fmt.Sprintf("it has %d fields and not %d", bytes.Count(row, []byte{','})+1, plainFields)
	}
	text, _ := cell(row, at)
	number := bytes.Count(row[:at], []byte{','})
	return fmt.Sprintf("field %d, %s, does not parse: %.40q", number, fieldName(number), text)
}

// The hot path reads eight bytes at a time. An exclusive or with '0' leaves 0 to
// 9 of digits, and more of everything else.
const (
	zeros    = 0x3030303030303030
	topBits  = 0x8080808080808080
	overNine = 0x7676767676767676 // added to 10 or more in seven bits, it carries into the eighth
)

// others sets the top bit of every byte of word that is above 9, and no other
// bit.
func others(word uint64) uint64 { return ((word&^topBits + overNine) | word) & topBits }

// digits returns the value of eight bytes of 0 to 9, the first of them in the
// lowest byte.
func digits(word uint64) uint64 {
	word = word*10 + word>>8 // pairs, in every other byte
	const pairs = 0x000000ff000000ff
	return (word&pairs*(100+1e6<<32) + word>>16&pairs*(1+1e4<<32)) >> 32
}

// price reads a price in yuan; 0 is none: NaN. The usual form is one to four
// digits, a point and three digits.
func price(row []byte, at int) (yuan float64, next int) {
	if at >= 0 && at <= len(row)-9 {
		rest := row[at:]
		word := binary.LittleEndian.Uint64(rest) ^ zeros
		marks := others(word)
		n := bits.TrailingZeros64(marks) / 8 // digits before the point
		end := bits.TrailingZeros64(marks&(marks-1)) / 8
		if n >= 1 && n <= 4 && end == n+4 && rest[n] == '.' && rest[n+4] == ',' {
			wide := uint(8*n) & 63 // no shift is wider than 63, which the compiler sees
			word = word&(1<<wide-1) | word>>((wide+8)&63)&0xffffff<<wide
			thousandths := int64(digits(word << ((40 - wide) & 63)))
			if thousandths == 0 {
				return math.NaN(), at + n + 5
			}
			return float64(thousandths) / 1000, at + n + 5
		}
	}
	text, next := cell(row, at)
	yuan, ok := fields.Price(text)
	if !ok {
		return 0, bad(at)
	}
	return yuan, next
}

// quantity reads shares. The usual form is one to seven digits.
func quantity(row []byte, at int) (shares int64, next int) {
	if at >= 0 && at <= len(row)-8 {
		rest := row[at:]
		word := binary.LittleEndian.Uint64(rest) ^ zeros
		n := bits.TrailingZeros64(others(word)) / 8
		if n >= 1 && n <= 7 && rest[n] == ',' {
			return int64(digits(word << (uint(64-8*n) & 63))), at + n + 1
		}
	}
	text, next := cell(row, at)
	if next < 0 {
		return 0, next
	}
	shares, ok := fields.Integer(text)
	if !ok || shares < 0 || shares > maxQuantity {
		return 0, bad(at)
	}
	return shares, next
}

// maxQuantity times a lot still fits in 64 bits.
const maxQuantity = 1e15

// amount reads money in yuan. Of Shenzhen's indices it can have 16 digits.
func amount(row []byte, at int) (yuan float64, next int) {
	text, next := cell(row, at)
	if next < 0 {
		return 0, next
	}
	yuan, ok := fields.Decimal(text)
	if !ok && len(text) > 15 && len(text) <= 24 && len(bytes.Trim(text, "0123456789.")) == 0 {
		var err error
		yuan, err = strconv.ParseFloat(string(text), 64)
		ok = err == nil
	}
	if !ok || len(text) == 0 || yuan < 0 {
		return 0, bad(at)
	}
	return yuan, next
}
