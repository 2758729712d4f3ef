package simulator

import (
	"strings"

	"barkeep/etl"
	"barkeep/sources/simulator/market"
)

// The fields of a Tencent row: of shares and funds, and of indices, which are
// shorter. Source: specification of the quote sources, 4.2.
const (
	tencentFields      = 88
	tencentIndexFields = 82
)

// tencentCells is a row on its way. Every derived figure comes from the
// printed ones, as at Tencent: the identities of the specification hold.
type tencentCells struct {
	*webRow
	cells []string
	d     int // decimals of a price

	// Printed figures, prices in 10^-d CNY.
	last, preclose, open, high, low int64
	volume                          int64 // in Tencent's unit
	shares                          int64 // the printed volume in shares
	yuan                            int64 // the printed amount
}

// tencent returns the fields of a whole row. Source: specification of the
// quote sources, 4.3.
func (r *webRow) tencent() []string {
	c := &tencentCells{webRow: r, cells: make([]string, tencentFields), d: r.decimals()}
	price := func(n int64) int64 { return round(n, 4, c.d) }
	c.last, c.preclose, c.open, c.high, c.low = price(r.last), price(r.preclose), price(r.open), price(r.high), price(r.low)
	if r.status == etl.Suspended || r.status == etl.Delisted || c.last == 0 {
		c.last = c.preclose
	}
	c.volume = r.tencentVolume(r.volume)
	c.shares = c.volume * 100
	if r.star() {
		c.shares = c.volume
	}
	c.yuan = wholeYuan(r.amount)
	c.front()
	c.book()
	c.middle()
	c.values()
	c.back()
	c.dead()
	if r.kind == market.Index {
		return c.cells[:tencentIndexFields]
	}
	return c.cells
}

func (c *tencentCells) price(field int, n int64)      { c.cells[field] = fixed(n, c.d) }
func (c *tencentCells) figure(field int, n int64)     { c.cells[field] = fixed(n, 2) }
func (c *tencentCells) count(field int, n int64)      { c.cells[field] = integer(n) }
func (c *tencentCells) drawn(field int, lo, hi int64) { c.figure(field, c.made(field, lo, hi)) }
func (c *tencentCells) made(field int, lo, hi int64) int64 {
	return between(c.symbol, uint64(500+field), lo, hi)
}

// front fills 0 to 8: who it is, prices and volumes.
func (c *tencentCells) front() {
	c.cells[0], c.cells[1], c.cells[2] = tencentMarket(c.symbol), c.name, c.symbol.String()[2:]
	c.price(3, c.last)
	c.price(4, c.preclose)
	c.price(5, c.open)
	c.count(6, c.volume)
	c.count(7, c.tencentVolume(c.outer))
	c.count(8, c.tencentVolume(c.inner))
}

// book fills 9 to 28 and what follows from it, 50 and 74. Quantities are lots
// on every board.
func (c *tencentCells) book() {
	sum := [2]int64{}
	for side, levels := range []*[5]webLevel{&c.bids, &c.asks} {
		for i, level := range levels {
			at, quantity := 9+10*side+2*i, lots(level.quantity)
			if quantity == 0 && level.quantity > 0 {
				quantity = 1 // a price without a quantity is never shown
			}
			c.price(at, round(level.price, 4, c.d))
			c.count(at+1, quantity)
			sum[side] += quantity
		}
	}
	c.count(50, sum[0]-sum[1])
	c.figure(74, ratio(sum[0]-sum[1], 10_000, sum[0]+sum[1]))
}

// middle fills 29 to 43.
func (c *tencentCells) middle() {
	change := c.last - c.preclose
	if c.preclose == 0 {
		change = 0
	}
	c.cells[30] = c.tencentTime()
	c.price(31, change)
	c.figure(32, ratio(change, 10_000, c.preclose))
	c.price(33, c.high)
	c.price(34, c.low)
	c.cells[35] = c.cells[3] + "/" + c.cells[6] + "/" + integer(c.yuan)
	c.count(36, c.volume)
	c.count(37, round(c.yuan, 4, 0))
	if c.beijing() {
		c.figure(37, round(c.yuan, 2, 0))
	}
	c.figure(38, ratio(c.shares, 10_000, c.float))
	if c.kind != market.Fund {
		c.figure(39, c.pe)
	}
	c.cells[40] = map[etl.QuoteStatus]string{etl.Suspended: "S", etl.Delisted: "D", etl.NotListed: "U"}[c.status]
	c.cells[41], c.cells[42] = c.cells[33], c.cells[34]
	c.figure(43, ratio(c.high-c.low, 10_000, c.preclose))
}

