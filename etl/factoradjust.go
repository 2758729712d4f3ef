package etl

import (
	"math/big"
	"math/bits"
)

// AdjustText prints price x factor exactly as the vendor prints adjusted prices:
// 4 decimals by 6 give 10, nothing is rounded. The price is in 1e-4 yuan, the
// factor in millionths. Source: specification of Baostock, 8.4.
func AdjustText(price, factor int64) string {
	return string(AppendAdjusted(nil, price, factor))
}

// AppendAdjusted appends what AdjustText returns; it does not allocate where dst
// has room, as long as the product is below 1.8 thousand million yuan.
func AppendAdjusted(dst []byte, price, factor int64) []byte {
	hi, lo := bits.Mul64(magnitude(price), magnitude(factor))
	if (price < 0) != (factor < 0) && hi|lo != 0 {
		dst = append(dst, '-')
	}
	if hi == 0 {
		return appendDigits(dst, lo, 10)
	}
	product := new(big.Int).Mul(new(big.Int).SetUint64(magnitude(price)), new(big.Int).SetUint64(magnitude(factor)))
	text := product.Append(nil, 10)
	point := len(text) - 10 // a product beyond 64 bits has 20 digits at least
	dst = append(append(dst, text[:point]...), '.')
	return append(dst, text[point:]...)
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
