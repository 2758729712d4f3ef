package market

import "barkeep/schedules"

// state is all that a security carries from one trading day to the next.
type state struct {
	factor   chain
	float    int64 // floating shares
	close    int32 // 1e-4 yuan
	activity int32 // logarithm of turnover against its usual size, in 1/1024
	risk     uint16
	halt     uint16
	right    uint16
}

// session is what one step decides about a trading day of a security; bar
// works the rest of the row out from it. Prices are in 1e-4 yuan.
type session struct {
	preclose, close int64
	up, down        int64 // limit prices; both 0 when there is no limit
	move            int64 // the return that was drawn, ppm, before limits
	cash, bonus     int64 // what went ex on this day; 0 for nothing
	day             schedules.Day
	age             int32
	halted, warned  bool
	chance          uint64
}

// begin is the state before the first day.
func (p *profile) begin() state {
	return state{factor: chainOne, float: p.float, close: int32(p.offer)}
}

// step carries the state over the trading day with index day. It is the only
// place where prices are made: rows of a day and rows of a security both come
// from it. What the day came to is left in out.
func (g *Generated) step(p *profile, s *state, day int32, out *session) {
	*out = session{age: day - p.from, day: g.days[day], chance: mix(p.key, uint64(day)), preclose: int64(s.close)}
	out.halted = within(p.halts, &s.halt, day)
	out.warned = within(p.risks, &s.risk, day)
	p.exRight(s, out, day)
	if out.halted {
		out.close = out.preclose
		return
	}
	h := out.chance
	noise := int64(normal[h>>12&(quantiles-1)])
	s.activity += int32((noise*185)>>10) - s.activity>>4

	up, down, limited := p.board.limitRates(p.listed, out.day, out.age, out.warned)
	if day == p.closing {
		limited = false // the first day of the delisting period
	}
	r := g.draw(p, out, day)
	tick := p.board.tick()
	price := roundTo(out.preclose+out.preclose*r/1000000, tick)
	if limited {
		out.up, out.down = limitPrices(out.preclose, up, down, tick)
		price = min(max(price, out.down), out.up)
	}
	out.move = r
	out.close = max(price, tick)
	s.close = int32(out.close)
}

// exRight applies an ex-date: preclose becomes (close - cash) / (1 + bonus),
// rounded to the tick. One that falls into a suspension does not happen.
func (p *profile) exRight(s *state, out *session, day int32) {
	for int(s.right) < len(p.rights) && p.rights[s.right].day < day {
		s.right++
	}
	if int(s.right) >= len(p.rights) || p.rights[s.right].day != day || out.halted {
		return
	}
	r := p.rights[s.right]
	before := int64(s.close)
	cash, bonus := min(int64(r.cash), before/16/50*50), int64(r.bonus)
	if before < 8*yuan { // nobody splits a cheap share
		bonus = 0
	}
	reference := roundTo(((before-cash)*1000+(1000+bonus)/2)/(1000+bonus), p.board.tick())
	if reference == before {
		return
	}
	out.preclose, out.cash, out.bonus = reference, cash, bonus
	s.factor = s.factor.times(before, reference)
	s.float += s.float * bonus / 1000
}

// The bounds within which ordinary shares stay.
const (
	floorPrice   = 1.3 * yuan
	ceilingPrice = 350 * yuan
)

// draw returns the day's return in ppm: the market's, the sector's and its
// own, and the pull to the target.
func (g *Generated) draw(p *profile, out *session, day int32) int64 {
	if out.age == 0 && p.pop != 0 {
		return p.pop
	}
	if out.age <= p.streak && out.age > 0 {
		return 440000 // more than any limit
	}
	spread := p.sigma
	if out.age < 5 && p.streak == 0 {
		spread *= 2
	}
	own := spread * int64(fatTail[out.chance&(quantiles-1)]) / one
	r := own + p.beta*int64(g.returns.market[day])/1000 + p.gamma*int64(g.returns.sector[p.sector][day])/1000

	target, pull := p.target+p.slope*int64(out.age)/1000, int64(2000)
	if out.warned {
		target /= 2
	}
	if day >= p.decline {
		left := int64(p.to - day)
		target, pull = 5000+target*left/800, 9000
	}
	r += pull * (target - out.preclose) / max(target, out.preclose)
	switch {
	case p.kind != Stock:
	case out.preclose < floorPrice && day < p.decline && r < 0, out.preclose > ceilingPrice && r > 0:
		r = -r
	}
	return min(max(r, -500000), 800000)
}
