package market

// bar is one daily bar in integers: prices and amount in 1e-4 yuan, volume in
// shares.
type bar struct {
	open, high, low int64
	volume, amount  int64
}

// bar works out the rest of a traded day. It reads the state after the step
// and changes nothing, so it is needed only for rows that are shown.
func (p *profile) bar(s *state, x *session) bar {
	tick := p.board.tick()
	h := mix(x.chance, 2)
	if x.close == x.up && x.up > 0 && (h>>60 < 2 || x.age <= p.streak && x.age > 0) {
		return p.volumes(s, x, h, bar{open: x.close, high: x.close, low: x.close}) // limit-up from the first trade on
	}
	spread := p.sigma + 4000
	gap := spread * int64(fatTail[h&(quantiles-1)]) / one / 3
	high := spread * int64(max(normal[h>>12&(quantiles-1)], -normal[h>>12&(quantiles-1)])) / one / 2
	low := spread * int64(max(normal[h>>24&(quantiles-1)], -normal[h>>24&(quantiles-1)])) / one / 2
	moved := (x.close - x.preclose) * 1000000 / x.preclose
	b := bar{open: p.within(x, x.preclose+x.preclose*(gap+moved*3/10)/1000000)}
	b.high = p.within(x, max(b.open, x.close)*(1000000+high)/1000000)
	b.low = p.within(x, min(b.open, x.close)*(1000000-min(low, 400000))/1000000)
	b.high, b.low = max(b.high, b.open, x.close), max(min(b.low, b.open, x.close), tick)
	return p.volumes(s, x, h, b)
}

// within rounds a price to the tick and keeps it inside the day's limits.
func (p *profile) within(x *session, price int64) int64 {
	price = max(roundTo(price, p.board.tick()), p.board.tick())
	if x.up > 0 {
		price = min(max(price, x.down), x.up)
	}
	return price
}

// volumes adds volume and amount. Turnover is high on days that move much and
// low on days that hardly move; a day that stands at its limit from the first
// trade on sees little.
func (p *profile) volumes(s *state, x *session, h uint64, b bar) bar {
	move := max(x.move, -x.move) * one / max(p.sigma, 1)
	level := int64(s.activity) + min(move, 4*one)*5/8 - one/2
	if x.age < 5 {
		level += 2 * one
	}
	if b.high == b.low {
		level -= 2 * one
	}
	rate := min(p.turn*exp(level)>>16, 700000)
	b.volume = p.lots(s.float/1000*rate/1000, h>>36)
	switch {
	case p.kind == Index: // the members' trading: it grows with the market, and is no multiple of the index
		b.volume = b.volume / 100 * int64(max(x.age, 20)) / 9000 * 100
		b.amount = b.volume * (90000 + int64(h>>44&0xffff)) / 100 * 100
	default:
		b.amount = amountOf(b, x, int64(h>>44&0xff))
	}
	return b
}

// lots brings a volume into the form of the board: whole lots, mostly with
// some odd shares from sellers; at least 200 on STAR, then any number.
// Source: specification of the market, 5.
func (p *profile) lots(volume int64, h uint64) int64 {
	switch {
	case p.board == star:
		return max(volume, 200)
	case p.board == mainBoard && h&3 > 0, p.board == chiNext && h&3 > 0:
		return max(volume/100*100, 100) + int64(h>>2%100)
	}
	return max(volume/100*100, 100)
}

// amountOf returns volume x an average price between low and high, in whole
// yuan in the earlier years and in fen since: the average never leaves the
// day's range.
func amountOf(b bar, x *session, weight int64) int64 {
	middle := (b.low + b.high + b.open + x.close) / 4
	average := middle + (x.close-middle)*weight/256
	amount := b.volume * min(max(average, b.low), b.high) / 100 * 100
	if whole := amount / yuan * yuan; x.day < shortDecimals && whole >= b.volume*b.low {
		return whole
	}
	return amount
}
