package simulator

import (
	"math"
	"math/bits"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator/market"
)

// webRow is one security at one moment in whole numbers, before a provider's
// form: prices and money in 1e-4 CNY with 0 for none, volumes in shares.
type webRow struct {
	symbol   etl.Symbol
	name     string
	kind     market.Kind
	board    string // as in market.Instant
	industry string
	status   etl.QuoteStatus
	shell    market.Shell
	auction  bool             // the last price is virtual
	moment   schedules.Moment // of the market, at
	at       time.Time        // what is shown
	time     time.Time        // the quote's own time
	day      schedules.Day    // that it shows
	listed   schedules.Day

	last, preclose, open, high, low int64
	volume, outer, inner            int64
	amount                          int64
	bids, asks                      [5]webLevel
	up, down                        int64 // limits; 0: none
	lateVolume, lateAmount          int64 // after-hours trading
	float, total                    int64 // shares; 0: unknown

	// In 1e-2; 0: unknown.
	pe, peStatic, peDynamic, pb, volumeRatio int64

	wrongUnit bool // of volumes: a fault
}

// webLevel is a level of the order book.
type webLevel struct{ price, quantity int64 }

// rowOf turns an instant of the tape into whole numbers.
func rowOf(i *market.Instant, m schedules.Moment, at time.Time) *webRow {
	r := &webRow{symbol: i.Symbol, name: i.Name, kind: i.Kind, board: i.Board, industry: i.Industry, status: i.Status, shell: i.Shell,
		auction: i.Auction, moment: m, at: at, time: i.Time, day: i.Day, listed: i.Listed,
		last: scaled(i.Last, 1e4), preclose: scaled(i.Preclose, 1e4), open: scaled(i.Open, 1e4), high: scaled(i.High, 1e4), low: scaled(i.Low, 1e4),
		volume: i.Volume, outer: i.Outer, inner: i.Inner, amount: i.AmountExact,
		up: scaled(i.LimitUp, 1e4), down: scaled(i.LimitDown, 1e4),
		lateVolume: i.AfterHoursVolume, lateAmount: i.AfterHoursExact, float: i.FloatShares, total: i.TotalShares,
		pe: scaled(i.PeTTM, 100), peStatic: scaled(i.PeStatic, 100), peDynamic: scaled(i.PeDynamic, 100), pb: scaled(i.PB, 100),
		volumeRatio: scaled(i.VolumeRatio, 100)}
	for k := range r.bids {
		r.bids[k] = webLevel{scaled(i.Bids[k].Price, 1e4), i.Bids[k].Quantity}
		r.asks[k] = webLevel{scaled(i.Asks[k].Price, 1e4), i.Asks[k].Quantity}
	}
	return r
}

// scaled returns a number as an integer of a smaller unit; 0 for NaN.
func scaled(f, unit float64) int64 {
	if math.IsNaN(f) {
		return 0
	}
	return int64(math.Round(f * unit))
}

// traded reports whether the row holds a trade of its day.
func (r *webRow) traded() bool { return r.status == etl.Trading && r.volume > 0 && r.high > 0 }

// star reports whether the share trades on the STAR market.
func (r *webRow) star() bool { return r.board == "star" }

// beijing reports whether the share trades in Beijing.
func (r *webRow) beijing() bool { return r.symbol.Exchange() == etl.Beijing }

// share reports whether it is one, A or B.
func (r *webRow) share() bool { return r.kind == market.Stock }

// foreign reports whether the share is a B share, which has other digits.
func (r *webRow) foreign() bool {
	head := r.symbol.Code() / 1000
	return r.share() && (r.symbol.Exchange() == etl.Shanghai && head == 900 || r.symbol.Exchange() == etl.Shenzhen && head == 200)
}

// current reports whether the lists of the whole market still or already hold
// the security: a share that has left is forgotten, one to come is not there.
func (r *webRow) current() bool { return r.shell != market.FullShell && r.status != etl.NotListed }

// warned reports whether the share is under risk warning.
func (r *webRow) warned() bool { return r.share() && strings.Contains(r.name, "ST") }

// fresh reports whether the share was listed within a week.
func (r *webRow) fresh() bool { return r.share() && r.status != etl.NotListed && r.day-r.listed < 7 }

// change returns last - preclose in 1e-4 CNY, 0 without one of them.
func (r *webRow) change() int64 {
	if r.last == 0 || r.preclose == 0 {
		return 0
	}
	return r.last - r.preclose
}

// percent returns the change in per cent of preclose.
func (r *webRow) percent(decimals int) int64 {
	return ratio(r.change(), 100*powers[decimals], r.preclose)
}

// decimals returns how many decimals Tencent and Eastmoney give a price.
func (r *webRow) decimals() int {
	if r.kind == market.Fund || r.foreign() {
		return 3
	}
	return 2
}

// lots returns shares in lots of 100, rounded half up. Source: specification
// of the quote sources, 4.5.
func lots(shares int64) int64 { return (shares + 50) / 100 }

// ratio returns a*b/c rounded half away from zero, and 0 when c is not
// positive. A quotient that does not fit is cut to the largest integer.
func ratio(a, b, c int64) int64 {
	if c <= 0 {
		return 0
	}
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	lo, carry := bits.Add64(lo, uint64(c)/2, 0)
	hi += carry
	q := uint64(math.MaxInt64)
	if hi < uint64(c) {
		q, _ = bits.Div64(hi, lo, uint64(c))
		q = min(q, math.MaxInt64)
	}
	if negative {
		return -int64(q)
	}
	return int64(q)
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// powers of ten.
var powers = [...]int64{1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}

// round turns a number in 1e-from into one in 1e-to, half away from zero.
func round(n int64, from, to int) int64 {
	if from <= to {
		return n * powers[to-from]
	}
	return ratio(n, 1, powers[from-to])
}

// wholeYuan rounds 1e-4 CNY to yuan, ties to even. Source: specification of
// the quote sources, 4.3, field 35.
func wholeYuan(money int64) int64 {
	yuan, rest := money/10_000, money%10_000
	if rest > 5000 || rest == 5000 && yuan%2 == 1 {
		yuan++
	}
	return yuan
}

// scatter makes up a number that is always the same for the same two.
func scatter(s etl.Symbol, n uint64) uint64 {
	z := uint64(s)<<20 + n*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// between makes up a number in [lo, hi] that keeps to the symbol.
func between(s etl.Symbol, n uint64, lo, hi int64) int64 {
	return lo + int64(scatter(s, n)>>1%uint64(hi-lo+1))
}
