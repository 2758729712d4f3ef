package market

import "math"

// mix turns two numbers into 64 well-spread bits (the finalizer of
// splitmix64). It is the only source of chance: what happens to a security on
// a day depends on the seed, the security and the day, never on the order of
// the questions.
func mix(key, n uint64) uint64 {
	z := key + n*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// dice is a sequence of numbers for planning, where order is fixed.
type dice struct{ key, n uint64 }

func (d *dice) next() uint64 {
	d.n++
	return mix(d.key, d.n)
}

// below returns a number in [0, n).
func (d *dice) below(n int) int { return int(d.next() >> 11 % uint64(n)) }

// between returns a number in [lo, hi].
func (d *dice) between(lo, hi int) int { return lo + d.below(hi-lo+1) }

// chance is true in permille of 1000 cases.
func (d *dice) chance(permille int) bool { return d.below(1000) < permille }

// skewed returns a number in [lo, hi] whose logarithm is even: small values
// are as frequent as large ones.
func (d *dice) skewed(lo, hi int) int {
	x := float64(d.below(1<<20)) / (1 << 20)
	return int(float64(lo) * math.Pow(float64(hi)/float64(lo), x))
}

const (
	quantiles = 4096 // of the tables below; an index takes 12 bits
	one       = 1024 // the unit of tabled quantiles: one standard deviation
)

// Quantile tables, indexed by 12 random bits.
var (
	fatTail [quantiles]int32 // Student's t with 4 degrees, scaled to variance 1
	normal  [quantiles]int32
)

// growth tabulates e^x in 1/65536 for x from -4 to 4 in steps of 1/128.
var growth [1024]int64

// Tables, not formulas, in the hot path: a few nanoseconds, and whole numbers
// that no processor rounds differently.
func init() {
	for i := range quantiles {
		p := (float64(i) + 0.5) / quantiles
		a := 4 * p * (1 - p)
		q := math.Cos(math.Acos(math.Sqrt(a))/3) / math.Sqrt(a)
		t := 2 * math.Sqrt(max(q-1, 0)) / math.Sqrt2
		fatTail[i] = int32(math.Round(math.Copysign(t, p-0.5) * one))
		normal[i] = int32(math.Round(math.Sqrt2 * math.Erfinv(2*p-1) * one))
	}
	for i := range growth {
		growth[i] = int64(math.Round(math.Exp(float64(i-512)/128) * 65536))
	}
}

// exp returns e^(x/1024) in 1/65536, x cut to -4 and 4.
func exp(x int64) int64 {
	return growth[min(max(x/8+512, 0), int64(len(growth)-1))]
}
