package market

import "barkeep/etl"

// showBook writes the order book around a price, the n-th of the day. A price
// of 0 is that of a security without a trade: its book is around preclose. At
// a limit price the side that nobody wants to be on is empty, and no level
// lies past a limit. Source: specification of the quote sources, 12.
func (s *script) showBook(out *Instant, last int64, n int) {
	if s.kind == Index {
		return
	}
	h := mix(s.key, uint64(1)<<20+uint64(n))
	highest, lowest := int64(1)<<40, s.tick
	if s.up > 0 {
		highest, lowest = s.up, s.down
	}
	center := last
	if last == 0 {
		center = s.preclose
	}
	bid, ask := center, center
	switch spread := s.gap(h >> 1); {
	case last != 0 && last >= highest:
		s.showSide(&out.Bids, bid, -s.tick, lowest, 40, h)
		return
	case last != 0 && last <= lowest && s.up > 0:
		s.showSide(&out.Asks, ask, s.tick, highest, 40, h)
		return
	case h&1 == 0 || center <= lowest:
		ask = min(center+spread, highest)
	default:
		bid = max(center-spread, lowest)
	}
	s.showSide(&out.Bids, bid, -s.tick, lowest, 1, h)
	s.showSide(&out.Asks, ask, s.tick, highest, 1, h)
}

// gap returns how far the next level is: mostly a tick, sometimes up to four.
func (s *script) gap(h uint64) int64 {
	if h&7 == 0 {
		return s.tick * int64(1+h>>3&3)
	}
	return s.tick
}

// showSide fills a side of the book from its best price on, up to the bound.
func (s *script) showSide(side *[5]etl.Level, price, tick, bound, crowd int64, h uint64) {
	usual := s.volume/150000 + 1 // lots; about a minute's volume is on show
	for i := range side {
		if (price-bound)*tick > 0 {
			return
		}
		h = mix(h, uint64(tick)+uint64(i))
		quantity := 100 * (1 + usual*int64(h&63)*crowd>>5)
		if tick > 0 && h>>8&7 == 0 { // sellers may hold odd lots
			quantity += int64(h >> 12 % 100)
		}
		side[i] = etl.Level{Price: inYuan(price), Quantity: quantity}
		crowd = 1
		next := s.gap(h >> 20)
		if tick < 0 {
			next = -next
		}
		price += next
	}
}

// showAuction writes a call auction: the virtual price on both sides with the
// quantity that matches, and the rest of the longer side without a price.
// Source: specification of the quote sources, 4.6.
func (s *script) showAuction(out *Instant, price, matched int64, h uint64) {
	out.Auction = true
	out.Last = inYuan(price)
	matched = max(lotted(matched), 100)
	level := etl.Level{Price: out.Last, Quantity: matched}
	out.Bids[0], out.Asks[0] = level, level
	left := 100 * (1 + matched/100*int64(h&63)>>6)
	if h>>6&1 == 0 {
		out.Bids[1].Quantity = left
	} else {
		out.Asks[1].Quantity = left
	}
}