// values fills 44 to 53: values, limits and averages.
func (c *tencentCells) values() {
	worth := func(shares int64) int64 { return ratio(c.last, shares, powers[c.d]*1_000_000) }
	c.figure(44, worth(c.float))
	c.figure(45, worth(c.total))
	c.figure(46, c.pb)
	c.cells[47], c.cells[48] = "-1", "-1"
	if c.up > 0 {
		c.price(47, round(c.up, 4, c.d))
		c.price(48, round(c.down, 4, c.d))
	}
	c.figure(49, c.volumeRatio)
	c.price(51, ratio(c.yuan, powers[c.d], c.shares))
	if c.kind == market.Index && c.volume > 0 {
		c.price(51, c.last) // money by lots of everything is no level
	}
	if c.share() {
		c.figure(52, c.peDynamic)
		c.figure(53, c.peStatic)
		c.drawn(56, 5, 250)
	}
}

// back fills 57 to 87. What no market knows is made up.
func (c *tencentCells) back() {
	c.cells[57] = fixed(round(c.amount, 8, 4), 4)
	c.cells[58] = fixed(round(c.lateAmount, 8, 4), 4)
	c.count(59, c.tencentVolume(c.lateVolume))
	c.cells[60] = []string{" A", " ", " A", "A R", "\n", "A RA", "   A", " "}[scatter(c.symbol, 60)%8]
	c.cells[61] = c.tencentType()
	for _, field := range []int{62, 63, 69, 70, 71, 75, 79, 80} {
		c.drawn(field, -4000, 6000)
	}
	if c.share() {
		c.drawn(64, 0, 600)
		c.drawn(65, -1500, 3500)
		c.drawn(66, -900, 1800)
	}
	c.year()
	c.count(72, c.float)
	c.count(73, c.total)
	c.cells[76] = c.cells[72]
	if scatter(c.symbol, 76)%25 == 0 { // 35 of 884 differ a little
		c.count(76, c.float/1000*(1000+c.made(76, -8, 9)))
	}
	if c.kind == market.Fund {
		c.drawn(77, -60, 60)
		c.cells[78] = fixed(c.preclose*powers[4-c.d]+c.made(78, -90, 90), 4)
		c.cells[81] = fixed(c.preclose*powers[4-c.d]+c.made(81, -90, 90), 4)
	}
	c.cells[82], c.cells[83] = "CNY", "0"
	if c.foreign() {
		c.cells[82] = "USD"
		if c.symbol.Exchange() == etl.Shenzhen {
			c.cells[82] = "HKD"
		}
	}
	if scatter(c.symbol, 84)%2 == 0 {
		c.cells[84] = "___D__F__N"
	}
	c.price(85, c.last)
	c.count(86, c.made(86, -900, 900))
	if c.auction || c.volume == 0 {
		c.price(85, 0)
		c.count(86, 0)
	}
	if c.star() {
		c.cells[87] = "100"
	}
}

// year fills the range of 52 weeks, which holds that of today.
func (c *tencentCells) year() {
	high := max(c.high, ratio(c.preclose, c.made(67, 1020, 1900), 1000))
	low := ratio(c.preclose, c.made(68, 480, 980), 1000)
	if c.low > 0 {
		low = min(low, c.low)
	}
	c.price(67, high)
	c.price(68, low)
}

// dead empties the fields that rows without trading leave out. Source:
// specification of the quote sources, 4.3 at its end.
func (c *tencentCells) dead() {
	empty := ""
	switch c.status {
	case etl.Suspended:
		empty = "74"
	case etl.Delisted:
		empty = "56 67 68 74"
	case etl.NotListed:
		empty = "38 44 56 62 63 67 68 69 70 71 72 74 75 76 79"
	default:
		return
	}
	for field := range strings.FieldsSeq(empty) {
		c.cells[number(field, 0)] = ""
	}
}
