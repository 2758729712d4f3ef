package market

import "math/bits"

// The scales of the integers that stand for decimals.
const (
	priceDecimals  = 4   // prices and amounts
	factorDecimals = 6   // published adjust factors
	yuan           = 1e4 // one yuan in the unit of prices and amounts
)

// AppendFixed appends v / 10^decimals with exactly that many decimals.
func AppendFixed(dst []byte, v int64, decimals int) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	var buf [24]byte
	i := len(buf)
	for n := 0; v > 0 || n <= decimals; n++ {
		if n == decimals && n > 0 {
			i--
			buf[i] = '.'
		}
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, buf[i:]...)
}

// ParseFixed reads a decimal number with at most the given number of decimals
// as an integer scaled by 10^decimals. It is false for anything else,
// exponents, signs other than a leading minus, and what does not fit included.
func ParseFixed(text []byte, decimals int) (int64, bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 20 || text[0] == '.' || text[len(text)-1] == '.' {
		return 0, false
	}
	v, after := int64(0), -1
	for _, c := range text {
		switch {
		case c == '.' && after < 0:
			after = 0
			continue
		case c < '0' || c > '9' || v > (1<<63-10)/10:
			return 0, false
		}
		v = v*10 + int64(c-'0')
		if after >= 0 {
			after++
		}
	}
	for after = max(after, 0); after < decimals; after++ {
		if v > (1<<63-10)/10 {
			return 0, false
		}
		v *= 10
	}
	if after > decimals {
		return 0, false
	}
	if negative {
		v = -v
	}
	return v, true
}

// AppendAdjusted appends price x factor printed exactly: 4 decimals by 6 give
// 10. The factor is in 1e-6. A cell that is no price is appended as it is.
// Source: specification of Baostock, 8.4.
func AppendAdjusted(dst, price []byte, factor int64) []byte {
	v, ok := ParseFixed(price, priceDecimals)
	hi, lo := bits.Mul64(uint64(max(v, -v)), uint64(factor))
	if !ok || hi != 0 || lo > 1<<63-1 {
		return append(dst, price...)
	}
	return AppendFixed(dst, v*factor, priceDecimals+factorDecimals)
}

// mulDiv returns a*b/c rounded half up, for a, b >= 0 and c > 0. A quotient
// that does not fit is cut to the largest integer.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	lo, carry := bits.Add64(lo, uint64(c)/2, 0)
	hi += carry
	if hi >= uint64(c) {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(q, 1<<63-1))
}

// roundTo rounds v >= 0 half up to a multiple of tick.
func roundTo(v, tick int64) int64 {
	if tick == 100 { // shares; dividing by a constant is several times faster
		return (v + 50) / 100 * 100
	}
	return (v + tick/2) / tick * tick
}

// chain is the product of close/preclose over ex-dates: a back-adjust factor
// with 12 decimals, so that a long chain still rounds to the vendor's 6.
type chain int64

const chainOne chain = 1e12

// chainUnit is one unit of a published factor.
const chainUnit = 1e6

// times returns the chain carried over an ex-date.
func (c chain) times(before, preclose int64) chain {
	return chain(mulDiv(int64(c), before, preclose))
}

// published returns the factor in 1e-6, rounded half up.
func (c chain) published() int64 { return (int64(c) + chainUnit/2) / chainUnit }

// ForeFactor returns the forward factor, in 1e-6, of an ex-date with the back
// factor back when newest is the newest back factor: their quotient, rounded.
// Source: specification of Baostock, 8.4.
func ForeFactor(back, newest int64) int64 { return mulDiv(back, 1e6, newest) }
